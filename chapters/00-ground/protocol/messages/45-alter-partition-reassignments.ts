import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, int16, int32, string } from "../schema.ts";

/** Moves partitions to other brokers, or calls a move off (KIP-455). */
export const AlterPartitionReassignments = api({
  key: 45,
  name: "AlterPartitionReassignments",
  versions: [0, 0],
  flexibleFrom: 0,
  request: {
    timeoutMs: int32({ default: 60000 }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        /** null: call the move off. */
        replicas: array(int32(), { nullable: true, default: null }),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: true }),
    responses: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: true }),
      }),
    }),
  },
});

/** A decoded AlterPartitionReassignments request. */
export type AlterPartitionReassignmentsRequest = RequestOf<typeof AlterPartitionReassignments>;

/** A decoded AlterPartitionReassignments response. */
export type AlterPartitionReassignmentsResponse = ResponseOf<typeof AlterPartitionReassignments>;
