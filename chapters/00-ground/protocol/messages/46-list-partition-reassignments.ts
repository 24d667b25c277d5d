import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, int16, int32, string } from "../schema.ts";

export const ListPartitionReassignments = api({
  key: 46,
  name: "ListPartitionReassignments",
  versions: [0, 0],
  flexibleFrom: 0,
  request: {
    timeoutMs: int32({ default: 60000 }),
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

export type ListPartitionReassignmentsRequest = RequestOf<typeof ListPartitionReassignments>;
export type ListPartitionReassignmentsResponse = ResponseOf<typeof ListPartitionReassignments>;
