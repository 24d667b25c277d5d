/**
 * What becomes of the records of one batch: one promise for all of them, not one each. It outlives the batch itself and
 * holds no bytes, so that whoever keeps the outcome of a send keeps no memory of the pool.
 *
 * Source: `org.apache.kafka.clients.producer.internals.ProduceRequestResult`, `FutureRecordMetadata`.
 *
 * @module
 */
import { rethrowStub } from "#ground/errors";
import { type Int64 } from "#ground/int64";
import { addInt64, NO_TIMESTAMP } from "#serialization";
import { type TopicPartition } from "#ground/topic-partition";

/** Where a record is. Source: `org.apache.kafka.clients.producer.RecordMetadata`. */
export interface RecordMetadata extends TopicPartition {
  /** −1 with `acks=0`: nobody says. */
  readonly offset: Int64;
  /** Milliseconds since the epoch: the record's own, or the broker's with `message.timestamp.type=LogAppendTime`. */
  readonly timestamp: number;
}

/** Told once what became of one record: where it is, or what went wrong. Kafka's `Callback`. */
export type SendCallback = (metadata: RecordMetadata | null, error: Error | null) => void;

// Shared by all: a function made for each batch would cost more than the batch's promise.
const noError = (): null => null;
const nobodyAsks = (): void => {};

/** The outcome of one batch. A record is known by its index in the batch, which never changes. */
export class BatchResult implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  readonly #onCallbackError: (error: unknown) => void;
  readonly #timestamps: number[] = [];
  /** Index of a record → its callback. */
  #callbacks: (SendCallback | undefined)[] = [];
  #heard = 0;
  #outcome: "unknown" | "succeeded" | "failed" | "split" = "unknown";
  #baseOffset: Int64 = -1;
  #logAppendTime: number = NO_TIMESTAMP;
  #errorOf: (index: number) => Error | null = noError;
  #parts: readonly BatchResult[] = [];
  #done: Promise<void> | null = null;
  #resolveDone: (value: void | Promise<void>) => void = nobodyAsks;

  /** @param onCallbackError - told when a user's callback throws */
  constructor(topic: string, partition: number, onCallbackError: (error: unknown) => void) {
    this.topic = topic;
    this.partition = partition;
    this.#onCallbackError = onCallbackError;
  }

  /** How many records the batch has. */
  get recordCount(): number {
    return this.#timestamps.length;
  }

  /** How many records have somebody who listens to them: for whoever reports failures that nobody hears of. */
  get heard(): number {
    return this.#heard;
  }

  /** Somebody listens to record `index`, to which nobody listened before. */
  hear(index: number): void {
    if (this.#outcome === "split") this.#inPart(index, (part, at) => part.hear(at));
    else this.#heard++;
  }

  /** Whether it is settled: succeeded, failed, or left to the batches that this one was split into. */
  get isDone(): boolean {
    return this.#outcome !== "unknown";
  }

  /**
   * Resolves when the fate of all records is known, also of those that a split has put into other batches. Never
   * rejects: {@link errorOf} and {@link metadataOf} say what became of a record. The promise is made only when somebody
   * asks for it.
   */
  get done(): Promise<void> {
    this.#done ??= this.#whenDone();
    return this.#done;
  }

  /** Counts one more record. */
  addRecord(timestampMs: number): void {
    this.#timestamps.push(timestampMs);
  }

  /** `callback` will be told what becomes of record `index`. A record has one at most. */
  onCompletion(index: number, callback: SendCallback): void {
    this.#callbacks[index] = callback;
  }

  /** The callback of record `index`, if it has one. */
  callbackOf(index: number): SendCallback | undefined {
    return this.#callbacks[index];
  }

  /**
   * The broker has the records: the first one is at `baseOffset`, the others follow. The callbacks are called in the
   * order of their records, then {@link done} resolves. A callback that throws is reported to `onCallbackError`, and
   * the next one is called.
   *
   * A batch settles once. If it is settled already, nothing happens: it may have expired before its answer came.
   *
   * @exercise 3.3 BatchResult.complete
   * @param baseOffset - −1 when nobody says (`acks=0`): then no record has an offset
   * @param logAppendTime - the broker's time, which all records get then; −1 with CreateTime
   * @returns whether this call has settled it
   */
  complete(baseOffset: Int64, logAppendTime: number): boolean {
    if (this.isDone) return false;
    this.#outcome = "succeeded";
    this.#baseOffset = baseOffset;
    this.#logAppendTime = logAppendTime;
    this.#tellEverybody();
    return true;
  }

  /**
   * The records did not get there, or nobody knows whether they did. Callbacks are called, and {@link done} resolves,
   * as with {@link complete}.
   *
   * @exercise 3.3 BatchResult.fail
   * @param error - what went wrong, for all records that have no error of their own
   * @param errorOf - index of a record → what is wrong with this record; null if nothing is
   * @returns whether this call has settled it
   */
  fail(error: Error, errorOf: (index: number) => Error | null = noError): boolean {
    if (this.isDone) return false;
    this.#outcome = "failed";
    this.#errorOf = (index) => errorOf(index) ?? error;
    this.#tellEverybody();
    return true;
  }

  /** Calls the callbacks, and resolves {@link done}. @solution */
  #tellEverybody(): void {
    const callbacks = this.#callbacks;
    this.#callbacks = [];
    for (const [index, callback] of callbacks.entries()) {
      if (callback === undefined) continue;
      const error = this.errorOf(index);
      try {
        callback(error === null ? this.metadataOf(index) : null, error);
      } catch (thrown) {
        rethrowStub(thrown);
        this.#onCallbackError(thrown);
      }
    }
    this.#resolveDone();
  }

  /**
   * The records went into smaller batches, in order. From now on the parts know what becomes of a record:
   * {@link errorOf}, {@link metadataOf} and {@link done} ask there, also the `done` that somebody holds already. No
   * callback is called: each has been handed on to its part. Who listens ({@link heard}) listens to the parts.
   *
   * A batch settles once, by this, too.
   *
   * @exercise 3.7 BatchResult.splitInto
   * @returns whether this call has settled it
   */
  splitInto(parts: readonly BatchResult[]): boolean {
    if (this.isDone) return false;
    this.#outcome = "split";
    this.#parts = parts;
    this.#callbacks = [];
    this.#shareListeners(parts);
    if (this.#done !== null) this.#resolveDone(this.#whenDone());
    return true;
  }

  /** Those who listen to this batch's records listen to its parts. */
  #shareListeners(parts: readonly BatchResult[]): void {
    // Which records are listened to is not known, only how many: mostly all of them, or none.
    let left = this.#heard;
    for (const part of parts) {
      const share = Math.min(left, part.recordCount);
      part.#heard += share;
      left -= share;
    }
  }

  /** What went wrong with record `index`; null when it was sent, or isn't settled yet. */
  errorOf(index: number): Error | null {
    if (this.#outcome === "split") return this.#inPart(index, (part, at) => part.errorOf(at));
    return this.#errorOf(index);
  }

  /** Where record `index` is. Means something only when it is settled and {@link errorOf} is null. */
  metadataOf(index: number): RecordMetadata {
    if (this.#outcome === "split") return this.#inPart(index, (part, at) => part.metadataOf(at));
    const { topic, partition } = this;
    const offset = this.#baseOffset === -1 ? -1 : addInt64(this.#baseOffset, index);
    const timestamp = this.#logAppendTime === NO_TIMESTAMP ? this.#timestamps[index]! : this.#logAppendTime;
    return { topic, partition, offset, timestamp };
  }

  #whenDone(): Promise<void> {
    if (this.#outcome === "split") return Promise.all(this.#parts.map(({ done }) => done)).then(() => {});
    if (this.isDone) return Promise.resolve();
    return new Promise((resolve) => (this.#resolveDone = resolve));
  }

  /** Asks the part that record `index` went into. */
  #inPart<T>(index: number, ask: (part: BatchResult, at: number) => T): T {
    let first = 0;
    for (const part of this.#parts) {
      if (index < first + part.recordCount) return ask(part, index - first);
      first += part.recordCount;
    }
    throw new RangeError(`Expected the index of one of ${first} records, got ${index}.`);
  }
}
