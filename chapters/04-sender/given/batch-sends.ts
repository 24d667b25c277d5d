/**
 * Many records in one call: `sendBatch`.
 *
 * @module
 */
import { type MemoryLine, type MemoryWaiter, type RecordMetadata } from "#accumulator";
import { rethrowStub } from "#ground/errors";
import { LazyPromise } from "./lazy-promise.ts";
import { type ProducerRecord } from "./producer-record.ts";
import { type Place, type SendFuture } from "./send-future.ts";

/** The producer, as the calls of `sendBatch` see it. */
export interface Room {
  /** Where one waits for memory. */
  readonly memory: MemoryLine;
  /** Whether others wait for memory, or are being served. */
  isBusy(): boolean;
  /** Until when one may wait that begins to now (`max.block.ms`). */
  deadlineMs(): number;
  /** Sends a record. If it finds no memory, it waits at `line`. Never throws: what can't be sent has failed. */
  send(record: ProducerRecord, line: MemoryLine): SendFuture;
  /** A send that fails with `error`. */
  refuse(record: ProducerRecord, error: Error): SendFuture;
  /** Whether a topic's partitions aren't known, and so many records wait already that no more must join them. */
  isCrowded(topic: string): boolean;
  /** Waits like a record of the topic, but holds no memory. */
  waitForMetadata(topic: string, proceed: () => void, fail: (error: Error) => void): void;
}

/** So many calls may wait. Records of the next ones are sent at once, and fail if there is no room for them. */
const MOST_WAITING = 1_000;

/**
 * The calls of `sendBatch`. Their records are in the caller's memory, unlike those of `send`, and can wait there until
 * the producer has room for them. All in line for memory, these and single sends, are served in the order of the calls.
 */
export class BatchSends {
  readonly #room: Room;
  /** Calls of which not all records have been sent, wherever they wait. */
  readonly #unfinished = new Set<BatchSend>();
  readonly #patience: Patience = { ms: -Infinity };

  /** Where sends wait for memory: behind the calls before them, as long as these get on. */
  readonly line: MemoryLine = {
    wait: (waiter) => this.#room.memory.wait(new PatientWaiter(waiter, this.#patience)),
  };

  constructor(room: Room) {
    this.#room = room;
  }

  /** Sends records in their order, as there is room for them. */
  send(records: readonly ProducerRecord[]): BatchFuture {
    const call = new BatchSend(records, this.#room, this.#patience);
    if (this.#unfinished.size >= MOST_WAITING) {
      call.finish((record) => this.#room.send(record, this.line));
      return call.future;
    }
    this.#unfinished.add(call);
    call.onFinished = () => this.#unfinished.delete(call);
    call.start();
    return call.future;
  }

  /** None of the records is sent. */
  refuse(records: readonly ProducerRecord[], error: Error): BatchFuture {
    const call = new BatchSend(records, this.#room, this.#patience);
    call.fail(error);
    return call.future;
  }

  /** Resolves when the records of all calls up to now have been sent. */
  async whenSent(): Promise<void> {
    await Promise.all([...this.#unfinished].map(({ future }) => future.whenSent()));
  }
}

/** Until when all in line may wait, whatever their own deadlines: a long call before them gets on. */
interface Patience {
  ms: number;
}

/** One in line for memory that has the patience of all. */
class PatientWaiter implements MemoryWaiter {
  readonly #waiter: MemoryWaiter;
  readonly #patience: Patience;

  constructor(waiter: MemoryWaiter, patience: Patience) {
    this.#waiter = waiter;
    this.#patience = patience;
  }

  get heldBytes(): number {
    return this.#waiter.heldBytes;
  }

  get deadlineMs(): number {
    return Math.max(this.#waiter.deadlineMs, this.#patience.ms);
  }

  proceed(): boolean {
    return this.#waiter.proceed();
  }

  fail(error: Error): void {
    this.#waiter.fail(error);
  }
}

/**
 * One call. Its records stand in the line for memory as one: so waiting costs nothing but for the first of them, and
 * nothing that is sent later overtakes the others.
 */
class BatchSend implements MemoryWaiter, MemoryLine {
  readonly future: BatchFuture = new BatchFuture();
  /** The records are in the caller's memory. */
  readonly heldBytes = 0;
  deadlineMs = -Infinity;
  onFinished: () => void = () => {};
  readonly #records: readonly ProducerRecord[];
  readonly #room: Room;
  readonly #patience: Patience;
  #next = 0;
  /** The record whose turn it is, if it has found no memory. */
  #first: MemoryWaiter | null = null;
  /** Topics of which nothing could be learnt, and why: once is enough. */
  readonly #unknownTopics = new Map<string, Error>();

  constructor(records: readonly ProducerRecord[], room: Room, patience: Patience) {
    this.#records = records;
    this.#room = room;
    this.#patience = patience;
  }

  /** Sends what there is room for, and waits with the rest. */
  start(): void {
    this.deadlineMs = this.#room.deadlineMs();
    const isDone = !this.#room.isBusy() && this.proceed();
    if (!isDone) this.#room.memory.wait(new PatientWaiter(this, this.#patience));
  }

  /** A record has found no memory. It needn't get in line: we stand there for it. */
  wait(waiter: MemoryWaiter): void {
    this.#first = waiter;
  }

  /** It is our turn: sends as many records as there is memory for. */
  proceed(): boolean {
    let found = false;
    while (this.#next < this.#records.length || this.#first !== null) {
      if (this.#first !== null) {
        if (!proceedWith(this.#first)) break;
        this.#first = null;
        found = true;
        continue;
      }
      if (this.#stepsAside()) return true;
      this.#sendNext((record) => this.#room.send(record, this));
      if (this.#first !== null) break;
      found = true;
    }
    if (this.#first === null) {
      this.finish();
      return true;
    }
    if (found) this.#patience.ms = this.#room.deadlineMs();
    return false;
  }

  /** No memory came for too long, or the producer was closed. */
  fail(error: Error): void {
    this.#first?.fail(error);
    this.finish((record) => this.#room.refuse(record, error));
  }

  /** @param sendRest - what becomes of the records that haven't been sent */
  finish(sendRest?: (record: ProducerRecord) => SendFuture): void {
    while (this.#next < this.#records.length) this.#sendNext(sendRest!);
    this.future.complete();
    this.onFinished();
  }

  /** Nothing is known of the next record's topic, and too many wait to learn about topics: others may pass. */
  #stepsAside(): boolean {
    const topic = topicOf(this.#records[this.#next]);
    if (topic === null || this.#unknownTopics.has(topic) || !this.#room.isCrowded(topic)) return false;
    this.#room.waitForMetadata(
      topic,
      () => this.start(),
      (error) => {
        this.#unknownTopics.set(topic, error);
        this.start();
      },
    );
    return true;
  }

  #sendNext(send: (record: ProducerRecord) => SendFuture): void {
    const record = this.#records[this.#next++]!;
    const error = this.#unknownTopics.size === 0 ? undefined : this.#unknownTopics.get(topicOf(record) ?? "");
    this.future.add(error === undefined ? send(record) : this.#room.refuse(record, error));
  }
}

/** Null if it has none: it may be null, or whatever else isn't a record; who sends it will see. */
function topicOf(record: ProducerRecord | undefined): string | null {
  try {
    const topic: unknown = record!.topic;
    return typeof topic === "string" ? topic : null;
  } catch {
    return null;
  }
}

function proceedWith(waiter: MemoryWaiter): boolean {
  try {
    return waiter.proceed();
  } catch (error) {
    rethrowStub(error);
    waiter.fail(error as Error);
    return true;
  }
}

/**
 * The outcome of one `sendBatch`. As with {@link SendFuture} only awaiting it makes a promise that may reject: the
 * failures of one that nobody awaits are counted and reported, and don't end the process.
 */
export class BatchFuture extends LazyPromise<RecordMetadata[]> {
  readonly #sends: SendFuture[] = [];
  #heard = false;
  #isComplete = false;
  readonly #onComplete: (() => void)[] = [];

  /** One more of its records has been sent. */
  add(send: SendFuture): void {
    if (this.#heard) send.hear();
    this.#sends.push(send);
  }

  /** All have been. */
  complete(): void {
    this.#isComplete = true;
    for (const resolve of this.#onComplete.splice(0)) resolve();
  }

  /** Resolves when all of its records have been sent. */
  async whenSent(): Promise<void> {
    if (!this.#isComplete) await new Promise<void>((resolve) => this.#onComplete.push(resolve));
  }

  /** Waits until all are settled, without a promise for each. */
  protected async outcome(): Promise<RecordMetadata[]> {
    if (!this.#heard) for (const send of this.#sends) send.hear();
    this.#heard = true;
    await this.whenSent();
    const places = this.#sends.map((send) => send.place());
    // While an earlier one is waited for, nobody else looks after these.
    for (const place of places) if (place instanceof Promise) place.catch(() => {});
    const settled: Place[] = [];
    let firstError: unknown = null;
    for (const each of places) {
      try {
        const place = each instanceof Promise ? await each : each;
        if (!place.result.isDone) await place.result.done;
        firstError ??= place.result.errorOf(place.index);
        settled.push(place);
      } catch (error) {
        firstError ??= error;
      }
    }
    if (firstError !== null) throw firstError;
    return settled.map(({ result, index }) => result.metadataOf(index));
  }
}
