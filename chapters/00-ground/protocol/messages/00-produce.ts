import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, int16, int32, int64, records, string, struct } from "../schema.ts";

export const Produce = api({
  key: 0,
  name: "Produce",
  versions: [3, 12],
  flexibleFrom: 9,
  request: {
    transactionalId: string({ nullable: true, default: null }),
    acks: int16(),
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
        baseOffset: int64(),
        logAppendTimeMs: int64({ default: -1 }),
        logStartOffset: int64({ since: 5, default: -1 }),
        recordErrors: array({
          batchIndex: int32(),
          batchIndexErrorMessage: string({ nullable: true, default: null }),
        }, { since: 8 }),
        errorMessage: string({ since: 8, nullable: true, default: null }),
        currentLeader: struct({
          leaderId: int32({ default: -1 }),
          leaderEpoch: int32({ default: -1 }),
        }, { since: 10, tag: 0 }),
      }),
    }),
    throttleTimeMs: int32(),
    nodeEndpoints: array({
      nodeId: int32(),
      host: string(),
      port: int32(),
      rack: string({ nullable: true, default: null }),
    }, { since: 10, tag: 0 }),
  },
});

export type ProduceRequest = RequestOf<typeof Produce>;
export type ProduceResponse = ResponseOf<typeof Produce>;
