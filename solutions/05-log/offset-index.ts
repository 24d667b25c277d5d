import { KafkaError } from "#ground/errors";
import { writeInt32, type Int64 } from "#ground/int64";
import { type Disk } from "#ground/runtime";
import { IndexFile } from "#log/given/index-file";

const ENTRY_SIZE = 8;
const MAX_RELATIVE_OFFSET = 0x7fff_ffff;

/** Where a batch lies: the offset of an index entry and the batch's position in the segment's `.log` file, in bytes. */
export interface OffsetPosition {
  readonly offset: number;
  readonly position: number;
}

/**
 * The `.index` of a segment: a sparse map from offsets to positions in the `.log` file, one entry for every
 * `index.interval.bytes` or so. It never says where an offset *is*, only from where on it is worth looking.
 *
 * An entry is 8 bytes: int32 offset relative to the segment's base offset, int32 position. Both grow from entry to
 * entry. The offset is the *last* one of the batch that begins at the position.
 *
 * Source: Kafka's `OffsetIndex`.
 */
export class OffsetIndex {
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

  /** True when no further entry has room: the log rolls to a new segment. */
  get isFull(): boolean {
    return this.file.count >= this.file.maxEntries;
  }

  /** Offset of the last entry, or the base offset if there is none. */
  get lastOffset(): number {
    return this.count === 0 ? this.baseOffset : this.offsetAt(this.count - 1);
  }

  /** Position of the last entry, or 0 if there is none. */
  get lastPosition(): number {
    return this.count === 0 ? 0 : this.positionAt(this.count - 1);
  }

  /** The (absolute) offset in entry `slot`, counted from 0. */
  offsetAt(slot: number): number {
    return this.baseOffset + this.file.int32(slot, 0);
  }

  /** The position in entry `slot`, counted from 0. */
  positionAt(slot: number): number {
    return this.file.int32(slot, 4);
  }

  /** True when `offset` can be written relative to the base offset, in 31 bits. */
  canHold(offset: Int64): boolean {
    return offset >= this.baseOffset && offset <= this.baseOffset + MAX_RELATIVE_OFFSET;
  }

  /**
   * Adds an entry: the batch that ends with `offset` begins at byte `position` of the log file.
   *
   * `this.file.grow()` makes room and says where in `this.file.bytes`; `writeInt32` fills it. A full index takes no
   * more entries: the call does nothing, whatever it is given. A sparse index may know less.
   *
   * @param offset absolute; larger than that of the last entry
   * @param position in bytes from the start of the `.log` file
   * @throws KafkaError UNKNOWN_SERVER_ERROR when `offset` doesn't fit (see {@link canHold}) or isn't larger than the
   * last entry's; the index stays as it was
   * @exercise 5.1 OffsetIndex.append
   */
  append(offset: number, position: number): void {
    if (this.isFull) return;
    if (!this.canHold(offset) || (this.count > 0 && offset <= this.lastOffset)) {
      throw new KafkaError(
        "UNKNOWN_SERVER_ERROR",
        `expected an offset above ${this.lastOffset} to add to ${this.file.path}, got ${offset}`,
      );
    }
    const at = this.file.grow();
    writeInt32(this.file.bytes, at, offset - this.baseOffset);
    writeInt32(this.file.bytes, at + 4, position);
  }

  /**
   * Finds the entry with the largest offset that is not above `target`, by binary search.
   *
   * No batch that holds `target`, or an offset after it, begins before that entry's position: a reader may start
   * there. The index of a full segment has some 260,000 entries, so looking at each of them is too slow.
   *
   * @returns the entry; when all entries lie above `target`, or there are none: the base offset at position 0
   * @exercise 5.1 OffsetIndex.lookup
   */
  lookup(target: number): OffsetPosition {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.offsetAt(middle) <= target) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return { offset: this.baseOffset, position: 0 };
    return { offset: this.offsetAt(low - 1), position: this.positionAt(low - 1) };
  }

  /**
   * Forgets every entry whose offset is `offset` or above it.
   *
   * An entry's offset is the last one of its batch. So an entry *at* `offset` points to a batch that reaches the cut,
   * and goes too. `this.file.truncate(count)` keeps the first `count` entries.
   *
   * @exercise 5.6 OffsetIndex.truncateTo
   */
  truncateTo(offset: number): void {
    let keep = this.count;
    while (keep > 0 && this.offsetAt(keep - 1) >= offset) keep -= 1;
    this.file.truncate(keep);
  }
}
