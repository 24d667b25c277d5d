import { describe, expect, test } from "vitest";
import { runToEnd } from "#ground/gradually";
import { type UnifiedLog } from "#log";
import { testRuntime } from "../../support/sim.ts";
import { Produce } from "#ground/protocol/messages/00-produce";
import { CreateTopics } from "#ground/protocol/messages/19-create-topics";
import { type Runtime } from "#ground/runtime";
import { batch, batch100, offsets, openLog, readAll } from "../../05-log/fixtures.ts";
import { SimCluster } from "../sim-cluster.ts";

/** Batches of one record each, from one producer, in one segment. */
function sent(count: number): UnifiedLog {
  return sentOn(count).log;
}

function sentOn(count: number): { readonly runtime: ReturnType<typeof testRuntime>; readonly log: UnifiedLog } {
  const runtime = testRuntime();
  const log = openLog(runtime, { retentionBytes: 0 });
  for (let i = 0; i < count; i++) log.appendAsLeader(next(i), 0);
  return { runtime, log };
}

const next = (baseSequence: number): Uint8Array => batch({ producerId: 7, producerEpoch: 0, baseSequence });
const lastSequence = (log: UnifiedLog): number | undefined => log.producers.lastEntry(7)?.lastSequence;

describe("truncateGradually", () => {
  test("the log is cut in the first step, the producers are read again in small ones", () => {
    const log = sent(50);
    const steps = log.truncateGradually(40);
    steps.next();
    expect([log.logEndOffset, offsets(readAll(log)).length]).toEqual([40, 40]);
    let count = 0;
    while (steps.next().done !== true) count++;
    expect(count, "steps, of 40 batches").toBeGreaterThanOrEqual(35);
    expect(lastSequence(log)).toBe(39);
    expect(log.appendAsLeader(next(40), 1).firstOffset).toBe(40);
  });

  test("until they are known nothing is appended, and retention begins no segment", () => {
    const log = sent(50);
    log.onHighWatermarkUpdated(40);
    const steps = log.truncateGradually(40);
    steps.next();
    const notYet = expect.objectContaining({ code: "LEADER_NOT_AVAILABLE" });
    expect(() => log.appendAsLeader(next(40), 1)).toThrow(notYet);
    expect(() => log.appendAsFollower(batch100(40))).toThrow(notYet);
    expect(log.deleteOldSegments()).toBe(0);
    runToEnd(steps);
    expect(log.deleteOldSegments()).toBe(1);
  });

  test("until they are known no transaction behind what has been read counts as decided", () => {
    const log = sent(20);
    log.appendAsLeader(batch({ producerId: 8, producerEpoch: 0, baseSequence: 0, isTransactional: true }), 0);
    for (let i = 20; i < 40; i++) log.appendAsLeader(next(i), 0);
    expect(log.firstUnstableOffset).toBe(20);
    const steps = log.truncateGradually(40);
    do expect(log.firstUnstableOffset ?? Infinity).toBeLessThanOrEqual(20);
    while (steps.next().done !== true);
    expect(log.firstUnstableOffset).toBe(20);
  });

  test("one that a full disk has ended goes on once there is room: with the next append", () => {
    const { runtime, log } = sentOn(50);
    const steps = log.truncateGradually(40);
    steps.next();
    // What the cut has freed, others have taken.
    runtime.node.fillDisk(0);
    const full = expect.objectContaining({ reason: "full" });
    expect(() => runToEnd(steps)).toThrow(full);
    expect(() => log.appendAsFollower(batch100(40))).toThrow(full);
    runtime.node.healDisk();
    expect(log.appendAsLeader(next(40), 1).firstOffset).toBe(40);
    expect(lastSequence(log)).toBe(40);
  });

  test("a second truncation takes over", () => {
    const log = sent(50);
    const first = log.truncateGradually(40);
    first.next();
    const second = log.truncateGradually(30);
    second.next();
    runToEnd(first);
    expect(() => log.appendAsLeader(next(30), 1)).toThrow(expect.objectContaining({ code: "LEADER_NOT_AVAILABLE" }));
    runToEnd(second);
    expect(lastSequence(log)).toBe(29);
    expect(log.appendAsLeader(next(30), 1).firstOffset).toBe(30);
  });

  test("so does one that takes everything", () => {
    const log = sent(50);
    const first = log.truncateGradually(40);
    first.next();
    log.truncateFullyAndStartAt(100);
    runToEnd(first);
    expect([log.logEndOffset, lastSequence(log)]).toEqual([100, undefined]);
    expect(log.appendAsLeader(batch100(0), 1).firstOffset).toBe(100);
  });

  test("a log that is closed meanwhile opens with the producers that it has", async () => {
    const runtime = testRuntime();
    const log = openLog(runtime);
    for (let i = 0; i < 50; i++) log.appendAsLeader(next(i), 0);
    const steps = log.truncateGradually(40);
    for (let step = 0; step < 20; step++) steps.next();
    await log.close();
    const again = openLog(runtime, {}, { hadCleanShutdown: true });
    expect([again.logEndOffset, lastSequence(again)]).toEqual([40, 39]);
  });
});

describe("a follower that cuts what its new leader lacks", () => {
  const BATCHES = 20;

  /** Broker 3 led, and died with a batch that 2, which leads now, hasn't seen. */
  async function afterFailover(): Promise<SimCluster> {
    const cluster = await SimCluster.started(3, 1, { "min.insync.replicas": 1, "socket.request.max.bytes": 4_000_000 });
    const client = await cluster.connect(3);
    const topics = [{
      name: "t", numPartitions: -1, replicationFactor: -1,
      assignments: [{ partitionIndex: 0, brokerIds: [3, 2] }],
    }];
    expect((await cluster.run(client.send(CreateTopics, { topics }))).topics[0]).toMatchObject({ errorCode: 0 });
    const send = async (baseSequence: number, acks: number): Promise<void> => {
      const timestamp = cluster.node(3).runtime.clock.wallMs();
      const records = batch({ producerId: 7, producerEpoch: 0, baseSequence, timestamp, valueBytes: 1_000_000 });
      const topicData = [{ name: "t", partitionData: [{ index: 0, records }] }];
      const request = { acks, timeoutMs: 30_000, topicData };
      const { responses } = await cluster.run(client.send(Produce, request, { version: 12 }));
      expect(responses[0]!.partitionResponses[0]!.errorCode).toBe(0);
    };
    for (let i = 0; i < BATCHES; i++) await send(i, -1);
    cluster.world.network.partition("broker-2", "broker-3");
    await send(BATCHES, 1);
    cluster.crash(3);
    cluster.world.network.heal();
    await cluster.world.run(3_000);
    return cluster;
  }

  /** The longest that a node was busy with one thing, from now on. */
  function longestTurn({ clock, scheduler }: Runtime): () => number {
    let longestMs = 0;
    const tick = (lastMs: number): void => {
      const nowMs = clock.nowMs();
      longestMs = Math.max(longestMs, nowMs - lastMs);
      scheduler.at(nowMs + 1, () => tick(nowMs));
    };
    tick(clock.nowMs());
    return () => longestMs;
  }

  test("does all else meanwhile, and goes on as soon as its producers are known again", async () => {
    const cluster = await afterFailover();
    const runtime = cluster.node(3).restart();
    await cluster.start(3, runtime);
    const log = (): UnifiedLog => cluster.brokers.get(3)!.replicas!.partition("t", 0).log;
    cluster.node(3).slowDisk(50);
    const longest = longestTurn(runtime);
    await cluster.world.run(5_000);
    expect(log().logEndOffset).toBe(BATCHES);
    expect(lastSequence(log())).toBe(BATCHES - 1);
    expect(longest()).toBeLessThan(800);
  }, 30_000);
});
