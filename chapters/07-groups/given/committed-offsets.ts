import { type Int64 } from "#ground/int64";
import { type OffsetAndMetadata } from "./group-records.ts";

type ByPartition = Map<number, OffsetAndMetadata>;

/** A committed offset with its place. */
export interface CommittedOffset {
  readonly topic: string;
  readonly partition: number;
  readonly value: OffsetAndMetadata;
}

/** The offsets of one group, by topic and partition. */
export class CommittedOffsets {
  readonly #offsets = new Map<string, ByPartition>();
  /** By producer: offsets that belong to transactions that haven't ended (KIP-98). */
  readonly #pending = new Map<Int64, CommittedOffsets>();
  #size = 0;

  /** How many there are, without those of open transactions. */
  get size(): number {
    return this.#size;
  }

  /** Whether a transaction is open that has committed offsets. */
  get hasPending(): boolean {
    return this.#pending.size > 0;
  }

  get(topic: string, partition: number): OffsetAndMetadata | undefined {
    return this.#offsets.get(topic)?.get(partition);
  }

  set(topic: string, partition: number, value: OffsetAndMetadata): void {
    const ofTopic = this.#offsets.get(topic) ?? new Map<number, OffsetAndMetadata>();
    if (!ofTopic.has(partition)) this.#size += 1;
    ofTopic.set(partition, value);
    this.#offsets.set(topic, ofTopic);
  }

  delete(topic: string, partition: number): void {
    const ofTopic = this.#offsets.get(topic);
    if (ofTopic?.delete(partition) !== true) return;
    this.#size -= 1;
    if (ofTopic.size === 0) this.#offsets.delete(topic);
  }

  *[Symbol.iterator](): Iterator<CommittedOffset> {
    for (const [topic, ofTopic] of this.#offsets) {
      for (const [partition, value] of ofTopic) yield { topic, partition, value };
    }
  }

  /** What an open transaction has committed; made if there is nothing yet. */
  pendingOf(producerId: Int64): CommittedOffsets {
    const pending = this.#pending.get(producerId) ?? new CommittedOffsets();
    this.#pending.set(producerId, pending);
    return pending;
  }

  /** Whether an open transaction has committed this offset. */
  isPending(topic: string, partition: number): boolean {
    for (const pending of this.#pending.values()) if (pending.get(topic, partition) !== undefined) return true;
    return false;
  }

  /** A transaction has ended: its offsets count now, or never. */
  endTransaction(producerId: Int64, isCommit: boolean): void {
    const pending = this.#pending.get(producerId);
    this.#pending.delete(producerId);
    if (pending === undefined || !isCommit) return;
    for (const { topic, partition, value } of pending) this.set(topic, partition, value);
  }
}
