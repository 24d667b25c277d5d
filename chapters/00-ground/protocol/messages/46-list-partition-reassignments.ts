import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, int16, int32, string } from "../schema.ts";

/** Lists the moves of partitions that are under way (KIP-455). */
export const ListPartitionReassignments = api({
  key: 46,
  name: "ListPartitionReassignments",
  versions: [0, 0],
  flexibleFrom: 0,
  request: {
    timeoutMs: int32({ default: 60000 }),
    /** null: all. */
    topics: array({
      name: string(),
      partitionIndexes: array(int32()),
    }, { nullable: true, default: null }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: true }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        replicas: array(int32()),
        addingReplicas: array(int32()),
        removingReplicas: array(int32()),
      }),
    }),
  },
});

/** A decoded ListPartitionReassignments request. */
export type ListPartitionReassignmentsRequest = RequestOf<typeof ListPartitionReassignments>;

/** A decoded ListPartitionReassignments response. */
export type ListPartitionReassignmentsResponse = ResponseOf<typeof ListPartitionReassignments>;
