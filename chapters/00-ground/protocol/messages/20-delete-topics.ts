import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, int16, int32, string, uuid } from "../schema.ts";

/**
 * Deletes topics.
 *
 * What came with which version:
 * - 4: flexible
 * - 5: errorMessage
 * - 6: by id (KIP-516)
 */
export const DeleteTopics = api({
  key: 20,
  name: "DeleteTopics",
  versions: [0, 6],
  flexibleFrom: 4,
  request: {
    topics: array({
      name: string({ nullable: true }),
      topicId: uuid(),
    }, { since: 6 }),
    /** As topics, until 5. */
    topicNames: array(string(), { until: 5, ignorable: true }),
    timeoutMs: int32(),
  },
  response: {
    throttleTimeMs: int32({ since: 1 }),
    responses: array({
      name: string({ nullableSince: 6 }),
      topicId: uuid({ since: 6 }),
      errorCode: int16(),
      errorMessage: string({ since: 5, nullable: true }),
    }),
  },
});

/** A decoded DeleteTopics request. */
export type DeleteTopicsRequest = RequestOf<typeof DeleteTopics>;

/** A decoded DeleteTopics response. */
export type DeleteTopicsResponse = ResponseOf<typeof DeleteTopics>;
