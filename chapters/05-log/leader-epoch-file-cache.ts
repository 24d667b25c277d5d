import { NotImplementedError } from "#ground/errors";
import { type Disk } from "#ground/runtime";
import { readEpochCheckpoint, writeEpochCheckpoint, type EpochEntry } from "#log/given/assembly/checkpoint-file";

/** The epoch that stands for "none". */
export const UNDEFINED_EPOCH = -1;
/** The offset that stands for "unknown". */
export const UNDEFINED_EPOCH_OFFSET = -1;

/** A leader epoch and the offset at which it ends (exclusive): where the next one begins, or the log's end. */
export interface EpochEndOffset {
  readonly epoch: number;
  readonly endOffset: number;
}

/**
 * Where each leader's reign began, in offsets. Each time a partition gets a new leader its epoch grows by one, and
 * every batch carries the epoch in which it was written. Two replicas compare these lists to find out where their logs
 * parted, instead of guessing from the high watermark.
 *
 * Epochs and start offsets both grow from entry to entry. The list is in memory; the partition's
 * `leader-epoch-checkpoint` follows with each {@link flush}. What a crash takes of it is found again in the batches.
 *
 * Source: Kafka's `LeaderEpochFileCache`, KIP-101, KIP-279.
 */
export class LeaderEpochFileCache {
  readonly #disk: Disk;
  readonly #path: string;
  #entries: readonly EpochEntry[];
  /** What is in the file. */
  #written: readonly EpochEntry[];
  #writing: Promise<void> | null = null;

  /** Reads the checkpoint at `path`. @throws KafkaError KAFKA_STORAGE_ERROR when it is malformed */
  constructor(disk: Disk, path: string) {
    this.#disk = disk;
    this.#path = path;
    this.#entries = this.#written = readEpochCheckpoint(disk, path);
  }

  /** All entries, oldest first. */
  get entries(): readonly EpochEntry[] {
    return this.#entries;
  }

  /** The epoch of the last entry, or null if there is none. */
  get latestEpoch(): number | null {
    return this.#entries.at(-1)?.epoch ?? null;
  }

  /**
   * Notes that `epoch` begins at `startOffset`.
   *
   * Afterwards it is the last entry, and of the others those have gone that it contradicts: with the same or a later
   * epoch, or with the same or a later start. (Such a one belongs to a leader that never wrote a record.) But when that
   * epoch is the latest already, with the same or an earlier start, nothing changes, and no new list is made: this is
   * called for every batch.
   *
   * `this.replaceEntries(entries)` puts a new list in place.
   *
   * @throws KafkaError UNKNOWN_SERVER_ERROR for a negative epoch or offset
   * @exercise 5.4 LeaderEpochFileCache.assign
   */
  assign(epoch: number, startOffset: number): void {
    throw new NotImplementedError("5.4 LeaderEpochFileCache.assign");
  }

  /**
   * Says where `requestedEpoch` ends in this log. A follower asks its leader this, to find out where to cut its own
   * log.
   *
   * - No epoch ({@link UNDEFINED_EPOCH}), or one later than all known: {@link UNDEFINED_EPOCH} and
   *   {@link UNDEFINED_EPOCH_OFFSET}.
   * - The latest epoch: it ends with the log, at `logEndOffset`.
   * - One before all known: itself; it ends where the first known one begins.
   * - Else the largest known epoch not above `requestedEpoch`, which ends where the next known one begins. (Epochs in
   *   which nothing was written aren't in the list.)
   *
   * @exercise 5.4 LeaderEpochFileCache.endOffsetFor
   */
  endOffsetFor(requestedEpoch: number, logEndOffset: number): EpochEndOffset {
    throw new NotImplementedError("5.4 LeaderEpochFileCache.endOffsetFor");
  }

  /**
   * The log now ends at `endOffset`: epochs that begin there or later have no records any more, and go. In memory, as
   * all of this: it works on a full disk, too.
   * @exercise 5.4 LeaderEpochFileCache.truncateFromEnd
   */
  truncateFromEnd(endOffset: number): void {
    throw new NotImplementedError("5.4 LeaderEpochFileCache.truncateFromEnd");
  }

  /**
   * The log now starts at `startOffset`: epochs that end there or earlier go. The one of the record at `startOffset`
   * stays, and from now on begins there. Every record that is left has the epoch that it had.
   * @exercise 5.4 LeaderEpochFileCache.truncateFromStart
   */
  truncateFromStart(startOffset: number): void {
    throw new NotImplementedError("5.4 LeaderEpochFileCache.truncateFromStart");
  }

  /** The epoch in which the record at `offset` was written, or null if that is before all known ones. */
  epochForOffset(offset: number): number | null {
    return this.#entries.findLast((entry) => entry.startOffset <= offset)?.epoch ?? null;
  }

  /** Removes all entries. */
  clear(): void {
    this.replaceEntries([]);
  }

  /** Puts a new list in place, in memory: an append doesn't wait for the device. */
  replaceEntries(entries: readonly EpochEntry[]): void {
    this.#entries = entries;
  }

  /** Brings the list to the file, if it has changed. Only then the recovery point may move. @throws DiskError */
  async flush(): Promise<void> {
    while (this.#written !== this.#entries) {
      this.#writing ??= this.#write().finally(() => (this.#writing = null));
      await this.#writing;
    }
  }

  async #write(): Promise<void> {
    const entries = this.#entries;
    await writeEpochCheckpoint(this.#disk, this.#path, entries);
    this.#written = entries;
  }
}
