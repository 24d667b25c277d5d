import { readInt32, readInt64, type Int64 } from "#ground/int64";
import { type Disk, type DiskFile } from "#ground/runtime";

/**
 * The entries of one index: all of the same size, in order, nothing around them. This is where the bytes live;
 * what they mean and how to search them is the business of `OffsetIndex` and `TimeIndex`.
 *
 * The *active* segment's entries are in memory (some 5 MB for each GiB of log) and reach the file when the segment
 * is sealed, flushed or closed. Nothing is lost by that: recovery after a crash starts no later than in the active
 * segment, and rebuilds what it covers. A *sealed* index is searched where it lies, one small read a probe.
 *
 * Source: Kafka's `AbstractIndex`, which maps the file into memory instead.
 */
export class IndexFile {
  readonly path: string;
  /** The most entries that it may have. */
  readonly maxEntries: number;
  /** False when the file ended with part of an entry as it was opened. */
  readonly isWhole: boolean;
  readonly #disk: Disk;
  readonly #entrySize: number;
  readonly #probe: Uint8Array;
  /** Opened when it is first needed: most sealed segments are never searched. */
  #file: DiskFile | null = null;
  /** All entries while the segment is active, else null. */
  #bytes: Uint8Array | null = null;
  #count: number;
  #countInFile: number;

  /** Opens the index at `path`; what isn't there yet is empty. @param maxBytes `segment.index.bytes` */
  constructor(disk: Disk, path: string, entrySize: number, maxBytes: number) {
    this.path = path;
    this.maxEntries = Math.floor(maxBytes / entrySize);
    this.#disk = disk;
    this.#entrySize = entrySize;
    this.#probe = new Uint8Array(entrySize);
    const size = disk.exists(path) ? disk.size(path) : 0;
    this.isWhole = size % entrySize === 0;
    this.#count = Math.floor(size / entrySize);
    this.#countInFile = this.#count;
  }

  /** Entries in the index. */
  get count(): number {
    return this.#count;
  }

  /** The bytes of all entries, in memory. Only while the segment is active. */
  get bytes(): Uint8Array {
    if (this.#bytes === null) this.activate();
    return this.#bytes!;
  }

  /** Makes room for one more entry and returns the position in {@link bytes} at which it is to be written. */
  grow(): number {
    const at = this.#count * this.#entrySize;
    if (this.bytes.length < at + this.#entrySize) {
      const larger = new Uint8Array(Math.max(2 * at, 32 * this.#entrySize));
      larger.set(this.bytes.subarray(0, at));
      this.#bytes = larger;
    }
    this.#count += 1;
    return at;
  }

  /** The 32-bit integer at byte `within` of entry `slot`. */
  int32(slot: number, within: number): number {
    if (this.#bytes !== null) return readInt32(this.#bytes, slot * this.#entrySize + within);
    return readInt32(this.#entryFromFile(slot), within);
  }

  /** The 64-bit integer at byte `within` of entry `slot`. */
  int64(slot: number, within: number): Int64 {
    if (this.#bytes !== null) return readInt64(this.#bytes, slot * this.#entrySize + within);
    return readInt64(this.#entryFromFile(slot), within);
  }

  /** Keeps the first `count` entries. */
  truncate(count: number): void {
    if (count < this.#countInFile) {
      this.#open().truncate(count * this.#entrySize);
      this.#countInFile = count;
    }
    this.#count = Math.min(this.#count, count);
  }

  /** Brings the entries into memory, so that more can be added. Creates the file if there is none. */
  activate(): void {
    if (this.#bytes !== null) return;
    const file = this.#open();
    // A power loss can leave part of an entry at the end of the file.
    if (file.size !== this.#count * this.#entrySize) file.truncate(this.#count * this.#entrySize);
    const bytes = new Uint8Array(file.size);
    file.read(bytes, 0);
    this.#bytes = bytes;
  }

  /** Writes what the file lacks and forgets the copy in memory: the segment takes no more records. */
  seal(): void {
    this.#writeOut();
    this.#bytes = null;
  }

  /** Writes what the file lacks and forces it to the device. */
  async flush(): Promise<void> {
    this.#writeOut();
    await this.#file?.flush();
  }

  /** Closes the file. What it lacks is lost. */
  close(): void {
    this.#bytes = null;
    this.#file?.close();
    this.#file = null;
  }

  #writeOut(): void {
    if (this.#bytes === null || this.#countInFile === this.#count) return;
    const from = this.#countInFile * this.#entrySize;
    this.#open().append([this.#bytes.subarray(from, this.#count * this.#entrySize)]);
    this.#countInFile = this.#count;
  }

  #entryFromFile(slot: number): Uint8Array {
    this.#open().read(this.#probe, slot * this.#entrySize);
    return this.#probe;
  }

  #open(): DiskFile {
    this.#file ??= this.#disk.open(this.path, { create: true });
    return this.#file;
  }
}
