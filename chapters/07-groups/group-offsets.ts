/**
 * The offsets that a group has committed: how far its members have come. They outlive members, generations and brokers.
 * Source: Kafka's `OffsetMetadataManager`, `ClassicGroup.validateOffsetCommit`, `OffsetExpirationConditionImpl`.
 *
 * @module
 */
import { type KafkaErrorName, NotImplementedError } from "#ground/errors";
import { type TopicPartition } from "#ground/topic-partition";
import { type ClassicGroup } from "#groups/given/classic-group";
import { type CommittedOffset } from "#groups/given/committed-offsets";
import { type RecordProducer, type Reply } from "#groups/given/assembly/coordinator-shard";
import { type OffsetCommitRecord } from "#groups/given/group-records";
import { type CommitAnswer, type CommitRequest } from "#groups/given/assembly/group-requests";
import { type GroupTurn } from "#groups/given/group-turn";

/**
 * Whether somebody may commit offsets for the group now.
 *
 * - A member may in its generation: else it is refused as everywhere (first {@link ClassicGroup.refusalOf}, then
 *   ILLEGAL_GENERATION). A consumer that was taken for dead, and goes on, must not overwrite what its successor has
 *   written. It may also while members join, to write down what it is about to give up; but in CompletingRebalance it
 *   has a generation and no assignment yet: REBALANCE_IN_PROGRESS.
 * - Somebody in no group (generation -1, no member id, no instance id: a tool, or a consumer with partitions of its own
 *   choice) may while the group is Empty: else UNKNOWN_MEMBER_ID. In an Empty group, generation -1 is enough.
 *
 * @returns null when it may
 * @exercise 7.5 refusalOfCommit
 */
export function refusalOfCommit(group: ClassicGroup, request: CommitRequest): KafkaErrorName | null {
  throw new NotImplementedError("7.5 refusalOfCommit");
}

/**
 * Commits offsets: writes one record for each, with the time of the turn. If the request says how long they are to be
 * kept, they expire that much later.
 *
 * The whole request is refused when {@link refusalOfCommit} says so; one offset alone when its metadata has more than
 * `limits.offsetMetadataMaxBytes` bytes in UTF-8: OFFSET_METADATA_TOO_LARGE. A member that commits is alive:
 * {@link ClassicGroupMember.keepAlive}.
 *
 * The offsets themselves don't change here: {@link replayOffset}.
 *
 * @exercise 7.5 commitOffsets
 */
export function commitOffsets(
  group: ClassicGroup,
  request: CommitRequest,
  reply: Reply<CommitAnswer>,
  turn: GroupTurn,
): void {
  throw new NotImplementedError("7.5 commitOffsets");
}

/**
 * Takes over what was written of an offset; a tombstone (no value) removes it. In a transaction (the producer id isn't
 * -1) it counts only when the transaction is committed: until then it is kept aside
 * ({@link CommittedOffsets.pendingOf}).
 *
 * @exercise 7.5 replayOffset
 */
export function replayOffset(group: ClassicGroup, record: OffsetCommitRecord, { producerId }: RecordProducer): void {
  throw new NotImplementedError("7.5 replayOffset");
}

/**
 * The offsets that may be forgotten: nobody has used them for `limits.offsetsRetentionMs`.
 *
 * - From when that time counts: in an Empty group that had members, from when it became empty (from the commit where
 *   that isn't known, -1); in one that never had any, from the commit. In a group with members it doesn't count at all,
 *   but for topics that nobody subscribes to any more, in Stable: from the commit.
 * - An offset that was committed with an expiry time of its own expires then, where offsets can expire at all.
 * - One that an open transaction has committed anew stays.
 *
 * @param subscribed the topics that the members of a Stable group subscribe to; null when that isn't known: then
 *   nothing expires
 * @exercise 7.5 expiredOffsets
 */
export function expiredOffsets(
  group: ClassicGroup,
  subscribed: ReadonlySet<string> | null,
  turn: GroupTurn,
): CommittedOffset[] {
  throw new NotImplementedError("7.5 expiredOffsets");
}

/**
 * Writes tombstones for those of `partitions` that the group has an offset of. With the last of its offsets an Empty
 * group itself is of no use any more: if `mayDeleteGroup`, a tombstone for the group follows.
 *
 * @exercise 7.5 writeTombstones
 */
export function writeTombstones(
  group: ClassicGroup,
  partitions: readonly TopicPartition[],
  mayDeleteGroup: boolean,
  turn: GroupTurn,
): void {
  throw new NotImplementedError("7.5 writeTombstones");
}
