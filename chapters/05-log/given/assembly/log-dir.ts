import { type DiskError } from "#ground/errors";
import { type DiskLock, type Runtime } from "#ground/runtime";
import {
  CLEANER_OFFSET_CHECKPOINT, LOG_START_OFFSET_CHECKPOINT, RECOVERY_POINT_CHECKPOINT,
} from "./checkpoint-file.ts";
import { LogDirDisk } from "./log-dir-disk.ts";
import { LogDirOffsets } from "./log-dir-offsets.ts";
import { type TopicPartition } from "#ground/topic-partition";
import { folderName, parseFolderName, type UnusedFolder, unusedFolderKind, unusedFolderName } from "../log-files.ts";
import { type LogOptions } from "./log-options.ts";
import { claimLogDir } from "./meta-properties.ts";
import { PartitionMetadataFile } from "./partition-metadata-file.ts";
import { type UnifiedLog } from "./unified-log.ts";

const CLEAN_SHUTDOWN_FILE = ".kafka_cleanshutdown";

/**
 * One of the `log.dirs`: the folders of partitions, the checkpoints about them, and the marker of a clean shutdown.
 *
 * Source: Kafka's `LogManager`, `CleanShutdownFileHandler`.
 */
export class LogDir {
  readonly path: string;
  /** The runtime for the logs in this dir: its disk takes the dir offline when it fails. */
  readonly runtime: Runtime;
  /** From where on each log would have to be recovered. */
  readonly recoveryPoints: LogDirOffsets;
  /** The log start offsets that can't be told from the names of the segments. */
  readonly logStartOffsets: LogDirOffsets;
  /** Up to where each log is compacted. */
  readonly cleanOffsets: LogDirOffsets;
  readonly #disk: LogDirDisk;
  #lock: DiskLock | null = null;
  #isCheckpointDue = false;
  #hadCleanShutdown = false;

  /** @param isUnusable says whether the log of a partition can't be used: what is written down of it is kept then */
  constructor(
    runtime: Runtime,
    path: string,
    onFailure: (error: DiskError) => void,
    isUnusable: (partition: TopicPartition) => boolean,
  ) {
    this.path = path;
    this.#disk = new LogDirDisk(runtime.disk, path, onFailure);
    this.runtime = { ...runtime, disk: this.#disk };
    const offsets = (file: string, offsetOf: (log: UnifiedLog) => number | undefined): LogDirOffsets =>
      new LogDirOffsets(this.#disk, { path: `${path}/${file}`, offsetOf, isUnusable });
    this.recoveryPoints = offsets(RECOVERY_POINT_CHECKPOINT, (log) => log.recoveryPoint);
    this.logStartOffsets = offsets(LOG_START_OFFSET_CHECKPOINT, ({ logStartOffset, segments }) =>
      logStartOffset > segments.first.baseOffset ? logStartOffset : undefined,
    );
    this.cleanOffsets = offsets(CLEANER_OFFSET_CHECKPOINT, ({ local }) => local.cleanOffset);
  }

  get isOffline(): boolean {
    return this.#disk.isOffline;
  }

  /** Whether the dir was closed in order the last time: then no log in it needs to be recovered. */
  get hadCleanShutdown(): boolean {
    return this.#hadCleanShutdown;
  }

  /**
   * Makes the dir if there is none, locks it and reads what it says about its logs.
   * @throws KafkaError when another process holds it, or when it belongs to another node or cluster
   * @throws DiskError
   */
  open(owner: { readonly clusterId: string; readonly nodeId: number } | undefined): void {
    this.#disk.makeFolder(this.path);
    this.#lock = this.#disk.lock(this.path);
    if (owner !== undefined) claimLogDir(this.#disk, this.path, owner, this.runtime.random);
    for (const file of [this.recoveryPoints, this.logStartOffsets, this.cleanOffsets]) file.read(this.runtime.log);
    this.#takeCleanShutdownMarker();
  }

  /** The partitions that have a folder here. */
  partitions(): TopicPartition[] {
    return this.#disk
      .list(this.path)
      .filter((name) => this.#disk.isFolder(`${this.path}/${name}`))
      .map(parseFolderName)
      .filter((partition) => partition !== null);
  }

  /** Folders that serve no partition, as {@link moveAway} has named them. */
  unusedFolders(kind: UnusedFolder): string[] {
    const names = this.#disk.list(this.path).filter((name) => unusedFolderKind(name) === kind);
    return names.map((name) => `${this.path}/${name}`);
  }

  /**
   * Makes a folder for a partition that has none here, and says in it whose it is.
   * @throws DiskError
   */
  async prepare(partition: TopicPartition, topicId: Uint8Array): Promise<void> {
    const folder = `${this.path}/${folderName(partition)}`;
    if (this.#disk.exists(folder)) return;
    this.#disk.makeFolder(folder);
    await PartitionMetadataFile.write(this.#disk, folder, topicId);
  }

  /**
   * Gives a partition's folder a name under which it serves nobody.
   * @returns its new path; undefined when there is none, as there was no room to make it
   * @throws DiskError
   */
  moveAway(partition: TopicPartition, kind: UnusedFolder): string | undefined {
    const folder = `${this.path}/${folderName(partition)}`;
    if (!this.#disk.exists(folder)) return undefined;
    const unused = `${this.path}/${unusedFolderName(partition, kind, this.runtime.random)}`;
    this.#disk.rename(folder, unused);
    return unused;
  }

  /** What the checkpoints say of a partition: 0 (but see `cleanOffset`) of one that they don't know. */
  checkpointed(partition: TopicPartition): Pick<LogOptions, "recoveryPoint" | "logStartOffset" | "cleanOffset"> {
    return {
      recoveryPoint: this.recoveryPoints.get(partition) ?? 0,
      logStartOffset: this.logStartOffsets.get(partition) ?? 0,
      cleanOffset: this.cleanOffsets.get(partition),
    };
  }

  /**
   * Makes sure that no checkpoint speaks of a partition that is about to be made: a deleted one may have had its name.
   * @param logs gives all logs in this dir, of which there may be thousands
   */
  forget(partition: TopicPartition, logs: () => readonly UnifiedLog[]): void {
    for (const file of [this.recoveryPoints, this.logStartOffsets, this.cleanOffsets]) file.forget(partition, logs);
  }

  /**
   * Writes the recovery points down, and clean offsets that are too high, in the next turn, before any answer of a
   * leader comes: a failover cuts many logs in one turn, and that is one write. (Kafka's `LogManager.truncateTo` writes
   * once for all, too.)
   */
  checkpointRecoveryPointsSoon(logs: () => readonly UnifiedLog[]): void {
    // What is being written may be too high.
    this.recoveryPoints.cancel();
    if (this.#isCheckpointDue) return;
    this.#isCheckpointDue = true;
    const { scheduler } = this.runtime;
    const write = async (): Promise<void> => {
      this.#isCheckpointDue = false;
      if (this.#lock === null || this.isOffline) return;
      this.recoveryPoints.write(logs());
      this.cleanOffsets.lower(logs());
    };
    scheduler.soon(() => scheduler.spawn(`checkpoint the recovery points of ${this.path}`, write));
  }

  /** Notes that all logs here were closed in order. */
  markCleanShutdown(): void {
    const content = Buffer.from('{"version":0,"brokerEpoch":-1}');
    this.#disk.writeFileAtomically(`${this.path}/${CLEAN_SHUTDOWN_FILE}`, content);
  }

  /** Lets go of the dir. */
  close(): void {
    this.#lock?.release();
    this.#lock = null;
  }

  /**
   * Removes the marker before anything is written: if the broker crashes from here on, it was no clean shutdown. The
   * removal must be on the device, too. Rewriting a file of the same folder flushes the folder.
   */
  #takeCleanShutdownMarker(): void {
    const marker = `${this.path}/${CLEAN_SHUTDOWN_FILE}`;
    this.#hadCleanShutdown = this.#disk.exists(marker);
    if (!this.#hadCleanShutdown) return;
    this.#disk.remove(marker);
    this.recoveryPoints.rewrite();
  }
}
