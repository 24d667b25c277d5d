import { isDamage } from "#ground/errors";
import { type Disk, type Logger } from "#ground/runtime";
import { type TopicPartition } from "#ground/topic-partition";
import { type UnifiedLog } from "./unified-log.ts";
import { OffsetCheckpoint, type PartitionOffset } from "./checkpoint-file.ts";
import { folderName, parseFolderName } from "../log-files.ts";

/** What {@link LogDirOffsets} writes down, and what it keeps. */
export interface LogDirOffsetsOptions {
  readonly path: string;
  /** What there is to say of a log; undefined for nothing. */
  readonly offsetOf: (log: UnifiedLog) => number | undefined;
  /** Whether the log of a partition can't be used, and so not be asked: what is written down of it is kept. */
  readonly isUnusable: (partition: TopicPartition) => boolean;
}

/** A checkpoint file of a log dir: an offset of each log. `logs` are always all logs in that dir. */
export class LogDirOffsets {
  readonly #disk: Disk;
  readonly #options: LogDirOffsetsOptions;
  readonly #file: OffsetCheckpoint;
  /** What the file says, by folder name. */
  #written: ReadonlyMap<string, number> = new Map();

  constructor(disk: Disk, options: LogDirOffsetsOptions) {
    this.#disk = disk;
    this.#options = options;
    this.#file = new OffsetCheckpoint(disk, options.path);
  }

  /**
   * Reads the file. A damaged one is given up: more is recovered than need be, and deleted records may come back.
   * @throws DiskError
   */
  read(log: Logger): void {
    try {
      this.#written = byName(this.#file.read());
    } catch (error) {
      if (!isDamage(error)) throw error;
      log.warn(`${error.message}: removed`);
      this.#disk.remove(this.#options.path);
      this.#written = new Map();
    }
  }

  /** Writes the file as it is: its folder is flushed with it. @throws DiskError */
  rewrite(): void {
    this.#file.write(this.#file.read());
  }

  /** What the file says of a partition, or undefined. */
  get(partition: TopicPartition): number | undefined {
    return this.#written.get(folderName(partition));
  }

  /** Replaces the file at once. @throws DiskError */
  write(logs: readonly UnifiedLog[]): void {
    const offsets = this.#offsetsOf(logs);
    this.#file.write(offsets);
    this.#written = byName(offsets);
  }

  /** As {@link write}, but nobody has to wait for the device. */
  async writeGradually(logs: readonly UnifiedLog[]): Promise<void> {
    const offsets = this.#offsetsOf(logs);
    if (await this.#file.writeGradually(offsets)) this.#written = byName(offsets);
  }

  /**
   * Makes sure that the file doesn't speak of a partition that is about to be made: one that is gone may have had its
   * name.
   * @param logs there may be thousands: called only if need be
   */
  forget(partition: TopicPartition, logs: () => readonly UnifiedLog[]): void {
    if (this.#file.cancel() || this.#written.has(folderName(partition))) this.write(logs());
  }

  /** What is being written gradually is out of date: {@link write} is to follow. */
  cancel(): void {
    this.#file.cancel();
  }

  /** Makes sure that the file says no more of a log than is true: replaces it if it does, or was about to. */
  lower(logs: readonly UnifiedLog[]): void {
    const { offsetOf } = this.#options;
    const isTooHigh = (log: UnifiedLog): boolean => (this.get(log.topicPartition) ?? -1) > (offsetOf(log) ?? -1);
    if (this.#file.cancel() || logs.some(isTooHigh)) this.write(logs);
  }

  #offsetsOf(logs: readonly UnifiedLog[]): PartitionOffset[] {
    const offsets = logs.flatMap((log) => {
      const offset = this.#options.offsetOf(log);
      return offset === undefined ? [] : [{ ...log.topicPartition, offset }];
    });
    return [...offsets, ...this.#kept()];
  }

  #kept(): PartitionOffset[] {
    return [...this.#written].flatMap(([name, offset]) => {
      const partition = parseFolderName(name);
      return partition !== null && this.#options.isUnusable(partition) ? [{ ...partition, offset }] : [];
    });
  }
}

function byName(offsets: readonly PartitionOffset[]): Map<string, number> {
  return new Map(offsets.map((each) => [folderName(each), each.offset]));
}
