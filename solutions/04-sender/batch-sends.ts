/**
 * Many records in one call: `sendBatch`.
 *
 * @module
 */
import { type RecordMetadata } from "#accumulator";
import { LazyPromise } from "./lazy-promise.ts";
import { type ProducerRecord } from "./producer-record.ts";
import { type Place, type SendFuture } from "./send-future.ts";

/** Where records wait inside of the producer: for metadata, for memory. */
export interface Room {
  /** Whether the next record may wait there, if it has to. */
  isFree(): boolean;
  /** Resolves when there is, or when there never will be. */
  whenFree(): Promise<void>;
}

/** So many calls may wait. Records of the next ones are sent at once, and fail if there is no room for them. */
const MOST_WAITING = 1_000;

/**
 * The calls of `sendBatch`. Their records are in the caller's memory, unlike those of `send`, and can wait there until
 * the producer has room for them. The calls stand in line, so that records keep the order of the calls.
 */
export class BatchSends {
  readonly #room: Room;
  #waiting = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(room: Room) {
    this.#room = room;
  }

  /**
   * Sends records in their order, as there is room for them.
   * @param send - never throws: a record that can't be sent is a send that fails
   */
  send(records: readonly ProducerRecord[], send: (record: ProducerRecord) => SendFuture): BatchFuture {
    const future = new BatchFuture();
    const mayWait = this.#waiting < MOST_WAITING;
    let next = 0;
    /** @returns whether all have been sent */
    const sendMore = (): boolean => {
      while (next < records.length) {
        if (mayWait && !this.#room.isFree()) return false;
        future.add(send(records[next++]!));
      }
      future.complete();
      return true;
    };
    if (mayWait && (this.#waiting > 0 || !sendMore())) this.#last = this.#inTurn(this.#last, sendMore);
    else sendMore();
    return future;
  }

  /** Resolves when the records of all calls up to now have been sent. */
  whenSent(): Promise<void> {
    return this.#last;
  }

  async #inTurn(before: Promise<void>, sendMore: () => boolean): Promise<void> {
    this.#waiting++;
    await before;
    while (!sendMore()) await this.#room.whenFree();
    this.#waiting--;
  }
}

/**
 * The outcome of one `sendBatch`. As with {@link SendFuture} only awaiting it makes a promise that may reject: the
 * failures of one that nobody awaits are counted and reported, and don't end the process.
 */
export class BatchFuture extends LazyPromise<RecordMetadata[]> {
  readonly #sends: SendFuture[] = [];
  #heard = false;
  #onComplete: () => void = () => {};
  readonly #complete = new Promise<void>((resolve) => (this.#onComplete = resolve));

  /** One more of its records has been sent. */
  add(send: SendFuture): void {
    if (this.#heard) send.hear();
    this.#sends.push(send);
  }

  /** All have been. */
  complete(): void {
    this.#onComplete();
  }

  /** Waits until all are settled, without a promise for each. */
  protected async outcome(): Promise<RecordMetadata[]> {
    if (!this.#heard) for (const send of this.#sends) send.hear();
    this.#heard = true;
    await this.#complete;
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
