/**
 * Who decides: the record itself, the user's partitioner, the key, or nobody.
 *
 * Source: `KafkaProducer.partition`.
 *
 * @module
 */
import { type Cluster } from "#ground/cluster";
import { KafkaError, NotImplementedError } from "#ground/errors";
import { partitionForKey } from "./partition-for-key.ts";
import { type Partitioner } from "#partitioner/given/partitioner";

/** "Any partition": the accumulator picks one with its `BuiltInPartitioner`. */
export const UNKNOWN_PARTITION = -1;

/** What of a record matters here. */
export interface RecordToPlace {
  readonly topic: string;
  /** The partition that the user wants; null or undefined to leave it to the partitioner. */
  readonly partition?: number | null | undefined;
  readonly key?: unknown;
  readonly value?: unknown;
}

/** Chooses the partition of each record of one producer. */
export class PartitionChooser {
  /** The user's own partitioner (`partitioner.class`), null for none. */
  readonly partitioner: Partitioner | null;
  readonly #ignoreKeys: boolean;

  /** @param ignoreKeys - `partitioner.ignore.keys`: treat all records as if they had no key, without a `partitioner` */
  constructor(partitioner: Partitioner | null, ignoreKeys: boolean = false) {
    this.partitioner = partitioner;
    this.#ignoreKeys = ignoreKeys;
  }

  /**
   * The partition of `record`. The first of these that applies decides:
   *
   * 1. the record's own `partition`;
   * 2. the user's partitioner;
   * 3. the key, by {@link partitionForKey}, unless keys are ignored;
   * 4. nobody: {@link UNKNOWN_PARTITION}.
   *
   * A partition that comes from the user, be it 1 or 2, is checked by {@link checkPartition}.
   *
   * @exercise 2.3 PartitionChooser.choose
   * @param keyBytes - the serialized key: null for none. Empty bytes are a key.
   * @param cluster - has at least one partition of the topic
   * @throws KafkaError UNKNOWN_TOPIC_OR_PARTITION when the topic has no such partition
   */
  choose(
    record: RecordToPlace,
    keyBytes: Uint8Array | null,
    valueBytes: Uint8Array | null,
    cluster: Cluster,
  ): number {
    throw new NotImplementedError("2.3 PartitionChooser.choose");
  }
}

/**
 * Returns `partition` if `topic` has it.
 *
 * @param count - how many partitions the topic has
 * @param who - begins the error's sentence
 * @throws KafkaError UNKNOWN_TOPIC_OR_PARTITION unless it is a whole number from 0 to `count` − 1
 */
export function checkPartition(topic: string, partition: number, count: number, who: string): number {
  if (Number.isInteger(partition) && partition >= 0 && partition < count) return partition;
  const message = `${who} partition ${partition} of ${topic}, which has ${count}: expected 0 to ${count - 1}.`;
  throw new KafkaError("UNKNOWN_TOPIC_OR_PARTITION", message);
}
