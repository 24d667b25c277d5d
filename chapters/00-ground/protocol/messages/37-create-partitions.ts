import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, bool, int16, int32, string } from "../schema.ts";

/**
 * Adds partitions to topics.
 *
 * What came with which version:
 * - 2: flexible
 * - 3: THROTTLING_QUOTA_EXCEEDED (KIP-599)
 */
export const CreatePartitions = api({
  key: 37,
  name: "CreatePartitions",
  versions: [0, 3],
  flexibleFrom: 2,
  request: {
    topics: array({
      name: string(),
      /** All partitions afterwards, not the new ones. */
      count: int32(),
      /** The replicas of each new partition; null: the controller chooses. */
      assignments: array({
        brokerIds: array(int32()),
      }, { nullable: true }),
    }),
    timeoutMs: int32(),
    validateOnly: bool(),
  },
  response: {
    throttleTimeMs: int32(),
    results: array({
      name: string(),
      errorCode: int16(),
      errorMessage: string({ nullable: true }),
    }),
  },
});

/** A decoded CreatePartitions request. */
export type CreatePartitionsRequest = RequestOf<typeof CreatePartitions>;

/** A decoded CreatePartitions response. */
export type CreatePartitionsResponse = ResponseOf<typeof CreatePartitions>;
