/**
 * What this broker knows to be committed, kept over a restart: `replication-offset-checkpoint`, one file in each log
 * dir. A broker that comes back as a follower begins from there.
 *
 * Source: Kafka's `ReplicaManager.checkpointHighWatermarks`.
 *
 * @module
 */
import { KafkaError } from "#ground/errors";
import { type Disk, type Logger } from "#ground/runtime";
import { OffsetCheckpoint } from "#log/given/assembly/checkpoint-file";
import { type PartitionOffset, type UnifiedLog } from "#log";
import { type Partition } from "#replication/partition";

const FILE_NAME = "replication-offset-checkpoint";

/** Reads and writes the files. */
export class HighWatermarkCheckpoint {
  readonly #disk: Disk;
  readonly #log: Logger;
  readonly #files = new Map<string, OffsetCheckpoint>();
  /** What the files held at the start, by log dir and partition. */
  readonly #atStart = new Map<string, ReadonlyMap<string, number>>();

  constructor(disk: Disk, log: Logger) {
    this.#disk = disk;
    this.#log = log;
  }

  /** The high watermark that was written down for the partition of this log; 0 when there is none. */
  read(log: UnifiedLog): number {
    const dir = dirOf(log);
    let offsets = this.#atStart.get(dir);
    if (offsets === undefined) {
      offsets = new Map(this.#readFile(dir).map((entry) => [`${entry.topic}-${entry.partition}`, entry.offset]));
      this.#atStart.set(dir, offsets);
    }
    const { topic, partition } = log.topicPartition;
    return offsets.get(`${topic}-${partition}`) ?? 0;
  }

  /** Writes down where all partitions stand, at once. A dir whose disk fails is left out. */
  write(partitions: Iterable<Partition>): void {
    for (const [dir, entries] of offsetsByDir(partitions)) {
      try {
        this.#fileOf(dir).write(entries);
      } catch (error) {
        this.#logFailure(dir, error);
      }
    }
  }

  /** As {@link write}, but nobody has to wait for the device. */
  async writeGradually(partitions: Iterable<Partition>): Promise<void> {
    for (const [dir, entries] of offsetsByDir(partitions)) {
      try {
        await this.#fileOf(dir).writeGradually(entries);
      } catch (error) {
        this.#logFailure(dir, error);
      }
    }
  }

  #fileOf(dir: string): OffsetCheckpoint {
    const known = this.#files.get(dir);
    if (known !== undefined) return known;
    const file = new OffsetCheckpoint(this.#disk, `${dir}/${FILE_NAME}`);
    this.#files.set(dir, file);
    return file;
  }

  #logFailure(dir: string, error: unknown): void {
    if (!(error instanceof KafkaError)) throw error;
    this.#log.error(`High watermarks of ${dir} were not written: ${error.message}`);
  }

  #readFile(dir: string): PartitionOffset[] {
    try {
      return this.#fileOf(dir).read();
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error;
      // A high watermark that is too low is safe: it only has to be found out again.
      this.#log.error(`High watermarks of ${dir} could not be read: ${error.message}`);
      return [];
    }
  }
}

function dirOf({ folder }: UnifiedLog): string {
  return folder.slice(0, folder.lastIndexOf("/"));
}

function offsetsByDir(partitions: Iterable<Partition>): Map<string, PartitionOffset[]> {
  const byDir = new Map<string, PartitionOffset[]>();
  for (const { topic, index, highWatermark, log } of partitions) {
    const dir = dirOf(log);
    const entry = { topic, partition: index, offset: highWatermark };
    const ofDir = byDir.get(dir);
    if (ofDir === undefined) byDir.set(dir, [entry]);
    else ofDir.push(entry);
  }
  return byDir;
}
