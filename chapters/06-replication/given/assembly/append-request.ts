/**
 * A produce request as the replica manager sees it: free of versions and wire types.
 *
 * @module
 */
import { type AnswerError, answerError, type KafkaError, refusal } from "#ground/errors";
import { type Int64 } from "#ground/int64";
import { type AppendOrigin } from "#log/given/producer-append-info";
import { hasTransactionalRecords, type RecordError, RecordValidationError } from "#serialization";
import { isInternalTopic } from "./internal-topics.ts";

/** One produce request. */
export interface AppendRequest {
  /** 0: nobody waits; 1: the leader has it; -1 (all): every in-sync replica has it. */
  readonly requiredAcks: number;
  /** How long to wait for the other replicas, in milliseconds. */
  readonly timeoutMs: number;
  /** Clients may not write to the cluster's own topics. */
  readonly origin: Exclude<AppendOrigin, "replication">;
  /** Null outside of transactions. */
  readonly transactionalId: string | null;
  readonly partitions: readonly AppendPartition[];
}

/** The batches for one partition. They are rewritten in place; nobody keeps them after the call. */
export interface AppendPartition {
  readonly topic: string;
  readonly index: number;
  /** Null is refused. */
  readonly records: Uint8Array | null;
}

/** Why the records of one partition were refused. */
export interface AppendError extends AnswerError {
  /** The records that the topic's rules refuse, if that is why. */
  readonly recordErrors?: readonly RecordError[];
}

/** What to keep of `error` until it is answered: its stack would keep all that was inflated to check the records. */
export function appendError(error: KafkaError): AppendError {
  if (!(error instanceof RecordValidationError)) return answerError(error);
  return { ...answerError(error), recordErrors: error.recordErrors };
}

/** What came of one partition of a produce request. */
export interface AppendResult {
  readonly topic: string;
  readonly index: number;
  /** Null when the records are in the log, and as safe as the request asked. */
  error: AppendError | null;
  /** Offset of the first record; -1 when nothing was appended. An error may still say that it isn't safe. */
  readonly baseOffset: number;
  /** The time that the broker gave the records, in milliseconds; -1 when they keep their own. */
  readonly logAppendTimeMs: Int64;
  /** Where the partition's log starts; -1 when that isn't known. */
  readonly logStartOffset: number;
}

/** The records of one partition. @throws KafkaError for what is refused before a log is asked. */
export function recordsOf({ topic, index, records }: AppendPartition, request: AppendRequest): Uint8Array {
  const { requiredAcks, transactionalId } = request;
  if (requiredAcks < -1 || requiredAcks > 1) {
    throw refusal("INVALID_REQUIRED_ACKS", `Expected acks 0, 1 or -1, got ${requiredAcks}`);
  }
  if (request.origin === "client" && isInternalTopic(topic)) {
    throw refusal("INVALID_TOPIC_EXCEPTION", `Clients can't append to the internal topic ${topic}`);
  }
  if (records === null) throw refusal("INVALID_RECORD", `Expected records for ${topic}-${index}, got null`);
  if (transactionalId !== null && hasTransactionalRecords(records)) {
    // There is no transaction coordinator yet, so there is no transaction that the partition could be part of.
    throw refusal("INVALID_TXN_STATE", "Partition was not added to the transaction");
  }
  return records;
}
