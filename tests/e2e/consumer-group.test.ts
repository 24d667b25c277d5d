/** Our consumer as a member of groups, against our broker, over real sockets. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ConsumerRecord, KafkaConsumer } from "#groups";
import { KafkaProducer } from "#sender";
import { BrokerProcess, sleep, temporaryFolder } from "./broker-process.ts";

const LIMIT_MS = 120_000;

const data = temporaryFolder();
let broker: BrokerProcess;

beforeAll(async () => {
  broker = await BrokerProcess.start(data.path, ["--override", "group.initial.rebalance.delay.ms=200"]);
}, LIMIT_MS);

afterAll(async () => {
  await broker.stop("SIGKILL");
  data.remove();
}, LIMIT_MS);

function newConsumer(group: string, config: Record<string, unknown> = {}): KafkaConsumer<Buffer, string> {
  return new KafkaConsumer<Buffer, string>({
    "bootstrap.servers": broker.address,
    "group.id": group,
    "auto.offset.reset": "earliest",
    "heartbeat.interval.ms": 200,
    "value.deserializer": "StringDeserializer",
    ...config,
  });
}

async function produce(topic: string, from: number, to: number): Promise<void> {
  const producer = new KafkaProducer({ "bootstrap.servers": broker.address });
  for (let i = from; i < to; i++) void producer.send({ topic, partition: i % 4, value: `${i}` });
  await producer.close();
}

/** Polls all of them in turn until `isDone`, and notes what they got. */
async function pollAll(
  consumers: readonly KafkaConsumer<Buffer, string>[],
  records: ConsumerRecord<Buffer, string>[],
  isDone: () => boolean,
): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!isDone()) {
    if (Date.now() > deadline) throw new Error(`Not done after 30 s; ${records.length} records came.`);
    for (const polled of await Promise.all(consumers.map((consumer) => consumer.poll(100)))) records.push(...polled);
  }
}

const numbersIn = (records: readonly { value: string | null }[]): number[] =>
  records.map(({ value }) => Number(value)).sort((a, b) => a - b);
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

describe("our consumer in a group", { timeout: LIMIT_MS }, () => {
  test("one member gets all partitions, commits, and a later one goes on where it was", async () => {
    await broker.createTopic("alone", 4);
    await produce("alone", 0, 100);
    const first = newConsumer("alone");
    first.subscribe(["alone"]);
    const records: ConsumerRecord<Buffer, string>[] = [];
    await pollAll([first], records, () => records.length >= 100);
    expect(numbersIn(records)).toEqual(range(0, 100));
    expect(first.assignment.length).toBe(4);
    await first.close();
    await produce("alone", 100, 140);
    const second = newConsumer("alone");
    second.subscribe(/al.ne/);
    const later: ConsumerRecord<Buffer, string>[] = [];
    await pollAll([second], later, () => later.length >= 40);
    expect(numbersIn(later)).toEqual(range(100, 140));
    await second.close();
  });

  const strategies = ["range", "cooperative-sticky"];
  test.each(strategies)("two members share, and one takes over when the other leaves: %s", async (strategy) => {
    const topic = `shared-${strategy}`;
    await broker.createTopic(topic, 4);
    await produce(topic, 0, 40);
    const config = { "partition.assignment.strategy": strategy };
    const [one, two] = [newConsumer(topic, config), newConsumer(topic, config)];
    one.subscribe([topic]);
    const records: ConsumerRecord<Buffer, string>[] = [];
    await pollAll([one], records, () => records.length >= 40);
    two.subscribe([topic]);
    await pollAll([one, two], records, () => one.assignment.length === 2 && two.assignment.length === 2);
    await produce(topic, 40, 80);
    await pollAll([one, two], records, () => records.length >= 80);
    await two.close();
    await pollAll([one], records, () => one.assignment.length === 4);
    await produce(topic, 80, 120);
    await pollAll([one], records, () => records.length >= 120);
    await one.close();
    expect(numbersIn(records)).toEqual(range(0, 120));
  });

  test("commitSync, commitAsync and committed; nothing is committed by itself when it is switched off", async () => {
    await broker.createTopic("commits", 4);
    await produce("commits", 0, 8);
    const consumer = newConsumer("commits", { "enable.auto.commit": false });
    consumer.subscribe(["commits"]);
    const records: ConsumerRecord<Buffer, string>[] = [];
    await pollAll([consumer], records, () => records.length >= 8);
    const [first, second] = [{ topic: "commits", partition: 0 }, { topic: "commits", partition: 1 }];
    expect(await consumer.committed([first, second])).toEqual([]);
    await consumer.commitSync([{ ...first, offset: 1, metadata: "a note" }]);
    await new Promise((resolve) => consumer.commitAsync([{ ...second, offset: 2 }], resolve));
    const committed = await consumer.committed([first, second]);
    expect(committed.map(({ partition, offset, metadata }) => [partition, offset, metadata])).toEqual([
      [0, 1, "a note"],
      [1, 2, ""],
    ]);
    await consumer.close();
  });

  test("who doesn't poll for max.poll.interval.ms is out, and is told so", async () => {
    await broker.createTopic("slow", 4);
    const lost: number[] = [];
    const slow = newConsumer("slow", { "max.poll.interval.ms": 1_500 });
    slow.subscribe(["slow"], { onPartitionsLost: (partitions) => void lost.push(partitions.length) });
    await pollAll([slow], [], () => slow.assignment.length === 4);
    const other = newConsumer("slow");
    other.subscribe(["slow"]);
    const until = Date.now() + 3_000;
    await pollAll([other], [], () => Date.now() > until && other.assignment.length === 4);
    await expect(slow.commitSync([{ topic: "slow", partition: 0, offset: 1 }])).rejects.toMatchObject({
      code: "UNKNOWN_MEMBER_ID",
    });
    await pollAll([slow, other], [], () => slow.assignment.length === 2 && other.assignment.length === 2);
    expect(lost).toEqual([4]);
    await slow.close();
    await other.close();
  });

  test("close does not wait for anything: without commits it is over at once", async () => {
    const consumer = newConsumer("nobody");
    const start = Date.now();
    await sleep(10);
    await consumer.close();
    expect(Date.now() - start).toBeLessThan(5_000);
  });
});
