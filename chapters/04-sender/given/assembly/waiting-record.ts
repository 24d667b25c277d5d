/**
 * A record that has no place in a batch yet.
 *
 * @module
 */
import { type ProducerBatch, type RecordWaiter, type SendCallback } from "#accumulator";
import { rethrowStub } from "#ground/errors";
import { type Place, type Placement, SendFuture } from "./send-future.ts";
import { type SendFailures } from "./send-failures.ts";

/** Waits for metadata, then perhaps for memory. Ends with a place in a batch, or with an error. */
export class WaitingRecord implements Placement, RecordWaiter {
  readonly future: SendFuture = new SendFuture(this, -1);
  readonly #topic: string;
  readonly #callback: SendCallback | null;
  readonly #failures: SendFailures;
  #isHeard = false;
  #place: Place | null = null;
  #error: Error | null = null;
  #settle: (() => void) | null = null;
  #settled: Promise<void> | null = null;

  constructor(topic: string, callback: SendCallback | null, failures: SendFailures) {
    this.#topic = topic;
    this.#callback = callback;
    this.#failures = failures;
  }

  hear(): void {
    this.#isHeard = true;
    this.#place?.result.hear(this.#place.index);
  }

  async whenPlaced(): Promise<Place> {
    this.#settled ??= this.#isOver ? Promise.resolve() : new Promise((resolve) => (this.#settle = resolve));
    await this.#settled;
    if (this.#error !== null) throw this.#error;
    return this.#place!;
  }

  /** Runs what may place the record; what it throws is the record's failure. */
  attempt(run: () => void): void {
    try {
      run();
    } catch (error) {
      rethrowStub(error);
      this.fail(error as Error);
    }
  }

  /** The record is in a batch. Those who listened to it listen to the batch from now on. */
  appended({ result }: ProducerBatch, index: number): void {
    this.#place = { result, index };
    if (this.#isHeard) result.hear(index);
    if (this.#callback !== null) result.onCompletion(index, this.#callback);
    this.#settle?.();
  }

  /** The record never gets into a batch. */
  fail(error: Error): void {
    this.#error = error;
    this.#settle?.();
    this.#failures.onRecordFailed({ error, topic: this.#topic, partition: -1, records: this.#isHeard ? 0 : 1 });
    this.#failures.tell(this.#callback, error);
  }

  get #isOver(): boolean {
    return this.#place !== null || this.#error !== null;
  }
}
