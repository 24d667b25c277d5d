import { KafkaError } from "#ground/errors";
import { readInt16, readInt64, safeOffset, writeInt16, writeInt64, type Int64 } from "#ground/int64";
import { type Disk, type DiskFile } from "#ground/runtime";

const ENTRY_SIZE = 34;
const VERSION = 0;

/** A transaction that was aborted: its records are in the log, but no consumer with read_committed may see them. */
export interface AbortedTransaction {
  readonly producerId: Int64;
  /** Offset of its first record. */
  readonly firstOffset: number;
  /** Offset of the ABORT marker that ended it. */
  readonly lastOffset: number;
  /** The last stable offset once it had ended: all aborted transactions below are in this entry or an earlier one. */
  readonly lastStableOffset: number;
}

/**
 * The `.txnindex` of a segment: the transactions whose ABORT marker lies in the segment, in the order of the markers.
 * Most segments have none, so the file is made with the first entry.
 *
 * An entry is 34 bytes: int16 version (0), int64 producer id, int64 first, last and last stable offset.
 *
 * Source: Kafka's `TransactionIndex` and `AbortedTxn`, KIP-98.
 */
export class TransactionIndex {
  readonly path: string;
  readonly #disk: Disk;
  #file: DiskFile | null = null;
  /** All entries, read when they are first needed. */
  #entries: AbortedTransaction[] | null = null;

  constructor(disk: Disk, path: string) {
    this.path = path;
    this.#disk = disk;
  }

  /**
   * All entries, in order.
   * @throws KafkaError KAFKA_STORAGE_ERROR when the file is damaged: the segment must be recovered
   */
  get entries(): readonly AbortedTransaction[] {
    this.#entries ??= this.#disk.exists(this.path) ? parseEntries(this.#disk.readFile(this.path), this.path) : [];
    return this.#entries;
  }

  /** Adds a transaction. Written at once: aborts are rare, and a reader must not miss one. */
  append(transaction: AbortedTransaction): void {
    const entries = this.entries as AbortedTransaction[];
    const last = entries.at(-1);
    if (last !== undefined && transaction.lastOffset <= last.lastOffset) {
      throw new KafkaError(
        "UNKNOWN_SERVER_ERROR",
        `expected a marker after offset ${last.lastOffset} to add to ${this.path}, got ${transaction.lastOffset}`,
      );
    }
    this.#open().append([encodeEntry(transaction)]);
    entries.push(transaction);
  }

  /** Forgets every transaction whose marker is at `offset` or above it. */
  truncateTo(offset: number): void {
    const entries = this.entries as AbortedTransaction[];
    while (entries.length > 0 && entries.at(-1)!.lastOffset >= offset) entries.pop();
    if (this.#disk.exists(this.path)) this.#open().truncate(entries.length * ENTRY_SIZE);
  }

  /** Forgets all, also what is damaged. Recovery starts with this. */
  reset(): void {
    this.#entries = [];
    if (this.#disk.exists(this.path)) this.#open().truncate(0);
  }

  /** Forces the entries to the device. */
  async flush(): Promise<void> {
    await this.#file?.flush();
  }

  close(): void {
    this.#file?.close();
    this.#file = null;
  }

  #open(): DiskFile {
    this.#file ??= this.#disk.open(this.path, { create: true });
    return this.#file;
  }
}

/**
 * The aborted transactions that overlap [`from`, `to`), in the order of their markers.
 * @param segments from the one that holds `from` on: a marker may lie in a later one than the records
 */
export function collectAborted(
  segments: Iterable<{ readonly transactionIndex: TransactionIndex }>,
  from: number,
  to: number,
): AbortedTransaction[] {
  const found: AbortedTransaction[] = [];
  for (const { transactionIndex } of segments) {
    for (const aborted of transactionIndex.entries) {
      if (aborted.lastOffset >= from && aborted.firstOffset < to) found.push(aborted);
      if (aborted.lastStableOffset >= to) return found;
    }
  }
  return found;
}

function encodeEntry(transaction: AbortedTransaction): Uint8Array {
  const bytes = new Uint8Array(ENTRY_SIZE);
  writeInt16(bytes, 0, VERSION);
  writeInt64(bytes, 2, transaction.producerId);
  writeInt64(bytes, 10, transaction.firstOffset);
  writeInt64(bytes, 18, transaction.lastOffset);
  writeInt64(bytes, 26, transaction.lastStableOffset);
  return bytes;
}

function parseEntries(bytes: Uint8Array, path: string): AbortedTransaction[] {
  if (bytes.length % ENTRY_SIZE !== 0) {
    throw new KafkaError(
      "KAFKA_STORAGE_ERROR",
      `expected entries of ${ENTRY_SIZE} bytes in ${path}, got ${bytes.length} bytes`,
    );
  }
  const entries: AbortedTransaction[] = [];
  for (let at = 0; at < bytes.length; at += ENTRY_SIZE) {
    const version = readInt16(bytes, at);
    if (version !== VERSION) {
      throw new KafkaError(
        "KAFKA_STORAGE_ERROR",
        `expected version ${VERSION} at byte ${at} of ${path}, got ${version}`,
      );
    }
    entries.push({
      producerId: readInt64(bytes, at + 2),
      firstOffset: safeOffset(readInt64(bytes, at + 10), "first offset"),
      lastOffset: safeOffset(readInt64(bytes, at + 18), "last offset"),
      lastStableOffset: safeOffset(readInt64(bytes, at + 26), "last stable offset"),
    });
  }
  return entries;
}
