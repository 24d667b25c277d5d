/**
 * Chapter 2: which partition a record goes to.
 *
 * @module
 */
export { BuiltInPartitioner, type PartitionLoadStats, partitionOfDraw } from "./built-in-partitioner.ts";
export { createPartitioner, type PartitionerClass } from "./create-partitioner.ts";
export { murmur2, toPositive } from "./murmur2.ts";
export { checkPartition, PartitionChooser, type RecordToPlace, UNKNOWN_PARTITION } from "./partition-chooser.ts";
export { partitionForKey } from "./partition-for-key.ts";
export { type Partitioner } from "./partitioner.ts";
export { randomPartition } from "./random-partition.ts";
export { RoundRobinPartitioner } from "./round-robin-partitioner.ts";
export { StickyPartitioner } from "./sticky-partitioner.ts";
