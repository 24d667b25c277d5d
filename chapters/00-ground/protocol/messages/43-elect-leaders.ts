import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, int16, int32, int8, string } from "../schema.ts";

/**
 * Has leaders elected: the preferred ones, or, at the price of losing records, any (KIP-460).
 *
 * What came with which version:
 * - 1: electionType, a top-level error
 * - 2: flexible
 */
export const ElectLeaders = api({
  key: 43,
  name: "ElectLeaders",
  versions: [0, 2],
  flexibleFrom: 2,
  request: {
    /** 0: preferred; 1: unclean. */
    electionType: int8({ since: 1 }),
    /** null: all. */
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

/** A decoded ElectLeaders request. */
export type ElectLeadersRequest = RequestOf<typeof ElectLeaders>;

/** A decoded ElectLeaders response. */
export type ElectLeadersResponse = ResponseOf<typeof ElectLeaders>;
