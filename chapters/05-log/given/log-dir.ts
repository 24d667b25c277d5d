import { KafkaError, rethrowStub, type DiskError } from "#ground/errors";
import { type DiskLock, type Runtime } from "#ground/runtime";
import {
  CLEANER_OFFSET_CHECKPOINT,
  LOG_START_OFFSET_CHECKPOINT,
  OffsetCheckpoint,
  readOffsetCheckpoint,
  RECOVERY_POINT_CHECKPOINT,
  type PartitionOffset,
} from "./checkpoint-file.ts";
import { LogDirDisk } from "./log-dir-disk.ts";
import { type TopicPartition } from "#ground/topic-partition";
import { folderName, parseFolderName, type UnusedFolder, unusedFolderKind, unusedFolderName } from "./log-files.ts";
import { claimLogDir } from "./meta-properties.ts";
import { type UnifiedLog } from "#log/unified-log";

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
  readonly #disk: LogDirDisk;
  readonly #isUnusable: (partition: TopicPartition) => boolean;
  readonly #recoveryPointFile: OffsetCheckpoint;
  readonly #logStartOffsetFile: OffsetCheckpoint;
  readonly #cleanOffsetFile: OffsetCheckpoint;
  /** What the checkpoint files say, by folder name. */
  #recoveryPoints = new Map<string, number>();
  #logStartOffsets = new Map<string, number>();
  #cleanOffsets = new Map<string, number>();
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
    this.#isUnusable = isUnusable;
    this.#disk = new LogDirDisk(runtime.disk, path, onFailure);
    this.runtime = { ...runtime, disk: this.#disk };
    this.#recoveryPointFile = new OffsetCheckpoint(this.#disk, `${path}/${RECOVERY_POINT_CHECKPOINT}`);
    this.#logStartOffsetFile = new OffsetCheckpoint(this.#disk, `${path}/${LOG_START_OFFSET_CHECKPOINT}`);
    this.#cleanOffsetFile = new OffsetCheckpoint(this.#disk, `${path}/${CLEANER_OFFSET_CHECKPOINT}`);
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
    this.#recoveryPoints = this.#readCheckpoint(RECOVERY_POINT_CHECKPOINT);
    this.#logStartOffsets = this.#readCheckpoint(LOG_START_OFFSET_CHECKPOINT);
    this.#cleanOffsets = this.#readCheckpoint(CLEANER_OFFSET_CHECKPOINT);
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
  checkpointed(partition: TopicPartition): { recoveryPoint: number; logStartOffset: number; cleanOffset?: number } {
    const name = folderName(partition);
    const cleanOffset = this.#cleanOffsets.get(name);
    return {
      recoveryPoint: this.#recoveryPoints.get(name) ?? 0,
      logStartOffset: this.#logStartOffsets.get(name) ?? 0,
      ...(cleanOffset === undefined ? {} : { cleanOffset }),
    };
  }

  /**
   * Makes sure that no checkpoint speaks of a partition that is about to be made: a deleted one may have had its name.
   * @param logs gives all logs in this dir, of which there may be thousands
   */
  forget(partition: TopicPartition, logs: () => readonly UnifiedLog[]): void {
    const name = folderName(partition);
    if (this.#recoveryPointFile.cancel() || this.#recoveryPoints.has(name)) this.checkpointRecoveryPoints(logs());
    if (this.#logStartOffsetFile.cancel() || this.#logStartOffsets.has(name)) this.checkpointLogStartOffsets(logs());
    if (this.#cleanOffsetFile.cancel() || this.#cleanOffsets.has(name)) this.#checkpointCleanOffsets(logs());
  }

  /** Writes down from where on each log would have to be recovered, at once. @param logs all logs in this dir */
  checkpointRecoveryPoints(logs: readonly UnifiedLog[]): void {
    const offsets = this.#recoveryPointsOf(logs);
    this.#recoveryPointFile.write(offsets);
    this.#recoveryPoints = byName(offsets);
  }

  /**
   * As {@link checkpointRecoveryPoints}, in the next turn, before any answer of a leader comes: a failover cuts many
   * logs in one turn, and that is one write. (Kafka's `LogManager.truncateTo` writes once for all, too.)
   */
  checkpointRecoveryPointsSoon(logs: () => readonly UnifiedLog[]): void {
    // What is being written may be too high.
    this.#recoveryPointFile.cancel();
    if (this.#isCheckpointDue) return;
    this.#isCheckpointDue = true;
    const { scheduler } = this.runtime;
    const write = async (): Promise<void> => {
      this.#isCheckpointDue = false;
      if (this.#lock === null || this.isOffline) return;
      this.checkpointRecoveryPoints(logs());
      if (this.#cleanOffsetFile.cancel() || this.#cleanOffsets.size > 0) this.#checkpointCleanOffsets(logs());
    };
    scheduler.soon(() => scheduler.spawn(`checkpoint the recovery points of ${this.path}`, write));
  }

  /** Writes down the log start offsets that can't be told from the names of the segments, at once. */
  checkpointLogStartOffsets(logs: readonly UnifiedLog[]): void {
    const offsets = this.#logStartOffsetsOf(logs);
    this.#logStartOffsetFile.write(offsets);
    this.#logStartOffsets = byName(offsets);
  }

  /** As {@link checkpointRecoveryPoints}, but nobody has to wait for the device. */
  async checkpointRecoveryPointsGradually(logs: readonly UnifiedLog[]): Promise<void> {
    const offsets = this.#recoveryPointsOf(logs);
    if (await this.#recoveryPointFile.writeGradually(offsets)) this.#recoveryPoints = byName(offsets);
  }

  /** As {@link checkpointLogStartOffsets}, but nobody has to wait for the device. */
  async checkpointLogStartOffsetsGradually(logs: readonly UnifiedLog[]): Promise<void> {
    const offsets = this.#logStartOffsetsOf(logs);
    if (await this.#logStartOffsetFile.writeGradually(offsets)) this.#logStartOffsets = byName(offsets);
  }

  /** Writes down up to where each log is compacted; nobody has to wait for the device. */
  async checkpointCleanOffsetsGradually(logs: readonly UnifiedLog[]): Promise<void> {
    const offsets = this.#cleanOffsetsOf(logs);
    if (await this.#cleanOffsetFile.writeGradually(offsets)) this.#cleanOffsets = byName(offsets);
  }

  #checkpointCleanOffsets(logs: readonly UnifiedLog[]): void {
    const offsets = this.#cleanOffsetsOf(logs);
    this.#cleanOffsetFile.write(offsets);
    this.#cleanOffsets = byName(offsets);
  }

  #cleanOffsetsOf(logs: readonly UnifiedLog[]): PartitionOffset[] {
    const offsets = logs.flatMap(({ topicPartition, local: { cleanOffset: offset } }) =>
      offset === undefined ? [] : [{ ...topicPartition, offset }],
    );
    return [...offsets, ...this.#keptOf(this.#cleanOffsets)];
  }

  #recoveryPointsOf(logs: readonly UnifiedLog[]): PartitionOffset[] {
    const offsets = logs.map((log) => ({ ...log.topicPartition, offset: log.recoveryPoint }));
    return [...offsets, ...this.#keptOf(this.#recoveryPoints)];
  }

  #logStartOffsetsOf(logs: readonly UnifiedLog[]): PartitionOffset[] {
    const offsets = logs
      .filter((log) => log.logStartOffset > log.segments.first.baseOffset)
      .map((log) => ({ ...log.topicPartition, offset: log.logStartOffset }));
    return [...offsets, ...this.#keptOf(this.#logStartOffsets)];
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
    this.#recoveryPointFile.write(this.#recoveryPointFile.read());
  }

  /** What is known of partitions whose logs aren't loaded, and can't be asked. */
  #keptOf(offsets: ReadonlyMap<string, number>): PartitionOffset[] {
    return [...offsets].flatMap(([name, offset]) => {
      const partition = parseFolderName(name);
      return partition !== null && this.#isUnusable(partition) ? [{ ...partition, offset }] : [];
    });
  }

  /** A damaged checkpoint is given up: more is recovered than need be, and deleted records may come back. */
  #readCheckpoint(name: string): Map<string, number> {
    const path = `${this.path}/${name}`;
    try {
      return byName(readOffsetCheckpoint(this.#disk, path));
    } catch (error) {
      rethrowStub(error);
      if (this.isOffline || !(error instanceof KafkaError)) throw error;
      this.runtime.log.warn(`${error.message}: removed`);
      this.#disk.remove(path);
      return new Map();
    }
  }
}

function byName(offsets: readonly PartitionOffset[]): Map<string, number> {
  return new Map(offsets.map((each) => [folderName(each), each.offset]));
}
