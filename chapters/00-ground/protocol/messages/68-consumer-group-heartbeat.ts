import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, int16, int32, string, struct, uuid } from "../schema.ts";

const TOPIC_PARTITIONS = {
  topicId: uuid(),
  partitions: array(int32()),
};

export const ConsumerGroupHeartbeat = api({
  key: 68,
  name: "ConsumerGroupHeartbeat",
  versions: [0, 1],
  flexibleFrom: 0,
  request: {
    groupId: string(),
    memberId: string(),
    memberEpoch: int32(),
    instanceId: string({ nullable: true, default: null }),
    rackId: string({ nullable: true, default: null }),
    rebalanceTimeoutMs: int32({ default: -1 }),
    subscribedTopicNames: array(string(), { nullable: true, default: null }),
    subscribedTopicRegex: string({ since: 1, nullable: true, default: null }),
    serverAssignor: string({ nullable: true, default: null }),
    topicPartitions: array({
      topicId: uuid(),
      partitions: array(int32()),
    }, { nullable: true, default: null }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: true, default: null }),
    memberId: string({ nullable: true, default: null }),
    memberEpoch: int32(),
    heartbeatIntervalMs: int32(),
    assignment: struct({
      topicPartitions: array(TOPIC_PARTITIONS),
    }, { nullable: true, default: null }),
  },
});

export type ConsumerGroupHeartbeatRequest = RequestOf<typeof ConsumerGroupHeartbeat>;
export type ConsumerGroupHeartbeatResponse = ResponseOf<typeof ConsumerGroupHeartbeat>;
