/** Who leads, when no broker dies: a log dir fails, somebody asks for an election, leaders are spread again. */
import { describe, expect, test } from "vitest";
import { type BrokerConnection } from "#ground/network/broker-connection";
import { Metadata } from "#ground/protocol/messages/03-metadata";
import { CreateTopics } from "#ground/protocol/messages/19-create-topics";
import { ElectLeaders } from "#ground/protocol/messages/43-elect-leaders";
import { fetch, produce } from "./clients.ts";
import { SimCluster } from "./sim-cluster.ts";

const TOPIC = "orders";
const OTHER_ID = `${"A".repeat(21)}Q`;
const PREFERRED = 0;
const UNCLEAN = 1;
/** Each simulates some seconds of three brokers. */
const SLOW = { timeout: 30_000 };

interface Seen {
  readonly errorCode: number;
  readonly leaderId: number;
  readonly leaderEpoch: number;
  readonly isrNodes: readonly number[];
  readonly offlineReplicas: readonly number[];
}

/** Three brokers with two log dirs each, and a topic whose partitions have these replicas. */
async function withTopic(
  replicas: readonly (readonly number[])[],
  config: Record<string, unknown> = {},
): Promise<SimCluster> {
  const cluster = await SimCluster.started(3, 1, { "log.dirs": "/data/a,/data/b", ...config });
  const client = await cluster.connect(1, "maker");
  const assignments = replicas.map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds }));
  const topics = [{ name: TOPIC, numPartitions: -1, replicationFactor: -1, assignments }];
  const created = await cluster.run(client.send(CreateTopics, { topics, timeoutMs: 5_000 }));
  expect(created.topics[0]).toMatchObject({ errorCode: 0 });
  for (const id of [1, 2, 3]) await until(cluster, id, ({ errorCode }) => errorCode === 0);
  return cluster;
}

async function see(cluster: SimCluster, client: BrokerConnection, partition: number): Promise<Seen | undefined> {
  const { topics } = await cluster.run(client.send(Metadata, { topics: [{ name: TOPIC }] }));
  return topics[0]!.partitions.find(({ partitionIndex }) => partitionIndex === partition);
}

/** Waits until a broker shows a partition as wanted. */
async function until(
  cluster: SimCluster,
  at: number,
  isThere: (seen: Seen) => boolean,
  partition = 0,
): Promise<Seen> {
  const client = await cluster.connect(at, `watcher-${at}`);
  for (let i = 0; i < 200; i++) {
    const seen = await see(cluster, client, partition);
    if (seen !== undefined && isThere(seen)) {
      client.close();
      return seen;
    }
    await cluster.world.run(50);
  }
  throw new Error(`It didn't come to it within 10 s: ${JSON.stringify(await see(cluster, client, partition))}`);
}

async function send(cluster: SimCluster, at: number, value: string, acks = -1): Promise<number> {
  const client = await cluster.connect(at, "producer");
  const { errorCode } = await cluster.run(produce(client, TOPIC, [value], acks));
  client.close();
  return errorCode;
}

async function read(cluster: SimCluster, at: number): Promise<string[]> {
  const client = await cluster.connect(at, "reader");
  const { errorCode, values } = await cluster.run(fetch(client, TOPIC, 0));
  client.close();
  expect(errorCode).toBe(0);
  return values;
}

/** The error code of an election in partition 0. */
async function elect(cluster: SimCluster, at: number, electionType: number): Promise<number> {
  const client = await cluster.connect(at, "operator");
  const topicPartitions = [{ topic: TOPIC, partitions: [0] }];
  const answer = await cluster.run(client.send(ElectLeaders, { electionType, topicPartitions, timeoutMs: 5_000 }));
  client.close();
  expect(answer.errorCode).toBe(0);
  return answer.replicaElectionResults[0]!.partitionResult[0]!.errorCode;
}

/** The log dir in which a broker has partition 0. */
function dirOf(cluster: SimCluster, brokerId: number): string {
  const { folder } = cluster.brokers.get(brokerId)!.replicas!.partition(TOPIC, 0).log;
  return folder.slice(0, folder.lastIndexOf("/"));
}

describe("a log dir that fails", SLOW, () => {
  test("takes its leaders away: another replica leads, and nothing is lost", async () => {
    const cluster = await withTopic([[3, 1, 2]]);
    expect(await send(cluster, 3, "a")).toBe(0);
    cluster.node(3).failDisk(dirOf(cluster, 3));
    expect(await send(cluster, 3, "b")).not.toBe(0);
    for (const at of [1, 2, 3]) {
      const seen = await until(cluster, at, ({ leaderId }) => leaderId === 1);
      expect(seen).toMatchObject({ leaderEpoch: 1, isrNodes: [1, 2], offlineReplicas: [3] });
    }
    expect(await send(cluster, 1, "c")).toBe(0);
    expect(await read(cluster, 1)).toEqual(["a", "c"]);
  });

  test("of a follower takes that out of the ISR at once: acks=all doesn't wait for it", async () => {
    const cluster = await withTopic([[1, 2, 3]], { "replica.lag.time.max.ms": 60_000 });
    cluster.node(2).failDisk(dirOf(cluster, 2));
    await send(cluster, 1, "a");
    await until(cluster, 3, ({ isrNodes }) => isrNodes.join() === "1,3");
    expect(await send(cluster, 1, "b")).toBe(0);
  });

  test("leaves the partition without a leader when nobody else has it", async () => {
    const cluster = await withTopic([[3]], { "min.insync.replicas": 1 });
    cluster.node(3).failDisk(dirOf(cluster, 3));
    await send(cluster, 3, "a");
    const seen = await until(cluster, 1, ({ leaderId }) => leaderId === -1);
    expect(seen).toMatchObject({ isrNodes: [3], offlineReplicas: [3] });
  });

  test("is missing at the start: what may be in it isn't begun anew elsewhere, and comes back with it", async () => {
    const cluster = await withTopic([[3]], { "min.insync.replicas": 1 });
    expect(await send(cluster, 3, "a")).toBe(0);
    const dir = dirOf(cluster, 3);
    cluster.crash(3);
    cluster.node(3).failDisk(dir);
    await cluster.restart(3);
    await until(cluster, 1, ({ leaderId }) => leaderId === -1);
    await cluster.world.run(3_000);
    expect(await until(cluster, 1, () => true)).toMatchObject({ leaderId: -1, offlineReplicas: [3] });
    cluster.crash(3);
    cluster.node(3).healDisk();
    await cluster.restart(3);
    await until(cluster, 3, ({ leaderId }) => leaderId === 3);
    expect(await read(cluster, 3)).toEqual(["a"]);
  });

  test("is known to the next controller, too", async () => {
    const cluster = await withTopic([[3, 2, 1]]);
    cluster.node(3).failDisk(dirOf(cluster, 3));
    await send(cluster, 3, "a");
    await until(cluster, 2, ({ leaderId }) => leaderId === 2);
    // The first broker is the controller.
    cluster.crash(1);
    const seen = await until(cluster, 2, ({ offlineReplicas }) => offlineReplicas.join() === "3,1");
    expect(seen).toMatchObject({ leaderId: 2, isrNodes: [2] });
    expect(await elect(cluster, 2, PREFERRED)).toBe(80);
  });

  test("and is repaired: the broker starts again, and catches up", async () => {
    const cluster = await withTopic([[3, 1, 2]]);
    cluster.node(3).failDisk(dirOf(cluster, 3));
    await send(cluster, 3, "a");
    await until(cluster, 1, ({ leaderId }) => leaderId === 1);
    expect(await send(cluster, 1, "b")).toBe(0);
    cluster.crash(3);
    cluster.node(3).healDisk();
    await cluster.restart(3);
    const seen = await until(cluster, 2, ({ isrNodes }) => isrNodes.length === 3);
    expect(seen).toMatchObject({ leaderId: 1, offlineReplicas: [] });
    expect(await elect(cluster, 2, PREFERRED)).toBe(0);
    await until(cluster, 3, ({ leaderId }) => leaderId === 3);
    expect(await read(cluster, 3)).toContain("b");
  });
});

test("a partition that can't be opened for want of room is led by another replica until it can", SLOW, async () => {
  const cluster = await withTopic([[1, 2]]);
  cluster.node(3).failDisk("/data", "full");
  const client = await cluster.connect(1, "maker");
  const assignments = [{ partitionIndex: 0, brokerIds: [3, 1, 2] }];
  const topics = [{ name: "late", numPartitions: -1, replicationFactor: -1, assignments }];
  await cluster.run(client.send(CreateTopics, { topics, timeoutMs: 5_000 }));
  const { replicas } = cluster.brokers.get(1)!;
  await cluster.world.run(1_000);
  expect(replicas!.image.partition("late", 0)).toMatchObject({ leader: 1, isr: [1, 2] });
  cluster.node(3).healDisk();
  await cluster.world.run(10_000);
  expect(replicas!.image.partition("late", 0)).toMatchObject({ leader: 1, isr: [1, 2, 3] });
});

describe("a folder with the records of another topic", SLOW, () => {
  test("is kept beside, and the replica made anew from the leader's", async () => {
    const cluster = await withTopic([[3, 1, 2]]);
    expect(await send(cluster, 3, "a")).toBe(0);
    const dir = dirOf(cluster, 3);
    cluster.crash(3);
    const runtime = cluster.node(3).restart();
    const path = `${dir}/${TOPIC}-0/partition.metadata`;
    const other = Buffer.from(runtime.disk.readFile(path)).toString().replace(/topic_id: .*/, `topic_id: ${OTHER_ID}`);
    runtime.disk.writeFileAtomically(path, Buffer.from(other));
    await cluster.start(3, runtime);
    await until(cluster, 1, ({ isrNodes, offlineReplicas }) => isrNodes.length === 3 && offlineReplicas.length === 0);
    const stray = runtime.disk.list(dir).find((name) => name.endsWith("-stray"))!;
    expect(runtime.disk.size(`${dir}/${stray}/00000000000000000000.log`)).toBeGreaterThan(60);
    expect(await elect(cluster, 1, PREFERRED)).toBe(0);
    await until(cluster, 3, ({ leaderId }) => leaderId === 3);
    expect(await read(cluster, 3)).toEqual(["a"]);
  });
});

describe("an election that is asked for", SLOW, () => {
  /** Broker 2 has died, and then 3, which alone was in sync. */
  async function withoutLeader(): Promise<SimCluster> {
    const cluster = await withTopic([[3, 2]], { "min.insync.replicas": 1 });
    expect(await send(cluster, 3, "a")).toBe(0);
    cluster.crash(2);
    await until(cluster, 1, ({ isrNodes }) => isrNodes.join() === "3");
    expect(await send(cluster, 3, "b")).toBe(0);
    cluster.crash(3);
    await until(cluster, 1, ({ leaderId }) => leaderId === -1);
    return cluster;
  }

  test("unclean: gives a partition a leader that lacks records, if that is all there is", async () => {
    const cluster = await withoutLeader();
    await cluster.restart(2);
    expect((await until(cluster, 1, () => true)).leaderId).toBe(-1);
    expect(await elect(cluster, 1, UNCLEAN)).toBe(0);
    const seen = await until(cluster, 2, ({ leaderId }) => leaderId === 2);
    expect(seen).toMatchObject({ isrNodes: [2] });
    expect(await read(cluster, 2)).toEqual(["a"]);
  });

  test("unclean: changes nothing where there is a leader, or no replica is alive", async () => {
    const cluster = await withoutLeader();
    expect(await elect(cluster, 1, UNCLEAN)).toBe(83);
    await cluster.restart(3);
    await until(cluster, 1, ({ leaderId }) => leaderId === 3);
    expect(await elect(cluster, 1, UNCLEAN)).toBe(84);
  });

  test("of a type that there isn't is refused", async () => {
    const cluster = await withTopic([[1]]);
    const client = await cluster.connect(1);
    const answer = await cluster.run(client.send(ElectLeaders, { electionType: 2, topicPartitions: null }));
    expect(answer.errorCode).toBe(42);
  });
});

describe("leaders are spread again", SLOW, () => {
    /** Broker 3 was away, so that 1 and 2 lead what it should. */
  async function afterAbsence(config: Record<string, unknown>): Promise<SimCluster> {
    const cluster = await withTopic([[3, 1, 2], [1, 2, 3], [2, 3, 1]], config);
    cluster.crash(3);
    await until(cluster, 1, ({ leaderId }) => leaderId === 1);
    await cluster.restart(3);
    await until(cluster, 1, ({ isrNodes }) => isrNodes.length === 3);
    return cluster;
  }

  test("when a broker leads too little of what it should, each leader.imbalance.check.interval.seconds", async () => {
    const cluster = await afterAbsence({ "leader.imbalance.check.interval.seconds": 10 });
    expect(await until(cluster, 1, () => true)).toMatchObject({ leaderId: 1 });
    await cluster.world.run(10_000);
    for (const at of [1, 2, 3]) await until(cluster, at, ({ leaderId }) => leaderId === 3);
    expect(await until(cluster, 1, () => true, 1)).toMatchObject({ leaderId: 1, leaderEpoch: 0 });
  });

  test.each([
    ["leader.imbalance.per.broker.percentage", 100],
    ["auto.leader.rebalance.enable", false],
  ])("but not with %s = %s", async (key, value) => {
    const cluster = await afterAbsence({ "leader.imbalance.check.interval.seconds": 1, [key]: value });
    await cluster.world.run(3_000);
    expect(await until(cluster, 1, () => true)).toMatchObject({ leaderId: 1 });
  });
});
