import { type LogSegment, type UnifiedLog } from "#log";

/** A segment that is read to be cleaned, as it was when the reading began. */
export class SourceSegment {
  readonly segment: LogSegment;
  readonly #cuts: number;

  constructor(segment: LogSegment) {
    this.segment = segment;
    this.#cuts = segment.records.cuts;
  }

  /** Whether it is still part of the log, and has been neither cut nor appended to. */
  isIntact(log: UnifiedLog): boolean {
    const { segment } = this;
    return log.segments.floor(segment.baseOffset) === segment && segment.records.cuts === this.#cuts;
  }
}
