import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, bool, int16, int32, int8, string, uuid } from "../schema.ts";

/**
 * Creates topics.
 *
 * What came with which version:
 * - 1: validateOnly, errorMessage
 * - 4: −1 partitions or replicas for the broker's default (KIP-464)
 * - 5: flexible; the new topic's configuration (KIP-525)
 * - 6: THROTTLING_QUOTA_EXCEEDED (KIP-599)
 * - 7: topicId (KIP-516)
 */
export const CreateTopics = api({
  key: 19,
  name: "CreateTopics",
  versions: [0, 7],
  flexibleFrom: 5,
  request: {
    topics: array({
      name: string(),
      /** −1 for the broker's default, or with assignments. */
      numPartitions: int32(),
      /** −1 for the broker's default, or with assignments. */
      replicationFactor: int16(),
      /** The replicas of each partition, where they are to be chosen by hand. */
      assignments: array({
        partitionIndex: int32(),
        brokerIds: array(int32()),
      }),
      configs: array({
        name: string(),
        value: string({ nullable: true }),
      }),
    }),
    timeoutMs: int32({ default: 60000 }),
    validateOnly: bool({ since: 1 }),
  },
  response: {
    throttleTimeMs: int32({ since: 2 }),
    topics: array({
      name: string(),
      topicId: uuid({ since: 7 }),
      errorCode: int16(),
      errorMessage: string({ since: 1, nullable: true }),
      /** Why configs is null, when the client may create topics but not read their configuration. */
      topicConfigErrorCode: int16({ since: 5, tag: 0 }),
      numPartitions: int32({ since: 5, default: -1 }),
      replicationFactor: int16({ since: 5, default: -1 }),
      configs: array({
        name: string(),
        value: string({ nullable: true }),
        readOnly: bool(),
        /** See DescribeConfigs. */
        configSource: int8({ default: -1 }),
        isSensitive: bool(),
      }, { since: 5, nullable: true }),
    }),
  },
});

/** A decoded CreateTopics request. */
export type CreateTopicsRequest = RequestOf<typeof CreateTopics>;

/** A decoded CreateTopics response. */
export type CreateTopicsResponse = ResponseOf<typeof CreateTopics>;
