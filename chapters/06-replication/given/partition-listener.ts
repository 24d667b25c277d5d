/**
 * Who wants to know what becomes of the partitions of this broker: the coordinators of groups and transactions, whose
 * state is in internal topics. Source: Kafka's `PartitionListener`.
 *
 * @module
 */
import { type Partition } from "#replication/partition";

/** What happens to a partition. Calls come in the turn in which it happens. */
export interface PartitionListener {
  /** This broker leads it now, in `partition.leaderEpoch`. Also called when it leads on in a new epoch. */
  becameLeader?(partition: Partition): void;
  /** This broker doesn't lead it any more, or not yet: it follows, or nobody leads. */
  becameFollower?(partition: Partition): void;
  /** The high watermark has moved. */
  highWatermarkMoved?(partition: Partition): void;
  /** It is gone from this broker: deleted, moved away, or its disk has failed. */
  stopped?(partition: Partition): void;
}
