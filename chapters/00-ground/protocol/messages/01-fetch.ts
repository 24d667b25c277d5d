import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, int16, int32, int64, int8, records, string, struct, uuid } from "../schema.ts";

/**
 * Reads record batches, for consumers and for followers.
 *
 * What came with which version:
 * - 5: logStartOffset
 * - 7: fetch sessions, which name only the partitions that change (KIP-227)
 * - 9: currentLeaderEpoch (KIP-320)
 * - 10: zstd
 * - 11: rackId (KIP-392)
 * - 12: flexible; lastFetchedEpoch, divergingEpoch (KIP-595)
 * - 13: topic ids instead of names (KIP-516)
 * - 15: replicaState (KIP-903)
 * - 16: nodeEndpoints (KIP-951)
 * - 17: replicaDirectoryId (KIP-853)
 */
export const Fetch = api({
  key: 1,
  name: "Fetch",
  versions: [4, 17],
  flexibleFrom: 12,
  request: {
    clusterId: string({ since: 12, nullable: true, tag: 0, ignorable: true }),
    /** The follower that fetches, −1 for a consumer. From 15 on in replicaState. */
    replicaId: int32({ until: 14, default: -1 }),
    replicaState: struct({
      replicaId: int32({ default: -1 }),
      replicaEpoch: int64({ default: -1 }),
    }, { since: 15, tag: 1 }),
    /** How long the broker may wait for minBytes. */
    maxWaitMs: int32(),
    minBytes: int32(),
    /** A limit, except that the first batch comes whole even when it is larger. */
    maxBytes: int32({ default: 0x7fff_ffff }),
    /** 0: read_uncommitted; 1: read_committed, up to the last stable offset. */
    isolationLevel: int8(),
    /** 0: no session yet. */
    sessionId: int32({ since: 7, ignorable: true }),
    /** 0: make a session; −1: none, or end it; else one more each time. */
    sessionEpoch: int32({ since: 7, default: -1, ignorable: true }),
    topics: array({
      topic: string({ until: 12, ignorable: true }),
      topicId: uuid({ since: 13, ignorable: true }),
      partitions: array({
        partition: int32(),
        currentLeaderEpoch: int32({ since: 9, default: -1, ignorable: true }),
        fetchOffset: int64(),
        /** The leader epoch of the record before fetchOffset; a follower's log may have left the leader's there. */
        lastFetchedEpoch: int32({ since: 12, default: -1 }),
        /** The follower's own; −1 from a consumer. */
        logStartOffset: int64({ since: 5, default: -1, ignorable: true }),
        partitionMaxBytes: int32(),
        replicaDirectoryId: uuid({ since: 17, tag: 0, ignorable: true }),
      }),
    }),
    /** What leaves the session. */
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
      /** In a session only partitions with news. */
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        highWatermark: int64(),
        /** No transaction below it is open: all that read_committed may see. */
        lastStableOffset: int64({ default: -1 }),
        logStartOffset: int64({ since: 5, default: -1 }),
        /** Where the logs part, when the fetcher's has left this one's. */
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
        /** Whose records a read_committed consumer drops; null if it isn't one. */
        abortedTransactions: array({
          producerId: int64(),
          firstOffset: int64(),
        }, { nullable: true }),
        /** A replica closer to the consumer, −1 for none. */
        preferredReadReplica: int32({ since: 11, default: -1 }),
        /** Batches. The first may begin below fetchOffset; the last may be cut off, and is then to be ignored. */
        records: records(),
      }),
    }),
    nodeEndpoints: array({
      nodeId: int32(),
      host: string(),
      port: int32(),
      rack: string({ nullable: true }),
    }, { since: 16, tag: 0 }),
  },
});

/** A decoded Fetch request. */
export type FetchRequest = RequestOf<typeof Fetch>;

/** A decoded Fetch response. */
export type FetchResponse = ResponseOf<typeof Fetch>;
