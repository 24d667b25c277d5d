import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, int16, int32, string, struct, uuid } from "../schema.ts";

const TOPIC_PARTITIONS = {
  topicId: uuid(),
  partitions: array(int32()),
};

/**
 * Joins, stays in, and leaves a group of the new protocol, in which the coordinator assigns (KIP-848).
 *
 * What came with which version:
 * - 1: subscribedTopicRegex; the member makes its id itself (KIP-1082)
 */
export const ConsumerGroupHeartbeat = api({
  key: 68,
  name: "ConsumerGroupHeartbeat",
  versions: [0, 1],
  flexibleFrom: 0,
  request: {
    groupId: string(),
    memberId: string(),
    /** 0: join; −1: leave; −2: a static member leaves for a while; else the epoch given. */
    memberEpoch: int32(),
    instanceId: string({ nullable: true }),
    rackId: string({ nullable: true }),
    /** −1 when it hasn't changed: null means that in the other fields. */
    rebalanceTimeoutMs: int32({ default: -1 }),
    subscribedTopicNames: array(string(), { nullable: true, default: null }),
    subscribedTopicRegex: string({ since: 1, nullable: true }),
    serverAssignor: string({ nullable: true }),
    /** What the member holds. */
    topicPartitions: array(TOPIC_PARTITIONS, { nullable: true, default: null }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: true }),
    memberId: string({ nullable: true }),
    memberEpoch: int32(),
    heartbeatIntervalMs: int32(),
    /** null when it hasn't changed. */
    assignment: struct({
      topicPartitions: array(TOPIC_PARTITIONS),
    }, { nullable: true }),
  },
});

/** A decoded ConsumerGroupHeartbeat request. */
export type ConsumerGroupHeartbeatRequest = RequestOf<typeof ConsumerGroupHeartbeat>;

/** A decoded ConsumerGroupHeartbeat response. */
export type ConsumerGroupHeartbeatResponse = ResponseOf<typeof ConsumerGroupHeartbeat>;
