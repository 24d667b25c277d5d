/** The whole consumer against the whole broker, in simulated time. */
import { describe, expect, test } from "vitest";
import { DeleteRecords } from "#ground/protocol/messages/21-delete-records";
import { type ConsumerRecord, KafkaConsumer, type OffsetAndMetadata, RecordDeserializationError } from "#groups";
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
  return { sim, write, consumerOf, deleteUpTo };
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
