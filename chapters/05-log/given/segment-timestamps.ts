import { safeOffset, type Int64 } from "#ground/int64";
import { type Clock } from "#ground/runtime";
import { type RecordBatch } from "#serialization";
import { type FileRecords } from "#log/file-records";
import { type OffsetIndex } from "#log/offset-index";
import { type TimeIndex, type TimestampOffset } from "#log/time-index";

/**
 * The two timestamps that a segment remembers of its records: the largest one, for the time index and retention, and
 * that of the first batch, from which `segment.ms` counts. Both are looked up when they are needed and not known.
 */
export class SegmentTimestamps {
  readonly #records: FileRecords;
  readonly #offsetIndex: OffsetIndex;
  readonly #timeIndex: TimeIndex;
  readonly #clock: Clock;
  #createdMs: number;
  #max: TimestampOffset | null = null;
  #first: Int64 | null = null;

  constructor(records: FileRecords, offsetIndex: OffsetIndex, timeIndex: TimeIndex, clock: Clock) {
    this.#records = records;
    this.#offsetIndex = offsetIndex;
    this.#timeIndex = timeIndex;
    this.#clock = clock;
    this.#createdMs = clock.wallMs();
  }

  /** The largest timestamp so far and the last offset of the first batch that has it; timestamp −1 if there is none. */
  get max(): TimestampOffset {
    this.#max ??= this.#timeIndex.lastEntry;
    return this.#max;
  }

  /** Takes in a batch that is appended. */
  note(batch: RecordBatch): void {
    const timestamp = batch.maxTimestamp;
    this.#first ??= timestamp;
    if (timestamp > this.max.timestamp) this.#max = { timestamp, offset: safeOffset(batch.lastOffset, "lastOffset") };
  }

  /** Forgets all: the segment is read anew from its first batch. */
  reset(): void {
    this.#max = { timestamp: -1, offset: this.#timeIndex.baseOffset };
    this.#first = null;
  }

  /**
   * Looks the timestamps up again, after the end of the segment was cut off: in the index, and behind its last entry.
   */
  reload(): void {
    this.#max = this.#timeIndex.lastEntry;
    this.#first = null;
    if (this.#records.size === 0) this.#createdMs = this.#clock.wallMs();
    const { position } = this.#offsetIndex.lookup(this.#max.offset);
    for (const { batch } of this.#records.headers(position)) this.note(batch);
    if (position > 0) this.#first = null;
  }

  /**
   * How much later than the segment's first batch a record with `timestamp` is, in ms. If the records have no
   * timestamps: how long ago the segment was opened.
   */
  ageAt(timestamp: Int64): number {
    this.#first ??= this.#readFirst();
    if (this.#first === null || this.#first < 0) return this.#clock.wallMs() - this.#createdMs;
    return Number(timestamp) - Number(this.#first);
  }

  #readFirst(): Int64 | null {
    for (const { batch } of this.#records.headers(0)) return batch.maxTimestamp;
    return null;
  }
}
