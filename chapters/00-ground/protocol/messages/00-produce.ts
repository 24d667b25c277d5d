import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, int16, int32, int64, records, string, struct } from "../schema.ts";

/**
 * Appends record batches to partitions, at their leaders. With acks 0 there is no response at all.
 *
 * A broker advertises version 0 as its lowest, although it serves none below 3: librdkafka takes a higher one for a
 * broker that can't decompress.
 *
 * What came with which version:
 * - 5: logStartOffset
 * - 7: zstd
 * - 8: recordErrors (KIP-467)
 * - 9: flexible
 * - 10: who leads now, with NOT_LEADER_OR_FOLLOWER (KIP-951)
 * - 11: TRANSACTION_ABORTABLE (KIP-890)
 * - 12: the partition joins the producer's transaction by itself (KIP-890)
 */
export const Produce = api({
  key: 0,
  name: "Produce",
  versions: [3, 12],
  flexibleFrom: 9,
  request: {
    /** null unless the batches are transactional. */
    transactionalId: string({ nullable: true }),
    /** 0: don't answer; 1: when the leader has it; −1: when all in-sync replicas have it. */
    acks: int16(),
    /** How long the leader may wait for the in-sync replicas. */
    timeoutMs: int32(),
    topicData: array({
      name: string(),
      partitionData: array({
        index: int32(),
        records: records(),
      }),
    }),
  },
  response: {
    responses: array({
      name: string(),
      partitionResponses: array({
        index: int32(),
        errorCode: int16(),
        /** The offset of the first record, −1 on an error. */
        baseOffset: int64(),
        /** −1 unless the topic uses LogAppendTime. */
        logAppendTimeMs: int64({ default: -1 }),
        logStartOffset: int64({ since: 5, default: -1 }),
        recordErrors: array({
          /** The record's index in the batch. */
          batchIndex: int32(),
          batchIndexErrorMessage: string({ nullable: true }),
        }, { since: 8 }),
        errorMessage: string({ since: 8, nullable: true }),
        /** Set with NOT_LEADER_OR_FOLLOWER, so that the client need not ask. */
        currentLeader: struct({
          leaderId: int32({ default: -1 }),
          leaderEpoch: int32({ default: -1 }),
        }, { since: 10, tag: 0 }),
      }),
    }),
    throttleTimeMs: int32(),
    /** Where the brokers named in currentLeader are. */
    nodeEndpoints: array({
      nodeId: int32(),
      host: string(),
      port: int32(),
      rack: string({ nullable: true }),
    }, { since: 10, tag: 0 }),
  },
});

/** A decoded Produce request. */
export type ProduceRequest = RequestOf<typeof Produce>;

/** A decoded Produce response. */
export type ProduceResponse = ResponseOf<typeof Produce>;
