/**
 * What `send` returns.
 *
 * @module
 */
import { type BatchResult, type RecordMetadata } from "#accumulator";

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

/** As `Promise.then` takes it. */
type OnRejected<B> = Parameters<typeof Promise.prototype.then<unknown, B>>[1];

/**
 * The outcome of one send, for those who want to know: `await producer.send(record)`. It can be awaited like a promise,
 * but the promise is made only then. A promise that rejects, and that nobody awaits, ends the process; here, a failure
 * that nobody awaits is counted, and reported to the producer's `onError`.
 *
 * Source: `org.apache.kafka.clients.producer.internals.FutureRecordMetadata`.
 */
export class SendFuture implements PromiseLike<RecordMetadata> {
  /** The result of the record's batch; or, while there is none, the way there. */
  readonly #at: BatchResult | Placement;
  readonly #index: number;

  /** @param index - of the record in its batch; −1 with a {@link Placement} */
  constructor(at: BatchResult | Placement, index: number) {
    this.#at = at;
    this.#index = index;
  }

  /** Somebody listens, or will: a failure of this send is not to be reported. */
  hear(): void {
    if ("whenPlaced" in this.#at) this.#at.hear();
    else this.#at.hear(this.#index);
  }

  /** As a promise has it. */
  then<A = RecordMetadata, B = never>(
    onFulfilled?: ((value: RecordMetadata) => A | PromiseLike<A>) | null,
    onRejected?: OnRejected<B>,
  ): Promise<A | B> {
    return this.#outcome().then(onFulfilled, onRejected);
  }

  /** As a promise has it. */
  catch<B = never>(onRejected?: OnRejected<B>): Promise<RecordMetadata | B> {
    return this.#outcome().catch(onRejected);
  }

  /** As a promise has it. */
  finally(onFinally?: (() => void) | null): Promise<RecordMetadata> {
    return this.#outcome().finally(onFinally);
  }

  async #outcome(): Promise<RecordMetadata> {
    this.hear();
    const at = this.#at;
    const { result, index } = "whenPlaced" in at ? await at.whenPlaced() : { result: at, index: this.#index };
    await result.done;
    const error = result.errorOf(index);
    if (error !== null) throw error;
    return result.metadataOf(index);
  }
}
