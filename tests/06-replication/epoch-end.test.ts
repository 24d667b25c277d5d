import { describe, expect, test } from "vitest";
import { divergingEpoch, endOfEpoch } from "#replication/epoch-end";
import { batchOf } from "./batches.ts";
import { newLog } from "./leaders.ts";

/** A log with records 0 to 2 of epoch 1, 3 and 4 of epoch 3, 5 and 6 of epoch 4. */
function withThreeEpochs() {
  const log = newLog();
  for (const [epoch, values] of [[1, ["a", "b", "c"]], [3, ["d", "e"]], [4, ["f", "g"]]] as const) {
    log.appendAsLeader(batchOf(values), epoch);
  }
  return log;
}

const UNKNOWN = { epoch: -1, endOffset: -1 };

describe("endOfEpoch", () => {
  test("6.5 endOfEpoch: an epoch ends where the next one begins", () => {
    const log = withThreeEpochs();
    expect(endOfEpoch(log, 8, 1)).toEqual({ epoch: 1, endOffset: 3 });
    expect(endOfEpoch(log, 8, 3)).toEqual({ epoch: 3, endOffset: 5 });
  });

  test("6.5 endOfEpoch: of one that has no record here, the one before it is told", () => {
    expect(endOfEpoch(withThreeEpochs(), 8, 2)).toEqual({ epoch: 1, endOffset: 3 });
    // Before the first one, the log ends where it starts.
    expect(endOfEpoch(withThreeEpochs(), 8, 0)).toEqual({ epoch: 0, endOffset: 0 });
  });

  test("6.5 endOfEpoch: the leader's own epoch ends at the log's end, also when nothing is written in it yet", () => {
    const log = withThreeEpochs();
    expect(endOfEpoch(log, 8, 8)).toEqual({ epoch: 8, endOffset: 7 });
    log.appendAsLeader(batchOf(["h"]), 8);
    expect(endOfEpoch(log, 8, 8)).toEqual({ epoch: 8, endOffset: 8 });
  });

  test("6.5 endOfEpoch: the last one before it ends there, too, as long as nothing is written", () => {
    const log = withThreeEpochs();
    const end = { epoch: 4, endOffset: 7 };
    for (const epoch of [4, 5, 7]) expect(endOfEpoch(log, 8, epoch), `asked for epoch ${epoch}`).toEqual(end);
    log.appendAsLeader(batchOf(["h"]), 8);
    for (const epoch of [4, 5, 7]) expect(endOfEpoch(log, 8, epoch), `asked for epoch ${epoch}`).toEqual(end);
  });

  test("6.5 endOfEpoch: a later epoch than its own is unknown to a leader", () => {
    expect(endOfEpoch(withThreeEpochs(), 8, 9)).toEqual(UNKNOWN);
    expect(endOfEpoch(withThreeEpochs(), 4, 5)).toEqual(UNKNOWN);
  });

  test("6.5 endOfEpoch: a follower knows only what its log says", () => {
    const log = withThreeEpochs();
    expect(endOfEpoch(log, null, 4)).toEqual({ epoch: 4, endOffset: 7 });
    expect(endOfEpoch(log, null, 5)).toEqual(UNKNOWN);
  });

  test("6.5 endOfEpoch: without any record every earlier epoch ends where the log does", () => {
    const log = newLog();
    log.truncateFullyAndStartAt(30);
    expect(endOfEpoch(log, 8, 8)).toEqual({ epoch: 8, endOffset: 30 });
    expect(endOfEpoch(log, 8, 3)).toEqual({ epoch: 3, endOffset: 30 });
    expect(endOfEpoch(log, 8, -1)).toEqual(UNKNOWN);
  });
});

describe("divergingEpoch", () => {
  const reader = (lastFetchedEpoch: number, fetchOffset: number) => ({ lastFetchedEpoch, fetchOffset });

  test("6.5 divergingEpoch: whose last record is here, has a log like this one", () => {
    expect(divergingEpoch({ epoch: 3, endOffset: 5 }, reader(3, 5), "orders-0")).toBeNull();
    expect(divergingEpoch({ epoch: 3, endOffset: 5 }, reader(3, 4), "orders-0")).toBeNull();
  });

  test("6.5 divergingEpoch: whose log of that epoch is longer, has parted", () => {
    const end = { epoch: 3, endOffset: 5 };
    expect(divergingEpoch(end, reader(3, 6), "orders-0")).toEqual(end);
  });

  test("6.5 divergingEpoch: whose last epoch isn't known here, has parted, however short its log is", () => {
    const end = { epoch: 1, endOffset: 3 };
    expect(divergingEpoch(end, reader(2, 2), "orders-0")).toEqual(end);
    expect(divergingEpoch(end, reader(2, 5), "orders-0")).toEqual(end);
  });

  test("6.5 divergingEpoch: without any epoch in common it is OFFSET_OUT_OF_RANGE", () => {
    const ask = () => divergingEpoch(UNKNOWN, reader(2, 5), "orders-0");
    expect(ask).toThrow(expect.objectContaining({ code: "OFFSET_OUT_OF_RANGE" }));
  });
});
