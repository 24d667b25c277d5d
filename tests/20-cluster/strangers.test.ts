import { afterEach, describe, expect, test, vi } from "vitest";
import { KafkaError } from "#ground/errors";
import { Produce } from "#ground/protocol/messages/00-produce";
import { Fetch } from "#ground/protocol/messages/01-fetch";
import { ListOffsets } from "#ground/protocol/messages/02-list-offsets";
import { Metadata } from "#ground/protocol/messages/03-metadata";
import { CreateTopics } from "#ground/protocol/messages/19-create-topics";
import { DeleteTopics } from "#ground/protocol/messages/20-delete-topics";
import { DeleteRecords } from "#ground/protocol/messages/21-delete-records";
import { OffsetForLeaderEpoch } from "#ground/protocol/messages/23-offset-for-leader-epoch";
import { DescribeConfigs } from "#ground/protocol/messages/32-describe-configs";
import { CreatePartitions } from "#ground/protocol/messages/37-create-partitions";
import { Partition } from "#replication";
import { createTopic, fetch, frame, produce } from "./clients.ts";
import { SimBroker } from "./sim-broker.ts";

const MEGABYTE = 1 << 20;

afterEach(() => {
  vi.restoreAllMocks();
});

/** Counts the bytes of records that are read from now on. */
function countReads(): () => number {
  const reads = vi.spyOn(Partition.prototype, "read");
  return () =>
    reads.mock.results.reduce((sum, { type, value }) => {
      return type === "return" ? sum + (value as ReturnType<Partition["read"]>).records.length : sum;
    }, 0);
}

function fetchFrame(correlationId: number, minBytes: number): Uint8Array {
  const topics = [{ topic: "orders", partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 8 * MEGABYTE }] }];
  return frame(Fetch, 12, correlationId, { maxWaitMs: 60_000, minBytes, topics });
}

describe("Broker: answers that nobody reads", { timeout: 60_000 }, () => {
  test("fetches of one client that wait: the log is read for the one whose answer is the next to leave", async () => {
    const sim = await SimBroker.started();
    const client = await sim.connect();
    await sim.run(createTopic(client, "orders"));
    const silent = await sim.connectRaw();
    silent.pause();
    for (let i = 0; i < 10; i++) silent.send(fetchFrame(i, 1));
    await sim.world.run(100);
    const bytesRead = countReads();
    await sim.run(produce(client, "orders", ["x".repeat(200_000)]));
    await sim.world.run(1_000);
    expect(bytesRead()).toBeLessThan(300_000);
    silent.resume();
    await sim.world.runUntil(() => silent.answers.length === 10, 60_000);
  });

  test("clients that wait for the same records and read nothing: all together get what memory there is", async () => {
    const sim = await SimBroker.started();
    const client = await sim.connect();
    await sim.run(createTopic(client, "orders"));
    const value = "x".repeat(500_000);
    for (let i = 0; i < 8; i++) await sim.run(produce(client, "orders", [value]));
    for (let i = 0; i < 60; i++) {
      const silent = await sim.connectRaw(`silent-${i}`);
      silent.pause();
      silent.send(fetchFrame(i, 4_200_000));
    }
    await sim.world.run(100);
    const bytesRead = countReads();
    // With this one there is enough for all of them, in the same moment.
    await sim.run(produce(client, "orders", [value]));
    await sim.world.run(1_000);
    expect(bytesRead()).toBeGreaterThan(30 * MEGABYTE);
    expect(bytesRead()).toBeLessThan(130 * MEGABYTE);
    // Who reads goes on.
    expect((await sim.run(fetch(client, "orders", 8, { maxWaitMs: 500 }))).values).toEqual([value]);
  });
});

/** Counts the KafkaErrors with a stack that are made while `body` runs. */
async function stacksMade(body: () => Promise<void>): Promise<number> {
  let count = 0;
  class Counted extends Error {
    constructor(message?: string, options?: ErrorOptions) {
      super(message, options);
      count += 1;
    }
  }
  Object.setPrototypeOf(KafkaError, Counted);
  try {
    await body();
  } finally {
    Object.setPrototypeOf(KafkaError, Error);
  }
  return count;
}

describe("Broker: a thousand names that nobody knows", () => {
  const numbers = Array.from({ length: 1000 }, (_, i) => i);
  const names = numbers.map((i) => `unknown-${i}`);
  const bad = numbers.map((i) => `bad name ${i}`);
  const one = { numPartitions: 1, replicationFactor: 1 };
  const askedToFetch = numbers.map((partition) => ({ partition, fetchOffset: 0, partitionMaxBytes: 1000 }));
  const produced = numbers.map((index) => ({ index, records: new Uint8Array(0) }));
  const positions = numbers.map((partitionIndex) => ({ partitionIndex, timestamp: -1 }));
  const cuts = numbers.map((partitionIndex) => ({ partitionIndex, offset: 0 }));
  const epochs = numbers.map((partition) => ({ partition, leaderEpoch: 0 }));
  const resources = [...names, ...bad].map((resourceName) => ({ resourceType: 2, resourceName }));
  const asked = { topics: [...names, ...bad].map((name) => ({ name })), allowAutoTopicCreation: false };
  const frames: [string, Uint8Array][] = [
    ["Produce", frame(Produce, 9, 1, { acks: 1, topicData: [{ name: "t", partitionData: produced }] })],
    ["Fetch", frame(Fetch, 12, 1, { topics: [{ topic: "t", partitions: askedToFetch }] })],
    ["ListOffsets", frame(ListOffsets, 6, 1, { topics: [{ name: "t", partitions: positions }] })],
    ["Metadata", frame(Metadata, 9, 1, asked)],
    ["CreateTopics", frame(CreateTopics, 5, 1, { topics: bad.map((name) => ({ name, ...one })) })],
    ["DeleteTopics", frame(DeleteTopics, 5, 1, { topicNames: names })],
    ["DeleteRecords", frame(DeleteRecords, 2, 1, { topics: [{ name: "t", partitions: cuts }] })],
    ["OffsetForLeaderEpoch", frame(OffsetForLeaderEpoch, 3, 1, { topics: [{ topic: "t", partitions: epochs }] })],
    ["DescribeConfigs", frame(DescribeConfigs, 4, 1, { resources })],
    ["CreatePartitions", frame(CreatePartitions, 2, 1, { topics: names.map((name) => ({ name, count: 2 })) })],
  ];

  test.each(frames)("in one %s make no stack: most of what an error costs", async (_, bytes) => {
    const sim = await SimBroker.started();
    const raw = await sim.connectRaw();
    const made = await stacksMade(async () => {
      expect(await raw.ask(bytes)).not.toBeNull();
    });
    expect(made).toBe(0);
  });
});
