import { describe, expect, test } from "vitest";
import { KafkaError } from "#ground/errors";
import { type AlteredPartition, latestOffset, type PartitionHost } from "#replication";
import { batchOf } from "./batches.ts";
import { partition as registration } from "./images.ts";
import { Scene } from "./scene.ts";

const THREE = registration([1, 2, 3]);
const ABC = { values: ["a", "b", "c"], epoch: 0 };

function withCode(code: string): unknown {
  return expect.objectContaining({ code });
}

describe("Partition.advanceHighWatermark", () => {
  test("6.1 advanceHighWatermark: it moves to what all in sync have; the log and the host are told [I1]", () => {
    const scene = new Scene(THREE, { before: ABC });
    scene.hasShown(2, 3);
    scene.hasShown(3, 2);
    scene.advances();
    expect(scene.partition.highWatermark, scene.about("high watermark")).toBe(2);
    expect(scene.moves, scene.about("high watermarks that the host was told of")).toEqual([2]);
  });

  test("6.1 advanceHighWatermark: where nothing moves, nobody is told", () => {
    const scene = new Scene(THREE, { before: ABC });
    scene.advances();
    scene.hasShown(2, 3);
    scene.advances();
    expect(scene.moves, scene.about("high watermarks that the host was told of")).toEqual([]);
  });
});

describe("Partition.makeLeader", () => {
  test("6.1 makeLeader: a leader alone in its ISR has committed what it has, at once", () => {
    const scene = new Scene(registration([1]), { before: ABC });
    expect(scene.partition.highWatermark, scene.about("high watermark")).toBe(3);
  });

  test("6.1 makeLeader: what it knew to be committed, it knows from the start", () => {
    const scene = new Scene(THREE, { before: ABC, checkpoint: 2 });
    expect(scene.log.highWatermark, scene.about("high watermark of the log")).toBe(2);
  });

  test("6.1 makeLeader: with another ISR in the same epoch it knows its followers as before", () => {
    const scene = new Scene(THREE, { before: ABC });
    scene.hasShown(2, 3);
    scene.hasShown(3, 1);
    scene.advances();
    // Broker 3 is out: what 1 and 2 have is committed.
    scene.becomes({ isr: [1, 2] });
    expect(scene.partition.highWatermark, scene.about("high watermark")).toBe(3);
  });

  test("6.1 makeLeader: in a new epoch its followers have shown nothing yet [I1]", () => {
    const scene = new Scene(THREE, { before: ABC });
    scene.hasShown(2, 3);
    scene.hasShown(3, 3);
    scene.becomes({ leaderEpoch: 1 });
    expect(scene.partition.highWatermark, scene.about("high watermark")).toBe(0);
  });

  test("6.1 makeLeader: an epoch starts where the log ends when it begins, and stays there", () => {
    const scene = new Scene(THREE);
    scene.writes(["a", "b"]);
    scene.becomes({ leaderEpoch: 1 });
    expect(scene.partition.epochStartOffset, scene.about("start of epoch 1")).toBe(2);
    scene.writes(["c"]);
    scene.becomes({ isr: [1, 2] });
    expect(scene.partition.epochStartOffset, scene.about("start of epoch 1")).toBe(2);
  });

  test("6.1 makeLeader: a newer registration decides what had been proposed", () => {
    const scene = new Scene(THREE);
    scene.leading.propose([1, 2]);
    scene.becomes({ isr: [1, 3] });
    expect([...scene.leading.maximalIsr], scene.about("who may be in sync")).toEqual([1, 3]);
  });

  test("6.1 makeLeader: an older decision of the controller is ignored [I6]", () => {
    const scene = new Scene(registration([1, 2], { partitionEpoch: 7, leaderEpoch: 3 }));
    scene.partition.become(registration([2, 1], { leader: 2, partitionEpoch: 6, leaderEpoch: 2 }));
    expect(scene.partition).toMatchObject({ isLeader: true, leaderEpoch: 3, partitionEpoch: 7 });
  });
});

describe("Partition.endFor", () => {
  test("6.1 endFor: a follower may see the whole log, a consumer what is committed [I1]", () => {
    const scene = new Scene(THREE, { before: ABC });
    scene.hasShown(2, 3);
    scene.hasShown(3, 2);
    scene.advances();
    expect(scene.partition.endFor("log_end"), scene.about("end for a follower")).toBe(3);
    expect(scene.partition.endFor("high_watermark"), scene.about("end for a consumer")).toBe(2);
  });

  test("6.1 endFor: who reads committed transactions sees nothing of an open one", () => {
    const scene = new Scene();
    scene.writes(["a"]);
    scene.writes(["b"], { producerId: 7, producerEpoch: 0, baseSequence: 0, isTransactional: true });
    scene.writes(["c"]);
    scene.advances();
    expect(scene.partition.endFor("high_watermark"), scene.about("end for read_uncommitted")).toBe(3);
    expect(scene.partition.endFor("txn_committed"), scene.about("end for read_committed")).toBe(1);
  });
});

describe("Partition.requireEpoch, requireLeader", () => {
  const inEpoch5 = (leader = 1) => new Scene(registration([1, 2], { leader, leaderEpoch: 5 })).partition;

  test("6.3 requireEpoch: who believes in an older epoch is fenced, one in a newer is ahead of us [I6]", () => {
    const partition = inEpoch5();
    expect(() => partition.requireEpoch(4), "in epoch 4, where 5 is ours").toThrow(withCode("FENCED_LEADER_EPOCH"));
    expect(() => partition.requireEpoch(6), "in epoch 6, where 5 is ours").toThrow(withCode("UNKNOWN_LEADER_EPOCH"));
    expect(() => partition.requireEpoch(0), "in epoch 0, where 5 is ours").toThrow(withCode("FENCED_LEADER_EPOCH"));
  });

  test("6.3 requireEpoch: who is in our epoch may pass, and who says nothing", () => {
    const partition = inEpoch5();
    expect([partition.requireEpoch(5), partition.requireEpoch(-1)]).toEqual([undefined, undefined]);
  });

  test("6.3 requireLeader: a follower refuses, and so does who was fenced or has given it up", () => {
    const [follower, fenced, stopped] = [inEpoch5(2), inEpoch5(), inEpoch5()];
    fenced.fence();
    stopped.stop();
    const refused = withCode("NOT_LEADER_OR_FOLLOWER");
    expect(() => follower.requireLeader(5), "where broker 2 leads").toThrow(refused);
    expect(() => fenced.requireLeader(5), "while its session is over").toThrow(refused);
    expect(() => stopped.requireLeader(-1), "once it was given up").toThrow(refused);
  });

  test("6.3 requireLeader: whoever is in another epoch learns that first", () => {
    const partition = inEpoch5(2);
    expect(() => partition.requireLeader(4), "in epoch 4, where 5 is ours").toThrow(withCode("FENCED_LEADER_EPOCH"));
  });
});

describe("Partition.appendAsLeader", () => {
  test("6.3 appendAsLeader: alone in its ISR, the high watermark follows every append", () => {
    const scene = new Scene();
    expect(scene.appends(["a", "b"], -1)).toMatchObject({ firstOffset: 0, lastOffset: 1 });
    expect(scene.partition.highWatermark, scene.about("high watermark")).toBe(2);
  });

  test("6.3 appendAsLeader: with others in sync it waits for them [I1]", () => {
    const scene = new Scene(THREE);
    scene.appends(["a", "b"], 1);
    expect(scene.partition.highWatermark, scene.about("high watermark")).toBe(0);
  });

  test("6.3 appendAsLeader: whoever waits is told after the high watermark has moved", () => {
    const scene = new Scene();
    scene.appends(["a"], 1);
    scene.appends(["b"], 1);
    expect(scene.progressed, scene.about("high watermarks when those who wait were told")).toEqual([1, 2]);
  });

  test("6.3 appendAsLeader: they are told though it hasn't moved: a follower may wait for the records", () => {
    const scene = new Scene(THREE);
    scene.appends(["a"], 1);
    expect(scene.progressed, scene.about("high watermarks when those who wait were told")).toEqual([0]);
  });

  test("6.3 appendAsLeader: the bytes are counted, for those who wait for bytes", () => {
    const scene = new Scene();
    const bytes = batchOf(["a"]).length;
    scene.appends(["a"]);
    scene.appends(["b"]);
    expect(scene.partition.bytesAppended, "bytes appended").toBe(2 * bytes);
  });

  test("6.3 appendAsLeader: too few in sync: acks=all is refused before anything is written [I3]", () => {
    const scene = new Scene(registration([1, 2], { isr: [1] }));
    scene.configure({ "min.insync.replicas": "2" });
    expect(() => scene.appends(["a"], -1), "acks=all, 1 in sync of 2 that are needed").toThrow(
      withCode("NOT_ENOUGH_REPLICAS"),
    );
    expect(scene.partition.logEndOffset, scene.about("end of the log")).toBe(0);
    expect(scene.progressed, "high watermarks when those who wait were told").toEqual([]);
  });

  test("6.3 appendAsLeader: acks=1 is taken all the same", () => {
    const scene = new Scene(registration([1, 2], { isr: [1] }));
    scene.configure({ "min.insync.replicas": "2" });
    scene.appends(["a"], 1);
    expect(scene.partition.logEndOffset, scene.about("end of the log")).toBe(1);
  });

  test("6.3 appendAsLeader: min.insync.replicas above the number of replicas counts as that number", () => {
    const scenes = [registration([1]), registration([1, 2], { isr: [1] }), registration([1, 2])].map((state) => {
      const scene = new Scene(state);
      scene.configure({ "min.insync.replicas": "3" });
      return scene;
    });
    const [alone, one] = scenes as [Scene, Scene];
    expect(scenes.map(({ partition }) => partition.hasEnoughReplicas)).toEqual([true, false, true]);
    expect(alone.appends(["a"], -1)).toMatchObject({ firstOffset: 0 });
    expect(() => one.appends(["a"], -1)).toThrow("acks=all needs 2 in-sync replicas, there are 1");
  });

  test("6.3 appendAsLeader: only the leader takes records", () => {
    const scene = new Scene(registration([2, 1]));
    expect(() => scene.appends(["a"]), "where broker 2 leads").toThrow(withCode("NOT_LEADER_OR_FOLLOWER"));
    expect(scene.partition.logEndOffset, scene.about("end of the log")).toBe(0);
  });
});

describe("Partition.followerFetched", () => {
  test("6.4 followerFetched: what all in sync have fetched is committed, and those who wait are told [I1]", () => {
    const scene = new Scene(THREE);
    scene.appends(["a", "b", "c"]);
    scene.fetches(2, 3);
    expect(scene.partition.highWatermark, scene.about("high watermark")).toBe(0);
    scene.fetches(3, 2);
    expect(scene.partition.highWatermark, scene.about("high watermark")).toBe(2);
    expect(scene.progressed.at(-1), scene.about("high watermark when those who wait were told last")).toBe(2);
  });

  test("6.4 followerFetched: a follower that goes back takes nothing back [I2]", () => {
    const scene = new Scene(THREE);
    scene.appends(["a", "b"]);
    scene.fetches(2, 2);
    scene.fetches(3, 2);
    scene.fetches(3, 1);
    expect(scene.partition.highWatermark, scene.about("high watermark")).toBe(2);
  });

  test("6.4 followerFetched: one about to join the ISR counts before the controller has said yes [I1]", () => {
    const scene = new Scene(registration([1, 2], { isr: [1] }));
    scene.appends(["a"]);
    scene.fetches(2, 1);
    expect(scene.asked, scene.about("ISRs asked for")).toEqual([[1, 2]]);
    scene.appends(["b"]);
    expect(scene.partition.highWatermark, scene.about("high watermark")).toBe(1);
    scene.fetches(2, 2);
    expect(scene.partition.highWatermark, scene.about("high watermark")).toBe(2);
    expect(scene.asked, scene.about("ISRs asked for")).toEqual([[1, 2]]);
  });

  test("6.4 followerFetched: who may not be in sync is not heard: dead, going, or in an earlier life [I5]", () => {
    const host: Partial<PartitionHost> = { isEligible: (id, epoch) => id === 2 && epoch === 102 };
    const scene = new Scene(registration([1, 2, 3], { isr: [1, 2] }), { host });
    scene.appends(["a"]);
    scene.fetches(2, 1, 101);
    scene.fetches(3, 1, 103);
    expect(scene.partition.highWatermark, scene.about("high watermark")).toBe(0);
    expect(scene.asked, scene.about("ISRs asked for")).toEqual([]);
    scene.fetches(2, 1, 102);
    expect(scene.partition.highWatermark, scene.about("high watermark")).toBe(1);
  });

  test("6.4 followerFetched: a broker without a replica, and a fetch at a follower, change nothing", () => {
    const scene = new Scene(registration([1, 2]));
    scene.fetches(4, 9);
    scene.becomes({ leader: 2, leaderEpoch: 1 });
    const told = scene.progressed.length;
    scene.fetches(2, 9);
    expect(scene.progressed.length - told, scene.about("times that those who wait were told")).toBe(0);
    expect(scene.asked, scene.about("ISRs asked for")).toEqual([]);
  });

  test("6.4 followerFetched: a new leader's end isn't told while it may lie before what was committed", () => {
    const scene = new Scene(registration([2, 1], { leader: 2 }), { before: { values: ["a", "b"], epoch: 0 } });
    scene.becomes({ leader: 1, leaderEpoch: 1 });
    const end = () => latestOffset(scene.partition, "high_watermark");
    expect(end, scene.about("ListOffsets, latest")).toThrow(withCode("OFFSET_NOT_AVAILABLE"));
    scene.fetches(2, 2);
    expect(end()).toMatchObject({ offset: 2, leaderEpoch: 1 });
  });
});

describe("Partition.maybeShrinkIsr", () => {
  test("6.4 maybeShrinkIsr: who is silent too long is asked out of the ISR, once", () => {
    const scene = new Scene(THREE);
    scene.appends(["a"]);
    scene.nowMs = 5_000;
    scene.fetches(2, 1);
    scene.nowMs = 10_001;
    scene.partition.maybeShrinkIsr();
    scene.partition.maybeShrinkIsr();
    scene.timeline.note("10.001 s", "broker 1 looks for slow followers, twice");
    expect(scene.asked, scene.about("ISRs asked for")).toEqual([[1, 2]]);
  });

  test("6.4 maybeShrinkIsr: whoever doesn't lead, or has given the partition up, asks for nothing", () => {
    const scenes = [new Scene(registration([2, 1, 3])), new Scene(THREE)] as const;
    scenes[1].appends(["a"]);
    scenes[1].partition.stop();
    for (const scene of scenes) {
      scene.nowMs = 99_000;
      scene.partition.maybeShrinkIsr();
      expect(scene.asked, scene.about("ISRs asked for")).toEqual([]);
    }
  });
});

describe("Partition.propose", () => {
  const ALONE = registration([1, 2], { isr: [1] });

  /** A controller that answers what it is told to, one answer after the other; then it is silent. */
  function controller(...answers: readonly (Partial<AlteredPartition> | KafkaError)[]) {
    const left = [...answers];
    const alterIsr: PartitionHost["alterIsr"] = (_, { isr, partitionEpoch }) => {
      const answer = left.shift();
      if (answer === undefined) return new Promise(() => {});
      if (answer instanceof KafkaError) return Promise.reject(answer);
      const made = { leader: 1, leaderEpoch: 0, isr, partitionEpoch: partitionEpoch + 1 };
      return Promise.resolve({ ...made, ...answer });
    };
    return { host: { alterIsr } };
  }

  async function answered(scene: Scene, what: string): Promise<void> {
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    scene.timeline.note("controller", what);
  }

  test("6.4 propose: what the controller has written down is in force", async () => {
    const scene = new Scene(ALONE, controller({}));
    scene.partition.propose([1, 2]);
    await answered(scene, "says yes to ISR 1 2");
    expect(scene.partition.isr, scene.about("ISR")).toEqual([1, 2]);
    expect(scene.leading.proposal, scene.about("proposal that is under way")).toBeNull();
  });

  test("6.4 propose: an answer about another leader epoch is no news [I6]", async () => {
    const scene = new Scene(ALONE, controller({ leaderEpoch: 1, partitionEpoch: 9 }));
    scene.partition.propose([1, 2]);
    await answered(scene, "says yes to ISR 1 2, in leader epoch 1");
    expect(scene.partition.isr, scene.about("ISR")).toEqual([1]);
  });

  test("6.4 propose: after an answer that was lost it asks once more, for the same [I1]", async () => {
    const scene = new Scene(ALONE, controller(new KafkaError("REQUEST_TIMED_OUT"), {}));
    scene.partition.propose([1, 2]);
    await answered(scene, "doesn't answer; then says yes");
    expect(scene.asked, scene.about("ISRs asked for")).toEqual([[1, 2], [1, 2]]);
    expect(scene.partition.isr, scene.about("ISR")).toEqual([1, 2]);
  });

  test("6.4 propose: what was refused is forgotten: it goes on without", async () => {
    const scene = new Scene(ALONE, controller(new KafkaError("INELIGIBLE_REPLICA")));
    scene.partition.propose([1, 2]);
    await answered(scene, "refuses: INELIGIBLE_REPLICA");
    scene.appends(["a"]);
    expect(scene.partition.highWatermark, scene.about("high watermark")).toBe(1);
    expect(scene.asked, scene.about("ISRs asked for")).toEqual([[1, 2]]);
  });

  test("6.4 propose: who doesn't lead any more, or has given it up, asks no more [I6]", async () => {
    for (const end of ["follows", "leads in another epoch", "has given it up"] as const) {
      const scene = new Scene(ALONE, controller(new KafkaError("REQUEST_TIMED_OUT"), {}));
      scene.partition.propose([1, 2]);
      if (end === "has given it up") scene.partition.stop();
      else scene.becomes({ leaderEpoch: 1, leader: end === "follows" ? 2 : 1 });
      scene.timeline.note("broker 1", end);
      await answered(scene, "doesn't answer what was asked before");
      expect(scene.asked, scene.about("ISRs asked for")).toEqual([[1, 2]]);
    }
  });
});
