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

/** What a call needs of the producer. */
export interface Room {
  /** Whether so many records wait for metadata that no more should join them. */
  isLineLong(): boolean;
  /** Resolves when some of those have left. */
  whenSomeHaveLeft(): Promise<void>;
  /** Where one waits for memory. */
  readonly memory: MemoryLine;
  /** Sends a record; it waits at `line` if it has to wait for memory. Never throws: what can't be sent has failed. */
  send(record: ProducerRecord, line: MemoryLine): SendFuture;
  /** A send that has failed. */
  refuse(error: Error): SendFuture;
}

/** So many calls may wait. Records of the next ones are sent at once, and fail if there is no room for them. */
const MOST_WAITING = 1_000;

/**
 * The calls of `sendBatch`. Their records are in the caller's memory, unlike those of `send`, and can wait there until
 * the producer has room for them.
 */
export class BatchSends {
  readonly #room: Room;
  /** Calls of which not all records have been sent. */
  readonly #unfinished = new Set<BatchSend>();
  /** Those that wait until fewer records wait for metadata. The first goes on first. */
  readonly #stalled: BatchSend[] = [];

  constructor(room: Room) {
    this.#room = room;
  }

  /** Sends records in their order, as there is room for them. */
  send(records: readonly ProducerRecord[]): BatchFuture {
    const call = new BatchSend(records, this.#room);
    if (this.#unfinished.size >= MOST_WAITING) {
      call.sendAll();
      return call.future;
    }
    const awaited = this.#stalled.length > 0 ? "metadata" : call.advance();
    if (awaited === null) return call.future;
    this.#unfinished.add(call);
    void call.future.whenSent.then(() => this.#unfinished.delete(call));
    call.onStalled = () => void this.#stall(call);
    if (awaited === "memory") this.#room.memory.wait(call);
    else call.onStalled();
    return call.future;
  }

  /** None of the records is sent. */
  refuse(records: readonly ProducerRecord[], error: Error): BatchFuture {
    const call = new BatchSend(records, this.#room);
    call.fail(error);
    return call.future;
  }

  /** Resolves when the records of all calls up to now have been sent. */
  async whenSent(): Promise<void> {
    await Promise.all([...this.#unfinished].map(({ future }) => future.whenSent));
  }

  async #stall(call: BatchSend): Promise<void> {
    if (this.#stalled.push(call) > 1) return;
    for (let first: BatchSend | undefined = call; first !== undefined; first = this.#stalled[0]) {
      await this.#room.whenSomeHaveLeft();
      const awaited = first.advance();
      if (awaited === "metadata") continue;
      this.#stalled.shift();
      if (awaited === "memory") this.#room.memory.wait(first);
    }
  }
}

/**
 * One call. Its records stand in the line for memory as one, so that nothing that is sent after them overtakes them,
 * and waiting costs nothing but for the first.
 */
class BatchSend implements MemoryWaiter, MemoryLine {
  readonly future: BatchFuture = new BatchFuture();
  /** They are in the caller's memory. */
  readonly heldBytes = 0;
  /** Too many records wait for metadata: the call leaves the line for memory. */
  onStalled: () => void = () => {};
  readonly #records: readonly ProducerRecord[];
  readonly #room: Room;
  #next = 0;
  /** The record whose turn it is, if it has found no memory. */
  #first: MemoryWaiter | null = null;

  constructor(records: readonly ProducerRecord[], room: Room) {
    this.#records = records;
    this.#room = room;
  }

  /** As long as one record after the other finds memory, the others may wait. */
  get deadlineMs(): number {
    return this.#first?.deadlineMs ?? Infinity;
  }

  /** A record has found no memory. It needn't get in line: we are there. */
  wait(waiter: MemoryWaiter): void {
    this.#first = waiter;
  }

  /** Memory has come back: goes on. */
  proceed(): boolean {
    const awaited = this.advance();
    if (awaited === "metadata") this.onStalled();
    return awaited !== "memory";
  }

  /**
   * Sends as many records as there is room for.
   * @returns what the next one waits for; null when all are sent
   */
  advance(): "memory" | "metadata" | null {
    for (;;) {
      if (this.#first !== null && !this.#proceedWith(this.#first)) return "memory";
      this.#first = null;
      if (this.#next === this.#records.length) break;
      if (this.#room.isLineLong()) return "metadata";
      this.#send(this);
    }
    this.future.complete();
    return null;
  }

  /** Sends all records now: those that find no room fail, as they do with `send`. */
  sendAll(): void {
    while (this.#next < this.#records.length) this.#send(this.#room.memory);
    this.future.complete();
  }

  /** There was no memory for too long, or the producer was closed: that goes for all of them. */
  fail(error: Error): void {
    this.#first?.fail(error);
    this.#first = null;
    for (; this.#next < this.#records.length; this.#next++) this.future.add(this.#room.refuse(error));
    this.future.complete();
  }

  #send(line: MemoryLine): void {
    this.future.add(this.#room.send(this.#records[this.#next++]!, line));
  }

  #proceedWith(first: MemoryWaiter): boolean {
    try {
      return first.proceed();
    } catch (error) {
      rethrowStub(error);
      first.fail(error as Error);
      return true;
    }
  }
}

/**
 * The outcome of one `sendBatch`. As with {@link SendFuture} only awaiting it makes a promise that may reject: the
 * failures of one that nobody awaits are counted and reported, and don't end the process.
 */
export class BatchFuture extends LazyPromise<RecordMetadata[]> {
  readonly #sends: SendFuture[] = [];
  #heard = false;
  #onSent: () => void = () => {};
  /** Resolves when all of its records have been sent. */
  readonly whenSent: Promise<void> = new Promise((resolve) => (this.#onSent = resolve));

  /** One more of its records has been sent. */
  add(send: SendFuture): void {
    if (this.#heard) send.hear();
    this.#sends.push(send);
  }

  /** All have been. */
  complete(): void {
    this.#onSent();
  }

  /** Waits until all are settled, without a promise for each. */
  protected async outcome(): Promise<RecordMetadata[]> {
    if (!this.#heard) for (const send of this.#sends) send.hear();
    this.#heard = true;
    await this.whenSent;
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
