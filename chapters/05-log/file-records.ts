import { NotImplementedError } from "#ground/errors";
import { type Disk, type DiskFile, type Memory } from "#ground/runtime";
import { RECORD_BATCH_OVERHEAD, RecordBatch } from "#serialization";

/** Where a batch's length stands in it. It counts the bytes after itself: a batch has {@link LOG_OVERHEAD} more. */
const LENGTH_AT = 8;
const LOG_OVERHEAD = 12;
const LAST_OFFSET_DELTA_AT = 23;

/** What one read gets at least, where headers are wanted, and where batches are. */
const HEADER_CHUNK = 4096;
const BATCH_CHUNK = 1 << 20;

/** A batch and where it lies. */
export interface BatchInFile {
  /** Of the batch's first byte in the file. */
  readonly position: number;
  /** A view of the batch; in a scan of headers only its header (the first 61 bytes) may be read. */
  readonly batch: RecordBatch;
}

/**
 * The `.log` file of a segment: record batches, one after the other, nothing between them. It knows positions;
 * offsets are the business of `LogSegment`.
 *
 * Source: Kafka's `FileRecords` and `FileLogInputStream`.
 */
export class FileRecords {
  readonly path: string;
  readonly #file: DiskFile;
  readonly #memory: Memory;
  /**
   * How often the file was cut, even where nothing had to go: who has read it in several turns sees whether it is still
   * what it was. Behind a cut, offsets may be written that the file hadn't before.
   */
  cuts = 0;

  /** Opens the file, and makes it if there is none; or opens one that is only read. */
  constructor(disk: Disk, memory: Memory, path: string, { readOnly = false }: { readOnly?: boolean } = {}) {
    this.path = path;
    this.#memory = memory;
    this.#file = disk.open(path, { create: !readOnly, readOnly });
  }

  /** Bytes in the file. */
  get size(): number {
    return this.#file.size;
  }

  /** Adds bytes at the end: all of them, or on an error none. @throws DiskError */
  append(bytes: Uint8Array): void {
    this.#file.append([bytes]);
  }

  /**
   * Reads up to `length` bytes from `position` on, fewer only at the end of the file. The array is the caller's: who is
   * the last to use it may give it back to the runtime's memory.
   */
  read(position: number, length: number): Uint8Array {
    const wanted = Math.max(0, Math.min(length, this.size - position));
    const into = this.#memory.take(wanted).subarray(0, wanted);
    return wanted === 0 ? into : into.subarray(0, this.#file.read(into, position));
  }

  /** The headers of the batches from `position` on; their records aren't read. See {@link scan}. */
  headers(position: number): Iterable<BatchInFile> {
    return this.scan(position, HEADER_CHUNK, false);
  }

  /** The batches from `position` on, whole, in memory. See {@link scan}. */
  batches(position: number): Iterable<BatchInFile> {
    return this.scan(position, BATCH_CHUNK, true);
  }

  /** Cuts the file to `size` bytes. */
  truncate(size: number): void {
    this.cuts += 1;
    if (size < this.size) this.#file.truncate(size);
  }

  /** Forces the bytes to the device. */
  flush(): Promise<void> {
    return this.#file.flush();
  }

  close(): void {
    this.#file.close();
  }

  /**
   * Goes from batch to batch, from `from` (the start of one) on, to the end of the file.
   *
   * - Small batches share a read ({@link read}) of `chunkSize` bytes.
   * - With `whole` each batch is there whole, however large it is. The walk ends before a batch or a header that is cut
   *   off by the end of the file: after a crash, one may be.
   * - Without it only the headers are wanted, and as little as possible of what lies between them is read: of a segment
   *   with large batches a small part. All batches should be whole; where one isn't, or a header, the file is damaged.
   *
   * What was given stays as it is when the next one is asked for. A batch that is appended meanwhile is found, too.
   *
   * @throws KafkaError CORRUPT_MESSAGE at a length that no batch can have (a batch of no records has
   * {@link RECORD_BATCH_OVERHEAD} bytes), and without `whole` where the file ends within a batch
   * @exercise 5.3 FileRecords.scan
   */
  *scan(from: number, chunkSize: number, whole: boolean): Generator<BatchInFile> {
    throw new NotImplementedError("5.3 FileRecords.scan");
  }
}

/** A run of whole batches at the start of some bytes. */
export interface BatchRun {
  /** Bytes that the batches take. */
  readonly size: number;
  /** The offset after their last record, or null if there is no batch. */
  readonly nextOffset: number | null;
}

/**
 * Measures the whole batches at the start of `bytes` that lie entirely below `maxOffset` (exclusive). What a read cut
 * off at the end is left out. It never throws: it ends before a length that no batch can have, and whoever reads on
 * from there gets the error.
 *
 * This is on the way of every fetch: it makes no object a batch. `readInt32` and `readInt64` read a header's fields.
 *
 * @exercise 5.3 batchesBelow
 */
export function batchesBelow(bytes: Uint8Array, maxOffset: number): BatchRun {
  throw new NotImplementedError("5.3 batchesBelow");
}
