// Different from the reference: the search goes forward in strides, each half as long as the one before; entries to be
// forgotten are looked for from the front.
import { KafkaError } from "#ground/errors";
import { writeInt32, type Int64 } from "#ground/int64";
import { type Disk } from "#ground/runtime";
import { IndexFile } from "#log/given/index-file";

const ENTRY_SIZE = 8;
const MAX_RELATIVE_OFFSET = 0x7fff_ffff;

export interface OffsetPosition {
  readonly offset: number;
  readonly position: number;
}

export class OffsetIndex {
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
    return this.file.count >= this.file.maxEntries;
  }

  get lastOffset(): number {
    return this.count === 0 ? this.baseOffset : this.offsetAt(this.count - 1);
  }

  get lastPosition(): number {
    return this.count === 0 ? 0 : this.positionAt(this.count - 1);
  }

  offsetAt(slot: number): number {
    return this.baseOffset + this.file.int32(slot, 0);
  }

  positionAt(slot: number): number {
    return this.file.int32(slot, 4);
  }

  canHold(offset: Int64): boolean {
    return offset >= this.baseOffset && offset <= this.baseOffset + MAX_RELATIVE_OFFSET;
  }

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

  lookup(target: number): OffsetPosition {
    let slot = -1;
    for (let stride = 2 ** 31; stride >= 1; stride /= 2) {
      const ahead = slot + stride;
      if (ahead < this.count && this.offsetAt(ahead) <= target) slot = ahead;
    }
    if (slot < 0) return { offset: this.baseOffset, position: 0 };
    return { offset: this.offsetAt(slot), position: this.positionAt(slot) };
  }

  truncateTo(offset: number): void {
    for (let slot = 0; slot < this.count; slot++) {
      if (this.offsetAt(slot) < offset) continue;
      this.file.truncate(slot);
      return;
    }
  }
}
