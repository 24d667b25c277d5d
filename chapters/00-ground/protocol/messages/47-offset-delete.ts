import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, int16, int32, string } from "../schema.ts";

/** Deletes a group's committed offsets (KIP-496). It never became flexible. */
export const OffsetDelete = api({
  key: 47,
  name: "OffsetDelete",
  versions: [0, 0],
  flexibleFrom: null,
  request: {
    groupId: string(),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
      }),
    }),
  },
  response: {
    errorCode: int16(),
    throttleTimeMs: int32(),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
      }),
    }),
  },
});

/** A decoded OffsetDelete request. */
export type OffsetDeleteRequest = RequestOf<typeof OffsetDelete>;

/** A decoded OffsetDelete response. */
export type OffsetDeleteResponse = ResponseOf<typeof OffsetDelete>;
