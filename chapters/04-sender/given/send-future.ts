/**
 * What `send` returns.
 *
 * @module
 */
import { type BatchResult, type RecordMetadata } from "#accumulator";
import { LazyPromise } from "./lazy-promise.ts";

/** A record's place: the result of its batch, and its index in it. */
export interface Place {
  readonly result: BatchResult;
  readonly index: number;
}

/** The way of a record to its place, when it isn't there yet or never gets there. */
export interface Placement {
  /** Somebody listens to this record. */
  hear(): void;
  /** Resolves when the record has its place; rejects when it gets none. */
  whenPlaced(): Promise<Place>;
}

/**
 * The outcome of one send, for those who want to know: `await producer.send(record)`. It is as light as can be: only
 * awaiting it makes a promise. One that nobody awaits makes none, and so its failure can't end the process as an
 * unhandled rejection: it is counted, and reported to the producer's `onError`.
 *
 * Source: `org.apache.kafka.clients.producer.internals.FutureRecordMetadata`.
 */
export class SendFuture extends LazyPromise<RecordMetadata> {
  /** The result of the record's batch; or, while there is none, the way there. */
  readonly #at: BatchResult | Placement;
  readonly #index: number;

  /** @param index - of the record in its batch; −1 with a {@link Placement} */
  constructor(at: BatchResult | Placement, index: number) {
    super();
    this.#at = at;
    this.#index = index;
  }

  /** Somebody listens, or will: a failure of this send is not to be reported. */
  hear(): void {
    if ("whenPlaced" in this.#at) this.#at.hear();
    else this.#at.hear(this.#index);
  }

  /** The record's place, with a promise only if it has none yet. */
  place(): Place | Promise<Place> {
    return "whenPlaced" in this.#at ? this.#at.whenPlaced() : { result: this.#at, index: this.#index };
  }

  protected async outcome(): Promise<RecordMetadata> {
    this.hear();
    const place = this.place();
    const { result, index } = place instanceof Promise ? await place : place;
    await result.done;
    const error = result.errorOf(index);
    if (error !== null) throw error;
    return result.metadataOf(index);
  }
}
