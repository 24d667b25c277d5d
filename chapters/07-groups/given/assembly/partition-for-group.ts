/**
 * Where a group's state is kept: which partition of `__consumer_offsets`.
 *
 * @module
 */

/** The topic with the committed offsets, and the groups themselves. */
export const GROUP_METADATA_TOPIC_NAME = "__consumer_offsets";

/**
 * The partition of a group, or of a transactional id: the hash that Java gives its text, without the sign. Whoever
 * leads the partition is the coordinator. Source: Kafka's `GroupMetadataManager.partitionFor`, `Utils.abs`.
 */
export function partitionForGroup(groupId: string, numPartitions: number): number {
  let hash = 0;
  for (let i = 0; i < groupId.length; i++) hash = (Math.imul(31, hash) + groupId.charCodeAt(i)) | 0;
  // Java has no positive number for the smallest one.
  return hash === -0x8000_0000 ? 0 : Math.abs(hash) % numPartitions;
}
