/**
 * DescribeProducers: the idempotent producers that a partition knows (KIP-664).
 *
 * Behaviour / Version notes
 * - Followers answer, too: they know the same up to the end of their log.
 * - Transactions are not there yet: none is open (`currentTxnStartOffset` −1), unless another Kafka has written one.
 *
 * @module
 */
import { DescribeProducers, type DescribeProducersResponse } from "#ground/protocol/messages/61-describe-producers";
import { type Input } from "#ground/protocol/message";
import { toKafkaError } from "#ground/to-kafka-error";
import { activeProducers } from "#replication";
import { type ApiHandler, type BrokerParts, handler } from "../handler.ts";

export const describeProducers: ApiHandler = handler({
  api: DescribeProducers,
  versions: [0, 0],
  handle({ topics }, { broker }) {
    return {
      topics: topics.map(({ name, partitionIndexes }) => ({
        name,
        partitions: partitionIndexes.map((index) => answer(name, index, broker)),
      })),
    };
  },
});

type Answer = Input<DescribeProducersResponse["topics"][number]["partitions"][number]>;

function answer(topic: string, partitionIndex: number, { replicas, log }: BrokerParts): Answer {
  try {
    const producers = activeProducers(replicas.partition(topic, partitionIndex)).map((entry) => ({
      producerId: entry.producerId,
      producerEpoch: entry.epoch,
      lastSequence: entry.lastSequence,
      lastTimestamp: entry.lastTimestamp,
      coordinatorEpoch: entry.coordinatorEpoch,
      currentTxnStartOffset: entry.currentTransactionFirstOffset ?? -1,
    }));
    return { partitionIndex, errorMessage: null, activeProducers: producers };
  } catch (error) {
    const { errorCode, message } = toKafkaError(error, `DescribeProducers of ${topic}-${partitionIndex}`, log);
    return { partitionIndex, errorCode, errorMessage: message };
  }
}
