import { type LogSegment } from "#log/log-segment";

/**
 * The segments of a log, in the order of their base offsets. The last one is the active segment.
 *
 * Source: Kafka's `LogSegments`.
 */
export class LogSegments {
  #segments: LogSegment[] = [];

  /** All segments, oldest first. Don't keep it across a change. */
  get all(): readonly LogSegment[] {
    return this.#segments;
  }

  get count(): number {
    return this.#segments.length;
  }

  /** The oldest segment. A log that is open has one at least. */
  get first(): LogSegment {
    return this.#segments[0]!;
  }

  /** The last segment, to which batches are appended. A log that is open has one. */
  get active(): LogSegment {
    return this.#segments.at(-1)!;
  }

  /** Bytes in all `.log` files. */
  get sizeInBytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.size, 0);
  }

  /** Adds a segment at its place; base offsets are unique. */
  add(segment: LogSegment): void {
    this.#segments.splice(this.#firstAbove(segment.baseOffset), 0, segment);
  }

  /** Takes a segment out of the list. Its files stay as they are. */
  remove(segment: LogSegment): void {
    this.#segments = this.#segments.filter((other) => other !== segment);
  }

  /** The last segment whose base offset is not above `offset`: the one to look in. */
  floor(offset: number): LogSegment | undefined {
    return this.#segments[this.#firstAbove(offset) - 1];
  }

  /** The segment after `segment`. */
  next(segment: LogSegment): LogSegment | undefined {
    return this.#segments[this.#firstAbove(segment.baseOffset)];
  }

  /** The segment that may hold `offset`, and all after it. */
  from(offset: number): LogSegment[] {
    return this.#segments.slice(Math.max(0, this.#firstAbove(offset) - 1));
  }

  /** Index of the first segment whose base offset is above `offset`. */
  #firstAbove(offset: number): number {
    let low = 0;
    let high = this.#segments.length;
    // Nearly all reads and every append are at the end.
    if (high > 0 && this.#segments[high - 1]!.baseOffset <= offset) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#segments[middle]!.baseOffset <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
