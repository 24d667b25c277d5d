import { afterEach, describe, expect, test, vi } from "vitest";
import { parseBrokerConfig } from "#ground/config/broker-config";
import { DEFAULT_LOG_CONFIG, LogManager } from "#log";
import { type AppendResult, type FetchRequest, ReplicaManager, StandingFetch } from "#replication";
import { type TestRuntime, testRuntime } from "../../support/sim.ts";
import { batchOf, valuesOf } from "../batches.ts";
import { image, partition, topic } from "../images.ts";

const { config } = parseBrokerConfig({ listeners: "PLAINTEXT://:0" });
const MAX_LAG_MS = config["replica.lag.time.max.ms"];
const FETCH = {
  replicaId: 2,
  replicaEpoch: -1,
  mayReadFollower: false, preferredReplica: null,
  isolation: "high_watermark",
  minBytes: 1,
  maxBytes: 1e6,
} satisfies Partial<FetchRequest>;
let close = async (): Promise<void> => {};
afterEach(() => close());

/** Broker 1, which leads `orders-0`; broker 2 follows. */
async function start(runtime: TestRuntime): Promise<ReplicaManager> {
  let logs: LogManager | undefined;
  void LogManager.start({ runtime, logDirs: ["/d"], configFor: () => DEFAULT_LOG_CONFIG }).then((one) => (logs = one));
  await runtime.world.runUntil(() => logs !== undefined, 60_000);
  const replicas = new ReplicaManager(runtime, {
    brokerId: 1,
    config,
    logs: logs!,
    sendAlterPartition: () => new Promise(() => {}),
    connectLeader: () => expect.unreachable(),
  });
  await replicas.applyImage(image(0, topic("orders", 1, [partition([1, 2])])));
  close = async () => {
    replicas.close();
    let isDown = false;
    void logs!.shutdown().then(() => (isDown = true));
    await runtime.world.runUntil(() => isDown, 60_000);
  };
  return replicas;
}

async function append(replicas: ReplicaManager, value: string): Promise<AppendResult> {
  const partitions = [{ topic: "orders", index: 0, records: batchOf([value]) }];
  const request = { requiredAcks: 1, timeoutMs: 1_000, origin: "client", transactionalId: null, partitions } as const;
  return (await replicas.append(request))[0]!;
}

describe("a follower's standing fetch", () => {
  const ASKED = { topic: "orders", index: 0, maxBytes: 1e6, currentLeaderEpoch: 0, lastFetchedEpoch: -1 };

  /** Broker 2 follows, has everything, and was told so. */
  async function resting(runtime: TestRuntime) {
    const replicas = await start(runtime);
    const standing = new StandingFetch();
    const one = standing.add({ ...ASKED, fetchOffset: 0, logStartOffset: 0 });
    const fetch = (maxWaitMs = 0) => replicas.fetch({ ...FETCH, maxWaitMs, partitions: standing });
    [one.highWatermark, one.logStartOffset] = [0, 0];
    await fetch();
    expect(one.resting).not.toBeNull();
    return { replicas, standing, one, fetch };
  }

  test("6.8 was not looked at while nothing happened: with the next record it doesn't count as slow", async () => {
    const runtime = testRuntime();
    const { replicas, fetch } = await resting(runtime);
    await runtime.advance(MAX_LAG_MS * 3);
    await fetch();
    await runtime.advance(1);
    await append(replicas, "a");
    const propose = vi.spyOn(replicas, "alterIsr");
    replicas.shrinkIsrs();
    expect(propose).not.toHaveBeenCalled();
    await runtime.advance(MAX_LAG_MS);
    replicas.shrinkIsrs();
    expect(propose).toHaveBeenCalledTimes(1);
  });

  test("6.8 what is appended while it waits is its answer, and it is read until all in sync have it", async () => {
    const runtime = testRuntime();
    const { replicas, one, fetch } = await resting(runtime);
    const seen = fetch(500);
    await runtime.advance(1);
    await append(replicas, "a");
    await runtime.advance(1);
    const [{ found } = { found: null }] = await seen;
    expect(valuesOf(found!.records)).toEqual(["a"]);
    expect(one.resting).toBeNull();
    one.asked = { ...one.asked, fetchOffset: 1 };
    await fetch();
    expect(replicas.partition("orders", 0).highWatermark).toBe(1);
    await fetch();
    expect(one.resting).toBeNull();
    one.highWatermark = 1;
    await fetch();
    expect(one.resting).not.toBeNull();
  });

  test("6.8 in a new leader epoch nothing is taken for known of a follower that rested", async () => {
    const runtime = testRuntime();
    const { replicas, one } = await resting(runtime);
    const anew = partition([1, 2], { leaderEpoch: 1, partitionEpoch: 1 });
    await replicas.applyImage(image(2, topic("orders", 1, [anew])));
    expect(one.resting).toBeNull();
    expect(replicas.partition("orders", 0).followers.map(({ logEndOffset }) => logEndOffset)).toEqual([-1]);
  });

  test("6.8 ends: nothing is told any more, and nothing of it is kept", async () => {
    const runtime = testRuntime();
    const { replicas, standing, one } = await resting(runtime);
    standing.remove(one);
    await append(replicas, "a");
    expect([...standing.active]).toEqual([]);
    expect(replicas.partition("orders", 0).watchers.size).toBe(0);
  });
});
