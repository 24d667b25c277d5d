import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, int16, int32, int64, string } from "../schema.ts";

/**
 * Stores the positions that a group has reached, in the internal topic __consumer_offsets.
 *
 * What came with which version:
 * - 1: generation and member
 * - 2: retentionTimeMs, until 4 (KIP-211)
 * - 6: committedLeaderEpoch (KIP-320)
 * - 7: groupInstanceId (KIP-345)
 * - 8: flexible
 * - 9: member epochs (KIP-848)
 */
export const OffsetCommit = api({
  key: 8,
  name: "OffsetCommit",
  versions: [0, 9],
  flexibleFrom: 8,
  request: {
    groupId: string(),
    /** −1 for a consumer without a group membership. */
    generationIdOrMemberEpoch: int32({ since: 1, default: -1, ignorable: true }),
    memberId: string({ since: 1, ignorable: true }),
    /** Of a static member. */
    groupInstanceId: string({ since: 7, nullable: true }),
    retentionTimeMs: int64({ since: 2, until: 4, default: -1, ignorable: true }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        /** The next one to read, not the last one read. */
        committedOffset: int64(),
        committedLeaderEpoch: int32({ since: 6, default: -1, ignorable: true }),
        commitTimestamp: int64({ since: 1, until: 1, default: -1 }),
        /** A note of the client's own. */
        committedMetadata: string({ nullable: true }),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32({ since: 3 }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
      }),
    }),
  },
});

/** A decoded OffsetCommit request. */
export type OffsetCommitRequest = RequestOf<typeof OffsetCommit>;

/** A decoded OffsetCommit response. */
export type OffsetCommitResponse = ResponseOf<typeof OffsetCommit>;
