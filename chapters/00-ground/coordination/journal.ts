/**
 * A write-ahead journal with snapshots: whatever is flushed here is there after a crash or a power loss.
 *
 * A folder holds `snapshot`, the whole state after some transaction, and `journal-N`, the transactions from number N
 * on, which follow it. An entry of the journal, and the snapshot likewise, is
 *
 *     int32 length of the payload | uint32 CRC-32 of the payload | payload
 *
 * A crash can leave an incomplete or damaged last entry: it was never flushed, so nobody was told of it, and it is
 * cut off. A new snapshot goes with a new, empty journal, made *before* it: at every moment there is one snapshot
 * (or none yet) together with the journal that follows it.
 *
 * Source: ZooKeeper's `FileTxnLog` and `FileTxnSnapLog`.
 *
 * @module
 */
import { Buffer } from "node:buffer";
// allowed: it does not wait. The CRC-32 of zip; Kafka's batches have another one, CRC-32C, which chapter 01 builds.
import { crc32 } from "node:zlib";
import { DiskError } from "#ground/errors";
import { type Disk, type DiskFile } from "#ground/runtime";

const HEADER_BYTES = 8;

/** What was on disk. */
export interface Recovered {
  readonly journal: Journal;
  /** The payload of the newest snapshot; null before the first. */
  readonly snapshot: Uint8Array | null;
  /** The payloads of the entries after it, oldest first. */
  readonly entries: readonly Uint8Array[];
  /** Bytes of an incomplete or damaged tail, now cut off. */
  readonly cutBytes: number;
}

/** The open journal of a folder. One writer only: the caller holds the folder's lock. */
export class Journal {
  readonly #disk: Disk;
  readonly #folder: string;
  #file: DiskFile;

  private constructor(disk: Disk, folder: string, file: DiskFile) {
    this.#disk = disk;
    this.#folder = folder;
    this.#file = file;
  }

  /**
   * Opens the journal in a folder, which is made if it is missing.
   *
   * @param firstAfter - the number of the first transaction after a snapshot, from its payload.
   * @throws DiskError also when the snapshot is damaged, or when it is there without its journal or the reverse.
   */
  static open(disk: Disk, folder: string, firstAfter: (snapshot: Uint8Array) => number): Recovered {
    disk.makeFolder(folder);
    const snapshotPath = `${folder}/snapshot`;
    const snapshot = disk.exists(snapshotPath) ? readSnapshot(disk, snapshotPath) : null;
    const path = journalPath(folder, snapshot === null ? 1 : firstAfter(snapshot));
    if (!disk.exists(path)) startJournal(disk, folder, path, snapshot !== null);
    removeOtherJournals(disk, folder, path);
    const { entries, validBytes } = readEntries(disk.readFile(path));
    const file = disk.open(path);
    const cutBytes = file.size - validBytes;
    if (cutBytes > 0) file.truncate(validBytes);
    return { journal: new Journal(disk, folder, file), snapshot, entries, cutBytes };
  }

  /** Bytes written since the last snapshot. */
  get size(): number {
    return this.#file.size;
  }

  /** Writes an entry; it is sure only after {@link flush}. @throws DiskError; then nothing was written. */
  append(payload: Uint8Array): void {
    this.#file.append([header(payload), payload]);
  }

  /** Makes sure of all entries that were appended before. @throws DiskError; then nothing is known of them. */
  async flush(): Promise<void> {
    await this.#file.flush();
  }

  /**
   * Replaces the snapshot; all entries so far are in it. Afterwards they are all sure.
   *
   * @param next - the number of the first transaction after the snapshot.
   * @throws DiskError; with reason `full` the old snapshot and journal go on being valid.
   */
  startOver(snapshot: Uint8Array, next: number): void {
    const path = journalPath(this.#folder, next);
    this.#disk.writeFileAtomically(path, new Uint8Array(0));
    const file = this.#disk.open(path);
    try {
      this.#disk.writeFileAtomically(`${this.#folder}/snapshot`, Buffer.concat([header(snapshot), snapshot]));
    } catch (error) {
      file.close();
      throw error;
    }
    const old = this.#file;
    this.#file = file;
    old.close();
    this.#disk.remove(old.path);
  }

  /** Closes the file. Flushes nothing. */
  close(): void {
    this.#file.close();
  }
}

function journalPath(folder: string, first: number): string {
  return `${folder}/journal-${first}`;
}

/** Makes the very first journal. Any other one that is missing was lost, and transactions with it. */
function startJournal(disk: Disk, folder: string, path: string, hasSnapshot: boolean): void {
  if (hasSnapshot || disk.list(folder).some((name) => /^journal-\d+$/.test(name))) {
    throw new DiskError("missing", path, `${path}: expected the journal that follows the snapshot, but it is missing`);
  }
  disk.writeFileAtomically(path, new Uint8Array(0));
}

/** A crash around {@link Journal.startOver} leaves a journal that is not in use yet, or not any more. */
function removeOtherJournals(disk: Disk, folder: string, path: string): void {
  const journals = disk.list(folder).filter((name) => name.startsWith("journal-"));
  for (const other of journals.map((name) => `${folder}/${name}`)) if (other !== path) disk.remove(other);
}

function readSnapshot(disk: Disk, path: string): Uint8Array {
  const { entries, validBytes } = readEntries(disk.readFile(path));
  if (entries.length === 1 && validBytes === disk.size(path)) return entries[0]!;
  throw new DiskError("io", path, `${path}: expected a snapshot with a matching checksum; the file is damaged`);
}

function header(payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, payload.length);
  view.setUint32(4, crc32(payload));
  return bytes;
}

/** The whole entries at the start of `bytes`, up to the first that is incomplete or damaged. */
function readEntries(bytes: Uint8Array): { entries: Uint8Array[]; validBytes: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: Uint8Array[] = [];
  let at = 0;
  while (at + HEADER_BYTES <= bytes.length) {
    const length = view.getInt32(at);
    const end = at + HEADER_BYTES + length;
    // No entry is empty: eight zero bytes, as a torn write leaves them, would otherwise pass for one.
    if (length < 1 || end > bytes.length) break;
    const payload = bytes.subarray(at + HEADER_BYTES, end);
    if (crc32(payload) !== view.getUint32(at + 4)) break;
    entries.push(payload);
    at = end;
  }
  return { entries, validBytes: at };
}
