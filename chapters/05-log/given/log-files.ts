/**
 * Names of the folders and files of a log, as Apache Kafka writes them. A partition is a folder
 * `<topic>-<partition>` in a log dir; a segment is a group of files named after its base offset in 20 digits.
 *
 * Source: Kafka's `LogFileUtils`, `LocalLog` and `Topic`.
 *
 * @module
 */
import { KafkaError } from "#ground/errors";
import { randomUuid, type Random } from "#ground/runtime";
import { isTopicName, validateTopicName } from "#ground/topic-name";
import { type TopicPartition } from "#ground/topic-partition";

/** Suffixes of a segment's files. */
export const LOG_SUFFIX = ".log";
export const INDEX_SUFFIX = ".index";
export const TIME_INDEX_SUFFIX = ".timeindex";
export const TXN_INDEX_SUFFIX = ".txnindex";
/** Suffix of a file with the state of all producers at the offset in its name. */
export const SNAPSHOT_SUFFIX = ".snapshot";
/** Added to the name of a file that is no longer part of the log and waits to be removed. */
export const DELETED_SUFFIX = ".deleted";
/** Added to the names of a segment's files while the log cleaner writes them. */
export const CLEANED_SUFFIX = ".cleaned";
/** Added to the names of a segment's files that are whole, and about to take the place of older segments. */
export const SWAP_SUFFIX = ".swap";

const UNUSED_FOLDER = /\.[0-9a-f]{32}-(delete|stray)$/;
const MAX_FOLDER_NAME = 255;

/** `00000000000000000042.log` for offset 42 and suffix `.log`. */
export function fileName(offset: number, suffix: string): string {
  return String(offset).padStart(20, "0") + suffix;
}

/** The offset in a file's name, or null when the name is not 20 digits and `suffix`. */
export function offsetOfFile(name: string, suffix: string): number | null {
  if (!name.endsWith(suffix)) return null;
  const digits = name.slice(0, -suffix.length);
  const offset = /^\d{20}$/.test(digits) ? Number(digits) : NaN;
  return Number.isSafeInteger(offset) ? offset : null;
}

/**
 * The folder name of a partition, `<topic>-<partition>`.
 * @throws KafkaError INVALID_TOPIC_EXCEPTION for a name that could lead out of the log dir, or a bad partition number.
 */
export function folderName({ topic, partition }: TopicPartition): string {
  validateTopicName(topic);
  if (!Number.isInteger(partition) || partition < 0 || partition > 0x7fff_ffff) {
    throw new KafkaError("INVALID_TOPIC_EXCEPTION", `expected a partition number from 0, got ${partition} of ${topic}`);
  }
  return `${topic}-${partition}`;
}

/** The partition that a folder's name stands for, or null when it is not the folder of a live partition. */
export function parseFolderName(name: string): TopicPartition | null {
  const match = /^(.+)-(0|[1-9]\d{0,9})$/.exec(name);
  if (match === null || !isTopicName(match[1]!)) return null;
  return { topic: match[1]!, partition: Number(match[2]) };
}

/** What a folder that serves no partition is: to be removed soon, or of a partition unknown here and kept. */
export type UnusedFolder = "delete" | "stray";

/** The name that a partition's folder gets then, such as `<topic>-<partition>.<32 hex digits>-delete`. */
export function unusedFolderName(partition: TopicPartition, kind: UnusedFolder, random: Random): string {
  const id = Buffer.from(randomUuid(random)).toString("hex");
  const suffix = `-${partition.partition}.${id}-${kind}`;
  return partition.topic.slice(0, MAX_FOLDER_NAME - suffix.length) + suffix;
}

/** What a name made by {@link unusedFolderName} says; null for any other. */
export function unusedFolderKind(name: string): UnusedFolder | null {
  return (UNUSED_FOLDER.exec(name)?.[1] as UnusedFolder | undefined) ?? null;
}
