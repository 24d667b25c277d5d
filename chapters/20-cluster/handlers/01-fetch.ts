/**
 * Fetch: read records, and wait for them if there are none.
 *
 * Behaviour / Version notes
 * - Answers whole batches; the first may begin below the asked offset: the reader drops what it didn't ask for.
 *   The first batch of an answer is returned even if it is larger than all limits.
 * - Waits up to `maxWaitMs` for `minBytes` over all partitions. An error in any partition is told at once.
 * - An answer has 8 MiB of records at most, whatever is asked for, and less while other clients leave theirs unread,
 *   so that a thousand that read slowly don't fill the memory. A client's next fetch is looked at when it has read the
 *   answer to the one before. (*Different*: Kafka's answers go from the file to the socket, never through memory.)
 * - isolationLevel 1 (read_committed): nothing of an open transaction, and a list of the aborted ones.
 * - v7 brought fetch sessions: a request names only what has changed, the answer only partitions with news (KIP-227).
 * - v12 brings the epoch of the reader's last batch: if its log has parted from ours it is told where. v13 names
 *   topics by id. v15 moves the replica id. v16 names the leader, where this broker isn't, or the reader believes in an
 *   older one (KIP-951).
 * - From v11 on a consumer also gets what a follower has, and with a `replica.selector.class` the leader tells it of a
 *   replica in its own rack, instead of giving it records (KIP-392).
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { type AnswerError, KafkaError } from "#ground/errors";
import { type Input } from "#ground/protocol/message";
import {
  Fetch,
  type FetchRequest as Request,
  type FetchResponse as Response,
} from "#ground/protocol/messages/01-fetch";
import { type FetchedPartition, type FetchRequest } from "#replication";
import { type AskedOfTopic, type FetchContext } from "../fetch-sessions.ts";
import { type ApiHandler, handler, type RequestContext } from "../handler.ts";
import { LeaderHints } from "../leader-hints.ts";
import { replicaSelector } from "../replica-selector.ts";

const FIRST_VERSION_FOR_FOLLOWERS = 11;
const FIRST_VERSION_WITH_LEADERS = 16;
/** Errors with which the leader is named. */
const HAS_MOVED: ReadonlySet<string> = new Set(["NOT_LEADER_OR_FOLLOWER", "FENCED_LEADER_EPOCH"]);
const READ_COMMITTED = 1;
const MAX_ANSWER_BYTES = 8 << 20;
const NO_RECORDS = new Uint8Array(0);

export const fetch: ApiHandler = handler({
  api: Fetch,
  versions: [4, 17],
  // What a log reads is the reader's.
  isAnswerFromMemory: true,
  waitsForTurn: true,
  handle(request, context) {
    const { replicas, fetchSessions } = context.broker;
    let session: FetchContext;
    try {
      session = fetchSessions.contextOf(request, context.version);
    } catch (error) {
      if (error instanceof KafkaError) return { errorCode: error.errorCode };
      throw error;
    }
    const answer = (results: readonly FetchedPartition[]): Input<Response> => {
      const { sessionId, results: news } = session.finish(results);
      return { sessionId, ...toResponse(request, news, context) };
    };
    const results = replicas.fetch(toFetch(request, session, context), context.place);
    return results instanceof Promise ? results.then(answer) : answer(results);
  },
});

function toFetch(request: Request, { partitions }: FetchContext, context: RequestContext): FetchRequest {
  const { version, broker } = context;
  const { config } = broker;
  const maxBytes = Math.min(request.maxBytes, config["fetch.max.bytes"], MAX_ANSWER_BYTES);
  const replicaId = replicaIdOf(request);
  const mayReadFollower = replicaId < 0 && version >= FIRST_VERSION_FOR_FOLLOWERS;
  return {
    replicaId,
    replicaEpoch: Number(request.replicaState.replicaEpoch),
    mayReadFollower,
    preferredReplica: mayReadFollower ? replicaSelector(request.rackId, context) : null,
    isolation: request.isolationLevel === READ_COMMITTED ? "txn_committed" : "high_watermark",
    maxWaitMs: longestWaitMs(request.maxWaitMs, config["connections.max.idle.ms"]),
    minBytes: Math.min(request.minBytes, maxBytes),
    maxBytes,
    partitions,
  };
}

function replicaIdOf({ replicaId, replicaState }: Request): number {
  return Math.max(replicaId, replicaState.replicaId);
}

/** A client that wants to wait for longer than connections live gets an empty answer, and asks again. */
function longestWaitMs(maxWaitMs: number, maxIdleMs: number): number {
  return maxIdleMs < 0 ? maxWaitMs : Math.min(maxWaitMs, maxIdleMs);
}

type TopicOfResponse = Response["responses"][number];
type PartitionOfResponse = TopicOfResponse["partitions"][number];

/** Partitions of one topic that follow on each other share an entry. */
function toResponse(
  request: Request,
  results: readonly FetchedPartition[],
  { version, listener, broker }: RequestContext,
): Pick<Input<Response>, "nodeEndpoints" | "responses"> {
  const leaders = version < FIRST_VERSION_WITH_LEADERS ? null : new LeaderHints(broker.replicas.image, listener);
  const responses: (AskedOfTopic["asTopic"] & { readonly partitions: Input<PartitionOfResponse>[] })[] = [];
  for (const result of results) {
    const { asTopic } = result.request as AskedOfTopic;
    let last = responses.at(-1);
    if (last?.topic !== asTopic.topic || Buffer.compare(last.topicId, asTopic.topicId) !== 0) {
      last = { ...asTopic, partitions: [] };
      responses.push(last);
    }
    last.partitions.push(toPartitionResponse(result, leaders));
  }
  // Brokers know where brokers are.
  const isNew = leaders !== null && replicaIdOf(request) < 0;
  return isNew ? { responses, nodeEndpoints: leaders.endPoints } : { responses };
}

function toPartitionResponse(fetched: FetchedPartition, leaders: LeaderHints | null): Input<PartitionOfResponse> {
  const { request, error, found } = fetched;
  if (error !== null) {
    const { topic, index } = request;
    const isMoved = leaders !== null && topic !== null && HAS_MOVED.has(error.code);
    const currentLeader = isMoved ? leaders.of(topic, index) : undefined;
    return { ...failed(index, error), ...(currentLeader === undefined ? {} : { currentLeader }) };
  }
  const { records, highWatermark, lastStableOffset, logStartOffset, abortedTransactions, divergingEpoch } = found;
  return {
    partitionIndex: request.index,
    highWatermark,
    lastStableOffset,
    logStartOffset,
    abortedTransactions,
    preferredReadReplica: fetched.preferredReadReplica,
    records,
    ...(divergingEpoch === null ? {} : { divergingEpoch }),
  };
}

/** Errors that are found before the log is asked. Kafka sends an empty list of aborted transactions then, else null. */
const BEFORE_THE_LOG: ReadonlySet<string> = new Set(["UNKNOWN_TOPIC_OR_PARTITION", "UNKNOWN_TOPIC_ID"]);

function failed(partitionIndex: number, error: AnswerError): Input<PartitionOfResponse> {
  return {
    partitionIndex,
    errorCode: error.errorCode,
    highWatermark: -1,
    abortedTransactions: BEFORE_THE_LOG.has(error.code) ? [] : null,
    records: NO_RECORDS,
  };
}
