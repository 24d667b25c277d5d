import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, bool, int16, int32, int8, string, uuid } from "../schema.ts";

export const CreateTopics = api({
  key: 19,
  name: "CreateTopics",
  versions: [0, 7],
  flexibleFrom: 5,
  request: {
    topics: array({
      name: string(),
      numPartitions: int32(),
      replicationFactor: int16(),
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
      topicConfigErrorCode: int16({ since: 5, tag: 0 }),
      numPartitions: int32({ since: 5, default: -1 }),
      replicationFactor: int16({ since: 5, default: -1 }),
      configs: array({
        name: string(),
        value: string({ nullable: true }),
        readOnly: bool(),
        configSource: int8({ default: -1 }),
        isSensitive: bool(),
      }, { since: 5, nullable: true }),
    }),
  },
});

export type CreateTopicsRequest = RequestOf<typeof CreateTopics>;
export type CreateTopicsResponse = ResponseOf<typeof CreateTopics>;
