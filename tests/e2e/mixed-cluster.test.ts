import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { KafkaConsumer } from "#groups";
import { KafkaProducer } from "#sender";
import { Admin } from "#cluster/admin/admin";
import { ask } from "#cluster/main-cluster-control";
import { chapterOf, ROOT } from "../../tools/course/chapters.ts";
import { readSolution, readTypeScript } from "../../tools/course/files.ts";
import { Scratch } from "../../tools/verify/scratch.ts";
import { BrokerProcess, pidOf, temporaryFolder, until } from "./broker-process.ts";

/** Whose code: it leads, follows and is elected like the others. */
const LEARNERS = { broker: 1, chapter: chapterOf("06-replication") };
const BROKERS = [1, 2, 3];
const PARTITIONS = [0, 1, 2];
const RECORDS = 20;
const TOPIC = "orders";
const LIMIT_MS = 240_000;

let tree: Scratch;
let cluster: BrokerProcess | undefined;
let data: ReturnType<typeof temporaryFolder> | undefined;
const clients: { close(): unknown }[] = [];

beforeAll(() => {
  tree = new Scratch(ROOT);
  const alternatives = readTypeScript(`tests/${LEARNERS.chapter.folder}/alternatives`);
  const files = [...alternatives].map(([path, text]) => [path.slice(path.lastIndexOf("/") + 1), text] as const);
  tree.writeChapter(LEARNERS.chapter, new Map([...readSolution(ROOT, LEARNERS.chapter), ...files]));
}, LIMIT_MS);
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  await cluster?.stop();
  data?.remove();
  [cluster, data] = [undefined, undefined];
});
afterAll(() => tree.remove(), LIMIT_MS);

test("a learner's broker beside brokers of the reference follows and leads, and each of them may die", {
  timeout: LIMIT_MS,
}, async () => {
  data = temporaryFolder();
  const { broker, chapter } = LEARNERS;
  const mine = ["--mine", String(chapter.number), "--mine-brokers", String(broker)];
  const args = ["--port", "0", "--data", data.path, "--override", `num.partitions=${PARTITIONS.length}`, ...mine];
  cluster = new BrokerProcess(args, undefined, undefined, tree.root);
  await cluster.ready();
  expect((await ask(data.path, "status")).match(/on .+(?=, process)/gm)).toEqual([
    `on your chapter ${chapter.number}`,
    "on the reference",
    "on the reference",
  ]);
  const producer = new KafkaProducer({ "bootstrap.servers": cluster.address, acks: "all" });
  clients.push(producer);
  const wanted = new Map(PARTITIONS.map((partition) => [partition, [] as string[]]));
  const write = async (prefix: string): Promise<void> => {
    const sends = PARTITIONS.flatMap((partition) =>
      Array.from({ length: RECORDS }, (_, i) => {
        const value = `${prefix}-${i}`;
        wanted.get(partition)!.push(value);
        return producer.send({ topic: TOPIC, partition, value });
      }),
    );
    await Promise.all(sends);
  };
  const partitions = async (): Promise<{ leader: number | null; isr: readonly number[] }[]> => {
    const admin = new Admin({ "bootstrap.servers": await addressesIn(data!.path) });
    const found = (await admin.describeTopics([TOPIC])).get(TOPIC)!;
    admin.close();
    return found instanceof Error ? [] : [...found.partitions];
  };
  const allInSync = async (): Promise<boolean> => {
    const all = await partitions();
    return all.length > 0 && all.every(({ isr }) => isr.length === BROKERS.length);
  };

  await write("before");
  await until(allInSync, "three replicas of each partition");
  expect((await partitions()).map(({ leader }) => leader).sort()).toEqual(BROKERS);
  for (const id of BROKERS) {
    process.kill(await pidOf(data.path, id), "SIGKILL");
    await write(`without ${id}`);
    expect(await ask(data.path, `start ${id}`)).toMatch(/is ready/);
    await until(allInSync, `broker ${id} in sync`);
  }

  const consumer = new KafkaConsumer({
    "bootstrap.servers": await addressesIn(data.path),
    "auto.offset.reset": "earliest",
  });
  clients.push(consumer);
  consumer.assign(PARTITIONS.map((partition) => ({ topic: TOPIC, partition })));
  const read = new Map(PARTITIONS.map((partition) => [partition, [] as string[]]));
  const total = [...wanted.values()].flat().length;
  while ([...read.values()].flat().length < total) {
    const records = await consumer.poll(10_000);
    expect(records.isEmpty).toBe(false);
    for (const { partition, value } of records) read.get(partition)!.push(value!.toString());
  }
  expect(read).toEqual(wanted);
});

/** Whoever is started again has another port. */
async function addressesIn(folder: string): Promise<string> {
  const found = (await ask(folder, "status")).matchAll(/^broker \d+: ([\d.]+:\d+)/gm);
  return Array.from(found, ([, address]) => address).join(",");
}
