import { describe, expect, test } from "vitest";
import { bytesOf } from "./leaders.ts";
import { batchOf } from "./batches.ts";
import { partition as registration } from "./images.ts";
import { Scene } from "./scene.ts";

/** Broker 2 leads, broker 1 follows. */
const FOLLOWS = registration([2, 1]);
const ABC = { values: ["a", "b", "c"], epoch: 0 };

function withCode(code: string): unknown {
  return expect.objectContaining({ code });
}

/** A batch as a leader sends it: in epoch 0, from `baseOffset` on. */
function sent(values: readonly string[], baseOffset: number): Uint8Array {
  return batchOf(values, { baseOffset, partitionLeaderEpoch: 0 });
}

describe("Partition.makeFollower", () => {
  test("6.2 makeFollower: it decides nothing any more [I6]", () => {
    const scene = new Scene(registration([1, 2]), { before: ABC });
    scene.becomes({ leader: 2, leaderEpoch: 1 });
    const { role, epochStartOffset, hasEnoughReplicas } = scene.partition;
    const expected = { role: "follower", epochStartOffset: null, hasEnoughReplicas: false };
    expect({ role, epochStartOffset, hasEnoughReplicas }, scene.about("what broker 1 is")).toEqual(expected);
  });

  test("6.2 makeFollower: its log stays as it is: what isn't known to be committed may well be [I4]", () => {
    const scene = new Scene(registration([1, 2]), { before: ABC, checkpoint: 1 });
    scene.becomes({ leader: 2, leaderEpoch: 1 });
    expect(scene.partition.logEndOffset, scene.about("end of the log")).toBe(3);
  });

  test("6.2 makeFollower: of a log without epochs only what is committed stays, in each new leader epoch", () => {
    const scene = new Scene(FOLLOWS, { before: { ...ABC, epoch: -1 }, checkpoint: 1 });
    expect(scene.partition.logEndOffset, scene.about("end of the log when it is opened")).toBe(1);
    scene.log.appendAsFollower(batchOf(["b"], { baseOffset: 1, partitionLeaderEpoch: -1 }));
    scene.timeline.note("broker 1", "gets b");
    scene.becomes({ isr: [2] });
    expect(scene.partition.logEndOffset, scene.about("end of the log in the same leader epoch")).toBe(2);
    scene.becomes({ leaderEpoch: 1 });
    expect(scene.partition.logEndOffset, scene.about("end of the log in a new leader epoch")).toBe(1);
  });
});

describe("Partition.appendAsFollower", () => {
  test("6.2 appendAsFollower: batches are kept as they are, counted, and told to those who wait [I4]", () => {
    const scene = new Scene(FOLLOWS);
    const records = Buffer.concat([sent(["a", "b"], 0), sent(["c"], 2)]);
    scene.partition.appendAsFollower(records);
    scene.timeline.note("broker 1", "gets a b and c");
    expect(bytesOf(scene.log), "bytes of the log").toBe(records.toString("hex"));
    expect(scene.partition.bytesAppended, "bytes appended").toBe(records.length);
    expect(scene.progressed, scene.about("high watermarks when those who wait were told")).toEqual([0]);
  });

  test("6.2 appendAsFollower: it commits nothing by itself [I1]", () => {
    const scene = new Scene(registration([2, 1], { isr: [2] }));
    scene.partition.appendAsFollower(sent(["a"], 0));
    scene.timeline.note("broker 1", "gets a");
    expect(scene.partition.highWatermark, scene.about("high watermark")).toBe(0);
  });

  test("6.2 appendAsFollower: a log that starts inside a batch of the leader takes it whole, and starts there", () => {
    const scene = new Scene(FOLLOWS);
    scene.partition.truncateFullyAndStartAt(2);
    scene.timeline.note("broker 1", "starts anew at 2");
    scene.partition.appendAsFollower(sent(["a", "b", "c"], 0));
    scene.timeline.note("broker 1", "gets a b c, from offset 0 on");
    const { logStartOffset, logEndOffset } = scene.partition;
    expect({ logStartOffset, logEndOffset }, scene.about("log")).toEqual({ logStartOffset: 2, logEndOffset: 3 });
    expect(scene.log.segments.first.baseOffset, "first offset in its files").toBe(0);
  });

  test("6.2 appendAsFollower: a batch that begins in the midst of what it has is refused [I4]", () => {
    const scene = new Scene(FOLLOWS, { before: ABC });
    expect(() => scene.partition.appendAsFollower(sent(["b", "c"], 1))).toThrow(withCode("UNKNOWN_SERVER_ERROR"));
    expect([scene.partition.bytesAppended, scene.progressed], "bytes appended, and who was told").toEqual([0, []]);
  });

  test("6.2 appendAsFollower: where a batch of the leader belongs, nothing else stays [I4]", () => {
    const scene = new Scene(FOLLOWS);
    scene.partition.appendAsFollower(sent(["a"], 0));
    scene.partition.appendAsFollower(sent(["x"], 1));
    scene.timeline.note("broker 1", "has a x");
    scene.partition.appendAsFollower(sent(["b", "c", "d"], 1));
    scene.timeline.note("broker 1", "gets b c d, from offset 1 on");
    expect(bytesOf(scene.log), scene.about("bytes of the log")).toBe(
      Buffer.concat([sent(["a"], 0), sent(["b", "c", "d"], 1)]).toString("hex"),
    );
  });

  test("6.2 appendAsFollower: what can't join yet is not written: the next fetch asks for what is missing", () => {
    const scene = new Scene(FOLLOWS);
    scene.partition.appendAsFollower(sent(["a", "b", "c"], 0));
    scene.timeline.note("broker 1", "has a b c, in one batch");
    // It holds offset 3 where our log ends, but begins at 2, in the midst of our only batch: that goes whole.
    scene.partition.appendAsFollower(sent(["y", "z"], 2));
    scene.timeline.note("broker 1", "gets y z, from offset 2 on");
    expect(scene.partition.logEndOffset, scene.about("end of the log")).toBe(0);
  });
});

describe("Partition.followHighWatermark, followLogStart", () => {
  test("6.2 followHighWatermark: it is the leader's, as far as this log reaches [I1]", () => {
    const scene = new Scene(FOLLOWS, { before: ABC });
    const told = [2, 9].map((leaders) => {
      scene.partition.followHighWatermark(leaders);
      scene.timeline.note("broker 1", `hears that the leader's is at ${leaders}`);
      return scene.partition.highWatermark;
    });
    expect(told, scene.about("high watermark, after each")).toEqual([2, 3]);
  });

  test("6.2 followHighWatermark: a new leader may know less than the one before: then it goes back", () => {
    const scene = new Scene(FOLLOWS, { before: ABC });
    for (const leaders of [3, 1]) scene.partition.followHighWatermark(leaders);
    scene.timeline.note("broker 1", "hears that the leader's is at 3, then, of another one, at 1");
    expect(scene.partition.highWatermark, scene.about("high watermark")).toBe(1);
  });

  test("6.2 followHighWatermark: those who wait are told when it moves, and only then", () => {
    const scene = new Scene(FOLLOWS, { before: ABC });
    for (const leaders of [2, 2, 3, 9]) scene.partition.followHighWatermark(leaders);
    scene.timeline.note("broker 1", "hears of 2, 2, 3 and 9");
    expect(scene.moves, scene.about("high watermarks that the host was told of")).toEqual([2, 3]);
    expect(scene.progressed, scene.about("high watermarks when those who wait were told")).toEqual([2, 3]);
  });

  test("6.2 followLogStart: what the leader has deleted at its start goes, and never comes back", () => {
    const scene = new Scene(FOLLOWS, { before: ABC });
    scene.partition.followHighWatermark(3);
    const starts = [2, 1].map((leaders) => {
      scene.partition.followLogStart(leaders);
      scene.timeline.note("broker 1", `hears that the leader's log starts at ${leaders}`);
      return scene.partition.logStartOffset;
    });
    expect(starts, scene.about("start of the log, after each")).toEqual([2, 2]);
  });

  test("6.2 followLogStart: a log that doesn't reach so far yet is empty until it does", () => {
    const scene = new Scene(FOLLOWS, { before: ABC });
    scene.partition.followHighWatermark(3);
    scene.partition.followLogStart(7);
    scene.timeline.note("broker 1", "hears that the leader's log starts at 7");
    expect(scene.partition.logStartOffset, scene.about("start of the log")).toBe(3);
  });
});
