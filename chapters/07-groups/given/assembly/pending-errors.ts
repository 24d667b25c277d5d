/** @module */
import { type KafkaError } from "#ground/errors";

/** What went wrong while nobody was polling. The next poll throws it, if it still means something then. */
export class PendingErrors {
  #errors: { readonly error: KafkaError; readonly isCurrent: () => boolean }[] = [];

  /** @param isCurrent - asked when the error would be thrown: somebody may have seen to it since */
  add(error: KafkaError, isCurrent: () => boolean = () => true): void {
    if (this.#errors.some((known) => known.error.message === error.message)) return;
    this.#errors.push({ error, isCurrent });
  }

  /** @throws the oldest error that is still current */
  throwNext(): void {
    for (let next = this.#errors.shift(); next !== undefined; next = this.#errors.shift()) {
      if (next.isCurrent()) throw next.error;
    }
  }
}
