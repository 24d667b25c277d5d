import { KafkaError } from "#ground/errors";
import { type TopicPartition } from "#ground/topic-partition";
import { type LogDir } from "./log-dir.ts";
import { folderName } from "../log-files.ts";

/** A partition whose log can't be used, the dir that has it, and why. */
export interface UnusableLog {
  readonly partition: TopicPartition;
  readonly dir: LogDir;
  readonly error: KafkaError;
}

/** Partitions whose logs can't be used: in a dir that has failed, or with files that can't be loaded. */
export class UnusableLogs {
  readonly #logs = new Map<string, UnusableLog>();

  add(log: UnusableLog): void {
    this.#logs.set(folderName(log.partition), log);
  }

  get(partition: TopicPartition): UnusableLog | undefined {
    return this.#logs.get(folderName(partition));
  }

  has(partition: TopicPartition): boolean {
    return this.#logs.has(folderName(partition));
  }

  /** @throws KafkaError KAFKA_STORAGE_ERROR that says why, if the partition's log can't be used */
  check(partition: TopicPartition): void {
    const error = this.get(partition)?.error;
    if (error === undefined) return;
    throw error.code === "KAFKA_STORAGE_ERROR"
      ? error
      : new KafkaError("KAFKA_STORAGE_ERROR", error.message, { cause: error });
  }

  delete(partition: TopicPartition): void {
    this.#logs.delete(folderName(partition));
  }

  /** Of a dir that works: partitions that can't be loaded. Of one that has failed: none, as nothing is known. */
  unloadableIn(dir: LogDir): TopicPartition[] {
    if (dir.isOffline) return [];
    return [...this.#logs.values()].filter((log) => log.dir === dir).map(({ partition }) => partition);
  }
}
