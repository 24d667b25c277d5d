// Different from the reference: the search goes forward in strides, each half as long as the one before; entries to be
// forgotten are looked for from the front.
import { KafkaError } from "#ground/errors";
import { writeInt32, writeInt64, type Int64 } from "#ground/int64";
import { type Disk } from "#ground/runtime";
import { IndexFile } from "#log/given/index-file";

const ENTRY_SIZE = 12;

export interface TimestampOffset {
  readonly timestamp: Int64;
  readonly offset: number;
}

export class TimeIndex {
  readonly file: IndexFile;
  readonly baseOffset: number;

  constructor(disk: Disk, path: string, baseOffset: number, maxBytes: number) {
    this.file = new IndexFile(disk, path, ENTRY_SIZE, maxBytes);
    this.baseOffset = baseOffset;
  }

  get count(): number {
    return this.file.count;
  }

  get isFull(): boolean {
    return this.file.count >= this.file.maxEntries - 1;
  }

  get lastEntry(): TimestampOffset {
    return this.count === 0 ? { timestamp: -1, offset: this.baseOffset } : this.entryAt(this.count - 1);
  }

  timestampAt(slot: number): Int64 {
    return this.file.int64(slot, 0);
  }

  entryAt(slot: number): TimestampOffset {
    return { timestamp: this.timestampAt(slot), offset: this.baseOffset + this.file.int32(slot, 8) };
  }

  maybeAppend(timestamp: Int64, offset: number, sealing = false): void {
    const last = this.lastEntry;
    if (this.count > 0 && (timestamp < last.timestamp || offset < last.offset)) {
      throw new KafkaError(
        "UNKNOWN_SERVER_ERROR",
        `expected at least timestamp ${last.timestamp} and offset ${last.offset} to add to ${this.file.path}, ` +
          `got timestamp ${timestamp} and offset ${offset}`,
      );
    }
    if (timestamp <= last.timestamp) return;
    if (this.count >= this.file.maxEntries || (this.isFull && !sealing)) return;
    const at = this.file.grow();
    writeInt64(this.file.bytes, at, timestamp);
    writeInt32(this.file.bytes, at + 8, offset - this.baseOffset);
  }

  lookup(target: Int64): TimestampOffset {
    let slot = -1;
    for (let stride = 2 ** 31; stride >= 1; stride /= 2) {
      const ahead = slot + stride;
      if (ahead < this.count && this.timestampAt(ahead) <= target) slot = ahead;
    }
    return slot < 0 ? { timestamp: -1, offset: this.baseOffset } : this.entryAt(slot);
  }

  truncateTo(offset: number): void {
    for (let slot = 0; slot < this.count; slot++) {
      if (this.entryAt(slot).offset < offset) continue;
      this.file.truncate(slot);
      return;
    }
  }
}
