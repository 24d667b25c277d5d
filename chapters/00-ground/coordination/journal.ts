/**
 * A write-ahead journal with snapshots: whatever is flushed here is there after a crash or a power loss.
 *
 * A folder holds `snapshot`, the whole state after some transaction, and `journal-N`, the transactions from number N
 * on, which follow it. Both are made of entries (`journal-entries.ts`); the snapshot is a single one.
 *
 * A crash can leave an incomplete last entry, or a power loss a hole in those that were not flushed: nobody was told of
 * them. They are cut off, but kept in a file of their own, as nothing here is so sure of itself that it destroys data.
 * An entry that *had* been flushed and can't be read is damage: to go on without it would be to forget topics.
 *
 * A new snapshot goes with a new, empty journal, made *before* it: at every moment there is one snapshot (or none yet)
 * together with the journal that follows it.
 *
 * Source: ZooKeeper's `FileTxnLog` and `FileTxnSnapLog`.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { DiskError } from "#ground/errors";
import { type Disk, type DiskFile } from "#ground/runtime";
import { decodeEntries, encodeEntry, findWitness } from "./journal-entries.ts";

/** What was on disk. */
export interface Recovered {
  readonly journal: Journal;
  /** The payload of the newest snapshot; null before the first. */
  readonly snapshot: Uint8Array | null;
  /** The payloads of the entries after it, oldest first. */
  readonly entries: readonly Uint8Array[];
  /** Bytes of an incomplete or damaged tail that was never flushed, now cut off. */
  readonly cutBytes: number;
  /** The file in which they are kept; null when there were none, or only zeros. */
  readonly keptAs: string | null;
}

/** The open journal of a folder. One writer only: the caller holds the folder's lock. */
export class Journal {
  readonly #disk: Disk;
  readonly #folder: string;
  #file: DiskFile;
  /** So much of the file is flushed for certain. */
  #flushedBytes = 0;

  private constructor(disk: Disk, folder: string, file: DiskFile) {
    this.#disk = disk;
    this.#folder = folder;
    this.#file = file;
  }

  /**
   * Opens the journal in a folder, which is made if it is missing.
   *
   * @param firstAfter - the number of the first transaction after a snapshot, from its payload.
   * @throws DiskError also when something is damaged that had been flushed, or when the snapshot is there without its
   * journal or the reverse. Then nothing was changed.
   */
  static open(disk: Disk, folder: string, firstAfter: (snapshot: Uint8Array) => number): Recovered {
    disk.makeFolder(folder);
    const snapshotPath = `${folder}/snapshot`;
    const snapshot = disk.exists(snapshotPath) ? readSnapshot(disk, snapshotPath) : null;
    const first = snapshot === null ? 1 : firstAfter(snapshot);
    const path = journalPath(folder, first);
    if (!disk.exists(path)) startJournal(disk, folder, path, snapshot !== null);
    const bytes = disk.readFile(path);
    const { payloads, validBytes } = decodeEntries(bytes);
    refuseDamage(bytes, validBytes, path);
    removeOtherJournals(disk, folder, first);
    const cutBytes = bytes.length - validBytes;
    const keptAs = keepTail(disk, path, bytes, validBytes);
    const file = disk.open(path);
    if (cutBytes > 0) file.truncate(validBytes);
    return { journal: new Journal(disk, folder, file), snapshot, entries: payloads, cutBytes, keptAs };
  }

  /** Bytes written since the last snapshot. */
  get size(): number {
    return this.#file.size;
  }

  /** Writes an entry; it is sure only after {@link flush}. @throws DiskError; then nothing was written. */
  append(payload: Uint8Array): void {
    this.#file.append(encodeEntry(payload, this.#flushedBytes === this.#file.size));
  }

  /** Makes sure of all entries that were appended before. @throws DiskError; then nothing is known of them. */
  async flush(): Promise<void> {
    const file = this.#file;
    const { size } = file;
    await file.flush();
    if (file === this.#file) this.#flushedBytes = size;
  }

  /**
   * Replaces the snapshot; all entries so far are in it. Afterwards they are all sure.
   *
   * @param next - the number of the first transaction after the snapshot.
   * @throws DiskError; with one that may pass the old snapshot and journal go on being valid.
   */
  startOver(snapshot: Uint8Array, next: number): void {
    const path = journalPath(this.#folder, next);
    this.#disk.writeFileAtomically(path, new Uint8Array(0));
    const file = this.#disk.open(path);
    try {
      this.#disk.writeFileAtomically(`${this.#folder}/snapshot`, Buffer.concat(encodeEntry(snapshot)));
    } catch (error) {
      file.close();
      throw error;
    }
    const old = this.#file;
    this.#file = file;
    this.#flushedBytes = 0;
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

/**
 * A crash around {@link Journal.startOver} leaves a journal that is not in use yet, and is empty, or one that is not in
 * use any more, and is in the snapshot. @throws DiskError for one that is neither
 */
function removeOtherJournals(disk: Disk, folder: string, first: number): void {
  const journals = disk.list(folder).filter((name) => /^journal-\d+(\.tmp)?$/.test(name));
  const others = journals.filter((name) => name !== `journal-${first}`);
  for (const name of others) {
    const path = `${folder}/${name}`;
    if (Number(name.slice("journal-".length)) > first && disk.size(path) > 0) {
      const problem = `${path}: expected transactions from ${first} on, but these are later`;
      throw new DiskError("missing", path, `${problem}: the snapshot before them is missing. ${wayOut(folder)}`);
    }
  }
  for (const name of others) disk.remove(`${folder}/${name}`);
}

function readSnapshot(disk: Disk, path: string): Uint8Array {
  const { payloads, validBytes } = decodeEntries(disk.readFile(path));
  if (payloads.length === 1 && validBytes === disk.size(path)) return payloads[0]!;
  const problem = `${path}: expected a snapshot with a matching checksum; the file is damaged`;
  throw new DiskError("io", path, `${problem}. ${wayOut(folderOf(path))}`);
}

/** @throws DiskError when entries that had been flushed lie behind the one that can't be read, at `at` */
function refuseDamage(bytes: Uint8Array, at: number, path: string): void {
  const witness = at < bytes.length ? findWitness(bytes, at) : null;
  if (witness === null) return;
  const problem = `${path}: expected an entry with a matching checksum at byte ${at}, but it is damaged`;
  const proof = `it was whole when the entry at byte ${witness} was written behind it`;
  const cut = `Or copy the journal and cut it there (truncate -s ${at} ${path})`;
  const forgotten = `${cut}: what was agreed on later, topics too, is forgotten then.`;
  throw new DiskError("io", path, `${problem}: ${proof}. ${wayOut(folderOf(path))} ${forgotten}`);
}

function wayOut(folder: string): string {
  return `Put back a copy of ${folder} that was made while nothing ran on it.`;
}

/** Keeps what is about to be cut off. @returns the file, or null when there is nothing to keep */
function keepTail(disk: Disk, path: string, bytes: Uint8Array, validBytes: number): string | null {
  const tail = bytes.subarray(validBytes);
  if (tail.every((byte) => byte === 0)) return null;
  const name = `${folderOf(path)}/cut-${path.slice(path.lastIndexOf("/") + 1)}-at-${validBytes}`;
  let kept = name;
  for (let number = 2; disk.exists(kept); number += 1) kept = `${name}-${number}`;
  disk.writeFileAtomically(kept, tail);
  return kept;
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
