/**
 * Kafka's checkpoint files: small text files that are replaced as a whole, so that a reader after a crash sees the old
 * content or the new. Line 1 is the version (0), line 2 the number of entries, then one entry a line, fields separated
 * by a blank.
 *
 * Source: Kafka's `CheckpointFile`, `OffsetCheckpointFile`, `LeaderEpochCheckpointFile`.
 *
 * @module
 */
import { KafkaError } from "#ground/errors";
import { type Disk, type DiskFile } from "#ground/runtime";
import { type TopicPartition } from "#ground/topic-partition";

const VERSION = 0;

/** From where on a log must be recovered after an unclean shutdown; all below is on the device. One file a log dir. */
export const RECOVERY_POINT_CHECKPOINT = "recovery-point-offset-checkpoint";
/** Log start offsets that differ from the first segment's base offset. One file a log dir. */
export const LOG_START_OFFSET_CHECKPOINT = "log-start-offset-checkpoint";
/** Up to where each log is compacted. One file a log dir. */
export const CLEANER_OFFSET_CHECKPOINT = "cleaner-offset-checkpoint";
/** Where each leader epoch began. One file a partition. */
export const LEADER_EPOCH_CHECKPOINT = "leader-epoch-checkpoint";

/** An offset of a partition. */
export interface PartitionOffset extends TopicPartition {
  readonly offset: number;
}

/** A leader epoch and the offset of the first record that was written in it. */
export interface EpochEntry {
  readonly epoch: number;
  readonly startOffset: number;
}

/**
 * A file of offsets by partition, such as `recovery-point-offset-checkpoint`, that is replaced again and again. Of two
 * writes the one that began later wins, whichever ends first.
 */
export class OffsetCheckpoint {
  readonly #disk: Disk;
  readonly #path: string;
  /** What is being written gradually, unless it is out of date. */
  #current: Uint8Array | null = null;

  constructor(disk: Disk, path: string) {
    this.#disk = disk;
    this.#path = path;
  }

  /** See {@link readOffsetCheckpoint}. */
  read(): PartitionOffset[] {
    return readOffsetCheckpoint(this.#disk, this.#path);
  }

  /** Replaces the file at once: it is on the device when this returns. @throws DiskError */
  write(offsets: Iterable<PartitionOffset>): void {
    this.cancel();
    writeOffsetCheckpoint(this.#disk, this.#path, offsets);
  }

  /**
   * As {@link write}, but other work goes on while the device is at it. Until then the old file is there.
   * @returns false when a later write or {@link cancel} came first
   * @throws DiskError
   */
  async writeGradually(offsets: Iterable<PartitionOffset>): Promise<boolean> {
    const content = encodeOffsets(offsets);
    this.#current = content;
    try {
      await this.#replace(content);
      return this.#current === content;
    } finally {
      if (this.#current === content) this.#current = null;
    }
  }

  /** What is being written gradually is out of date. @returns whether there is such a thing: it may be in the file */
  cancel(): boolean {
    const isWriting = this.#current !== null;
    this.#current = null;
    return isWriting;
  }

  async #replace(content: Uint8Array): Promise<void> {
    const next = `${this.#path}.next`;
    this.#disk.remove(next);
    await flushed(this.#disk.open(next, { create: true }), content);
    if (this.#current !== content) return;
    this.#disk.rename(next, this.#path);
    // With the file its new name is flushed.
    await flushed(this.#disk.open(this.#path));
  }
}

/** Replaces a file of offsets by partition at once. */
export function writeOffsetCheckpoint(disk: Disk, path: string, offsets: Iterable<PartitionOffset>): void {
  disk.writeFileAtomically(path, encodeOffsets(offsets));
}

function encodeOffsets(offsets: Iterable<PartitionOffset>): Uint8Array {
  return encodeLines(Array.from(offsets, ({ topic, partition, offset }) => `${topic} ${partition} ${offset}`));
}

/** Appends `content`, flushes the file and closes it: nobody has to wait for the device. @throws DiskError */
export async function flushed(file: DiskFile, content: Uint8Array | null = null): Promise<void> {
  try {
    if (content !== null) file.append([content]);
    await file.flush();
  } finally {
    file.close();
  }
}

/**
 * Reads a file of offsets by partition; a missing one has none.
 * @throws KafkaError KAFKA_STORAGE_ERROR when it is malformed
 */
export function readOffsetCheckpoint(disk: Disk, path: string): PartitionOffset[] {
  return readLines(disk, path).map((line) => {
    const match = /^(\S+) (\d+) (\d+)$/.exec(line);
    if (match === null) throw malformed(path, "<topic> <partition> <offset>", line);
    return { topic: match[1]!, partition: Number(match[2]), offset: Number(match[3]) };
  });
}

/**
 * Replaces a partition's `leader-epoch-checkpoint`; other work goes on while the device is at it. After a crash there
 * is the old content or the new; the new is sure with the next flush of a file in the same folder. Does nothing when
 * the folder is removed meanwhile.
 */
export async function writeEpochCheckpoint(disk: Disk, path: string, entries: readonly EpochEntry[]): Promise<void> {
  const temporary = `${path}.tmp`;
  disk.remove(temporary);
  const content = encodeLines(entries.map(({ epoch, startOffset }) => `${epoch} ${startOffset}`));
  await flushed(disk.open(temporary, { create: true }), content);
  if (disk.exists(temporary)) disk.rename(temporary, path);
}

/**
 * Reads a partition's `leader-epoch-checkpoint`; a missing one has none.
 * @throws KafkaError KAFKA_STORAGE_ERROR when it is malformed
 */
export function readEpochCheckpoint(disk: Disk, path: string): EpochEntry[] {
  return readLines(disk, path).map((line) => {
    const match = /^(\d+) (\d+)$/.exec(line);
    if (match === null) throw malformed(path, "<epoch> <offset>", line);
    return { epoch: Number(match[1]), startOffset: Number(match[2]) };
  });
}

function encodeLines(lines: readonly string[]): Uint8Array {
  return Buffer.from([VERSION, lines.length, ...lines].map((line) => `${line}\n`).join(""));
}

function readLines(disk: Disk, path: string): string[] {
  if (!disk.exists(path)) return [];
  const [version, count, ...lines] = Buffer.from(disk.readFile(path)).toString("utf8").split("\n");
  if (version !== String(VERSION)) throw malformed(path, `version ${VERSION}`, version ?? "");
  if (lines.at(-1) === "") lines.pop();
  if (count !== String(lines.length)) throw malformed(path, `${count} entries`, `${lines.length}`);
  return lines;
}

function malformed(path: string, expected: string, got: string): KafkaError {
  return new KafkaError("KAFKA_STORAGE_ERROR", `expected ${expected} in ${path}, got ${JSON.stringify(got)}`);
}
