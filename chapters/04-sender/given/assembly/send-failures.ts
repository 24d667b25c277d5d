/**
 * Sends that fail, and what becomes of failures that nobody listens to. In Java a failed future that nobody asks is
 * silent; in JavaScript a rejected promise that nobody awaits ends the process. We do neither: they are counted and
 * reported.
 *
 * @module
 */
import { type SendCallback } from "#accumulator";
import { rethrowStub } from "#ground/errors";
import { type Runtime } from "#ground/runtime";
import { type Place, type Placement, SendFuture } from "./send-future.ts";

/** Sends that failed together, and to which nobody listened when they did: neither by `await` nor by a callback. */
export interface UnheardFailure {
  /** How many. */
  readonly records: number;
  readonly error: Error;
  /** Null when they may be of several topics. */
  readonly topic: string | null;
  /** −1 when none was chosen. */
  readonly partition: number;
}

/** Counts the failures of one producer. */
export class SendFailures {
  readonly #runtime: Runtime;
  readonly #onError: ((failure: UnheardFailure) => void) | null;
  /** Refusals of this turn, by their reason. */
  #refusals = new Map<string, Refusal>();
  /** Records that have failed without ever being in a batch. */
  withoutBatch: number = 0;
  /** Records that have failed without anybody listening. */
  unheard: number = 0;

  /** @param onError - told of failures that nobody listens to; null to have them logged */
  constructor(runtime: Runtime, onError: ((failure: UnheardFailure) => void) | null) {
    this.#runtime = runtime;
    this.#onError = onError;
  }

  /**
   * A send fails at once. All that fail in one turn for one reason share one error: a million of them would take
   * seconds to make, and much memory to keep.
   *
   * @param reason - names what the error is about
   */
  refuse(reason: string, makeError: () => Error, callback: SendCallback | null): SendFuture {
    let refusal = this.#refusals.get(reason);
    if (refusal === undefined) {
      refusal = new Refusal(makeError());
      if (this.#refusals.size === 0) this.#runtime.scheduler.soon(() => this.#reportRefusals());
      this.#refusals.set(reason, refusal);
    }
    refusal.records++;
    this.withoutBatch++;
    this.tell(callback, refusal.error);
    return new SendFuture(refusal, -1);
  }

  /** A record that waited has failed. */
  onRecordFailed(failure: UnheardFailure): void {
    this.withoutBatch++;
    this.report(failure);
  }

  /** Calls a callback, in a turn of its own. */
  tell(callback: SendCallback | null, error: Error): void {
    if (callback === null) return;
    this.#runtime.scheduler.soon(() => this.#guard("A callback of send", () => callback(null, error)));
  }

  /** Reports a failure, unless somebody listened to each of its records. */
  report(failure: UnheardFailure): void {
    const { records, error, topic } = failure;
    if (records <= 0) return;
    this.unheard += records;
    const onError = this.#onError;
    if (onError !== null) {
      this.#guard("onError", () => onError(failure));
      return;
    }
    const what = `${records} record${records === 1 ? "" : "s"}${topic === null ? "" : ` for ${topic}`}`;
    this.#runtime.log.warn(`${what} could not be sent, and nobody listened: ${error.message}`);
  }

  /** By now whoever wanted to await has done so. */
  #reportRefusals(): void {
    const refusals = this.#refusals;
    this.#refusals = new Map();
    for (const { error, records, heard } of refusals.values()) {
      this.report({ error, records: records - heard, topic: null, partition: -1 });
    }
  }

  #guard(who: string, run: () => void): void {
    try {
      run();
    } catch (thrown) {
      rethrowStub(thrown);
      this.#runtime.log.error(`${who} threw: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    }
  }
}

/** Sends that were refused at once, in one turn and for one reason. */
class Refusal implements Placement {
  readonly error: Error;
  records = 0;
  heard = 0;

  constructor(error: Error) {
    this.error = error;
  }

  hear(): void {
    this.heard++;
  }

  whenPlaced(): Promise<Place> {
    return Promise.reject(this.error);
  }
}
