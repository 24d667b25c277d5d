import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, bool, int16, int32, string, struct, uuid } from "../schema.ts";

const CURSOR = {
  topicName: string(),
  partitionIndex: int32(),
};

/** Describes the partitions of topics, page by page (KIP-966). */
export const DescribeTopicPartitions = api({
  key: 75,
  name: "DescribeTopicPartitions",
  versions: [0, 0],
  flexibleFrom: 0,
  request: {
    topics: array({
      name: string(),
    }),
    responsePartitionLimit: int32({ default: 2000 }),
    /** Where to go on; null: from the start. */
    cursor: struct(CURSOR, { nullable: true }),
  },
  response: {
    throttleTimeMs: int32(),
    topics: array({
      errorCode: int16(),
      name: string({ nullable: true }),
      topicId: uuid(),
      isInternal: bool(),
      partitions: array({
        errorCode: int16(),
        partitionIndex: int32(),
        leaderId: int32(),
        leaderEpoch: int32({ default: -1 }),
        replicaNodes: array(int32()),
        isrNodes: array(int32()),
        /** Send [], never null: the Java client fails on that. */
        eligibleLeaderReplicas: array(int32(), { nullable: true }),
        lastKnownElr: array(int32(), { nullable: true }),
        offlineReplicas: array(int32()),
      }),
      /** Bit set of what the client may do; −2^31 when that was not asked for. */
      topicAuthorizedOperations: int32({ default: -0x8000_0000 }),
    }),
    /** What to ask for next; null: this was all. */
    nextCursor: struct(CURSOR, { nullable: true }),
  },
});

/** A decoded DescribeTopicPartitions request. */
export type DescribeTopicPartitionsRequest = RequestOf<typeof DescribeTopicPartitions>;

/** A decoded DescribeTopicPartitions response. */
export type DescribeTopicPartitionsResponse = ResponseOf<typeof DescribeTopicPartitions>;
