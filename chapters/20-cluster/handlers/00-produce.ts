/**
 * Produce: append records.
 *
 * Behaviour / Version notes
 * - Served from v3 (the first with record batches), but told from v0: librdkafka takes a broker that doesn't tell
 *   v0 for one that knows no compression, and silently sends uncompressed. Apache Kafka 4.0 does the same.
 * - acks: 0 (no answer at all; on an error the connection is closed, there is no other way to tell), 1 (the leader
 *   has it), -1 (all in-sync replicas have it). Anything else is INVALID_REQUIRED_ACKS.
 * - Each partition succeeds or fails on its own. But a transactional batch in a request without a transactional id
 *   fails the whole request.
 * - Clients can't write to the cluster's own topics: INVALID_TOPIC_EXCEPTION.
 * - Null records are INVALID_RECORD. (*Different*: Kafka's handler fails on them and never answers.)
 * - REQUEST_TIMED_OUT comes with the base offset: the records are in the log, and may be committed yet.
 * - v8 brings record errors and a message. v10 names the leader of a partition that this broker doesn't lead (KIP-951).
 *
 * @module
 */
import { KafkaError, refusal } from "#ground/errors";
import { type Input } from "#ground/protocol/message";
import { Produce, type ProduceRequest, type ProduceResponse } from "#ground/protocol/messages/00-produce";
import { type AppendPartition, type AppendResult } from "#replication";
import { hasTransactionalRecords, type RecordError } from "#serialization";
import { type ApiHandler, handler, NO_RESPONSE, type RequestContext } from "../handler.ts";
import { LeaderHints } from "../leader-hints.ts";

const FIRST_VERSION_WITH_LEADERS = 10;

export const produce: ApiHandler = handler({
  api: Produce,
  versions: [3, 12],
  advertisedFrom: 0,
  // The records are in the log's files.
  isDoneWithFrame: true,
  handle(request, context) {
    const { broker, place } = context;
    const partitions = partitionsOf(request);
    const refused = lacksTransactionalId(request, partitions);
    const { acks: requiredAcks, timeoutMs, transactionalId } = request;
    const results =
      refused === null
        ? broker.replicas.append({ requiredAcks, timeoutMs, origin: "client", transactionalId, partitions }, place)
        : partitions.map((partition) => failed(partition, refused));
    if (results instanceof Promise) return results.then((later) => answer(request, later, context));
    return answer(request, results, context);
  },
});

type Answer = Input<ProduceResponse> | typeof NO_RESPONSE;

function answer(request: ProduceRequest, results: readonly AppendResult[], context: RequestContext): Answer {
  if (request.acks !== 0) return toResponse(request, results, context);
  const error = results.find((result) => result.error !== null)?.error;
  if (error) throw refusal(error.code, error.message);
  return NO_RESPONSE;
}

function partitionsOf({ topicData }: ProduceRequest): AppendPartition[] {
  return topicData.flatMap(({ name, partitionData }) =>
    partitionData.map(({ index, records }) => ({ topic: name, index, records })),
  );
}

function lacksTransactionalId(request: ProduceRequest, partitions: readonly AppendPartition[]): KafkaError | null {
  if (request.transactionalId !== null || !partitions.some(({ records }) => isTransactional(records))) return null;
  return refusal("TRANSACTIONAL_ID_AUTHORIZATION_FAILED");
}

function isTransactional(records: Uint8Array | null): boolean {
  try {
    return records !== null && hasTransactionalRecords(records);
  } catch (error) {
    // Misshapen: the append says so, for this partition alone.
    if (error instanceof KafkaError) return false;
    throw error;
  }
}

function failed({ topic, index }: AppendPartition, error: KafkaError): AppendResult {
  return { topic, index, error, baseOffset: -1, logAppendTimeMs: -1, logStartOffset: -1 };
}

/** Results come in the order of the request: they are dealt out to its topics again. */
function toResponse(
  { topicData }: ProduceRequest,
  results: readonly AppendResult[],
  { version, listener, broker }: RequestContext,
): Input<ProduceResponse> {
  const leaders = version < FIRST_VERSION_WITH_LEADERS ? null : new LeaderHints(broker.replicas.image, listener);
  let at = 0;
  const responses = topicData.map(({ name, partitionData }) => ({
    name,
    partitionResponses: partitionData.map(() => toPartitionResponse(results[at++]!, leaders)),
  }));
  return leaders === null ? { responses } : { responses, nodeEndpoints: leaders.endPoints };
}

type PartitionResponse = ProduceResponse["responses"][number]["partitionResponses"][number];

function toPartitionResponse(result: AppendResult, leaders: LeaderHints | null): Input<PartitionResponse> {
  const { topic, index, error, baseOffset, logAppendTimeMs, logStartOffset } = result;
  if (error === null) return { index, baseOffset, logAppendTimeMs, logStartOffset };
  const hasMoved = leaders !== null && error.code === "NOT_LEADER_OR_FOLLOWER";
  return {
    index,
    errorCode: error.errorCode,
    baseOffset,
    logAppendTimeMs,
    logStartOffset,
    recordErrors: (error.recordErrors ?? []).map(toRecordError),
    errorMessage: error.message,
    ...(hasMoved ? { currentLeader: leaders.of(topic, index) } : {}),
  };
}

function toRecordError({ batchIndex, message }: RecordError): Input<PartitionResponse["recordErrors"][number]> {
  return { batchIndex, batchIndexErrorMessage: message };
}
