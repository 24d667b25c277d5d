/** Transactions as Apache Kafka wrote them down (golden `txn-0`), read by our consumer from our broker. */
import { expect, test } from "vitest";
import { type Disk } from "#ground/runtime";
import { type ConsumerRecord, KafkaConsumer } from "#groups";
import { copyGolden, golden } from "../05-log/fixtures.ts";
import { createTopic } from "./clients.ts";
import { SimBroker } from "./sim-broker.ts";

const TXN = { topic: "txn", partition: 0 };
const FOLDER = "/data/broker-1/txn-0";
const LAST_SEGMENT = `${FOLDER}/00000000000000000057.log`;
/** Where the batch of offset 76 begins in it: the marker that aborts B1. Before it come A1, B1 and A2. */
const POSITION_OF_76 = 2991;

/** What a record's value says became of it. Three don't: A1 and A2 were committed, B1 aborted. */
const isAborted = (value: string): boolean => value.startsWith("aborted") || value === "interleaved B1";

/** Offset and value of each record, as Kafka's tool shows them. */
const LINES = golden("txn-0.dump.txt").toString().matchAll(/^\| offset: (\d+) .* payload: (.*)$/gm);
const RECORDED = Array.from(LINES, ([, offset, value]) => [Number(offset), value!] as const);
const COMMITTED = RECORDED.filter(([, value]) => !isAborted(value));

/** A broker that has the recorded folder. @param change - what becomes of the files before it starts */
async function setUp(change: (disk: Disk) => void = () => {}): Promise<SimBroker> {
  const sim = await SimBroker.started();
  // The records are of another time than the simulated clock.
  const configs = { "retention.ms": "-1", "message.timestamp.after.max.ms": `${2 ** 53}` };
  await sim.run(createTopic(await sim.connect(), "txn", configs));
  await restart(sim, (disk) => {
    const metadata = disk.readFile(`${FOLDER}/partition.metadata`);
    copyGolden("txn-0", disk, FOLDER);
    // The topic's id and leaders are ours; the records are all of epoch 0.
    disk.writeFileAtomically(`${FOLDER}/partition.metadata`, metadata);
    disk.writeFileAtomically(`${FOLDER}/leader-epoch-checkpoint`, Buffer.from("0\n1\n0 0\n"));
    change(disk);
  });
  return sim;
}

async function restart(sim: SimBroker, meanwhile: (disk: Disk) => void): Promise<void> {
  await sim.stop();
  const runtime = sim.node.restart();
  meanwhile(runtime.disk);
  await sim.start(runtime);
}

function consumerOf(sim: SimBroker, isolation: string, config: Record<string, unknown> = {}): KafkaConsumer {
  const base = { "bootstrap.servers": "broker:9092", "auto.offset.reset": "earliest" };
  const { runtime } = sim.world.node(`consumer-${isolation}`);
  const consumer = new KafkaConsumer({ ...base, "isolation.level": isolation, ...config }, { runtime });
  consumer.assign([TXN]);
  return consumer;
}

/** All that comes, until nothing comes for a second. */
async function readAll(sim: SimBroker, consumer: KafkaConsumer): Promise<(readonly [number, string])[]> {
  const records: ConsumerRecord<Buffer, Buffer>[] = [];
  for (let polls = 0; polls < 200; polls++) {
    const some = await sim.run(consumer.poll(1_000));
    if (some.count === 0) return records.map(({ offset, value }) => [offset, value!.toString()] as const);
    records.push(...some);
  }
  throw new Error("It never ends.");
}

test.each([
  ["at once", {}],
  ["one batch an answer", { "max.partition.fetch.bytes": 1 }],
  ["one record a poll", { "max.poll.records": 1 }],
])("read_committed gives what was committed, read_uncommitted all; neither gives markers (%s)", async (_, config) => {
  const sim = await setUp();
  for (const [isolation, expected] of [["read_uncommitted", RECORDED], ["read_committed", COMMITTED]] as const) {
    const consumer = consumerOf(sim, isolation, config);
    expect(await readAll(sim, consumer)).toEqual(expected);
    // Behind the last marker.
    expect(await sim.run(consumer.position(TXN))).toBe(79);
    expect(consumer.currentLag(TXN)).toBe(0);
    await sim.run(consumer.close());
  }
});

test("who begins in the middle of an aborted transaction gets nothing of it either", async () => {
  const sim = await setUp();
  const consumer = consumerOf(sim, "read_committed");
  for (const [offset] of RECORDED) {
    consumer.seek(TXN, offset);
    const [first] = await sim.run(consumer.poll(1_000));
    expect(first?.offset).toBe(COMMITTED.find(([at]) => at >= offset)?.[0]);
  }
  await sim.run(consumer.close());
});

test("of an open transaction, and of what lies behind it, read_committed gives nothing until it ends", async () => {
  let whole: Uint8Array = new Uint8Array();
  const sim = await setUp((disk) => {
    whole = disk.readFile(LAST_SEGMENT);
    disk.writeFileAtomically(LAST_SEGMENT, whole.subarray(0, POSITION_OF_76));
    keepOnlyRecords(disk);
  });
  const everything = consumerOf(sim, "read_uncommitted");
  expect(await readAll(sim, everything)).toEqual(RECORDED.filter(([offset]) => offset < 76));
  expect(await sim.run(everything.endOffsets([TXN]))).toEqual([{ ...TXN, offset: 76 }]);
  await sim.run(everything.close());

  const consumer = consumerOf(sim, "read_committed");
  expect(await readAll(sim, consumer)).toEqual(COMMITTED.filter(([offset]) => offset < 73));
  expect(await sim.run(consumer.position(TXN))).toBe(73);
  expect(await sim.run(consumer.endOffsets([TXN]))).toEqual([{ ...TXN, offset: 73 }]);
  expect(consumer.currentLag(TXN)).toBe(0);

  await restart(sim, (disk) => {
    disk.writeFileAtomically(LAST_SEGMENT, whole);
    keepOnlyRecords(disk);
  });
  expect(await readAll(sim, consumer)).toEqual(COMMITTED.filter(([offset]) => offset >= 73));
  await sim.run(consumer.close());
});

/** What else there is of a log is found again in its records, as after a crash. */
function keepOnlyRecords(disk: Disk): void {
  for (const name of disk.list(FOLDER)) {
    if (/\.(index|timeindex|txnindex|snapshot)$/.test(name)) disk.remove(`${FOLDER}/${name}`);
  }
  disk.remove("/data/broker-1/.kafka_cleanshutdown");
}
