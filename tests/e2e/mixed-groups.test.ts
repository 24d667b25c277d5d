/**
 * Groups of several kinds of client at once over three brokers: where nothing is killed each reads every record once;
 * where members or a broker are, each reads every record, is stable again, and its lag goes to 0.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { Consumer, stringDeserializers } from "@platformatic/kafka";
import { describe, expect, test } from "vitest";
import { Admin, orThrow } from "#cluster/admin/admin";
import { SPECIAL_TIMES } from "#cluster/admin/admin-types";
import { KafkaConsumer } from "#groups";
import { KafkaProducer } from "#sender";
import { pidOf, sleep, ThreeBrokers } from "./broker-process.ts";
import { hasKcat, run } from "./processes.ts";
import { ROOT } from "../../tools/course/chapters.ts";

const LIMIT_MS = 240_000;
const PARTITIONS = 6;
const RECORDS = 600;
const SETTLED_LIMIT_MS = 90_000;
/** For the rebalance after a session, on a busy machine. */
const PATIENCE_MS = 15_000;
const SESSION_MS = 10_000;
const TOOL = "tools/client/kafka-tool.mjs";
const PYTHON = "/usr/bin/python3";

/** One member: what ends it, and what kills it, where it is a process. */
interface Member {
  end(): Promise<void>;
  kill?(): Promise<void>;
}
type StartMember = (group: string, topic: string, onValue: (value: string) => void) => Promise<Member>;

const cluster = new ThreeBrokers(LIMIT_MS);

/** A program whose lines are the values that it reads. */
function program(command: string, args: readonly string[], onValue: (value: string) => void): Member {
  const child: ChildProcess = spawn(command, args, { stdio: ["ignore", "pipe", "ignore"], cwd: ROOT });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  let rest = "";
  child.stdout!.on("data", (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split("\n");
    rest = lines.pop()!;
    for (const line of lines) onValue(line);
  });
  return {
    async end() {
      child.kill("SIGINT");
      const timer = setTimeout(() => child.kill("SIGKILL"), 20_000);
      await ended;
      clearTimeout(timer);
    },
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

const KAFKAJS = `
import { Kafka, logLevel } from "kafkajs";
const [, brokers, groupId, topic] = process.argv;
const kafka = new Kafka({ brokers: brokers.split(","), clientId: "mixed", logLevel: logLevel.NOTHING });
const consumer = kafka.consumer({ groupId, heartbeatInterval: 500, sessionTimeout: ${SESSION_MS} });
process.once("SIGINT", () => void consumer.disconnect().finally(() => process.exit()));
await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true });
const eachMessage = async ({ message }) => console.log(String(message.value));
await consumer.run({ autoCommitInterval: 500, eachMessage });
`;
const KAFKA_PYTHON = `
import sys, kafka
consumer = kafka.KafkaConsumer(sys.argv[3], bootstrap_servers=sys.argv[1].split(","), group_id=sys.argv[2],
  auto_offset_reset="earliest", auto_commit_interval_ms=500,
  heartbeat_interval_ms=500, session_timeout_ms=${SESSION_MS})
try:
  for message in consumer: print(message.value.decode(), flush=True)
except KeyboardInterrupt: consumer.close()
`;
const CONFLUENT_KAFKA = `
import sys, confluent_kafka
consumer = confluent_kafka.Consumer({"bootstrap.servers": sys.argv[1], "group.id": sys.argv[2],
  "auto.offset.reset": "earliest", "auto.commit.interval.ms": 500, "session.timeout.ms": ${SESSION_MS}})
consumer.subscribe([sys.argv[3]])
try:
  while True:
    message = consumer.poll(0.2)
    if message is not None and message.error() is None: print(message.value().decode(), flush=True)
except KeyboardInterrupt: consumer.close()
`;

const MEMBERS: Readonly<Record<string, StartMember>> = {
  async ours(group, topic, onValue) {
    const consumer = new KafkaConsumer({
      "bootstrap.servers": cluster.addresses.join(","), "group.id": group, "auto.offset.reset": "earliest",
      "auto.commit.interval.ms": 500, "session.timeout.ms": SESSION_MS,
    });
    consumer.subscribe([topic]);
    const run = { isOver: false };
    const reading = (async () => {
      while (!run.isOver) for (const { value } of await consumer.poll(200)) onValue(value!.toString());
    })();
    return {
      async end() {
        run.isOver = true;
        await reading;
        await consumer.close();
      },
    };
  },

  async "console-consumer"(group, topic, onValue) {
    const properties = ["auto.commit.interval.ms=500", `session.timeout.ms=${SESSION_MS}`];
    return program(process.execPath, [
      TOOL, "kafka-console-consumer", "--bootstrap-server", cluster.addresses.join(","), "--topic", topic,
      "--group", group, "--from-beginning", ...properties.flatMap((property) => ["--consumer-property", property]),
    ], onValue);
  },

  async kafkajs(group, topic, onValue) {
    const args = ["--input-type=module", "-e", KAFKAJS, cluster.addresses.join(","), group, topic];
    return program(process.execPath, args, onValue);
  },

  async platformatic(group, topic, onValue) {
    const consumer = new Consumer({
      groupId: group, clientId: "mixed", bootstrapBrokers: cluster.addresses, deserializers: stringDeserializers,
      sessionTimeout: SESSION_MS, heartbeatInterval: 500, retries: 50, retryDelay: 200,
    });
    let stream: Awaited<ReturnType<typeof consumer.consume>> | undefined;
    const run = { isOver: false };
    // Its stream ends for good when a broker is gone in the midst of a fetch: then a program opens another one.
    const open = async (): Promise<void> => {
      while (!run.isOver) {
        try {
          stream = await consumer.consume({
            topics: [topic], mode: "committed", fallbackMode: "earliest", autocommit: 500,
          });
          stream.on("data", ({ value }) => onValue(String(value)));
          stream.once("error", () => void open());
          return;
        } catch {
          await sleep(500);
        }
      }
    };
    await open();
    return {
      async end() {
        run.isOver = true;
        await stream?.close();
        await consumer.close(true);
      },
    };
  },

  async kcat(group, topic, onValue) {
    const times = ["auto.commit.interval.ms=500", `session.timeout.ms=${SESSION_MS}`];
    const flags = ["auto.offset.reset=earliest", ...times].flatMap((setting) => ["-X", setting]);
    return program("kcat", ["-b", cluster.addresses.join(","), "-q", "-u", ...flags, "-G", group, topic], onValue);
  },

  async "kafka-python"(group, topic, onValue) {
    return program(PYTHON, ["-c", KAFKA_PYTHON, cluster.addresses.join(","), group, topic], onValue);
  },

  async "confluent-kafka"(group, topic, onValue) {
    return program(PYTHON, ["-c", CONFLUENT_KAFKA, cluster.addresses.join(","), group, topic], onValue);
  },
};

/** The kinds of client that are installed; the others are named. */
function kinds(): string[] {
  const needs: Readonly<Record<string, () => boolean>> = {
    kcat: hasKcat,
    "kafka-python": () => hasModule("kafka", "python3-kafka"),
    "confluent-kafka": () => hasModule("confluent_kafka", "python3-confluent-kafka"),
  };
  return Object.keys(MEMBERS).filter((kind) => needs[kind]?.() ?? true);
}

function hasModule(name: string, debian: string): boolean {
  const isThere = spawnSync(PYTHON, ["-c", `import ${name}`]).status === 0;
  if (!isThere) console.warn(`SKIPPED: ${name} is not installed (apt-get install ${debian}): its group is not tried.`);
  return isThere;
}

/** The groups of a test, one of each kind of client, and what they have read. */
class Groups {
  readonly names: readonly string[];
  readonly #topic: string;
  readonly #admin: Admin;
  /** By group: how often it has read each value. */
  readonly #counts: ReadonlyMap<string, Map<string, number>>;
  #members: { readonly kind: string; readonly member: Member }[] = [];

  private constructor(topic: string, kindsOfIt: readonly string[]) {
    this.#topic = topic;
    this.#admin = new Admin({ "bootstrap.servers": cluster.addresses.join(",") });
    this.names = kindsOfIt.map((kind) => `${topic}-${kind}`);
    this.#counts = new Map(kindsOfIt.map((kind) => [kind, new Map<string, number>()]));
  }

  /** Makes the topic. */
  static async of(topic: string, kindsOfIt: readonly string[]): Promise<Groups> {
    const groups = new Groups(topic, kindsOfIt);
    orThrow(await groups.#admin.createTopics([{ name: topic, numPartitions: PARTITIONS, replicationFactor: 3 }]));
    return groups;
  }

  /** Starts so many members of each. */
  async start(members: number): Promise<void> {
    const started = [...this.#counts].flatMap(([kind, counts]) => Array.from({ length: members }, async () => {
      const member = await MEMBERS[kind]!(`${this.#topic}-${kind}`, this.#topic, (value) => {
        counts.set(value, (counts.get(value) ?? 0) + 1);
      });
      return { kind, member };
    }));
    this.#members.push(...await Promise.all(started));
  }

  async end(): Promise<void> {
    await Promise.all(this.#members.map(({ member }) => member.end()));
    this.#members = [];
  }

  /** Kills one member of each. */
  async killOne(): Promise<void> {
    const killed = [...this.#counts.keys()].map((kind) => this.#members.find((one) => one.kind === kind)!);
    await Promise.all(killed.map(({ member }) => member.kill!()));
    this.#members = this.#members.filter((one) => !killed.includes(one));
  }

  /** By kind: how many values it has read, and the largest number of times that it has read one of them. */
  get read(): Record<string, readonly [values: number, times: number]> {
    return Object.fromEntries([...this.#counts].map(([kind, counts]) => {
      return [kind, [counts.size, Math.max(0, ...counts.values())] as const];
    }));
  }

  /** Waits until all are stable with so many members; then, if `isAtEnd`, also until they have read everything. */
  async settled(members: number, isAtEnd: boolean): Promise<void> {
    const deadline = Date.now() + SETTLED_LIMIT_MS;
    // platformatic/kafka commits the last record that it has read, and not the next one to read.
    const wanted = Object.fromEntries([...this.#counts.keys()].map((kind) => {
      return [kind, !isAtEnd ? "stable" : kind === "platformatic" ? PARTITIONS : 0];
    }));
    for (;;) {
      const found = await Promise.all([...this.#counts.keys()].map(async (kind) => {
        const lag = await this.#lagOf(`${this.#topic}-${kind}`, members).catch(() => null);
        return [kind, lag === null || isAtEnd ? lag : "stable"] as const;
      }));
      const now = Object.fromEntries(found);
      if (JSON.stringify(now) === JSON.stringify(wanted)) return;
      if (Date.now() > deadline) expect(now).toEqual(wanted);
      await sleep(500);
    }
  }

  /** How far a group is behind; null unless it is stable with so many members. */
  async #lagOf(group: string, count: number): Promise<number | null> {
    const { state, members } = await this.#admin.describeGroup(group);
    if (state !== "Stable" || members.length !== count) return null;
    const committed = await this.#admin.listGroupOffsets(group);
    const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: this.#topic, partition }));
    const ends = await this.#admin.listOffsets(partitions.map((one) => ({ ...one, timestamp: SPECIAL_TIMES.latest })));
    return ends.reduce((lag, { partition, offset }) => {
      return lag + offset - (committed.find((one) => one.partition === partition)?.offset ?? 0);
    }, 0);
  }
}

/** Sends the numbers from `from` to below `to`, one every 10 ms. */
async function send(
  topic: string, from: number, to: number, onNumber: (i: number) => Promise<void> = async () => {},
): Promise<void> {
  const producer = new KafkaProducer({ "bootstrap.servers": cluster.addresses.join(",") });
  for (let i = from; i < to; i++) {
    void producer.send({ topic, key: `${i}`, value: `${i}` });
    await onNumber(i);
    await sleep(10);
  }
  await producer.close();
}

/** What each kind of client is expected to have read. */
function all<T>(of: readonly string[], what: T): Record<string, T> {
  return Object.fromEntries(of.map((kind) => [kind, what]));
}

describe("groups of several kinds of client over three brokers", () => {
  const installed = kinds();
  const several = installed.filter((kind) => kind !== "console-consumer");

  test("nothing is killed: each reads every record once, goes on from there, and after a reset reads all", async () => {
    const groups = await Groups.of("calm", several);
    await groups.start(2);
    await groups.settled(2, false);
    await send("calm", 0, 120);
    await groups.settled(2, true);
    expect(groups.read).toEqual(all(several, [120, 1]));
    await groups.end();
    await send("calm", 120, 180);
    await groups.start(1);
    await groups.settled(1, true);
    expect(groups.read).toEqual(all(several, [180, 1]));
    await groups.end();
    const { code, stdout } = await run(process.execPath, [
      join(ROOT, TOOL), "kafka-consumer-groups", "--bootstrap-server", cluster.addresses.join(","), "--reset-offsets",
      ...groups.names.flatMap((name) => ["--group", name]), "--topic", "calm", "--to-earliest", "--execute",
    ]);
    expect([code, stdout.match(/^calm-\S+ +calm +\d +0 *$/gm)?.length]).toEqual([0, several.length * PARTITIONS]);
    await groups.start(1);
    await groups.settled(1, true);
    await groups.end();
    expect(groups.read).toEqual(all(several, [180, 2]));
  }, LIMIT_MS);

  test("a member of each is killed: the other one has all partitions, and has read every record", async () => {
    const killable = installed.filter((kind) => kind !== "ours" && kind !== "platformatic");
    const groups = await Groups.of("killed", killable);
    await groups.start(2);
    await groups.settled(2, false);
    let killedMs = 0;
    await send("killed", 0, 300, async (i) => {
      if (i !== 100) return;
      await groups.killOne();
      killedMs = Date.now();
    });
    await groups.settled(1, false);
    expect(Date.now() - killedMs, "ms until all were stable").toBeLessThan(SESSION_MS + PATIENCE_MS);
    await groups.settled(1, true);
    await groups.end();
    expect(all(killable, 300)).toEqual(Object.fromEntries(Object.entries(groups.read).map(([kind, [n]]) => [kind, n])));
  }, LIMIT_MS);

  test("a broker is killed: each reads every record, is stable again, and its lag goes to 0", async () => {
    const groups = await Groups.of("mixed", several);
    await groups.start(2);
    await send("mixed", 0, RECORDS, async (i) => {
      if (i === RECORDS / 3) process.kill(await pidOf(cluster.data, 2), "SIGKILL");
    });
    await groups.settled(2, true);
    await groups.end();
    expect(Object.entries(groups.read).map(([kind, [count]]) => [kind, count]))
      .toEqual(several.map((kind) => [kind, RECORDS]));
  }, LIMIT_MS);
});
