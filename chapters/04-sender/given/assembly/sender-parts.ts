/**
 * What a sender is made of, how it works, and who is told of it.
 *
 * @module
 */
import { type ProducerBatch, type RecordAccumulator } from "#accumulator";
import { KafkaError, type KafkaErrorName } from "#ground/errors";
import { type Metadata } from "#sender/metadata";
import { type MetadataUpdater } from "#sender/metadata-updater";
import { type NetworkClient } from "#sender/network-client";
import { type ProducerIdRequest } from "./producer-id-request.ts";
import { type ProducerSequences } from "#sender/producer-sequences";

/** What a sender works on. */
export interface SenderParts {
  readonly accumulator: RecordAccumulator;
  readonly metadata: Metadata;
  readonly updater: MetadataUpdater;
  readonly client: NetworkClient;
  /** Null without idempotence. */
  readonly idempotence: { readonly sequences: ProducerSequences; readonly idRequest: ProducerIdRequest } | null;
}

/** How a sender works. */
export interface SenderOptions {
  /** 0, 1, or −1 for all. */
  readonly acks: number;
  /** `retries`. */
  readonly retries: number;
  /** `max.request.size`, in bytes. */
  readonly maxRequestSize: number;
  readonly requestTimeoutMs: number;
  readonly deliveryTimeoutMs: number;
  /**
   * Nothing more of a partition is sent while a batch of it is under way: `max.in.flight.requests.per.connection` is 1.
   */
  readonly guaranteeMessageOrder: boolean;
}

/** Who is told what happens, to count it. */
export interface SenderListener {
  onRequest(batches: readonly ProducerBatch[], now: number): void;
  onRequestDone(batches: readonly ProducerBatch[], now: number): void;
  onRetry(batch: ProducerBatch, error: KafkaError): void;
  onSplit(batch: ProducerBatch): void;
  onSucceeded(batch: ProducerBatch): void;
  onFailed(batch: ProducerBatch, error: KafkaError): void;
}

/** Answers that mean: what we know of the cluster is wrong. Kafka's `InvalidMetadataException` and its subclasses. */
export const METADATA_IS_WRONG: ReadonlySet<KafkaErrorName> = new Set<KafkaErrorName>([
  "UNKNOWN_TOPIC_OR_PARTITION", "UNKNOWN_TOPIC_ID", "INCONSISTENT_TOPIC_ID", "LEADER_NOT_AVAILABLE",
  "NOT_LEADER_OR_FOLLOWER", "FENCED_LEADER_EPOCH", "UNKNOWN_LEADER_EPOCH", "REPLICA_NOT_AVAILABLE",
  "KAFKA_STORAGE_ERROR", "LISTENER_NOT_FOUND", "NETWORK_EXCEPTION",
]);

/** What a batch that took too long fails with: says what went wrong last with its partition's leader, if it did. */
export function expiredError(
  { topic, partition, recordCount }: ProducerBatch,
  { metadata, client }: SenderParts,
  { deliveryTimeoutMs }: SenderOptions,
): KafkaError {
  const leader = metadata.cluster.leaderFor(topic, partition) ?? null;
  const reason = leader === null ? null : client.lastErrorOf(leader.id);
  const why = reason === null ? "" : ` Last error: ${reason.message}`;
  const limit = `${deliveryTimeoutMs} ms (delivery.timeout.ms)`;
  const message = `${recordCount} records for ${topic}-${partition} were not acknowledged within ${limit}.${why}`;
  return new KafkaError("REQUEST_TIMED_OUT", message, { cause: reason ?? undefined });
}
