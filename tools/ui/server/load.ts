/**
 * What the page does with the cluster as a client: a producer at a rate, members of a group, one record that is
 * followed.
 *
 * @module
 */
import { pause } from "#ground/pause";
import { type Runtime } from "#ground/runtime";
import { KafkaConsumer } from "#groups";
import { KafkaProducer } from "#sender";
import { type FollowedPicture, type LoadSettings, type MemberPicture, type ProducerPicture } from "../picture.ts";

/** A record is waited for so long: it may have to outlive an election. */
const DELIVERY_TIMEOUT_MS = 30_000;
const TURN_MS = 20;
const MOST_MEMBERS = 8;
const GROUP = "page";
const LATENCIES = 200;
const KEYS = 16;

/** The runtime of a client of that name: the real machine's, or that of a node of the simulated world. */
export type RuntimeOf = (client: string) => Runtime;

/** From where the page's producer sends. */
export const PRODUCER = "producer";

/** Limits of what a page may ask for. */
export const MOST_PER_SECOND = 20_000;

/** A producer that sends at a rate. */
export class Load {
  readonly settings: LoadSettings;
  readonly #runtime: Runtime;
  readonly #producer: KafkaProducer;
  readonly #latencies: number[] = [];
  #sent = 0;
  #acknowledged = 0;
  #failed = 0;
  #lastError: string | null = null;
  #isRunning = true;
  readonly #done: Promise<void>;

  constructor(runtime: Runtime, bootstrapServers: string, settings: LoadSettings) {
    this.settings = settings;
    this.#runtime = runtime;
    const config = {
      "bootstrap.servers": bootstrapServers,
      "client.id": "page-producer",
      acks: settings.acks,
      "enable.idempotence": settings.acks === "all",
      "linger.ms": settings.lingerMs,
      "batch.size": settings.batchSize,
      "delivery.timeout.ms": DELIVERY_TIMEOUT_MS,
      "request.timeout.ms": 5_000,
    };
    this.#producer = new KafkaProducer(config, { runtime });
    this.#done = this.#run();
  }

  get picture(): ProducerPicture {
    const sorted = this.#latencies.toSorted((a, b) => a - b);
    return {
      settings: this.settings,
      sent: this.#sent,
      acknowledged: this.#acknowledged,
      failed: this.#failed,
      lastError: this.#lastError,
      p50Ms: sorted[Math.floor(sorted.length / 2)] ?? 0,
      p99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
      queues: this.#producer.queues(this.settings.topic),
      metrics: this.#producer.metrics(),
    };
  }

  async stop(): Promise<void> {
    this.#isRunning = false;
    await this.#done;
    // What isn't acknowledged by then is of no interest to who has pressed "stop".
    await this.#producer.close(1_000);
  }

  async #run(): Promise<void> {
    const { recordsPerSecond } = this.settings;
    const { clock } = this.#runtime;
    const startedMs = clock.nowMs();
    let due = 0;
    while (this.#isRunning) {
      const isSlower = this.#sent - this.#acknowledged - this.#failed > 2 * recordsPerSecond + 1_000;
      const wanted = Math.floor(((clock.nowMs() - startedMs) / 1_000) * recordsPerSecond);
      // A cluster that doesn't answer isn't flooded when it comes back.
      if (!isSlower) for (let i = due; i < wanted && this.#producer.isReady; i++) this.#send();
      due = wanted;
      await pause(this.#runtime, TURN_MS);
    }
  }

  #send(): void {
    const { topic, valueBytes, skew } = this.settings;
    const { clock, random } = this.#runtime;
    const key = random.next() < skew ? "busy" : `key-${random.int(KEYS)}`;
    const startedMs = clock.nowMs();
    const value = `record ${this.#sent++} `.padEnd(valueBytes, ".");
    this.#producer.send({ topic, key, value }, (_, error) => {
      if (error !== null) {
        this.#failed++;
        this.#lastError = error.message;
        return;
      }
      this.#acknowledged++;
      this.#latencies.push(clock.nowMs() - startedMs);
      if (this.#latencies.length > LATENCIES) this.#latencies.shift();
    });
  }
}

/** A member of the group "page". */
export class Member {
  readonly name: string;
  readonly #runtime: Runtime;
  readonly #consumer: KafkaConsumer;
  readonly #positions: Record<string, number> = {};
  #read = 0;
  #isRunning = true;
  #isStuck = false;
  readonly #done: Promise<void>;

  constructor(runtime: Runtime, bootstrapServers: string, name: string, topic: string, isCooperative: boolean) {
    this.name = name;
    this.#runtime = runtime;
    const config = {
      "bootstrap.servers": bootstrapServers,
      "client.id": name,
      "group.id": GROUP,
      "auto.offset.reset": "earliest",
      "auto.commit.interval.ms": 1_000,
      "session.timeout.ms": 6_000,
      "heartbeat.interval.ms": 500,
      "max.poll.interval.ms": 10_000,
      "partition.assignment.strategy": isCooperative ? "cooperative-sticky" : "range",
    };
    this.#consumer = new KafkaConsumer(config, { runtime });
    this.#consumer.subscribe([topic]);
    this.#done = this.#run();
  }

  get picture(): MemberPicture {
    return { name: this.name, isStuck: this.#isStuck, read: this.#read, positions: { ...this.#positions } };
  }

  /** Stops polling, as one does that is busy with a record for too long; or goes on. Heartbeats go on either way. */
  setStuck(isStuck: boolean): void {
    this.#isStuck = isStuck;
  }

  async stop(): Promise<void> {
    this.#isRunning = false;
    this.#consumer.wakeup();
    await this.#done;
  }

  async #run(): Promise<void> {
    while (this.#isRunning) {
      if (this.#isStuck) {
        await pause(this.#runtime, 100);
        continue;
      }
      try {
        for (const { topic, partition, offset } of await this.#consumer.poll(200)) {
          this.#read++;
          this.#positions[`${topic}-${partition}`] = Number(offset) + 1;
        }
      } catch {
        // Of a wake-up, or of a cluster that is gone: it goes on when that is back.
        await pause(this.#runtime, 200);
      }
    }
    await this.#consumer.close(2_000).catch(() => {});
  }
}

/** All members of this page. */
export class Members {
  readonly #runtimeOf: RuntimeOf;
  readonly #members: Member[] = [];
  #count = 0;

  constructor(runtimeOf: RuntimeOf) {
    this.#runtimeOf = runtimeOf;
  }

  get pictures(): MemberPicture[] {
    return this.#members.map(({ picture }) => picture);
  }

  add(bootstrapServers: string, topic: string, isCooperative: boolean): string {
    if (this.#members.length >= MOST_MEMBERS) return `${MOST_MEMBERS} members are enough.`;
    const name = `member-${++this.#count}`;
    const member = new Member(this.#runtimeOf(name), bootstrapServers, name, topic, isCooperative);
    this.#members.push(member);
    return `${member.name} joins the group "${GROUP}"`;
  }

  async remove(name: string): Promise<string> {
    const index = this.#members.findIndex((member) => member.name === name);
    if (index < 0) return `There is no member ${name}.`;
    const [member] = this.#members.splice(index, 1);
    await member!.stop();
    return `${name} has left`;
  }

  setStuck(name: string, isStuck: boolean): string {
    const member = this.#members.find((one) => one.name === name);
    if (member === undefined) return `There is no member ${name}.`;
    member.setStuck(isStuck);
    return isStuck ? `${name} doesn't poll any more` : `${name} polls again`;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#members.splice(0).map((member) => member.stop()));
  }
}

/** Where a followed record may be met, and what is known of the cluster then. */
export interface Sight {
  readonly partition: string;
  readonly leader: number;
  readonly highWatermark: number;
  readonly replicas: readonly { readonly brokerId: number; readonly logEndOffset: number }[];
  readonly groups: readonly { readonly groupId: string; readonly committed: number }[];
}

/** One record on its way: by its partition and offset, never by a mark in it. */
export class Followed {
  readonly #value: string;
  readonly #runtime: Runtime;
  readonly #startedMs: number;
  readonly #stations: { text: string; afterMs: number }[] = [];
  readonly #seen = new Set<string>();
  #partition: string | null = null;
  #offset: number | null = null;

  constructor(runtime: Runtime, bootstrapServers: string, topic: string, value: string) {
    this.#value = value;
    this.#runtime = runtime;
    this.#startedMs = runtime.clock.nowMs();
    const config = { "bootstrap.servers": bootstrapServers, "client.id": "page-follow", acks: "all" };
    const producer = new KafkaProducer(config, { runtime });
    this.#meet("send", `send(): it waits in a batch of the producer`);
    producer.send({ topic, value }, (metadata, error) => {
      if (metadata !== null) {
        this.#partition = `${metadata.topic}-${metadata.partition}`;
        this.#offset = Number(metadata.offset);
        this.#meet("acknowledged", `acknowledged: offset ${this.#offset} of ${this.#partition}, in all of the ISR`);
      } else this.#meet("failed", error?.message ?? "it was not acknowledged");
    });
    void producer.close(DELIVERY_TIMEOUT_MS).catch(() => {});
  }

  get picture(): FollowedPicture {
    return { value: this.#value, partition: this.#partition, offset: this.#offset, stations: [...this.#stations] };
  }

  /** Looks where it is now. */
  look(sights: readonly Sight[], members: readonly MemberPicture[]): void {
    const offset = this.#offset;
    const sight = sights.find(({ partition }) => partition === this.#partition);
    if (offset === null || sight === undefined) return;
    for (const { brokerId, logEndOffset } of sight.replicas) {
      const role = brokerId === sight.leader ? "leader" : "follower";
      if (logEndOffset > offset) this.#meet(`log ${brokerId}`, `in the log of broker ${brokerId}, the ${role}`);
    }
    if (sight.highWatermark > offset) this.#meet("hw", "below the high watermark: consumers may see it");
    for (const { name, positions } of members) {
      if ((positions[sight.partition] ?? 0) > offset) this.#meet(`read ${name}`, `poll() of ${name} has returned it`);
    }
    for (const { groupId, committed } of sight.groups) {
      if (committed > offset) this.#meet(`committed ${groupId}`, `the group "${groupId}" has committed beyond it`);
    }
  }

  #meet(station: string, text: string): void {
    if (this.#seen.has(station)) return;
    this.#seen.add(station);
    this.#stations.push({ text, afterMs: Math.round(this.#runtime.clock.nowMs() - this.#startedMs) });
  }
}
