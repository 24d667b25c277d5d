/**
 * Chapter 7: groups that share out partitions, and the consumer as a whole.
 *
 * @module
 */
export { type Assignment, type AssignorMember, type PartitionAssignor } from "./assignor.ts";
export { ASSIGNORS, assignorsOf } from "./assignors.ts";
export { GROUP_METADATA_TOPIC_NAME, partitionForGroup } from "./partition-for-group.ts";
