import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, bool, int16, int32, string, uuid } from "../schema.ts";

/**
 * Asks who the brokers are, and who leads which partition.
 *
 * What came with which version:
 * - 0: no topics means all; from 1 on null does, and [] means none
 * - 1: rack, controller, isInternal
 * - 2: clusterId
 * - 4: allowAutoTopicCreation
 * - 5: offlineReplicas (KIP-112)
 * - 7: leaderEpoch (KIP-320)
 * - 8: authorized operations (KIP-430)
 * - 9: flexible
 * - 10: topic ids (KIP-516)
 * - 11: no more of the cluster's authorized operations (KIP-700)
 * - 12: topics may be asked for by id alone
 * - 13: a top-level error, REBOOTSTRAP_REQUIRED (KIP-1102)
 */
export const Metadata = api({
  key: 3,
  name: "Metadata",
  versions: [0, 13],
  flexibleFrom: 9,
  request: {
    /** null: all topics. */
    topics: array({
      topicId: uuid({ since: 10, ignorable: true }),
      name: string({ nullableSince: 10 }),
    }, { nullableSince: 1 }),
    allowAutoTopicCreation: bool({ since: 4, default: true }),
    includeClusterAuthorizedOperations: bool({ since: 8, until: 10 }),
    includeTopicAuthorizedOperations: bool({ since: 8 }),
  },
  response: {
    throttleTimeMs: int32({ since: 3 }),
    brokers: array({
      nodeId: int32(),
      host: string(),
      port: int32(),
      rack: string({ since: 1, nullable: true }),
    }),
    clusterId: string({ since: 2, nullable: true }),
    /** From a KRaft broker any live broker: it passes on what is for the controller. */
    controllerId: int32({ since: 1, default: -1 }),
    topics: array({
      errorCode: int16(),
      name: string({ nullableSince: 12 }),
      topicId: uuid({ since: 10 }),
      isInternal: bool({ since: 1 }),
      partitions: array({
        errorCode: int16(),
        partitionIndex: int32(),
        /** −1: no leader at the moment. */
        leaderId: int32(),
        leaderEpoch: int32({ since: 7, default: -1 }),
        /** The preferred leader comes first. */
        replicaNodes: array(int32()),
        isrNodes: array(int32()),
        offlineReplicas: array(int32(), { since: 5 }),
      }),
      /** Bit set of what the client may do; −2^31 when that was not asked for. */
      topicAuthorizedOperations: int32({ since: 8, default: -0x8000_0000 }),
    }),
    /** Bit set of what the client may do; −2^31 when that was not asked for. */
    clusterAuthorizedOperations: int32({ since: 8, until: 10, default: -0x8000_0000 }),
    errorCode: int16({ since: 13 }),
  },
});

/** A decoded Metadata request. */
export type MetadataRequest = RequestOf<typeof Metadata>;

/** A decoded Metadata response. */
export type MetadataResponse = ResponseOf<typeof Metadata>;
