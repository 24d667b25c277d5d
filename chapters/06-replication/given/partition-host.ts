/**
 * What a partition needs of the broker that it is on.
 *
 * @module
 */
import { type IsrProposal } from "#replication/leader-state";
import { type AlteredPartition } from "./assembly/alter-partition-manager.ts";
import { type Partition } from "#replication/partition";

/** What a partition needs of its broker. */
export interface PartitionHost {
  readonly brokerId: number;
  /** `replica.lag.time.max.ms` */
  readonly maxLagMs: number;
  /** The monotonic clock. */
  nowMs(): number;
  /** Whether a broker may be in sync: it is alive, in this life of it (KIP-903). */
  isEligible(brokerId: number, brokerEpoch: number): boolean;
  /**
   * Asks the controller to write down another ISR. Resolves to what is in force then; a refusal, or an answer that was
   * lost, is a rejection.
   */
  alterIsr(partition: Partition, proposal: IsrProposal): Promise<AlteredPartition>;
  /** Does the rest of a truncation: reading again who has produced what. Until then nothing can be appended. */
  finishTruncation(partition: Partition, rest: Generator<void, boolean>): void;
  /** Called after each move of the high watermark. */
  highWatermarkMoved(partition: Partition): void;
  /** Called after an append or a move of the high watermark: delayed requests may be complete now. */
  progressed(partition: Partition): void;
}
