import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, int16, int32, int64, int8, records, string, struct, uuid } from "../schema.ts";

export const Fetch = api({
  key: 1,
  name: "Fetch",
  versions: [4, 17],
  flexibleFrom: 12,
  request: {
    clusterId: string({ since: 12, nullable: true, tag: 0, default: null, ignorable: true }),
    replicaId: int32({ until: 14, default: -1 }),
    replicaState: struct({
      replicaId: int32({ default: -1 }),
      replicaEpoch: int64({ default: -1 }),
    }, { since: 15, tag: 1 }),
    maxWaitMs: int32(),
    minBytes: int32(),
    maxBytes: int32({ default: 0x7fffffff }),
    isolationLevel: int8(),
    sessionId: int32({ since: 7, ignorable: true }),
    sessionEpoch: int32({ since: 7, default: -1, ignorable: true }),
    topics: array({
      topic: string({ until: 12, ignorable: true }),
      topicId: uuid({ since: 13, ignorable: true }),
      partitions: array({
        partition: int32(),
        currentLeaderEpoch: int32({ since: 9, default: -1, ignorable: true }),
        fetchOffset: int64(),
        lastFetchedEpoch: int32({ since: 12, default: -1 }),
        logStartOffset: int64({ since: 5, default: -1, ignorable: true }),
        partitionMaxBytes: int32(),
        replicaDirectoryId: uuid({ since: 17, tag: 0, ignorable: true }),
      }),
    }),
    forgottenTopicsData: array({
      topic: string({ until: 12, ignorable: true }),
      topicId: uuid({ since: 13, ignorable: true }),
      partitions: array(int32()),
    }, { since: 7 }),
    rackId: string({ since: 11, ignorable: true }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16({ since: 7 }),
    sessionId: int32({ since: 7 }),
    responses: array({
      topic: string({ until: 12 }),
      topicId: uuid({ since: 13 }),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        highWatermark: int64(),
        lastStableOffset: int64({ default: -1 }),
        logStartOffset: int64({ since: 5, default: -1 }),
        divergingEpoch: struct({
          epoch: int32({ default: -1 }),
          endOffset: int64({ default: -1 }),
        }, { since: 12, tag: 0 }),
        currentLeader: struct({
          leaderId: int32({ default: -1 }),
          leaderEpoch: int32({ default: -1 }),
        }, { since: 12, tag: 1 }),
        snapshotId: struct({
          endOffset: int64({ default: -1 }),
          epoch: int32({ default: -1 }),
        }, { since: 12, tag: 2 }),
        abortedTransactions: array({
          producerId: int64(),
          firstOffset: int64(),
        }, { nullable: true }),
        preferredReadReplica: int32({ since: 11, default: -1 }),
        records: records(),
      }),
    }),
    nodeEndpoints: array({
      nodeId: int32(),
      host: string(),
      port: int32(),
      rack: string({ nullable: true, default: null }),
    }, { since: 16, tag: 0 }),
  },
});

export type FetchRequest = RequestOf<typeof Fetch>;
export type FetchResponse = ResponseOf<typeof Fetch>;
