import { describe, expect, test } from "vitest";
import { type BrokerConnection } from "#ground/network/broker-connection";
import { Produce } from "#ground/protocol/messages/00-produce";
import { Fetch } from "#ground/protocol/messages/01-fetch";
import { Metadata } from "#ground/protocol/messages/03-metadata";
import { CreateTopics } from "#ground/protocol/messages/19-create-topics";
import { batches } from "#serialization";
import { pairs, type Pair } from "../08-compaction/logs.ts";
import { createTopic } from "./clients.ts";
import { SimBroker } from "./sim-broker.ts";
import { SimCluster } from "./sim-cluster.ts";

const TOPIC = "prices";
/** Small segments, so that there is something to compact, and a cleaner that looks often. */
const CONFIGS = { "cleanup.policy": "compact", "segment.bytes": "1000", "delete.retention.ms": "60000" };
const BROKER = { "log.cleaner.backoff.ms": 1_000 };

async function send(client: BrokerConnection, records: readonly Pair[]): Promise<number> {
  const partitionData = [{ index: 0, records: pairs(records, { timestamp: 1_000 }) }];
  const topicData = [{ name: TOPIC, partitionData }];
  const { responses } = await client.send(Produce, { acks: -1, timeoutMs: 5_000, topicData }, { version: 12 });
  return responses[0]!.partitionResponses[0]!.errorCode;
}

/** Reads all that there is, as a consumer does: from where one answer ends on. */
async function readRecords(client: BrokerConnection): Promise<Pair[]> {
  const found: Pair[] = [];
  for (let fetchOffset = 0; ; ) {
    const topics = [{ topic: TOPIC, partitions: [{ partition: 0, fetchOffset, partitionMaxBytes: 10_000 }] }];
    const { responses } = await client.send(Fetch, { maxWaitMs: 0, minBytes: 1, topics }, { version: 12 });
    const { records, highWatermark, errorCode } = responses[0]!.partitions[0]!;
    expect(errorCode).toBe(0);
    for (const batch of batches(records!)) {
      fetchOffset = Number(batch.lastOffset) + 1;
      for (const { key, value } of batch.records()) {
        found.push([Buffer.from(key!).toString(), value === null ? null : Buffer.from(value).toString()]);
      }
    }
    if (fetchOffset >= Number(highWatermark)) return found;
  }
}

/** Eight keys, each written again and again. */
async function sendRounds(client: BrokerConnection, rounds: number, from = 0): Promise<void> {
  for (let round = from; round < from + rounds; round++) {
    const keys = Array.from({ length: 8 }, (_, i) => `key-${i}`);
    expect(await send(client, keys.map((key) => [key, `${key} in round ${round}`] as const))).toBe(0);
  }
}

/** Who leads the partition, as a broker says. */
async function leaderOf(cluster: SimCluster, brokerId: number): Promise<number> {
  const client = await cluster.connect(brokerId, `asking-${brokerId}`);
  const { topics } = await cluster.run(client.send(Metadata, { topics: [{ name: TOPIC }] }));
  return topics[0]!.partitions[0]!.leaderId;
}

describe("a compacted topic", () => {
  test("loses what was written anew, keeps each key's last record, and serves all the while", async () => {
    const sim = await SimBroker.started(1, BROKER);
    const client = await sim.connect();
    await sim.run(createTopic(client, TOPIC, CONFIGS));
    await sim.run(sendRounds(client, 20));
    expect(await sim.run(readRecords(client))).toHaveLength(160);
    await sim.world.run(5_000);

    const left = await sim.run(readRecords(client));
    expect(left.length).toBeLessThan(40);
    expect(Object.fromEntries(left)["key-3"]).toBe("key-3 in round 19");
    expect(new Set(left.map(([key]) => key)).size).toBe(8);
    const names = sim.node.runtime.disk.list(`/data/broker-1/${TOPIC}-0`);
    expect(names.filter((name) => /\.(cleaned|swap)$/.test(name))).toEqual([]);
    await sim.stop();
  });

  test("goes on where it was after a crash: how far it is compacted is written down", async () => {
    const sim = await SimBroker.started(2, BROKER);
    const client = await sim.connect();
    await sim.run(createTopic(client, TOPIC, CONFIGS));
    await sim.run(sendRounds(client, 20));
    await sim.world.run(5_000);
    const before = await sim.run(readRecords(client));
    const checkpoint = (): string =>
      Buffer.from(sim.node.runtime.disk.readFile("/data/broker-1/cleaner-offset-checkpoint")).toString();
    expect(checkpoint()).toMatch(/^0\n1\nprices 0 \d+\n$/);
    const written = checkpoint();

    await sim.losePower();
    const again = await sim.connect("client-2");
    expect(await sim.run(readRecords(again))).toEqual(before);
    await sim.run(sendRounds(again, 20, 20));
    await sim.world.run(5_000);
    expect(Object.fromEntries(await sim.run(readRecords(again)))["key-7"]).toBe("key-7 in round 39");
    expect(checkpoint()).not.toBe(written);
    await sim.stop();
  });

  test("forgets a deleted key, and after delete.retention.ms that it was deleted", async () => {
    const sim = await SimBroker.started(3, BROKER);
    const client = await sim.connect();
    await sim.run(createTopic(client, TOPIC, CONFIGS));
    await sim.run(send(client, [["gone", "once here"]]));
    await sim.run(send(client, [["gone", null]]));
    await sim.run(sendRounds(client, 10));
    await sim.world.run(5_000);
    const gone = (records: readonly Pair[]): Pair[] => records.filter(([key]) => key === "gone");
    expect(gone(await sim.run(readRecords(client)))).toEqual([["gone", null]]);

    await sim.world.run(60_000);
    await sim.run(sendRounds(client, 20, 10));
    await sim.world.run(5_000);
    expect(gone(await sim.run(readRecords(client)))).toEqual([]);
    await sim.stop();
  });

  test("stays as it is with log.cleaner.enable=false", async () => {
    const sim = await SimBroker.started(4, { ...BROKER, "log.cleaner.enable": false });
    const client = await sim.connect();
    await sim.run(createTopic(client, TOPIC, CONFIGS));
    await sim.run(sendRounds(client, 20));
    await sim.world.run(60_000);
    expect(await sim.run(readRecords(client))).toHaveLength(160);
    await sim.stop();
  });

  test("takes no record without a key", async () => {
    const sim = await SimBroker.started(5, BROKER);
    const client = await sim.connect();
    await sim.run(createTopic(client, TOPIC, CONFIGS));
    expect(await sim.run(send(client, [["a", "1"], [null, "2"]]))).toBe(87);
    await sim.stop();
  });

  test("has each key's last record on every replica, and so after a failover", async () => {
    const cluster = await SimCluster.started(3, 6, BROKER);
    const configs = Object.entries(CONFIGS).map(([name, value]) => ({ name, value }));
    const topics = [{ name: TOPIC, numPartitions: 1, replicationFactor: 3, configs }];
    await cluster.run((await cluster.connect(1)).send(CreateTopics, { topics, timeoutMs: 5_000 }));
    await cluster.world.run(1_000);
    const leader = await leaderOf(cluster, 1);
    const client = await cluster.connect(leader);
    await cluster.run(sendRounds(client, 20));
    await cluster.world.run(10_000);
    const before = await cluster.run(readRecords(client));
    expect(before.length).toBeLessThan(40);
    expect(new Set(before.map(([key]) => key)).size).toBe(8);

    cluster.crash(leader);
    await cluster.world.run(10_000);
    const other = await leaderOf(cluster, leader === 1 ? 2 : 1);
    expect(other).not.toBe(leader);
    const after = await cluster.run(readRecords(await cluster.connect(other, "after")));
    expect(after.length).toBeLessThan(40);
    expect(Object.fromEntries(after)).toEqual(Object.fromEntries(before));
  });
});
