import { isDamage } from "#ground/errors";
import { safeOffset, type Int64 } from "#ground/int64";
import { type Disk, type Logger } from "#ground/runtime";
import { type RecordBatch } from "#serialization";
import { fileName, offsetOfFile, SNAPSHOT_SUFFIX } from "./log-files.ts";
import { ProducerAppendInfo, type AppendOrigin, type CompletedTransaction } from "./producer-append-info.ts";
import { decodeSnapshot, encodeSnapshot } from "./assembly/producer-snapshot.ts";
import { ProducerStateEntry } from "#log/producer-state-entry";
import { type AbortedTransaction } from "./assembly/transaction-index.ts";

/** A transaction of which records are in the log. */
interface TransactionMetadata {
  readonly producerId: Int64;
  readonly firstOffset: number;
  /** Offset of its marker; null while it is open. */
  readonly lastOffset: number | null;
}

/** What an append changes in the producers' state. */
export interface ProducerChanges {
  readonly appends: readonly ProducerAppendInfo[];
  /** Transactions that end with it, in the order of their markers. */
  readonly completed: readonly CompletedTransaction[];
  /** Those of them that are aborted, as the transaction index takes them. */
  readonly aborted: readonly AbortedTransaction[];
  /** The offset after the append. */
  readonly endOffset: number;
}

/**
 * What a partition knows of its producers: enough to drop repeated batches, to fence old epochs, and to tell which
 * transactions are open. All of it comes from the log's batches, so it can be lost and found again; snapshots
 * (`<offset>.snapshot`) only make the finding short: the latest one, and the batches from its offset on.
 *
 * Source: Kafka's `ProducerStateManager`, KIP-98, KIP-360.
 */
export class ProducerStateManager {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #log: Logger;
  readonly #expirationMs: number;
  readonly #producers = new Map<Int64, ProducerStateEntry>();
  /** Transactions without a marker yet, by first offset. */
  readonly #ongoing = new Map<number, TransactionMetadata>();
  /** Transactions whose marker has not been below the high watermark yet, by first offset. */
  readonly #unreplicated = new Map<number, TransactionMetadata>();
  /** Offsets of the snapshot files, ascending. */
  #snapshots: number[];
  #mapEndOffset = 0;
  #lastSnapshotOffset = 0;

  /** @param expirationMs `producer.id.expiration.ms` */
  constructor(disk: Disk, folder: string, log: Logger, expirationMs: number) {
    this.#disk = disk;
    this.#folder = folder;
    this.#log = log;
    this.#expirationMs = expirationMs;
    this.#snapshots = this.#listSnapshots();
  }

  /** The offset up to which (exclusive) batches have been taken in. */
  get mapEndOffset(): number {
    return this.#mapEndOffset;
  }

  set mapEndOffset(offset: number) {
    this.#mapEndOffset = offset;
  }

  /** All known producers. */
  get producers(): ReadonlyMap<Int64, ProducerStateEntry> {
    return this.#producers;
  }

  /** True when no producer is known, and no transaction waits for its marker to be replicated. */
  get isEmpty(): boolean {
    return this.#producers.size === 0 && this.#unreplicated.size === 0;
  }

  /** Offsets of the snapshot files, ascending. */
  get snapshotOffsets(): readonly number[] {
    return this.#snapshots;
  }

  /**
   * The first offset that a consumer with read_committed may not read yet: that of the oldest transaction that is
   * open, or whose end isn't replicated. Null if there is none.
   */
  get firstUnstableOffset(): number | null {
    const first = Math.min(...this.#ongoing.keys(), ...this.#unreplicated.keys());
    return Number.isFinite(first) ? first : null;
  }

  lastEntry(producerId: Int64): ProducerStateEntry | undefined {
    return this.#producers.get(producerId);
  }

  /** Whether the producer has a transaction open in this partition. */
  hasOngoingTransaction(producerId: Int64): boolean {
    return this.#producers.get(producerId)?.currentTransactionFirstOffset != null;
  }

  /**
   * Checks batches that are to be appended, and works out what they change. Nothing changes before {@link commit}.
   * @param batches with their final offsets
   * @param where names the partition in errors
   * @throws KafkaError as {@link ProducerAppendInfo.append} does
   */
  prepare(batches: readonly RecordBatch[], origin: AppendOrigin, where: string): ProducerChanges {
    const appends: ProducerAppendInfo[] = [];
    const completed: CompletedTransaction[] = [];
    for (const batch of batches) {
      const { producerId } = batch;
      if (producerId < 0) continue;
      let append = appends.find(({ updated }) => updated.producerId === producerId);
      if (append === undefined) {
        const current = this.#producers.get(producerId) ?? new ProducerStateEntry(producerId);
        appends.push((append = new ProducerAppendInfo(current, origin, where)));
      }
      const ended = append.append(batch, safeOffset(batch.baseOffset, "baseOffset"));
      if (ended !== null) completed.push(ended);
    }
    const aborted = completed.length === 0 ? [] : this.#abortedAmong(completed, appends);
    return { appends, completed, aborted, endOffset: safeOffset(batches.at(-1)!.lastOffset, "lastOffset") + 1 };
  }

  /** Takes over what an append has changed, once it is in the log. */
  commit({ appends, completed, endOffset }: ProducerChanges): void {
    for (const append of appends) {
      const { updated } = append;
      this.#producers.set(updated.producerId, updated);
      for (const firstOffset of append.startedTransactions) this.#addOngoing(updated.producerId, firstOffset);
    }
    for (const { firstOffset, lastOffset, producerId } of completed) {
      this.#ongoing.delete(firstOffset);
      this.#unreplicated.set(firstOffset, { producerId, firstOffset, lastOffset });
    }
    this.#mapEndOffset = endOffset;
  }

  /** Entries for the transaction index: with each, where the oldest transaction begins that is open after its end. */
  #abortedAmong(completed: CompletedTransaction[], appends: ProducerAppendInfo[]): AbortedTransaction[] {
    const open = new Map<number, Int64>();
    for (const { firstOffset, producerId } of this.#ongoing.values()) open.set(firstOffset, producerId);
    for (const { startedTransactions, updated } of appends) {
      for (const firstOffset of startedTransactions) open.set(firstOffset, updated.producerId);
    }
    const aborted: AbortedTransaction[] = [];
    for (const { producerId, firstOffset, lastOffset, isAborted } of completed) {
      open.delete(firstOffset);
      if (!isAborted) continue;
      const others = [...open].filter(([, other]) => other !== producerId).map(([offset]) => offset);
      aborted.push({ producerId, firstOffset, lastOffset, lastStableOffset: Math.min(lastOffset + 1, ...others) });
    }
    return aborted;
  }

  /** Transactions whose marker lies below `offset` are decided for good. */
  onHighWatermarkUpdated(offset: number): void {
    for (const { firstOffset, lastOffset } of this.#unreplicated.values()) {
      if (lastOffset !== null && lastOffset < offset) this.#unreplicated.delete(firstOffset);
    }
  }

  onLogStartOffsetIncremented(logStartOffset: number): void {
    this.onHighWatermarkUpdated(logStartOffset);
    this.#mapEndOffset = Math.max(this.#mapEndOffset, logStartOffset);
    this.#lastSnapshotOffset = this.#snapshots.at(-1) ?? logStartOffset;
  }

  /** Forgets producers that have written nothing for `producer.id.expiration.ms`, unless they are in a transaction. */
  removeExpiredProducers(nowMs: number): void {
    for (const [id, entry] of this.#producers) if (this.#isExpired(entry, nowMs)) this.#producers.delete(id);
  }

  /**
   * Writes a snapshot at {@link mapEndOffset}, unless nothing was appended since the last one. It isn't forced to the
   * device: one that is damaged is skipped when it is read.
   * @returns the path of the new file, or null
   */
  takeSnapshot(): string | null {
    if (this.#mapEndOffset <= this.#lastSnapshotOffset) return null;
    const path = this.#path(this.#mapEndOffset);
    this.#disk.remove(path);
    const file = this.#disk.open(path, { create: true });
    try {
      file.append([encodeSnapshot(this.#producers.values())]);
    } finally {
      file.close();
    }
    if (this.#snapshots.at(-1) !== this.#mapEndOffset) this.#snapshots.push(this.#mapEndOffset);
    this.#lastSnapshotOffset = this.#mapEndOffset;
    return path;
  }

  /** Goes back to the state at the latest good snapshot in (`logStartOffset`, `logEndOffset`], or to none. */
  truncateAndReload(logStartOffset: number, logEndOffset: number, nowMs: number): void {
    for (const offset of this.#snapshots) {
      if (offset > logEndOffset || offset <= logStartOffset) this.removeSnapshot(offset);
    }
    if (logEndOffset === this.#mapEndOffset) {
      this.onLogStartOffsetIncremented(logStartOffset);
      return;
    }
    this.#clear();
    this.#lastSnapshotOffset = this.#loadLatestSnapshot(nowMs) ?? logStartOffset;
    this.#mapEndOffset = this.#lastSnapshotOffset;
  }

  /** Forgets everything, snapshots too: the log begins anew at `offset`. */
  truncateFullyAndStartAt(offset: number): void {
    this.#clear();
    for (const snapshot of this.#snapshots) this.removeSnapshot(snapshot);
    this.#lastSnapshotOffset = 0;
    this.#mapEndOffset = offset;
  }

  /** Removes the snapshots that begin these segments. */
  removeSnapshots(segments: readonly { readonly baseOffset: number }[]): void {
    for (const { baseOffset } of segments) this.removeSnapshot(baseOffset);
  }

  /** Removes the snapshot at `offset`, if there is one. */
  removeSnapshot(offset: number): void {
    this.#disk.remove(this.#path(offset));
    this.#snapshots = this.#snapshots.filter((other) => other !== offset);
  }

  /**
   * Removes the snapshots that begin no segment, except the largest if it lies beyond all segments: that one was
   * taken at the last shutdown.
   */
  removeStraySnapshots(baseOffsets: readonly number[]): void {
    this.#snapshots = this.#listSnapshots();
    const known = new Set(baseOffsets);
    const strays = this.#snapshots.filter((offset) => !known.has(offset));
    const latest = strays.at(-1);
    if (latest !== undefined && latest >= (baseOffsets.at(-1) ?? 0)) strays.pop();
    for (const offset of strays) this.removeSnapshot(offset);
  }

  /** Forces the snapshot at `path` to the device, if it is still there. */
  async flushSnapshot(path: string): Promise<void> {
    if (!this.#disk.exists(path)) return;
    const file = this.#disk.open(path);
    try {
      await file.flush();
    } finally {
      file.close();
    }
  }

  #loadLatestSnapshot(nowMs: number): number | null {
    while (this.#snapshots.length > 0) {
      const offset = this.#snapshots.at(-1)!;
      try {
        for (const entry of decodeSnapshot(this.#disk.readFile(this.#path(offset)), this.#path(offset))) {
          if (!this.#isExpired(entry, nowMs)) this.#addLoaded(entry);
        }
        return offset;
      } catch (error) {
        if (!isDamage(error)) throw error;
        this.#log.warn(`${error.message}: removed, the one before is used`);
        this.removeSnapshot(offset);
      }
    }
    return null;
  }

  #addLoaded(entry: ProducerStateEntry): void {
    this.#producers.set(entry.producerId, entry);
    const firstOffset = entry.currentTransactionFirstOffset;
    if (firstOffset !== null) this.#addOngoing(entry.producerId, firstOffset);
  }

  #addOngoing(producerId: Int64, firstOffset: number): void {
    this.#ongoing.set(firstOffset, { producerId, firstOffset, lastOffset: null });
  }

  #isExpired(entry: ProducerStateEntry, nowMs: number): boolean {
    return entry.currentTransactionFirstOffset === null && nowMs - Number(entry.lastTimestamp) >= this.#expirationMs;
  }

  #clear(): void {
    this.#producers.clear();
    this.#ongoing.clear();
    this.#unreplicated.clear();
  }

  #listSnapshots(): number[] {
    if (!this.#disk.exists(this.#folder)) return [];
    const names = this.#disk.list(this.#folder);
    return names.map((name) => offsetOfFile(name, SNAPSHOT_SUFFIX)).filter((offset) => offset !== null);
  }

  #path(offset: number): string {
    return `${this.#folder}/${fileName(offset, SNAPSHOT_SUFFIX)}`;
  }
}
