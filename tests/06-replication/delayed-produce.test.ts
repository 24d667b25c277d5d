import { describe, expect, test } from "vitest";
import { type AppendResult } from "#replication/given/assembly/append-request";
import { DelayedProduce, type PendingAppend } from "#replication";
import { Timeline } from "../support/timeline.ts";

/** A partition as far as a waiting producer looks at it. */
function leader(name = "orders-0") {
  return { name, isLeader: true, leaderEpoch: 5, highWatermark: 7, hasEnoughReplicas: true };
}

/** Records 7 to 9 were appended in epoch 5. */
function append(partition: ReturnType<typeof leader>): PendingAppend {
  const result: AppendResult = {
    topic: "orders",
    index: 0,
    error: null,
    baseOffset: 7,
    logAppendTimeMs: -1,
    logStartOffset: 0,
  };
  return { partition, leaderEpoch: 5, endOffset: 10, result };
}

function waiting(...partitions: ReturnType<typeof leader>[]) {
  const pending = partitions.map(append);
  const answers: string[][] = [];
  const codes = (): string[] => pending.map(({ result }) => result.error?.code ?? "ok");
  const delayed = new DelayedProduce(pending, () => void answers.push(codes()));
  const timeline = new Timeline(() => codes().join(", "));
  const stateOf = ({ name, isLeader, leaderEpoch, highWatermark, hasEnoughReplicas }: ReturnType<typeof leader>) =>
    `${name}: ${isLeader ? `HW ${highWatermark}, epoch ${leaderEpoch}` : "not the leader"}` +
    (hasEnoughReplicas ? "" : ", ISR too small");
  const note = (outcome: string): string => {
    timeline.note(outcome, partitions.map(stateOf).join("; "));
    return outcome;
  };
  const look = (): string => note(delayed.tryComplete() ? "answered" : "waits");
  const about = (value: string): string => `records 7 to 9, in epoch 5, wait\n${timeline.about(value)}`;
  return { delayed, answers, codes, pending, look, about, note };
}

describe("DelayedProduce.tryComplete", () => {
  test("6.3 tryComplete: it is answered when the high watermark has reached the end of what was appended [I3]", () => {
    const partition = leader();
    const { answers, look, about } = waiting(partition);
    const seen = [7, 9, 10].map((highWatermark) => {
      partition.highWatermark = highWatermark;
      return [highWatermark, look()];
    });
    expect(seen, about("high watermark, and what becomes of the request")).toEqual([
      [7, "waits"],
      [9, "waits"],
      [10, "answered"],
    ]);
    expect(answers, about("answers")).toEqual([["ok"]]);
  });

  test("6.3 tryComplete: it waits for all its partitions, and is answered once", () => {
    const [one, two] = [leader("orders-0"), leader("orders-1")];
    const { answers, look, about } = waiting(one, two);
    one.highWatermark = 10;
    expect(look(), about("the request")).toBe("waits");
    expect(answers, about("answers")).toEqual([]);
    two.highWatermark = 12;
    expect(look(), about("the request")).toBe("answered");
    expect(answers, about("answers")).toEqual([["ok", "ok"]]);
  });

  test("6.3 tryComplete: what was committed once stays so, whatever becomes of its partition", () => {
    const [one, two] = [leader("orders-0"), leader("orders-1")];
    const { answers, look, about } = waiting(one, two);
    one.highWatermark = 10;
    look();
    one.isLeader = false;
    two.highWatermark = 10;
    look();
    expect(answers, about("answers")).toEqual([["ok", "ok"]]);
  });

  test("6.3 tryComplete: whoever doesn't lead any more can't say what became of the records", () => {
    const partition = leader();
    const { answers, look, about } = waiting(partition);
    partition.isLeader = false;
    expect(look(), about("the request")).toBe("answered");
    expect(answers, about("answers")).toEqual([["NOT_LEADER_OR_FOLLOWER"]]);
  });

  test("6.3 tryComplete: nor can who leads in another epoch, however high its high watermark [I3]", () => {
    const partition = leader();
    const { answers, look, about } = waiting(partition);
    Object.assign(partition, { leaderEpoch: 7, highWatermark: 20 });
    expect(look(), about("the request")).toBe("answered");
    expect(answers, about("answers")).toEqual([["NOT_LEADER_OR_FOLLOWER"]]);
  });

  test("6.3 tryComplete: while the ISR is too small and the high watermark stands still, it waits", () => {
    const partition = leader();
    const { answers, codes, look, about } = waiting(partition);
    Object.assign(partition, { hasEnoughReplicas: false, highWatermark: 9 });
    expect(look(), about("the request")).toBe("waits");
    expect(codes(), about("results so far")).toEqual(["ok"]);
    // The follower is back.
    Object.assign(partition, { hasEnoughReplicas: true, highWatermark: 10 });
    expect(look(), about("the request")).toBe("answered");
    expect(answers, about("answers")).toEqual([["ok"]]);
  });

  test("6.3 tryComplete: an ISR that became too small after the high watermark had passed is told [I3]", () => {
    const partition = leader();
    const { answers, look, about } = waiting(partition);
    Object.assign(partition, { hasEnoughReplicas: false, highWatermark: 10 });
    expect(look(), about("the request")).toBe("answered");
    expect(answers, about("answers")).toEqual([["NOT_ENOUGH_REPLICAS_AFTER_APPEND"]]);
  });
});

describe("DelayedProduce.expire", () => {
  test("6.3 expire: what is not committed in time is REQUEST_TIMED_OUT, with its offset", () => {
    const { delayed, answers, pending, about, note } = waiting(leader());
    delayed.expire();
    note("expired");
    expect(answers, about("answers")).toEqual([["REQUEST_TIMED_OUT"]]);
    expect(pending[0]!.result.baseOffset).toBe(7);
  });

  test("6.3 expire: what is committed by then is no failure, nor is another error lost", () => {
    const [one, two, three] = [leader("orders-0"), leader("orders-1"), leader("orders-2")];
    const { delayed, answers, look, about, note } = waiting(one, two, three);
    one.highWatermark = 10;
    two.isLeader = false;
    expect(look(), about("the request")).toBe("waits");
    delayed.expire();
    note("expired");
    expect(answers, about("answers")).toEqual([["ok", "NOT_LEADER_OR_FOLLOWER", "REQUEST_TIMED_OUT"]]);
  });
});
