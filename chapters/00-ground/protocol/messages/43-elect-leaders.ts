import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, int16, int32, int8, string } from "../schema.ts";

export const ElectLeaders = api({
  key: 43,
  name: "ElectLeaders",
  versions: [0, 2],
  flexibleFrom: 2,
  request: {
    electionType: int8({ since: 1 }),
    topicPartitions: array({
      topic: string(),
      partitions: array(int32()),
    }, { nullable: true }),
    timeoutMs: int32({ default: 60000 }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16({ since: 1 }),
    replicaElectionResults: array({
      topic: string(),
      partitionResult: array({
        partitionId: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: true }),
      }),
    }),
  },
});

export type ElectLeadersRequest = RequestOf<typeof ElectLeaders>;
export type ElectLeadersResponse = ResponseOf<typeof ElectLeaders>;
