import fs from "node:fs";
import { codeOf } from "./disk-errors.ts";

/** Flushes at a time. Node does four things at a time for all of a process, so more would only hold descriptors. */
const MAX_FLUSHES = 8;

/** An open file that can do without its descriptor for a while. */
export interface DescriptorHolder {
  /** Set at each use; the pool takes it back. */
  wasUsed: boolean;
  /** Closes the descriptor, unless it is needed at this moment. @returns whether it is closed */
  letGo(): boolean;
}

/**
 * The descriptors of all open files: no more than a limit, however many files are open. When one too many is wanted, a
 * file that hasn't been used for long gives its descriptor up, and opens another one when it is used again.
 *
 * Which one is found as by a clock's hand: it goes round over the files, passes by those that were used since it last
 * came, and takes the first other one. So a use costs no more than setting a flag. (Kafka has no such thing: it needs a
 * descriptor for each segment.)
 */
export class DescriptorPool {
  readonly #limit: number;
  /** Who has a descriptor, in the order in which the hand comes to them. */
  readonly #holders = new Set<DescriptorHolder>();

  /** Flushes that may begin at once. */
  #turns: number;
  /** Flushes that wait for their turn. */
  readonly #waiting: (() => void)[] = [];

  /** @param limit - descriptors that may be open at a time, 1 or more */
  constructor(limit: number) {
    this.#limit = limit;
    this.#turns = Math.min(limit, MAX_FLUSHES);
  }

  /** Opens `path` for a file. @throws what `node:fs` throws */
  open(holder: DescriptorHolder, path: string, flags: number): number {
    while (this.#holders.size >= this.#limit && this.#takeOne()) {
      // One after the other, as a limit of the past may have been a larger one.
    }
    const fd = this.retrying(() => fs.openSync(path, flags));
    this.#holders.add(holder);
    return fd;
  }

  /** A file has closed its descriptor itself. */
  forget(holder: DescriptorHolder): void {
    this.#holders.delete(holder);
  }

  /**
   * Runs a call that opens descriptors of its own. If the system has none left, files give up theirs, one after the
   * other, and it is run again: what it does must be such that it can be.
   */
  retrying<T>(run: () => T): T {
    for (;;) {
      try {
        return run();
      } catch (error) {
        const code = codeOf(error);
        if ((code !== "EMFILE" && code !== "ENFILE") || !this.#takeOne()) throw error;
      }
    }
  }

  /**
   * Runs a flush, during which its file can't let go of its descriptor: at once, or when one of a few others has ended.
   */
  async inTurn(flush: () => Promise<void>): Promise<void> {
    if (this.#turns > 0) this.#turns--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      await flush();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#turns++;
      else next();
    }
  }

  /** Takes one file's descriptor. @returns false if there is none to take */
  #takeOne(): boolean {
    // Twice round at most: at the second time nobody has been used since.
    for (let left = 2 * this.#holders.size; left > 0; left--) {
      const holder = this.#holders.values().next().value!;
      this.#holders.delete(holder);
      if (!holder.wasUsed && holder.letGo()) return true;
      holder.wasUsed = false;
      this.#holders.add(holder);
    }
    return false;
  }
}
