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
  /** Whether others are to have their turn, when so many batches have found memory since they had it. */
  isTurnOver(batches: number): boolean;
  /** Sends a record. If it finds no memory, it waits at `line`. Never throws: what can't be sent has failed. */
  send(record: ProducerRecord, line: MemoryLine): SendFuture;
  /** A send that fails with `error`. */
  refuse(record: ProducerRecord, error: Error): SendFuture;
  /** Whether a topic's partitions aren't known, and so many records wait already that no more must join them. */
  isCrowded(topic: string): boolean;
  /** Waits like a record of the topic, but holds no memory. */
  waitForMetadata(topic: string, waiter: { proceed(): void; fail(error: Error): void }): void;
}

/** So many calls may wait. Records of the next ones are sent at once, and fail if there is no room for them. */
const MOST_WAITING = 1_000;

/**
 * The calls of `sendBatch`. Their records are in the caller's memory, unlike those of `send`, and can wait there until
 * the producer has room for them.
 *
 * All that wait for memory stand in the pool's line as one, in the order of the calls. So waiting costs nothing but
 * for the first record. From time to time those behind have their turn: else a long call would keep them waiting.
 */
export class BatchSends implements MemoryWaiter, MemoryLine {
  /** The records are in the caller's memory. */
  readonly heldBytes = 0;
  readonly #room: Room;
  /** Calls of which not all records have been sent, wherever they wait. */
  readonly #unfinished = new Set<BatchSend>();
  /** Those that wait for memory. */
  readonly #queue: BatchSend[] = [];
  /** The record whose turn it is, if it has found no memory. */
  #first: MemoryWaiter | null = null;
  /** How many calls have waited as long as that record. */
  #company = 0;
  /** Batches begun since others had their turn. */
  #begun = 0;

  constructor(room: Room) {
    this.#room = room;
  }

  /** While one record after the other finds memory, the others may wait. */
  get deadlineMs(): number {
    return this.#first?.deadlineMs ?? Infinity;
  }

  /** Sends records in their order, as there is room for them. */
  send(records: readonly ProducerRecord[]): BatchFuture {
    const call = new BatchSend(records);
    const mayWait = this.#unfinished.size < MOST_WAITING;
    this.#unfinished.add(call);
    if (mayWait) this.#enqueue(call);
    else this.#finish(call, (record) => this.#room.send(record, this.#room.memory));
    return call.future;
  }

  /** None of the records is sent. */
  refuse(records: readonly ProducerRecord[], error: Error): BatchFuture {
    const call = new BatchSend(records);
    this.#finish(call, (record) => this.#room.refuse(record, error));
    return call.future;
  }

  /** Resolves when the records of all calls up to now have been sent. */
  async whenSent(): Promise<void> {
    await Promise.all([...this.#unfinished].map(({ future }) => future.whenSent()));
  }

  /** A record has found no memory. It needn't get in line: we stand there for it. */
  wait(waiter: MemoryWaiter): void {
    this.#first = waiter;
    this.#company = this.#queue.length;
  }

  /** Memory has come back, or it is our turn. */
  proceed(): boolean {
    if (this.#first !== null) {
      if (!proceedWith(this.#first)) return false;
      this.#first = null;
      this.#begun++;
    }
    this.#sendMore();
    if (this.#first !== null && !this.#room.isTurnOver(this.#begun)) return false;
    this.#begun = 0;
    if (this.#first !== null) this.#room.memory.wait(this);
    return true;
  }

  /** No memory came for too long, or the producer was closed. That goes for all who have waited as long. */
  fail(error: Error): void {
    const failing = this.#queue.splice(0, this.#company);
    const first = this.#first;
    this.#first = null;
    first?.fail(error);
    for (const call of failing) this.#finish(call, (record) => this.#room.refuse(record, error));
    // Unless a user's code has sent something just now, and so started the others.
    if (this.#queue.length > 0 && this.#first === null) this.#start();
  }

  #enqueue(call: BatchSend): void {
    // Behind others, or called by a user's code while a record is sent: it will have its turn.
    if (this.#queue.push(call) === 1) this.#start();
  }

  #start(): void {
    this.#sendMore();
    if (this.#first !== null) this.#room.memory.wait(this);
  }

  /** Sends records until there are no more, or one finds no memory. */
  #sendMore(): void {
    for (let call = this.#queue[0]; call !== undefined && this.#first === null; call = this.#queue[0]) {
      const topic = call.nextTopic;
      const error = call.unknownTopics.get(topic);
      if (call.isSent) {
        this.#queue.shift();
        this.#finish(call);
      } else if (error !== undefined) {
        call.sendNext((record) => this.#room.refuse(record, error));
      } else if (topic !== "" && this.#room.isCrowded(topic)) {
        this.#queue.shift();
        this.#awaitMetadata(call, topic);
      } else {
        call.sendNext((record) => this.#room.send(record, this));
      }
    }
  }

  /** Others may pass: their topics are known, or they come to stand behind it. */
  #awaitMetadata(call: BatchSend, topic: string): void {
    this.#room.waitForMetadata(topic, {
      proceed: () => this.#enqueue(call),
      fail: (error) => {
        call.unknownTopics.set(topic, error);
        this.#enqueue(call);
      },
    });
  }

  /** @param sendRest - what becomes of those of its records that haven't been sent */
  #finish(call: BatchSend, sendRest?: (record: ProducerRecord) => SendFuture): void {
    while (!call.isSent) call.sendNext(sendRest!);
    this.#unfinished.delete(call);
    call.future.complete();
  }
}

/** One call. */
class BatchSend {
  readonly future: BatchFuture = new BatchFuture();
  /** Topics of which nothing could be learnt, and why: once is enough. */
  readonly unknownTopics = new Map<string, Error>();
  readonly #records: readonly ProducerRecord[];
  #next = 0;

  constructor(records: readonly ProducerRecord[]) {
    this.#records = records;
  }

  /** Whether no record is left. */
  get isSent(): boolean {
    return this.#next >= this.#records.length;
  }

  /** The topic of the next record; empty if there is none to be had. */
  get nextTopic(): string {
    try {
      const topic: unknown = this.#records[this.#next]!.topic;
      return typeof topic === "string" ? topic : "";
    } catch {
      return ""; // null, or whatever else isn't a record: who sends it will see
    }
  }

  /** Takes the next record, and keeps its future. */
  sendNext(send: (record: ProducerRecord) => SendFuture): void {
    this.future.add(send(this.#records[this.#next++]!));
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
