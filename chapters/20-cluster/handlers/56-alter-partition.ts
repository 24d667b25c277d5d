/**
 * AlterPartition: leaders ask for other in-sync replicas (KIP-497). Only brokers ask it.
 *
 * Behaviour / Version notes
 * - Each partition is granted or refused on its own; all that are granted are one change of the image.
 * - v3 tells the broker epochs of the replicas (KIP-903): one that has been restarted is INELIGIBLE_REPLICA.
 *
 * @module
 */
import { KafkaError } from "#ground/errors";
import {
  AlterPartition,
  type AlterPartitionRequest,
  type AlterPartitionResponse,
} from "#ground/protocol/messages/56-alter-partition";
import { type Input } from "#ground/protocol/message";
import { toKafkaError } from "#ground/to-kafka-error";
import { type AlterPartitionItem, type AlterPartitionResult } from "#replication";
import { type ApiHandler, handler } from "../handler.ts";

export const alterPartition: ApiHandler = handler({
  api: AlterPartition,
  versions: [2, 3],
  isInternal: true,
  async handle(request, { broker }) {
    const { brokerId, brokerEpoch, topics } = request;
    try {
      const items = topics.flatMap(itemsOf);
      const results = await broker.controller.alterPartitions(brokerId, Number(brokerEpoch), items);
      let at = 0;
      return {
        topics: topics.map(({ topicId, partitions }) => ({
          topicId,
          partitions: partitions.map(({ partitionIndex }) => toAnswer(partitionIndex, results[at++]!)),
        })),
      };
    } catch (error) {
      return { errorCode: toKafkaError(error, `AlterPartition of broker ${brokerId}`, broker.log).errorCode };
    }
  },
});

type Topic = AlterPartitionRequest["topics"][number];
type Answer = Input<AlterPartitionResponse["topics"][number]["partitions"][number]>;

function itemsOf({ topicId, partitions }: Topic): AlterPartitionItem[] {
  return partitions.map(({ partitionIndex: index, leaderEpoch, partitionEpoch, newIsr, newIsrWithEpochs }) => {
    const isr = newIsrWithEpochs.length > 0 ? newIsrWithEpochs.map(({ brokerId }) => brokerId) : newIsr;
    return { topicId, index, leaderEpoch, proposal: { isr, partitionEpoch } };
  });
}

function toAnswer(partitionIndex: number, result: AlterPartitionResult): Answer {
  if (result instanceof KafkaError) return { partitionIndex, errorCode: result.errorCode };
  const { leader, leaderEpoch, isr, partitionEpoch } = result;
  return { partitionIndex, leaderId: leader, leaderEpoch, isr, partitionEpoch };
}
