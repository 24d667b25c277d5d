/**
 * Where leader epochs end, as the leader answers it: from that a reader learns that its log and the leader's have
 * parted. Source: Kafka's `Partition.lastOffsetForLeaderEpoch`, `readRecords`; KIP-101, KIP-279, KIP-595.
 *
 * @module
 */
import { NotImplementedError } from "#ground/errors";
import { type EpochEndOffset } from "#log";
import { type EpochLog } from "#replication/given/epoch-log";
import { type PartitionRead } from "#replication/given/partition-reads";

/**
 * The largest epoch at this replica that is not above `epoch`, and the offset after its last record.
 *
 * Its log knows the epochs in which it has records. The leader knows more: its own epoch, `leadingEpoch`, has begun,
 * though nothing may be written in it yet. It ends at the log's end; and so does the latest epoch before it, for as
 * long as nothing is written. (Without any record: the epoch that was asked for, ends where the log does.)
 *
 * Example: the log ends at 7, its last record is of epoch 3, and it now leads in epoch 6. Epoch 6 ends at 7. Epoch 5,
 * or 4, or 3: "epoch 3 ends at 7". Epoch 7, or -1 (none): -1, -1; no leader knows it.
 *
 * @param leadingEpoch in which this replica leads; null for a follower
 * @exercise 6.5 endOfEpoch
 */
export function endOfEpoch(log: EpochLog, leadingEpoch: number | null, epoch: number): EpochEndOffset {
  throw new NotImplementedError("6.5 endOfEpoch");
}

/**
 * Whether a reader's log has parted from this one: its last record, of `lastFetchedEpoch`, is not here. It isn't when
 * that epoch ends here before the offset that it asks for, or is not known here at all.
 *
 * @param end {@link endOfEpoch} of the reader's `lastFetchedEpoch`
 * @param name for the error: `orders-3`
 * @returns `end` if they have parted: that is what the reader is told; null if they haven't
 * @throws KafkaError OFFSET_OUT_OF_RANGE when `end` is unknown (-1): the two logs have nothing in common
 * @exercise 6.5 divergingEpoch
 */
export function divergingEpoch(
  end: EpochEndOffset,
  { fetchOffset, lastFetchedEpoch }: Pick<PartitionRead, "fetchOffset" | "lastFetchedEpoch">,
  name: string,
): EpochEndOffset | null {
  throw new NotImplementedError("6.5 divergingEpoch");
}
