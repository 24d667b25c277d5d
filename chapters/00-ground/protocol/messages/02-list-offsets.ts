import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, int16, int32, int64, int8, string } from "../schema.ts";

/**
 * Finds an offset by time: the first, the next to be written, or the first at or after a timestamp.
 *
 * What came with which version:
 * - 0: a list of offsets, the starts of segments; 1: one offset (KIP-79)
 * - 2: isolationLevel (KIP-98)
 * - 4: currentLeaderEpoch (KIP-320)
 * - 5: OFFSET_NOT_AVAILABLE (KIP-207)
 * - 6: flexible
 * - 7: the record with the highest timestamp (KIP-734)
 * - 8: the first on local disk (KIP-405)
 * - 9: the last in tiered storage (KIP-1005)
 * - 10: timeoutMs (KIP-1075)
 */
export const ListOffsets = api({
  key: 2,
  name: "ListOffsets",
  versions: [0, 10],
  flexibleFrom: 6,
  request: {
    /** −1 for a consumer, −2 for debugging. */
    replicaId: int32(),
    isolationLevel: int8({ since: 2 }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        currentLeaderEpoch: int32({ since: 4, default: -1, ignorable: true }),
        /** Milliseconds, or −1: the latest; −2: the earliest; −3: of the highest timestamp; −4, −5: tiered. */
        timestamp: int64(),
        maxNumOffsets: int32({ until: 0, default: 1 }),
      }),
    }),
    /** For tiered storage, which may be slow. */
    timeoutMs: int32({ since: 10, ignorable: true }),
  },
  response: {
    throttleTimeMs: int32({ since: 2 }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        oldStyleOffsets: array(int64(), { until: 0 }),
        /** Of the record found; −1 if there is none, or if the time was a special one. */
        timestamp: int64({ since: 1, default: -1 }),
        offset: int64({ since: 1, default: -1 }),
        leaderEpoch: int32({ since: 4, default: -1 }),
      }),
    }),
  },
});

/** A decoded ListOffsets request. */
export type ListOffsetsRequest = RequestOf<typeof ListOffsets>;

/** A decoded ListOffsets response. */
export type ListOffsetsResponse = ResponseOf<typeof ListOffsets>;
