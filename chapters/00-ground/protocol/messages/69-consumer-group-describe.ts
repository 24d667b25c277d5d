import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, bool, int16, int32, int8, string, struct, uuid } from "../schema.ts";

const TOPIC_PARTITIONS = {
  topicId: uuid(),
  topicName: string(),
  partitions: array(int32()),
};

const ASSIGNMENT = {
  topicPartitions: array(TOPIC_PARTITIONS),
};

/**
 * Describes groups of the new protocol (KIP-848).
 *
 * What came with which version:
 * - 1: memberType
 */
export const ConsumerGroupDescribe = api({
  key: 69,
  name: "ConsumerGroupDescribe",
  versions: [0, 1],
  flexibleFrom: 0,
  request: {
    groupIds: array(string()),
    includeAuthorizedOperations: bool(),
  },
  response: {
    throttleTimeMs: int32(),
    groups: array({
      errorCode: int16(),
      errorMessage: string({ nullable: true }),
      groupId: string(),
      groupState: string(),
      groupEpoch: int32(),
      assignmentEpoch: int32(),
      assignorName: string(),
      members: array({
        memberId: string(),
        instanceId: string({ nullable: true }),
        rackId: string({ nullable: true }),
        memberEpoch: int32(),
        clientId: string(),
        clientHost: string(),
        subscribedTopicNames: array(string()),
        subscribedTopicRegex: string({ nullable: true }),
        assignment: struct(ASSIGNMENT),
        targetAssignment: struct(ASSIGNMENT),
        /** 0: classic protocol; 1: consumer protocol; −1: not known. */
        memberType: int8({ since: 1, default: -1 }),
      }),
      /** Bit set of what the client may do; −2^31 when that was not asked for. */
      authorizedOperations: int32({ default: -0x8000_0000 }),
    }),
  },
});

/** A decoded ConsumerGroupDescribe request. */
export type ConsumerGroupDescribeRequest = RequestOf<typeof ConsumerGroupDescribe>;

/** A decoded ConsumerGroupDescribe response. */
export type ConsumerGroupDescribeResponse = ResponseOf<typeof ConsumerGroupDescribe>;
