import { describe, expect, test } from "vitest";
import { ERRORS } from "#ground/errors";
import { type BrokerConnection } from "#ground/network/broker-connection";
import { ListOffsets } from "#ground/protocol/messages/02-list-offsets";
import { Metadata } from "#ground/protocol/messages/03-metadata";
import { CreateTopics } from "#ground/protocol/messages/19-create-topics";
import { DeleteRecords } from "#ground/protocol/messages/21-delete-records";
import { fetch, produce } from "./clients.ts";
import { SimCluster } from "./sim-cluster.ts";

const TOPIC = "orders";

interface Partition {
  readonly leaderId: number;
  readonly leaderEpoch: number;
  readonly isrNodes: readonly number[];
}

/** How a broker shows the topic's only partition; null while it doesn't know it. */
async function describeAt(cluster: SimCluster, client: BrokerConnection): Promise<Partition | null> {
  const { topics } = await cluster.run(client.send(Metadata, { topics: [{ name: TOPIC }] }));
  return topics[0]?.partitions[0] ?? null;
}

/** Waits until a broker shows the partition as wanted. */
async function until(cluster: SimCluster, at: number, isThere: (partition: Partition) => boolean): Promise<Partition> {
  const client = await cluster.connect(at, `watcher-${at}`);
  for (let i = 0; i < 200; i++) {
    const seen = await describeAt(cluster, client);
    if (seen !== null && isThere(seen)) {
      client.close();
      return seen;
    }
    await cluster.world.run(50);
  }
  throw new Error(`It didn't come to it within 10 s: ${JSON.stringify(await describeAt(cluster, client))}`);
}

/** Three brokers and a topic whose partition 0 has a replica on each. */
async function withTopic(seed = 1): Promise<{ cluster: SimCluster; leader: number }> {
  const cluster = await SimCluster.started(3, seed);
  const client = await cluster.connect(2);
  const topics = [{ name: TOPIC, numPartitions: 1, replicationFactor: 3 }];
  const created = await cluster.run(client.send(CreateTopics, { topics, timeoutMs: 5_000 }));
  expect(created.topics[0]).toMatchObject({ errorCode: 0 });
  client.close();
  for (const id of [1, 2, 3]) await until(cluster, id, ({ isrNodes }) => isrNodes.length === 3);
  const { leaderId: leader } = await until(cluster, 1, () => true);
  return { cluster, leader };
}

/** What a consumer reads at a broker. */
async function readAll(cluster: SimCluster, brokerId: number): Promise<string[]> {
  const client = await cluster.connect(brokerId, "reader");
  const { errorCode, values } = await cluster.run(fetch(client, TOPIC, 0));
  client.close();
  expect(errorCode).toBe(0);
  return values;
}

/** Where the log of a broker's replica ends. */
function logEnd(cluster: SimCluster, brokerId: number): Promise<number> {
  return logOffset(cluster, brokerId, -1);
}

/** Where it starts. */
function logStart(cluster: SimCluster, brokerId: number): Promise<number> {
  return logOffset(cluster, brokerId, -2);
}

async function logOffset(cluster: SimCluster, brokerId: number, timestamp: number): Promise<number> {
  const client = await cluster.connect(brokerId, "debugger");
  const topics = [{ name: TOPIC, partitions: [{ partitionIndex: 0, timestamp }] }];
  const answer = await cluster.run(client.send(ListOffsets, { replicaId: -2, topics }));
  client.close();
  return Number(answer.topics[0]!.partitions[0]!.offset);
}

interface Deleted {
  readonly errorCode: number;
  readonly lowWatermark: number;
  readonly tookMs: number;
}

describe("three brokers", () => {
  test("acks=all is answered when all in-sync replicas have the record", async () => {
    const { cluster, leader } = await withTopic();
    const client = await cluster.connect(leader);
    const answer = await cluster.run(produce(client, TOPIC, ["a", "b"]));
    expect(answer).toMatchObject({ errorCode: 0, baseOffset: 0 });
    for (const id of [1, 2, 3]) expect([id, await logEnd(cluster, id)]).toEqual([id, 2]);
  });

  test("a follower gives consumers what is committed", async () => {
    const { cluster, leader } = await withTopic();
    const client = await cluster.connect(leader);
    await cluster.run(produce(client, TOPIC, ["a"]));
    await cluster.world.run(1_000);
    const follower = leader === 1 ? 2 : 1;
    expect(await readAll(cluster, follower)).toEqual(["a"]);
  });

  test("when the leader is killed another one leads, in a new epoch, and what was acknowledged is there", async () => {
    const { cluster, leader } = await withTopic();
    const client = await cluster.connect(leader);
    await cluster.run(produce(client, TOPIC, ["a", "b"]));
    cluster.crash(leader);
    const other = leader === 1 ? 2 : 1;
    const after = await until(cluster, other, ({ leaderId }) => leaderId !== leader && leaderId >= 0);
    expect(after.leaderEpoch).toBe(1);
    expect(after.isrNodes).not.toContain(leader);
    await cluster.world.run(1_000);
    expect(await readAll(cluster, after.leaderId)).toEqual(["a", "b"]);
    const next = await cluster.connect(after.leaderId);
    const answer = await cluster.run(produce(next, TOPIC, ["c"]));
    expect(answer).toMatchObject({ errorCode: 0, baseOffset: 2 });
  });

  test("a killed broker that comes back is in sync again, at the end of the ISR, and does not lead", async () => {
    const { cluster, leader } = await withTopic();
    cluster.crash(leader);
    const other = leader === 1 ? 2 : 1;
    const { leaderId } = await until(cluster, other, (seen) => seen.leaderId !== leader && seen.leaderId >= 0);
    const client = await cluster.connect(leaderId);
    await cluster.run(produce(client, TOPIC, ["a"]));
    await cluster.restart(leader);
    const back = await until(cluster, other, ({ isrNodes }) => isrNodes.length === 3);
    expect(back.isrNodes.at(-1)).toBe(leader);
    expect(back.leaderId).toBe(leaderId);
    expect(await logEnd(cluster, leader)).toBe(1);
  });

  describe("DeleteRecords", () => {
    /** Makes the log start at 2; `before` happens when all have three records. */
    async function deleteTwo(
      { cluster, leader }: { cluster: SimCluster; leader: number },
      timeoutMs: number,
      before: () => void = () => {},
    ): Promise<Deleted> {
      const client = await cluster.connect(leader);
      await cluster.run(produce(client, TOPIC, ["a", "b", "c"]));
      await cluster.world.run(1_000);
      before();
      const topics = [{ name: TOPIC, partitions: [{ partitionIndex: 0, offset: 2 }] }];
      const begunMs = cluster.world.nowMs;
      const answer = await cluster.run(client.send(DeleteRecords, { topics, timeoutMs }));
      client.close();
      const { errorCode, lowWatermark } = answer.topics[0]!.partitions[0]!;
      return { errorCode, lowWatermark: Number(lowWatermark), tookMs: cluster.world.nowMs - begunMs };
    }

    test("is answered when all live replicas have moved the start of their log", async () => {
      const { cluster, leader } = await withTopic();
      expect(await deleteTwo({ cluster, leader }, 5_000)).toMatchObject({ errorCode: 0, lowWatermark: 2 });
      for (const id of [1, 2, 3]) expect([id, await logStart(cluster, id)]).toEqual([id, 2]);
    });

    test("times out while a replica that is taken for alive doesn't", async () => {
      const { cluster, leader } = await withTopic();
      const freeze = (): void => cluster.node(leader === 1 ? 2 : 1).freeze(700);
      const { errorCode, lowWatermark, tookMs } = await deleteTwo({ cluster, leader }, 300, freeze);
      expect({ errorCode, lowWatermark }).toEqual({ errorCode: ERRORS.REQUEST_TIMED_OUT[0], lowWatermark: 0 });
      expect(tookMs).toBeGreaterThanOrEqual(300);
    });

    test("waits for no replica that is dead", async () => {
      const { cluster, leader } = await withTopic();
      const dead = leader === 1 ? 2 : 1;
      cluster.crash(dead);
      await until(cluster, leader, ({ isrNodes }) => !isrNodes.includes(dead));
      expect(await deleteTwo({ cluster, leader }, 5_000)).toMatchObject({ errorCode: 0, lowWatermark: 2 });
    });
  });
});
