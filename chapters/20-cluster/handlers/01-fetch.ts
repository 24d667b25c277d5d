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
 * - v7 brought fetch sessions, in which a reader need not repeat what it asks. We keep none: session id 0 in the
 *   answer says so, and the reader goes on with full requests, as it does when Kafka's session cache is full.
 *   (*Simplified*.) A request within a session is FETCH_SESSION_ID_NOT_FOUND.
 * - v12 brings the epoch of the reader's last batch: if its log has parted from ours it is told where. v13 names
 *   topics by id. v15 moves the replica id.
 *
 * @module
 */
import { type AnswerError, ERRORS, refusal } from "#ground/errors";
import { type Input } from "#ground/protocol/message";
import {
  Fetch,
  type FetchRequest as Request,
  type FetchResponse as Response,
} from "#ground/protocol/messages/01-fetch";
import { type FetchedPartition, type FetchPartition, type FetchRequest } from "#replication";
import { type ApiHandler, handler, type RequestContext } from "../handler.ts";

const FIRST_VERSION_WITH_TOPIC_IDS = 13;
const FIRST_VERSION_FOR_FOLLOWERS = 11;
const READ_COMMITTED = 1;
const MAX_ANSWER_BYTES = 8 << 20;
/** A request that begins a session has this epoch; one that wants none, or ends its own, has -1. Both say all. */
const INITIAL_EPOCH = 0;
const NO_RECORDS = new Uint8Array(0);

export const fetch: ApiHandler = handler({
  api: Fetch,
  versions: [4, 17],
  // What a log reads is the reader's.
  isAnswerFromMemory: true,
  waitsForTurn: true,
  handle(request, context) {
    if (request.sessionId !== 0 && request.sessionEpoch > INITIAL_EPOCH) {
      return { errorCode: ERRORS.FETCH_SESSION_ID_NOT_FOUND[0] };
    }
    const { replicas } = context.broker;
    const topics = request.topics.map((topic) => withName(topic, context));
    const results = replicas.fetch(toFetch(request, topics, context), context.place);
    if (results instanceof Promise) return results.then((later) => toResponse(topics, later));
    return toResponse(topics, results);
  },
});

function toFetch(request: Request, topics: readonly NamedTopic[], { version, broker }: RequestContext): FetchRequest {
  const { config } = broker;
  const maxBytes = Math.min(request.maxBytes, config["fetch.max.bytes"], MAX_ANSWER_BYTES);
  return {
    replicaId: Math.max(request.replicaId, request.replicaState.replicaId),
    replicaEpoch: Number(request.replicaState.replicaEpoch),
    mayReadFollower: version >= FIRST_VERSION_FOR_FOLLOWERS,
    isolation: request.isolationLevel === READ_COMMITTED ? "txn_committed" : "high_watermark",
    maxWaitMs: longestWaitMs(request.maxWaitMs, config["connections.max.idle.ms"]),
    minBytes: Math.min(request.minBytes, maxBytes),
    maxBytes,
    partitions: topics.flatMap(({ name, asked }) =>
      name === null ? [] : asked.partitions.map((partition) => toFetchPartition(name, partition)),
    ),
    mustAnswer: topics.some(({ name }) => name === null),
  };
}

/** A client that wants to wait for longer than connections live gets an empty answer, and asks again. */
function longestWaitMs(maxWaitMs: number, maxIdleMs: number): number {
  return maxIdleMs < 0 ? maxWaitMs : Math.min(maxWaitMs, maxIdleMs);
}

type TopicOfRequest = Request["topics"][number];
type PartitionOfRequest = TopicOfRequest["partitions"][number];
type PartitionOfResponse = Response["responses"][number]["partitions"][number];

/** A topic of the request and its name; null when there is no topic with its id. */
interface NamedTopic {
  readonly name: string | null;
  readonly asked: TopicOfRequest;
}

function withName(asked: TopicOfRequest, { version, broker }: RequestContext): NamedTopic {
  if (version < FIRST_VERSION_WITH_TOPIC_IDS) return { name: asked.topic, asked };
  return { name: broker.replicas.image.topicById(asked.topicId)?.name ?? null, asked };
}

function toFetchPartition(topic: string, asked: PartitionOfRequest): FetchPartition {
  return {
    topic,
    index: asked.partition,
    // Beyond 2^53 a number is not exact, but out of any log's range all the same.
    fetchOffset: Number(asked.fetchOffset),
    currentLeaderEpoch: asked.currentLeaderEpoch,
    lastFetchedEpoch: asked.lastFetchedEpoch,
    logStartOffset: Number(asked.logStartOffset),
    maxBytes: asked.partitionMaxBytes,
  };
}

/** Results come in the order of the request: they are dealt out to its topics again. */
function toResponse(topics: readonly NamedTopic[], results: readonly FetchedPartition[]): Input<Response> {
  let at = 0;
  return {
    responses: topics.map(({ name, asked }) => ({
      topic: asked.topic,
      topicId: asked.topicId,
      partitions: asked.partitions.map(({ partition }) =>
        name === null ? failed(partition, UNKNOWN_TOPIC_ID) : toPartitionResponse(results[at++]!),
      ),
    })),
  };
}

function toPartitionResponse({ request, error, found }: FetchedPartition): Input<PartitionOfResponse> {
  if (error !== null) return failed(request.index, error);
  const { records, highWatermark, lastStableOffset, logStartOffset, abortedTransactions, divergingEpoch } = found;
  return {
    partitionIndex: request.index,
    highWatermark,
    lastStableOffset,
    logStartOffset,
    abortedTransactions,
    records,
    ...(divergingEpoch === null ? {} : { divergingEpoch }),
  };
}

const UNKNOWN_TOPIC_ID = refusal("UNKNOWN_TOPIC_ID");
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
