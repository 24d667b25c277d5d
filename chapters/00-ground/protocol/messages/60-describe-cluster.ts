import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, bool, int16, int32, int8, string } from "../schema.ts";

/**
 * Describes the cluster: its brokers, and which of them controls (KIP-700).
 *
 * What came with which version:
 * - 1: endpointType (KIP-919)
 * - 2: fenced brokers (KIP-1073)
 */
export const DescribeCluster = api({
  key: 60,
  name: "DescribeCluster",
  versions: [0, 2],
  flexibleFrom: 0,
  request: {
    includeClusterAuthorizedOperations: bool(),
    /** 1: brokers; 2: controllers. */
    endpointType: int8({ since: 1, default: 1 }),
    includeFencedBrokers: bool({ since: 2 }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: true }),
    endpointType: int8({ since: 1, default: 1 }),
    clusterId: string(),
    controllerId: int32({ default: -1 }),
    brokers: array({
      brokerId: int32(),
      host: string(),
      port: int32(),
      rack: string({ nullable: true }),
      isFenced: bool({ since: 2 }),
    }),
    /** Bit set of what the client may do; −2^31 when that was not asked for. */
    clusterAuthorizedOperations: int32({ default: -0x8000_0000 }),
  },
});

/** A decoded DescribeCluster request. */
export type DescribeClusterRequest = RequestOf<typeof DescribeCluster>;

/** A decoded DescribeCluster response. */
export type DescribeClusterResponse = ResponseOf<typeof DescribeCluster>;
