import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, int16, int32, int64, string } from "../schema.ts";

/**
 * Asks where a leader epoch ended. Followers and consumers find out with it where their log left the leader's
 * (KIP-101).
 *
 * What came with which version:
 * - 1: leaderEpoch in the response (KIP-279)
 * - 2: currentLeaderEpoch (KIP-320)
 * - 3: replicaId (KIP-392)
 * - 4: flexible
 */
export const OffsetForLeaderEpoch = api({
  key: 23,
  name: "OffsetForLeaderEpoch",
  versions: [0, 4],
  flexibleFrom: 4,
  request: {
    /** −1 for a consumer, −2 for debugging. */
    replicaId: int32({ since: 3, default: -2, ignorable: true }),
    topics: array({
      topic: string(),
      partitions: array({
        partition: int32(),
        /** What the asker takes for the leader's epoch: fences either of the two. */
        currentLeaderEpoch: int32({ since: 2, default: -1, ignorable: true }),
        leaderEpoch: int32(),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32({ since: 2 }),
    topics: array({
      topic: string(),
      partitions: array({
        errorCode: int16(),
        partition: int32(),
        /** The highest one up to the epoch asked for; −1: none. */
        leaderEpoch: int32({ since: 1, default: -1 }),
        /** One past the last offset of that epoch; −1: none. */
        endOffset: int64({ default: -1 }),
      }),
    }),
  },
});

/** A decoded OffsetForLeaderEpoch request. */
export type OffsetForLeaderEpochRequest = RequestOf<typeof OffsetForLeaderEpoch>;

/** A decoded OffsetForLeaderEpoch response. */
export type OffsetForLeaderEpochResponse = ResponseOf<typeof OffsetForLeaderEpoch>;
