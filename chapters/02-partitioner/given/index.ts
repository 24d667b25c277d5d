/**
 * Chapter 2: which partition a record goes to.
 *
 * @module
 */
export { BuiltInPartitioner, type PartitionLoadStats, partitionOfDraw } from "#partitioner/built-in-partitioner";
export { createPartitioner, type PartitionerClass } from "./create-partitioner.ts";
export { murmur2, toPositive } from "#partitioner/murmur2";
export {
  checkPartition,
  PartitionChooser,
  type RecordToPlace,
  UNKNOWN_PARTITION,
} from "#partitioner/partition-chooser";
export { partitionForKey } from "#partitioner/partition-for-key";
export { type Partitioner } from "./partitioner.ts";
export { randomPartition } from "./random-partition.ts";
export { RoundRobinPartitioner } from "#partitioner/round-robin-partitioner";
export { StickyPartitioner } from "#partitioner/sticky-partitioner";
