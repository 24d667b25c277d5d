/**
 * What an answer to Produce says about each batch.
 *
 * @module
 */
import { errorForCode, KafkaError } from "#ground/errors";
import { type Int64 } from "#ground/int64";
import { type ProduceResponse } from "#ground/protocol/messages/00-produce";

/** What a broker says about one batch. Source: `ProduceResponse.PartitionResponse`. */
export interface BatchAnswer {
  /** Null when the batch was written. */
  readonly error: KafkaError | null;
  /** The offset of the first record; −1 when nobody says. */
  readonly baseOffset: Int64;
  /** The broker's time, if the topic uses it; else −1. */
  readonly logAppendTimeMs: number;
  /** Index of a record in the batch → what is wrong with this very record (KIP-467). */
  readonly recordErrors: ReadonlyMap<number, string>;
}

type PartitionAnswer = ProduceResponse["responses"][number]["partitionResponses"][number];

/** Stands for the answer that doesn't come with `acks=0`: the batch was written, nobody says where. */
export const WRITTEN_SOMEWHERE: BatchAnswer = {
  error: null,
  baseOffset: -1,
  logAppendTimeMs: -1,
  recordErrors: new Map(),
};

/** An answer for a batch that got none: its request failed. */
export function failedAnswer(error: KafkaError): BatchAnswer {
  return { ...WRITTEN_SOMEWHERE, error };
}

/** What `response` says about each partition; asked by {@link partitionKey}. */
export function answersByPartition(response: ProduceResponse): Map<string, BatchAnswer> {
  const answers = new Map<string, BatchAnswer>();
  for (const { name, partitionResponses } of response.responses) {
    for (const answer of partitionResponses) answers.set(partitionKey(name, answer.index), toBatchAnswer(answer));
  }
  return answers;
}

/** A key for a partition: no two partitions have the same. */
export function partitionKey(topic: string, partition: number): string {
  return `${topic}-${partition}`;
}

/** The error of each record of a batch that was refused because of some of them. */
export function errorOfRecord({ error, recordErrors }: BatchAnswer): (index: number) => Error | null {
  if (recordErrors.size === 0) return () => null;
  return (index) => {
    const text = recordErrors.get(index);
    if (text !== undefined) return new KafkaError(error!.code, text || undefined);
    return new KafkaError(error!.code, "The record was in one batch with others that the broker refused.");
  };
}

function toBatchAnswer(answer: PartitionAnswer): BatchAnswer {
  const recordErrors = new Map(
    answer.recordErrors.map(({ batchIndex, batchIndexErrorMessage }) => [batchIndex, batchIndexErrorMessage ?? ""]),
  );
  return {
    error: errorForCode(answer.errorCode, answer.errorMessage),
    baseOffset: answer.baseOffset,
    logAppendTimeMs: Number(answer.logAppendTimeMs),
    recordErrors,
  };
}

/** Silence about a batch is an error: else nobody would ever hear of it. */
export function nothingSaidOf(partition: string): BatchAnswer {
  const message = `The broker's answer to Produce says nothing about ${partition}.`;
  return failedAnswer(new KafkaError("UNKNOWN_SERVER_ERROR", message));
}
