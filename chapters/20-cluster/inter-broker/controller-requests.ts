/**
 * What a broker asks the controller for on its own account.
 *
 * @module
 */
import { type ProducerIdBlock } from "#ground/coordination/node-data";
import { errorForCode, KafkaError } from "#ground/errors";
import { AlterPartition } from "#ground/protocol/messages/56-alter-partition";
import { type AlterPartitionItem, type AlterPartitionResult } from "#replication";
import { AllocateProducerIds, OfflineReplicas } from "./apis.ts";
import { type ControllerChannel } from "./controller-channel.ts";

/** Asks for other ISRs. @throws KafkaError, retriable, when the controller can't be reached */
export async function sendAlterPartition(
  channel: ControllerChannel,
  leader: { readonly brokerId: number; readonly brokerEpoch: number },
  items: readonly AlterPartitionItem[],
): Promise<AlterPartitionResult[]> {
  const answer = await channel.send(AlterPartition, AlterPartition.maxVersion, {
    ...leader,
    topics: items.map(({ topicId, index, leaderEpoch, proposal: { isr, partitionEpoch } }) => ({
      topicId,
      partitions: [
        {
          partitionIndex: index,
          leaderEpoch,
          newIsrWithEpochs: isr.map((brokerId) => ({ brokerId })),
          partitionEpoch,
        },
      ],
    })),
  });
  const refusal = errorForCode(answer.errorCode);
  if (refusal !== null) throw refusal;
  return answer.topics.map(({ partitions }): AlterPartitionResult => {
    const found = partitions[0];
    if (found === undefined) return new KafkaError("UNKNOWN_SERVER_ERROR", "AlterPartition: expected a partition");
    const { errorCode, leaderId, leaderEpoch, isr, partitionEpoch } = found;
    return errorForCode(errorCode) ?? { leader: leaderId, leaderEpoch, isr, partitionEpoch };
  });
}

/** Tells which replicas of a broker can't be used. @throws KafkaError, retriable, when it should be told again */
export async function sendOfflineReplicas(
  channel: ControllerChannel,
  broker: { readonly brokerId: number; readonly brokerEpoch: number },
  replicas: ReadonlySet<string>,
): Promise<void> {
  const { errorCode } = await channel.send(OfflineReplicas, 0, { ...broker, replicas: [...replicas] });
  const refusal = errorForCode(errorCode);
  if (refusal !== null) throw refusal;
}

/** Asks for producer ids. @throws KafkaError */
export async function allocateProducerIds(
  channel: ControllerChannel,
  brokerId: number,
  brokerEpoch: number,
): Promise<ProducerIdBlock> {
  const { errorCode, producerIdStart, producerIdLen } = await channel.send(AllocateProducerIds, 0, {
    brokerId,
    brokerEpoch,
  });
  const refusal = errorForCode(errorCode);
  if (refusal !== null) throw refusal;
  const first = Number(producerIdStart);
  return { brokerId, first, last: first + producerIdLen - 1 };
}
