/**
 * What in a picture is another one than in the picture before, as far as it is shown. Nothing is, where there was none.
 *
 * @module
 */
import { type BrokerPicture, type PartitionPicture, type Picture, type ReplicaPicture } from "../picture.ts";

/** Its state, and whether it is the controller. */
export function isOtherBroker(before: Picture | null, { id, state, isController }: BrokerPicture): boolean {
  const was = before?.brokers.find((broker) => broker.id === id);
  return was !== undefined && (was.state !== state || was.isController !== isController);
}

/** Who leads, in which epoch, and the ISR. */
export function isOtherPartition(before: Picture | null, partition: PartitionPicture): boolean {
  if (before === null) return false;
  const was = partitionIn(before, partition);
  if (was === undefined) return true;
  const { leader, leaderEpoch, isr } = partition;
  return was.leader !== leader || was.leaderEpoch !== leaderEpoch || was.isr.join() !== isr.join();
}

/** Its role, its epoch, where its log begins and ends, and its high watermark. */
export function isOtherReplica(before: Picture | null, partition: PartitionPicture, replica: ReplicaPicture): boolean {
  if (before === null) return false;
  const was = partitionIn(before, partition)?.replicas.find(({ brokerId }) => brokerId === replica.brokerId);
  return was === undefined || shownOf(was) !== shownOf(replica);
}

function partitionIn({ partitions }: Picture, { topic, index }: PartitionPicture): PartitionPicture | undefined {
  return partitions.find((one) => one.topic === topic && one.index === index);
}

function shownOf(replica: ReplicaPicture): string {
  const { role, leaderEpoch, logStartOffset, highWatermark, logEndOffset, isCurrent } = replica;
  return [role, leaderEpoch, logStartOffset, highWatermark, logEndOffset, isCurrent].join();
}
