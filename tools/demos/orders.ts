/**
 * `npm run demo orders`: a table of failures. An event that fails is put aside, and so are the later ones of the same
 * order, until it has worked. The table is a topic: so it outlives the program.
 *
 * @module
 */
import { pause } from "#ground/pause";
import { type Runtime } from "#ground/runtime";
import { type ConsumerRecord, KafkaConsumer } from "#groups";
import { KafkaProducer } from "#sender";
import { type Stage } from "../stage.ts";
import { GroupedBroker } from "./parts/grouped.ts";
import { consumerOn, TOPIC } from "./parts/program.ts";

/** By its first letter one knows which order an event is of. */
const EVENTS = ["A1", "B1", "A2", "B2", "C1", "A3", "B3", "C2"];
const FAILING = "A1";
/** So long somebody else's service is down. */
const FAILS_MS = 15_000;
const KILLED_AFTER_MS = 3_000;
const RUN_MS = 30_000;
const WORK_MS = 100;
const POLL_MS = 1_000;
const FAILED = "orders-failed";
const TABLE = { topic: FAILED, partition: 0 };

type Say = (who: string, what: string) => void;

export default async function demo(stage: Stage): Promise<void> {
  stage.say(
    `Events of three orders, in one partition: ${EVENTS.join(" ")}. Each takes 0.1 s. ${FAILING} fails, for ` +
      `${FAILS_MS / 1_000} seconds. What fails goes into a table, and so does every later event of an order that ` +
      `has something there. The table is a topic of its own, ${FAILED}: one record for each event, a tombstone ` +
      `when it has worked, compacted. After ${KILLED_AFTER_MS / 1_000} seconds the program is killed, and another ` +
      "one started.",
  );
  const broker = await GroupedBroker.started(1);
  await broker.createTopic(FAILED, 1, { "cleanup.policy": "compact" });
  await broker.write(EVENTS);
  const { world } = broker.sim;
  const begunMs = world.nowMs;
  const done: string[] = [];
  const rows: Record<string, string>[] = [];
  const say: Say = (who, what) => {
    rows.push({ after: `${((world.nowMs - begunMs) / 1_000).toFixed(1)} s`, program: who, "what happens": what });
  };
  const attempt = (event: string): boolean => {
    if (event === FAILING && world.nowMs - begunMs < FAILS_MS) return false;
    done.push(event);
    return true;
  };
  const start = (name: string): void => {
    const consumer = consumerOn(world, name, { "group.id": "billing", "enable.auto.commit": false });
    void new Worker(name, world.node(name).runtime, consumer, attempt, say).run();
  };
  start("first");
  await world.run(KILLED_AFTER_MS);
  world.node("first").crash();
  say("first", "is killed");
  start("second");
  await world.run(RUN_MS);
  stage.table(rows);
  await stage.pause();
  stage.table(["A", "B", "C"].map((order) => {
    return { order, "done, in this order": done.filter((event) => event.startsWith(order)).join(" ") };
  }));
  stage.say(
    "B and C never waited for A, and A's own events kept their order, also over the death of the program. An event " +
      "is in the table before its offset is committed, under its offset as the key: whoever dies in between puts it " +
      "there twice, and it is there once. Without a table, and with a retry topic alone: npm run demo failed.",
  );
}

/** One program: works on events, and on those that it has put aside. */
class Worker {
  readonly #name: string;
  readonly #runtime: Runtime;
  readonly #consumer: KafkaConsumer;
  readonly #producer: KafkaProducer;
  readonly #attempt: (event: string) => boolean;
  readonly #say: Say;
  /** What has been put aside: by its offset, so in order. */
  readonly #failed = new Map<string, string>();

  constructor(name: string, runtime: Runtime, consumer: KafkaConsumer, attempt: (event: string) => boolean, say: Say) {
    this.#name = name;
    this.#runtime = runtime;
    this.#consumer = consumer;
    this.#producer = new KafkaProducer({ "bootstrap.servers": "broker:9092" }, { runtime });
    this.#attempt = attempt;
    this.#say = say;
  }

  async run(): Promise<void> {
    // Before anything else: else events would go past those that wait. A record shows that the partition is ours.
    this.#consumer.subscribe([TOPIC], { onPartitionsAssigned: () => this.#readTable() });
    for (;;) {
      for (const record of await this.#consumer.poll(POLL_MS)) await this.#workOn(record);
      await this.#tryAgain();
      await this.#consumer.commitSync();
    }
  }

  async #workOn({ offset, value }: ConsumerRecord): Promise<void> {
    const event = value!.toString();
    await pause(this.#runtime, WORK_MS);
    const first = [...this.#failed.values()].find((one) => one[0] === event[0]);
    if (first !== undefined) this.#say(this.#name, `${event} is put aside, behind ${first}`);
    else if (this.#attempt(event)) return this.#say(this.#name, `${event} done`);
    else this.#say(this.#name, `${event} fails, and is put aside`);
    await this.#note(String(offset), event);
  }

  /** The first of each order; the next one, when that has worked. */
  async #tryAgain(): Promise<void> {
    const stuck = new Set<string>();
    for (const [offset, event] of [...this.#failed]) {
      if (stuck.has(event[0]!)) continue;
      if (this.#attempt(event)) {
        await this.#note(offset, null);
        this.#say(this.#name, `${event} done, and out of the table`);
      } else {
        stuck.add(event[0]!);
      }
    }
  }

  /** Changes the table: first the topic, then what is in memory. */
  async #note(offset: string, event: string | null): Promise<void> {
    await this.#producer.send({ ...TABLE, key: offset, value: event });
    if (event === null) this.#failed.delete(offset);
    else this.#failed.set(offset, event);
  }

  async #readTable(): Promise<void> {
    const servers = { "bootstrap.servers": "broker:9092" };
    const reader = new KafkaConsumer(servers, { runtime: this.#runtime });
    reader.assign([TABLE]);
    reader.seekToBeginning([TABLE]);
    const [end] = await reader.endOffsets([TABLE]);
    while (await reader.position(TABLE) < end!.offset) {
      for (const { key, value } of await reader.poll(POLL_MS)) {
        if (value === null) this.#failed.delete(key!.toString());
        else this.#failed.set(key!.toString(), value.toString());
      }
    }
    await reader.close();
    const table = [...this.#failed.values()].join(" ") || "nothing";
    this.#say(this.#name, `has the partition, and reads in the table: ${table}`);
  }
}
