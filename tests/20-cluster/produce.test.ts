import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Produce } from "#ground/protocol/messages/00-produce";
import { Fetch } from "#ground/protocol/messages/01-fetch";
import { InitProducerId } from "#ground/protocol/messages/22-init-producer-id";
import { CreateTopics } from "#ground/protocol/messages/19-create-topics";
import { batches } from "#serialization";
import { batchOf } from "../06-replication/batches.ts";
import { SimBroker } from "./sim-broker.ts";

const CORRUPT = new URL("../golden/record-batches/corrupt/", import.meta.url);

/** What Apache Kafka did with a batch that is damaged or odd. */
interface Verdict {
  readonly name: string;
  readonly broker: { readonly errorCode: number; readonly baseOffset: string; readonly storedHex?: string };
}

async function setUp(configs: readonly { name: string; value: string }[] = []) {
  const sim = await SimBroker.started();
  const client = await sim.connect();
  const create = async (name: string): Promise<void> => {
    await sim.run(client.send(CreateTopics, { topics: [{ name, numPartitions: 1, replicationFactor: 1, configs }] }));
  };
  const produce = async (topic: string, records: Uint8Array | null, changes: object = {}) => {
    const topicData = [{ name: topic, partitionData: [{ index: 0, records }] }];
    const request = { acks: -1, timeoutMs: 1000, topicData, ...changes };
    const answer = await sim.run(client.send(Produce, request, { version: 9 }));
    return answer.responses[0]!.partitionResponses[0]!;
  };
  const fetch = async (topic: string) => {
    const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1e6 }];
    const request = { maxWaitMs: 0, topics: [{ topic, partitions }] };
    const answer = await sim.run(client.send(Fetch, request, { version: 12 }));
    return answer.responses[0]!.partitions[0]!;
  };
  return { sim, client, create, produce, fetch };
}

describe("Produce", () => {
  test("damaged and odd batches are refused, or stored, exactly as Apache Kafka does", async () => {
    const anyTime = { name: "message.timestamp.after.max.ms", value: "9223372036854775807" };
    const { create, produce, fetch } = await setUp([anyTime]);
    const verdicts = readdirSync(CORRUPT)
      .filter((file) => file.endsWith(".json"))
      .map((file) => JSON.parse(readFileSync(new URL(file, CORRUPT), "utf8")) as Verdict);
    expect(verdicts.length).toBeGreaterThan(30);
    for (const { name, broker } of verdicts) {
      await create(name);
      const records = new Uint8Array(readFileSync(new URL(`${name}.bin`, CORRUPT)));
      const got = await produce(name, records);
      expect({ name, errorCode: got.errorCode, baseOffset: String(got.baseOffset) }).toEqual({
        name,
        errorCode: broker.errorCode,
        baseOffset: broker.baseOffset,
      });
      if (broker.storedHex === undefined) continue;
      expect({ name, stored: Buffer.from((await fetch(name)).records!).toString("hex") }).toEqual({
        name,
        stored: broker.storedHex,
      });
    }
  });

  test("the broker's time replaces the producer's where the topic says so", async () => {
    const { create, produce, fetch } = await setUp([{ name: "message.timestamp.type", value: "LogAppendTime" }]);
    await create("a");
    const { logAppendTimeMs } = await produce("a", batchOf(["x"], {}, 123));
    expect(logAppendTimeMs).toBeGreaterThan(123);
    const [batch] = batches((await fetch("a")).records!);
    expect(batch).toMatchObject({ timestampType: "LogAppendTime", maxTimestamp: logAppendTimeMs });
    batch!.ensureValid();
  });

  test("large batches stay what they are, although the memory of their requests is used again", async () => {
    const { sim, client, create, fetch } = await setUp();
    const topics = ["a", "b", "c"];
    for (const topic of topics) await create(topic);
    const values = (topic: string, round: number): string[] =>
      Array.from({ length: 100 }, (_, i) => `${topic}${round}.${i} `.repeat(100));
    for (let round = 0; round < 3; round++) {
      const sends = topics.map((name) => {
        const topicData = [{ name, partitionData: [{ index: 0, records: batchOf(values(name, round)) }] }];
        return client.send(Produce, { acks: -1, timeoutMs: 1000, topicData }, { version: 9 });
      });
      await sim.run(Promise.all(sends));
    }
    for (const topic of topics) {
      const stored = [...batches((await fetch(topic)).records!)];
      const got = stored.map((batch) => [...batch.records()].map(({ value }) => Buffer.from(value!).toString()));
      expect(got).toEqual([0, 1, 2].map((round) => values(topic, round)));
    }
  });

  test("clients can't write to the cluster's own topics", async () => {
    const { create, produce } = await setUp();
    await create("__consumer_offsets");
    expect((await produce("__consumer_offsets", batchOf(["x"]))).errorCode).toBe(17);
  });

  test("the leader epoch that a client wrote into a batch is overwritten", async () => {
    const { create, produce, fetch } = await setUp();
    await create("a");
    await produce("a", batchOf(["x"], { partitionLeaderEpoch: 77 }));
    const [batch] = batches((await fetch("a")).records!);
    expect(batch!.partitionLeaderEpoch).toBe(0);
  });

  test("records errors say which records, and why", async () => {
    const { create, produce } = await setUp([{ name: "cleanup.policy", value: "compact" }]);
    await create("a");
    const { recordErrors, errorMessage } = await produce("a", batchOf(["no", "keys"]));
    expect(recordErrors.map(({ batchIndex }) => batchIndex)).toEqual([0, 1]);
    expect(errorMessage).toContain("record 0");
  });

  test("transactional batches are refused: no id fails the whole request, an id has no transaction", async () => {
    const { create, produce } = await setUp();
    await create("a");
    const records = batchOf(["x"], { isTransactional: true, producerId: 5, producerEpoch: 0, baseSequence: 0 });
    expect((await produce("a", records)).errorCode).toBe(53);
    expect((await produce("a", records, { transactionalId: "t" })).errorCode).toBe(48);
  });
});

describe("InitProducerId", () => {
  test("gives every producer another id, also after a crash", async () => {
    const { sim, client } = await setUp();
    const ids = new Set<unknown>();
    for (let i = 0; i < 1500; i++) {
      const answer = await sim.run(client.send(InitProducerId, { transactionalId: null, transactionTimeoutMs: 1000 }));
      expect(answer).toMatchObject({ errorCode: 0, producerEpoch: 0 });
      ids.add(answer.producerId);
    }
    expect(ids.size).toBe(1500);
    await sim.crash();
    const again = await sim.connect("other");
    const request = { transactionalId: null, transactionTimeoutMs: 1000 };
    const { producerId } = await sim.run(again.send(InitProducerId, request));
    expect(ids.has(producerId)).toBe(false);
  });

  test.each([
    ["an empty transactional id", { transactionalId: "" }, 42],
    ["half of an id", { transactionalId: null, producerId: 5 }, 42],
    ["a time-out that is too long", { transactionalId: "t", transactionTimeoutMs: 99_999_999 }, 50],
    ["a transactional id for good: there are no transactions", { transactionalId: "t" }, 53],
  ])("refuses %s", async (_, request, errorCode) => {
    const { sim, client } = await setUp();
    const answer = await sim.run(client.send(InitProducerId, { transactionTimeoutMs: 1000, ...request }));
    expect(answer).toMatchObject({ errorCode, producerId: -1, producerEpoch: -1 });
  });
});
