import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, bool, int16, int32, int64, string } from "../schema.ts";

/**
 * Reads the positions that a group has committed.
 *
 * What came with which version:
 * - 2: null topics means all; a top-level error
 * - 5: committedLeaderEpoch (KIP-320)
 * - 6: flexible
 * - 7: requireStable (KIP-447)
 * - 8: several groups at once (KIP-709)
 * - 9: member ids and epochs (KIP-848)
 */
export const OffsetFetch = api({
  key: 9,
  name: "OffsetFetch",
  versions: [0, 9],
  flexibleFrom: 6,
  request: {
    groupId: string({ until: 7 }),
    topics: array({
      name: string(),
      partitionIndexes: array(int32()),
    }, { until: 7, nullableSince: 2 }),
    groups: array({
      groupId: string(),
      memberId: string({ since: 9, nullable: true, ignorable: true }),
      memberEpoch: int32({ since: 9, default: -1, ignorable: true }),
      topics: array({
        name: string(),
        partitionIndexes: array(int32()),
      }, { nullable: true }),
    }, { since: 8 }),
    /** Whether to wait for open transactions that commit offsets too (else UNSTABLE_OFFSET_COMMIT). */
    requireStable: bool({ since: 7 }),
  },
  response: {
    throttleTimeMs: int32({ since: 3 }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        /** −1 when there is none. */
        committedOffset: int64(),
        committedLeaderEpoch: int32({ since: 5, default: -1 }),
        metadata: string({ nullable: true }),
        errorCode: int16(),
      }),
    }, { until: 7 }),
    errorCode: int16({ since: 2, until: 7 }),
    groups: array({
      groupId: string(),
      topics: array({
        name: string(),
        partitions: array({
          partitionIndex: int32(),
          committedOffset: int64(),
          committedLeaderEpoch: int32({ default: -1 }),
          metadata: string({ nullable: true }),
          errorCode: int16(),
        }),
      }),
      errorCode: int16(),
    }, { since: 8 }),
  },
});

/** A decoded OffsetFetch request. */
export type OffsetFetchRequest = RequestOf<typeof OffsetFetch>;

/** A decoded OffsetFetch response. */
export type OffsetFetchResponse = ResponseOf<typeof OffsetFetch>;
