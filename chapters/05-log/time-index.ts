import { NotImplementedError } from "#ground/errors";
import { type Int64 } from "#ground/int64";
import { type Disk } from "#ground/runtime";
import { IndexFile } from "#log/given/index-file";

const ENTRY_SIZE = 12;

/** A timestamp (milliseconds since the epoch; −1: none) and the offset of a record or batch that carries it. */
export interface TimestampOffset {
  readonly timestamp: Int64;
  readonly offset: number;
}

/**
 * The `.timeindex` of a segment: entry (t, o) says that no record up to and including offset o is younger than t.
 * Timestamps are written by producers and may jump back; the entries never do, as they hold the largest one so far.
 *
 * An entry is 12 bytes: int64 timestamp, int32 offset relative to the segment's base offset.
 *
 * Source: Kafka's `TimeIndex`, KIP-33.
 */
export class TimeIndex {
  /** Where the entries are kept. */
  readonly file: IndexFile;
  /** The segment's first offset, to which the entries' offsets are relative. */
  readonly baseOffset: number;

  /** @param maxBytes `segment.index.bytes` */
  constructor(disk: Disk, path: string, baseOffset: number, maxBytes: number) {
    this.file = new IndexFile(disk, path, ENTRY_SIZE, maxBytes);
    this.baseOffset = baseOffset;
  }

  /** Entries in the index. */
  get count(): number {
    return this.file.count;
  }

  /** True when only the place is left that is kept for the last entry of all, made when the segment is sealed. */
  get isFull(): boolean {
    return this.file.count >= this.file.maxEntries - 1;
  }

  /** The last entry, or timestamp −1 at the base offset if there is none. */
  get lastEntry(): TimestampOffset {
    return this.count === 0 ? { timestamp: -1, offset: this.baseOffset } : this.entryAt(this.count - 1);
  }

  /** The timestamp in entry `slot`, counted from 0. */
  timestampAt(slot: number): Int64 {
    return this.file.int64(slot, 0);
  }

  /** Entry `slot`, counted from 0. */
  entryAt(slot: number): TimestampOffset {
    return { timestamp: this.timestampAt(slot), offset: this.baseOffset + this.file.int32(slot, 8) };
  }

  /**
   * Adds an entry, if it says anything new: if `timestamp` is larger than that of the last entry (−1 if there is none).
   *
   * `this.file.grow()` makes room and says where in `this.file.bytes`. A full index takes no more entries, but see
   * `sealing`; what goes back is refused all the same.
   *
   * @param timestamp the largest timestamp of the segment so far
   * @param offset absolute; that of the batch with this timestamp
   * @param sealing true for the entry that ends a segment: it may take the place that {@link isFull} keeps free
   * @throws KafkaError UNKNOWN_SERVER_ERROR when `timestamp` or `offset` is smaller than the last entry's: the index
   * must not go back
   * @exercise 5.2 TimeIndex.maybeAppend
   */
  maybeAppend(timestamp: Int64, offset: number, sealing = false): void {
    throw new NotImplementedError("5.2 TimeIndex.maybeAppend");
  }

  /**
   * Finds the last entry whose timestamp is not above `target`, by binary search.
   *
   * Every record up to that entry's offset is at most as old as its timestamp. So the first record with a timestamp of
   * `target` or more can't come before the entry's batch: a search for it may start there.
   *
   * @returns the entry; when all entries lie above `target`, or there are none: timestamp −1 at the base offset
   * @exercise 5.2 TimeIndex.lookup
   */
  lookup(target: Int64): TimestampOffset {
    throw new NotImplementedError("5.2 TimeIndex.lookup");
  }

  /**
   * Forgets every entry whose offset is `offset` or above it. `this.file.truncate(count)` keeps the first `count`
   * entries.
   * @exercise 5.6 TimeIndex.truncateTo
   */
  truncateTo(offset: number): void {
    throw new NotImplementedError("5.6 TimeIndex.truncateTo");
  }
}
