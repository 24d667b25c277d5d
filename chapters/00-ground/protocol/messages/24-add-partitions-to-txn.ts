import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, bool, int16, int32, int64, string } from "../schema.ts";

const TOPIC = {
  name: string(),
  partitions: array(int32()),
};

const TOPIC_RESULT = {
  name: string(),
  resultsByPartition: array({
    partitionIndex: int32(),
    partitionErrorCode: int16(),
  }),
};

/**
 * Adds partitions to a transaction.
 *
 * What came with which version:
 * - 3: flexible
 * - 4: several transactions at once, and to ask whether partitions are in one; from here on for brokers (KIP-890)
 * - 5: TRANSACTION_ABORTABLE (KIP-890)
 */
export const AddPartitionsToTxn = api({
  key: 24,
  name: "AddPartitionsToTxn",
  versions: [0, 5],
  flexibleFrom: 3,
  request: {
    transactions: array({
      transactionalId: string(),
      producerId: int64(),
      producerEpoch: int16(),
      /** Only ask whether the partitions are in the transaction. */
      verifyOnly: bool(),
      topics: array(TOPIC),
    }, { since: 4 }),
    v3AndBelowTransactionalId: string({ until: 3 }),
    v3AndBelowProducerId: int64({ until: 3 }),
    v3AndBelowProducerEpoch: int16({ until: 3 }),
    v3AndBelowTopics: array(TOPIC, { until: 3 }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16({ since: 4 }),
    resultsByTransaction: array({
      transactionalId: string(),
      topicResults: array(TOPIC_RESULT),
    }, { since: 4 }),
    resultsByTopicV3AndBelow: array(TOPIC_RESULT, { until: 3 }),
  },
});

/** A decoded AddPartitionsToTxn request. */
export type AddPartitionsToTxnRequest = RequestOf<typeof AddPartitionsToTxn>;

/** A decoded AddPartitionsToTxn response. */
export type AddPartitionsToTxnResponse = ResponseOf<typeof AddPartitionsToTxn>;
