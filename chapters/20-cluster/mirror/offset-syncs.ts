/**
 * Which offset of a copy is which offset of the original. They differ: the original may have lost its oldest records
 * before the copy began, a compacted log has gaps, and what is sent twice is there twice.
 * Source: `OffsetSyncStore` of MirrorMaker 2, which keeps single pairs, and less of them the older they are.
 *
 * @module
 */

/** Records that follow each other in both logs. */
interface Run {
  readonly source: number;
  readonly target: number;
  length: number;
}

const MAX_RUNS = 1_000;

/** The offsets of one partition. */
export class OffsetSyncs {
  readonly #runs: Run[] = [];

  /** A record has been copied. They come in the order of their offsets. */
  add(source: number, target: number): void {
    const last = this.#runs.at(-1);
    if (last !== undefined && last.source + last.length === source && last.target + last.length === target) {
      last.length++;
      return;
    }
    // Sent once more, as nobody knew whether it had come: what counts is the last copy.
    while ((this.#runs.at(-1)?.source ?? -1) >= source) this.#runs.pop();
    this.#runs.push({ source, target, length: 1 });
    if (this.#runs.length > MAX_RUNS) this.#runs.shift();
  }

  /**
   * Where to go on in the copy for one who has read the original up to `offset` (exclusive): never behind a record that
   * it hasn't read.
   * @returns null when all that is known lies above
   */
  translate(offset: number): number | null {
    const run = this.#runs.findLast(({ source }) => source <= offset);
    if (run === undefined) return null;
    return run.target + Math.min(offset - run.source, run.length);
  }
}
