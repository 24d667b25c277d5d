import { type KafkaError, mayPass } from "#ground/errors";
import { type Runtime, type Timer } from "#ground/runtime";
import { type TopicPartition } from "#ground/topic-partition";
import { type MetadataImage, replicaName } from "../metadata-image.ts";

/** How often it is looked whether there is room again, or a descriptor. */
const RETRY_MS = 5_000;

/** A partition of this broker that can't be used, and why. */
export interface OfflinePartition extends TopicPartition {
  readonly error: KafkaError;
}

/**
 * Partitions of this broker that can't be used: their log dir has failed, or their log couldn't be opened. Where
 * nothing is broken, and only room on the disk or a descriptor was missing, it is tried again until there is.
 */
export class OfflinePartitions {
  readonly #runtime: Runtime;
  readonly #retry: () => void;
  readonly #partitions = new Map<string, OfflinePartition>();
  #timer: Timer | null = null;
  #isClosed = false;

  /** @param retry called when those that are {@link waiting} should be tried again, and then {@link tryLater} */
  constructor(runtime: Runtime, retry: () => void) {
    this.#runtime = runtime;
    this.#retry = retry;
  }

  /** True after {@link close}. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  add(topic: string, partition: number, error: KafkaError): void {
    this.#partitions.set(`${topic}-${partition}`, { topic, partition, error });
  }

  delete(topic: string, partition: number): void {
    this.#partitions.delete(`${topic}-${partition}`);
  }

  /** Why the partition can't be used; undefined if that isn't known here. */
  errorOf(topic: string, partition: number): KafkaError | undefined {
    return this.#partitions.get(`${topic}-${partition}`)?.error;
  }

  /** Whether the partition is going to be opened as soon as that is possible. */
  isWaiting(topic: string, partition: number): boolean {
    return mayPass(this.errorOf(topic, partition));
  }

  /** All of them, as an image names this broker's replicas. */
  replicas({ topics }: MetadataImage): Set<string> {
    const names = new Set<string>();
    for (const { topic, partition } of this.#partitions.values()) {
      const topicId = topics.get(topic)?.topicId;
      if (topicId !== undefined) names.add(replicaName(topicId, partition));
    }
    return names;
  }

  /** Those that are waiting to be opened. */
  waiting(): OfflinePartition[] {
    return [...this.#partitions.values()].filter(({ error }) => mayPass(error));
  }

  /** Lets those that are waiting be tried again in a while. Says so in the log, in one line for all. */
  tryLater(): void {
    const [first, ...others] = this.waiting();
    if (first === undefined || this.#timer !== null || this.#isClosed) return;
    const { clock, log, scheduler } = this.#runtime;
    const { topic, partition, error } = first;
    const more = others.length === 0 ? "" : ` (and ${others.length} other partitions)`;
    log.error(`${topic}-${partition}${more} can't be opened yet: ${error.message}; next try in ${RETRY_MS / 1000} s`);
    this.#timer = scheduler.at(clock.nowMs() + RETRY_MS, () => {
      this.#timer = null;
      this.#retry();
    });
  }

  /** Nothing is tried again. */
  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }
}
