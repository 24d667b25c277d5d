/** The whole consumer against the whole broker, in simulated time. */
import { describe, expect, test, vi } from "vitest";
import { ERRORS } from "#ground/errors";
import { type Api, type ResponseOf } from "#ground/protocol/api";
import { Fetch, type FetchResponse } from "#ground/protocol/messages/01-fetch";
import { ListOffsets } from "#ground/protocol/messages/02-list-offsets";
import { OffsetFetch } from "#ground/protocol/messages/09-offset-fetch";
import { DeleteTopics } from "#ground/protocol/messages/20-delete-topics";
import { DeleteRecords } from "#ground/protocol/messages/21-delete-records";
import { type ConsumerRecord, KafkaConsumer, type OffsetAndMetadata, RecordDeserializationError } from "#groups";
import { NetworkClient } from "#sender";
import { createTopic, produce } from "./clients.ts";
import { SimBroker } from "./sim-broker.ts";

const FIRST = { topic: "orders", partition: 0 };
const SECOND = { topic: "orders", partition: 1 };

/** A broker with the topic orders of two partitions, with these values in the first. */
async function setUp(values: readonly string[] = []): Promise<{
  sim: SimBroker;
  write: (values: readonly string[], partition?: number) => Promise<unknown>;
  consumerOf: (config?: Record<string, unknown>, node?: string) => KafkaConsumer<Buffer, Buffer>;
  deleteUpTo: (offset: number) => Promise<unknown>;
  makeAnew: () => Promise<void>;
}> {
  const sim = await SimBroker.started(1, {
    "group.initial.rebalance.delay.ms": 0,
    "offsets.topic.replication.factor": 1,
    "offsets.topic.num.partitions": 1,
  });
  const client = await sim.connect();
  // What these tests write is dated 1970.
  await sim.run(createTopic(client, "orders", { "retention.ms": "-1" }, 2));
  const write = (some: readonly string[], partition = 0): Promise<unknown> =>
    sim.run(produce(client, "orders", some, -1, partition));
  if (values.length > 0) await write(values);
  const deleteUpTo = (offset: number): Promise<unknown> =>
    sim.run(
      client.send(DeleteRecords, {
        topics: [{ name: "orders", partitions: [{ partitionIndex: 0, offset }] }],
        timeoutMs: 10_000,
      }),
    );
  const consumerOf = (config: Record<string, unknown> = {}, node = "consumer"): KafkaConsumer<Buffer, Buffer> =>
    new KafkaConsumer({ "bootstrap.servers": "broker:9092", "auto.offset.reset": "earliest", ...config }, {
      runtime: sim.world.node(node).runtime,
    });
  const makeAnew = async (): Promise<void> => {
    await sim.run(client.send(DeleteTopics, { topics: [{ name: "orders" }] }));
    await sim.world.run(1_000);
    await sim.run(createTopic(client, "orders", { "retention.ms": "-1" }, 2));
  };
  return { sim, write, consumerOf, deleteUpTo, makeAnew };
}

/** Polls until so many records have come. */
async function read(sim: SimBroker, consumer: KafkaConsumer, count: number): Promise<ConsumerRecord[]> {
  const records: ConsumerRecord[] = [];
  for (let polls = 0; records.length < count; polls++) {
    if (polls > 100) throw new Error(`Only ${records.length} records after ${polls} polls.`);
    records.push(...(await sim.run(consumer.poll(1_000))));
  }
  return records;
}

/** Changes what consumers are answered, as long as it is counted. */
function changeAnswers<A extends Api>(
  wanted: A,
  change: (answer: ResponseOf<A>) => ResponseOf<A>,
): { countFor: (sim: SimBroker, ms: number) => Promise<number> } {
  let count = 0;
  const { send } = NetworkClient.prototype;
  const spy = vi.spyOn(NetworkClient.prototype, "send").mockImplementation(function (
    this: NetworkClient,
    ...[node, api, value, handler, options]
  ) {
    if (api !== (wanted as Api)) return send.call(this, node, api, value, handler, options);
    count++;
    const onResponse = (answer: unknown, now: number): void => {
      handler.onResponse(change(answer as ResponseOf<A>) as never, now);
    };
    send.call(this, node, api, value, { ...handler, onResponse }, options);
  });
  const countFor = async (sim: SimBroker, ms: number): Promise<number> => {
    try {
      await sim.world.run(ms);
    } finally {
      spy.mockRestore();
    }
    return count;
  };
  return { countFor };
}

/** Once every `retry.backoff.ms`, 100 ms, for each of two partitions at most; in a second. */
const isCalm = (count: number): boolean => count > 4 && count < 25;

type FetchedPartition = FetchResponse["responses"][number]["partitions"][number];

function withPartitions(answer: FetchResponse, change: Partial<FetchedPartition>): FetchResponse {
  const responses = answer.responses.map((topic) => {
    return { ...topic, partitions: topic.partitions.map((part) => ({ ...part, ...change })) };
  });
  return { ...answer, responses };
}

const textOf = (records: readonly ConsumerRecord[]): string[] => records.map(({ value }) => value!.toString());

describe("what is committed", () => {
  test("a poll commits what the polls before it returned, not what it returns itself", async () => {
    const { sim, write, consumerOf } = await setUp(["a", "b"]);
    const consumer = consumerOf({ "group.id": "g", "auto.commit.interval.ms": 100, "max.poll.records": 2 });
    consumer.subscribe(["orders"]);
    await read(sim, consumer, 2);
    await write(["c", "d"]);
    await sim.world.run(1_000);
    // Returns c and d, and commits a and b.
    expect(textOf(await read(sim, consumer, 2))).toEqual(["c", "d"]);
    await sim.world.run(1_000);
    const [committed] = await sim.run(consumer.committed([FIRST]));
    expect(committed!.offset).toBe(2);
    // The program dies while it works on c and d: they come again.
    sim.world.node("consumer").crash();
    const other = consumerOf({ "group.id": "g" }, "other");
    other.subscribe(["orders"]);
    expect(textOf(await read(sim, other, 2))).toEqual(["c", "d"]);
    await sim.run(other.close());
  });

  test("close commits, so that nothing comes again", async () => {
    const { sim, write, consumerOf } = await setUp(["a", "b"]);
    const consumer = consumerOf({ "group.id": "g" });
    consumer.subscribe(["orders"]);
    await read(sim, consumer, 2);
    await sim.run(consumer.close());
    await write(["c"]);
    const other = consumerOf({ "group.id": "g" }, "other");
    other.subscribe(["orders"]);
    expect(textOf(await read(sim, other, 1))).toEqual(["c"]);
    await sim.run(other.close());
    expect(sim.world.node("other").openResources).toEqual([]);
  });

  test("while it is being closed, a listener commits what it gives up", async () => {
    const { sim, write, consumerOf } = await setUp(["a", "b"]);
    const consumer = consumerOf({ "group.id": "g", "enable.auto.commit": false });
    consumer.subscribe(["orders"], { onPartitionsRevoked: () => consumer.commitSync() });
    await read(sim, consumer, 2);
    await sim.run(consumer.close());
    await write(["c"]);
    const other = consumerOf({ "group.id": "g" }, "other");
    other.subscribe(["orders"]);
    expect(textOf(await read(sim, other, 1))).toEqual(["c"]);
    await sim.run(other.close());
  });

  test("a commit that is not answered before a rebalance isn't tried again in the next generation", async () => {
    const { sim, consumerOf } = await setUp(["a"]);
    const consumer = consumerOf({ "group.id": "g", "enable.auto.commit": false, "retry.backoff.ms": 500 });
    consumer.subscribe(["orders"]);
    await read(sim, consumer, 1);
    sim.node.crash();
    const told: (string | null)[] = [];
    consumer.commitAsync(undefined, (error) => void told.push(error?.code ?? null));
    consumer.enforceRebalance();
    await sim.run(consumer.poll(100));
    await sim.start(sim.node.restart());
    while (consumer.groupMetadata.generation < 2) await sim.run(consumer.poll(100));
    await sim.world.run(2_000);
    expect(told).toEqual(["REBALANCE_IN_PROGRESS"]);
    expect(await sim.run(consumer.committed([FIRST]))).toEqual([]);
    await sim.run(consumer.close());
  });

  test("interceptors see what is returned and what is committed, and one that throws harms nobody", async () => {
    const { sim, consumerOf } = await setUp(["a", "b"]);
    const commits: number[] = [];
    const keepsLast = { onConsume: (records: readonly ConsumerRecord[]) => records.slice(-1) };
    const counts = { onCommit: (offsets: readonly OffsetAndMetadata[]) => void commits.push(offsets[0]!.offset) };
    const throwing = {
      onConsume: () => {
        throw new Error("oh");
      },
    };
    const consumer = consumerOf({ "group.id": "g", "interceptor.classes": [throwing, keepsLast, counts] });
    consumer.assign([FIRST]);
    expect(textOf(await read(sim, consumer, 1))).toEqual(["b"]);
    await sim.run(consumer.commitSync());
    expect(commits).toEqual([2]);
    await sim.run(consumer.close());
  });
});

test("close closes all of the user's code, also behind a deserializer that can't be closed", async () => {
  const { sim, consumerOf } = await setUp();
  const closed: string[] = [];
  const partOf = (name: string): object => ({
    deserialize: () => null,
    close: () => {
      closed.push(name);
      throw new Error(`${name} can't be closed`);
    },
  });
  const parts = { "key.deserializer": partOf("key"), "value.deserializer": partOf("value") };
  const consumer = consumerOf({ ...parts, "interceptor.classes": [{ close: () => void closed.push("interceptor") }] });
  await expect(sim.run(consumer.close())).rejects.toThrow("key can't be closed");
  expect(closed).toEqual(["interceptor", "key", "value"]);
  expect(sim.world.node("consumer").openResources).toEqual([]);
});

describe("positions", () => {
  test("a poison pill: those before it, then an error that says where; who seeks past it goes on", async () => {
    const { sim, consumerOf } = await setUp(["1", "x", "3"]);
    const numbers = {
      deserialize: (_topic: string, _headers: unknown, data: Uint8Array | null) => {
        if (Number.isNaN(Number(data))) throw new Error("not a number");
        return Number(data);
      },
    };
    const consumer = consumerOf({ "value.deserializer": numbers });
    consumer.assign([FIRST]);
    expect((await read(sim, consumer, 1)).map(({ value }) => value as unknown)).toEqual([1]);
    for (let times = 0; times < 2; times++) {
      const error = await sim.run(consumer.poll(1_000)).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(RecordDeserializationError);
      expect(error).toMatchObject({ topic: "orders", partition: 0, offset: 1 });
    }
    consumer.seek(FIRST, 2);
    expect((await read(sim, consumer, 1)).map(({ value }) => value as unknown)).toEqual([3]);
    await sim.run(consumer.close());
  });

  test("a pause while records are fetched loses none, and none comes twice", async () => {
    const { sim, write, consumerOf } = await setUp(["a", "b", "c", "d"]);
    const consumer = consumerOf({ "max.poll.records": 2 });
    consumer.assign([FIRST, SECOND]);
    expect(textOf(await read(sim, consumer, 2))).toEqual(["a", "b"]);
    consumer.pause([FIRST]);
    await write(["x"], 1);
    expect(textOf(await read(sim, consumer, 1))).toEqual(["x"]);
    expect(consumer.paused).toEqual([FIRST]);
    consumer.resume([FIRST]);
    expect(textOf(await read(sim, consumer, 2))).toEqual(["c", "d"]);
    await sim.run(consumer.close());
  });

  test("records that were deleted while it was away: it goes on with the first that there is", async () => {
    const { sim, consumerOf, deleteUpTo } = await setUp(["a", "b", "c"]);
    await deleteUpTo(2);
    const consumer = consumerOf();
    consumer.assign([FIRST]);
    consumer.seek(FIRST, 0);
    expect(textOf(await read(sim, consumer, 1))).toEqual(["c"]);
    await sim.run(consumer.close());
  });

  test("a topic that is deleted and made anew: it goes on with the new one", async () => {
    const { sim, write, consumerOf, makeAnew } = await setUp(["a", "b"]);
    const consumer = consumerOf({ "allow.auto.create.topics": false });
    consumer.assign([FIRST]);
    await read(sim, consumer, 2);
    await makeAnew();
    await write(["c"]);
    expect(textOf(await read(sim, consumer, 1))).toEqual(["c"]);
    await sim.run(consumer.close());
  });

  test("with auto.offset.reset=none and nothing committed, the group is asked at a calm pace", async () => {
    const { sim, write, consumerOf } = await setUp();
    const consumer = consumerOf({ "group.id": "g", "auto.offset.reset": "none" });
    consumer.subscribe(["orders"]);
    await expect(sim.run(consumer.poll(10_000))).rejects.toMatchObject({ code: "OFFSET_OUT_OF_RANGE" });
    expect(await changeAnswers(OffsetFetch, (answer) => answer).countFor(sim, 1_000)).toSatisfy(isCalm);
    await write(["a"]);
    for (const partition of consumer.assignment) consumer.seek(partition, 0);
    expect(textOf(await read(sim, consumer, 1))).toEqual(["a"]);
    await sim.run(consumer.close());
  });

  const FORBIDDEN = ERRORS.TOPIC_AUTHORIZATION_FAILED[0];

  test("what the broker refuses for good is asked again at a calm pace", async () => {
    const { sim, consumerOf } = await setUp(["a"]);
    const consumer = consumerOf();
    consumer.assign([FIRST]);
    const refusedEnd = changeAnswers(ListOffsets, (answer) => ({
      ...answer,
      topics: answer.topics.map((topic) => {
        return { ...topic, partitions: topic.partitions.map((part) => ({ ...part, errorCode: FORBIDDEN })) };
      }),
    }));
    expect(await refusedEnd.countFor(sim, 1_000)).toSatisfy(isCalm);
    const refusedFetch = changeAnswers(Fetch, (answer) => withPartitions(answer, { errorCode: FORBIDDEN }));
    expect(await refusedFetch.countFor(sim, 1_000)).toSatisfy(isCalm);
    await expect(sim.run(consumer.poll(1_000))).rejects.toMatchObject({ code: "TOPIC_AUTHORIZATION_FAILED" });
    expect(textOf(await read(sim, consumer, 1))).toEqual(["a"]);
    await sim.run(consumer.close());
  });

  test("an answer that holds no batches is asked for again at a calm pace", async () => {
    const { sim, consumerOf } = await setUp(["a"]);
    const consumer = consumerOf();
    consumer.assign([FIRST]);
    const damaged = changeAnswers(Fetch, (answer) => withPartitions(answer, { records: new Uint8Array(100) }));
    expect(await damaged.countFor(sim, 1_000)).toSatisfy(isCalm);
    await expect(sim.run(consumer.poll(1_000))).rejects.toMatchObject({ code: "CORRUPT_MESSAGE" });
    expect(textOf(await read(sim, consumer, 1))).toEqual(["a"]);
    await sim.run(consumer.close());
  });

  test("with auto.offset.reset=none it says so instead, until somebody seeks", async () => {
    const { sim, consumerOf } = await setUp(["a", "b"]);
    const consumer = consumerOf({ "auto.offset.reset": "none" });
    consumer.assign([FIRST]);
    consumer.seek(FIRST, 9);
    await expect(sim.run(consumer.poll(5_000))).rejects.toMatchObject({ code: "OFFSET_OUT_OF_RANGE" });
    consumer.seek(FIRST, 1);
    expect(textOf(await read(sim, consumer, 1))).toEqual(["b"]);
    await sim.run(consumer.close());
  });

  test("after a leader change: a position behind what the new leader has goes to where the logs part", async () => {
    const { sim, consumerOf } = await setUp(["a", "b"]);
    const consumer = consumerOf();
    consumer.assign([FIRST]);
    await read(sim, consumer, 2);
    await sim.crash();
    // As if it had read up to 5 from a leader whose records nobody else had.
    consumer.seek(FIRST, 5, 0);
    const client = await sim.connect("writer");
    await sim.run(produce(client, "orders", ["c"]));
    expect(textOf(await read(sim, consumer, 1))).toEqual(["c"]);
    await sim.run(consumer.close());
  });

  test("what a poll returned, partition by partition", async () => {
    const { sim, write, consumerOf } = await setUp(["a", "b"]);
    await write(["x"], 1);
    const consumer = consumerOf();
    consumer.assign([FIRST, SECOND]);
    const read: Record<number, string[]> = { 0: [], 1: [] };
    for (let polls = 0; polls < 20; polls++) {
      const polled = await sim.run(consumer.poll(100));
      for (const { topic, partition, records } of polled.batches()) {
        read[partition]!.push(...textOf(records));
        expect(polled.records(topic, partition)).toEqual(records);
      }
      expect(polled.records("orders")).toHaveLength(polled.count);
    }
    expect(read).toEqual({ 0: ["a", "b"], 1: ["x"] });
    await sim.run(consumer.close());
  });

  test("lag and metrics", async () => {
    const { sim, consumerOf } = await setUp(["a", "b", "c"]);
    const consumer = consumerOf({ "max.poll.records": 1 });
    consumer.assign([FIRST]);
    expect(consumer.currentLag(FIRST)).toBe(null);
    await read(sim, consumer, 1);
    expect(consumer.currentLag(FIRST)).toBe(2);
    expect(consumer.metrics()).toMatchObject({ "records-consumed-total": 1, "records-lag-max": 2 });
    await sim.run(consumer.close());
  });
});

describe("membership", () => {
  test("heartbeats go on while the program works, as long as it polls in time", async () => {
    const { sim, consumerOf } = await setUp(["a"]);
    const consumer = consumerOf({ "group.id": "g", "session.timeout.ms": 10_000, "max.poll.interval.ms": 60_000 });
    consumer.subscribe(["orders"]);
    await read(sim, consumer, 1);
    const { generation } = consumer.groupMetadata;
    await sim.world.run(55_000);
    await sim.run(consumer.poll(1_000));
    expect(consumer.groupMetadata.generation).toBe(generation);
    await sim.run(consumer.close());
  });

  test("who is thrown out while it prepares to join again has lost what it had", async () => {
    const { sim, consumerOf } = await setUp(["a"]);
    const consumer = consumerOf({
      "group.id": "g",
      "partition.assignment.strategy": "cooperative-sticky",
      "max.poll.interval.ms": 2_000,
    });
    const lost: number[] = [];
    const note = (partitions: readonly { partition: number }[]): void => {
      lost.push(...partitions.map(({ partition }) => partition));
    };
    consumer.subscribe(["orders"], { onPartitionsLost: note });
    await read(sim, consumer, 1);
    consumer.enforceRebalance();
    // Its commit takes longer than it may take to poll again.
    sim.node.freeze(3_000);
    await sim.run(consumer.poll(5_000));
    expect(lost.sort()).toEqual([0, 1]);
    await sim.run(consumer.close());
  });

  test("a broker that is started again: the group comes together again, and goes on where it was", async () => {
    const { sim, consumerOf } = await setUp(["a"]);
    const consumer = consumerOf({ "group.id": "g" });
    consumer.subscribe(["orders"]);
    expect(textOf(await read(sim, consumer, 1))).toEqual(["a"]);
    await sim.run(consumer.commitSync());
    await sim.crash();
    const client = await sim.connect("writer");
    await sim.run(produce(client, "orders", ["b"]));
    expect(textOf(await read(sim, consumer, 1))).toEqual(["b"]);
    await sim.run(consumer.close());
  });
});
