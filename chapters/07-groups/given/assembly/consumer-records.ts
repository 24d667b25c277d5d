/** @module */
import { type TopicPartition } from "#ground/topic-partition";
import { type ConsumerRecord } from "./consumer-record.ts";

/** The records of one partition that one `poll` returned, in order. */
export interface PartitionRecords<K = Buffer, V = Buffer> extends TopicPartition {
  readonly records: readonly ConsumerRecord<K, V>[];
}

/**
 * What one `poll` returned: the records of each partition in order, partition after partition.
 *
 * Source: `org.apache.kafka.clients.consumer.ConsumerRecords`.
 */
export class ConsumerRecords<K = Buffer, V = Buffer> implements Iterable<ConsumerRecord<K, V>> {
  readonly #records: readonly ConsumerRecord<K, V>[];

  constructor(records: readonly ConsumerRecord<K, V>[]) {
    this.#records = records;
  }

  /** How many there are. */
  get count(): number {
    return this.#records.length;
  }

  get isEmpty(): boolean {
    return this.#records.length === 0;
  }

  [Symbol.iterator](): ArrayIterator<ConsumerRecord<K, V>> {
    return this.#records[Symbol.iterator]();
  }

  /** All of them, as a list. */
  toArray(): readonly ConsumerRecord<K, V>[] {
    return this.#records;
  }

  /** Partition by partition. */
  batches(): PartitionRecords<K, V>[] {
    const found = new Map<string, { topic: string; partition: number; records: ConsumerRecord<K, V>[] }>();
    let last: ConsumerRecord<K, V>[] = [];
    let [lastTopic, lastPartition] = ["", -1];
    for (const record of this.#records) {
      const { topic, partition } = record;
      if (partition !== lastPartition || topic !== lastTopic) {
        const name = `${topic}-${partition}`;
        const known = found.get(name) ?? { topic, partition, records: [] };
        found.set(name, known);
        [last, lastTopic, lastPartition] = [known.records, topic, partition];
      }
      last.push(record);
    }
    return [...found.values()];
  }

  /** Those of one partition, or of all partitions of a topic. */
  records(topic: string, partition?: number): ConsumerRecord<K, V>[] {
    return this.#records.filter((record) => {
      return record.topic === topic && (partition === undefined || record.partition === partition);
    });
  }

  /** The partitions that there are records of. */
  partitions(): TopicPartition[] {
    return this.batches().map(({ topic, partition }) => ({ topic, partition }));
  }
}
