/**
 * One consumer as a member of a group: reads, works a little, and commits as its kind does. It has one life: whoever
 * wants to be a member again makes another one.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { KafkaError } from "#ground/errors";
import { pause } from "#ground/pause";
import { type Runtime } from "#ground/runtime";
import { type SeededRandom } from "#ground/sim/seeded-random";
import { KafkaConsumer, type OffsetAndMetadata } from "#groups";
import { type Ledger } from "../replication/ledger.ts";
import { type GroupBook } from "./group-book.ts";
import { type Hold, type Holder } from "./hold.ts";

const POLL_MS = 300;
const MOST_WORK_MS = 60;
const CLOSE_MS = 3_000;
const COMMIT_MS = 2_000;
/** So many records are read again at most: else a member that gets one at a time would never get on. */
const FARTHEST_BACK = 4;
/** Nobody makes it. */
const MISSING_TOPIC = "missing";
/** What a commit may be told: others have the partitions, or it takes too long. */
const MAY_BE_REFUSED: readonly string[] = ["UNKNOWN_MEMBER_ID", "ILLEGAL_GENERATION", "REBALANCE_IN_PROGRESS"];

/** How members of a group are. */
export interface MemberConfig {
  readonly config: Readonly<Record<string, string | number | boolean>>;
  /** Whether they commit by themselves, rather than by `commitSync` and `commitAsync`. */
  readonly isAutomatic: boolean;
}

/** See above. */
export class Member implements Holder {
  readonly name: string;
  readonly holds = new Map<number, Hold>();
  readonly consumer: KafkaConsumer;
  readonly #runtime: Runtime;
  readonly #random: SeededRandom;
  readonly #book: GroupBook;
  readonly #ledger: Ledger;
  readonly #isAutomatic: boolean;
  readonly #isStatic: boolean;
  #isOver = false;
  #isClosed = false;
  #stallMs = 0;
  #ended: Promise<void>;

  constructor(
    name: string,
    runtime: Runtime,
    random: SeededRandom,
    { config, isAutomatic }: MemberConfig,
    { book, ledger }: { readonly book: GroupBook; readonly ledger: Ledger },
  ) {
    this.name = name;
    this.#runtime = runtime;
    this.#random = random;
    this.#book = book;
    this.#ledger = ledger;
    this.#isAutomatic = isAutomatic;
    this.#isStatic = "group.instance.id" in config;
    this.consumer = new KafkaConsumer(config, { runtime });
    // Whoever leads the group asks for what only others want, before it shares out.
    const topics = random.happens(0.3) ? [ledger.topic, MISSING_TOPIC] : [ledger.topic];
    this.consumer.subscribe(topics, {
      onPartitionsAssigned: (partitions) => {
        book.assigned(this, this.consumer.groupMetadata.memberId, partitions.map(({ partition }) => partition));
      },
      onPartitionsRevoked: async (partitions) => {
        if (!isAutomatic) await this.#commit();
        book.gone(this, partitions.map(({ partition }) => partition));
      },
      onPartitionsLost: (partitions) => book.gone(this, partitions.map(({ partition }) => partition)),
    });
    this.#ended = this.#run();
  }

  /** Its id; "" when it is no member. */
  get memberId(): string {
    return this.#isClosed ? "" : this.consumer.groupMetadata.memberId;
  }

  /** -1 when it is no member. */
  get generation(): number {
    return this.#isClosed ? -1 : this.consumer.groupMetadata.generation;
  }

  /** Whether it has ended. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The partitions that it reads. */
  get partitions(): readonly number[] {
    return this.#isClosed ? [] : this.consumer.assignment.map(({ partition }) => partition);
  }

  /** Works on its next records for so long. */
  stall(forMs: number): void {
    this.#stallMs = forMs;
  }

  /** Closes the consumer, when it has done what it does now. */
  close(): Promise<void> {
    this.#isOver = true;
    return this.#ended;
  }

  async #run(): Promise<void> {
    try {
      while (!this.#isOver) await this.#turn();
      await this.consumer.close(CLOSE_MS);
    } catch (error) {
      // A request to join of before, which comes late, is taken for a newer life of the same static member (KIP-345).
      if (this.#isStatic && error instanceof KafkaError && error.code === "FENCED_INSTANCE_ID") {
        await this.consumer.close(CLOSE_MS);
      } else this.#ledger.violated(`A consumer needs no help: ${this.name}: ${(error as Error).stack}`);
    } finally {
      this.#isClosed = true;
    }
  }

  async #turn(): Promise<void> {
    const records = await this.consumer.poll(POLL_MS);
    const { generation } = this;
    for (const { partition, offset, value } of records) {
      this.#ledger.read(partition, Buffer.from(value!).toString(), Number(offset), this.name);
      this.#book.returned(this, generation, partition, Number(offset));
    }
    await pause(this.#runtime, this.#stallMs > 0 ? this.#stallMs : this.#random.int(MOST_WORK_MS));
    this.#stallMs = 0;
    for (const { partition, offset } of records) this.#book.did(this, partition, Number(offset));
    if (!records.isEmpty && this.#random.happens(0.1)) this.#rewind();
    if (!this.#isAutomatic && this.#random.happens(0.5)) await this.#commit();
  }

  /** Reads some records once more: what has been fetched beyond them counts for nothing now. */
  #rewind(): void {
    const { topic } = this.#ledger;
    for (const partition of this.partitions) {
      const hold = this.holds.get(partition);
      if (hold === undefined || hold.start === null || hold.isOver) continue;
      const offset = Math.max(hold.start, hold.next - 1 - this.#random.int(FARTHEST_BACK));
      this.consumer.seek({ topic, partition }, offset);
      this.#book.rewound(hold, offset);
      return;
    }
  }

  async #commit(): Promise<void> {
    const offsets = this.#offsets();
    if (offsets.length === 0) return;
    // If it isn't said what to commit it is the positions: the same, as it has done with all that it was given.
    const said = this.#random.happens(0.5) ? offsets : undefined;
    if (this.#random.happens(0.3)) {
      this.consumer.commitAsync(said);
      return;
    }
    const [before, newest] = [this.generation, this.#book.generation];
    try {
      await this.consumer.commitSync(said, COMMIT_MS);
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error;
      if (error.retriable || MAY_BE_REFUSED.includes(error.code)) return;
      throw error;
    }
    if (before >= newest || before !== this.generation) return;
    this.#ledger.violated(`StaleGeneration: ${this.name} has committed in ${before}, the group is in ${newest}`);
  }

  #offsets(): OffsetAndMetadata[] {
    const { topic } = this.#ledger;
    const mine = [...this.holds].filter(([, { start, isOver }]) => start !== null && !isOver);
    return mine.map(([partition, { done }]) => ({ topic, partition, offset: done }));
  }
}
