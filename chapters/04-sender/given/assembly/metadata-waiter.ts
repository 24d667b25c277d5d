/**
 * One who waits for metadata, and what it is told when it has waited in vain.
 *
 * @module
 */
import { type Cluster } from "#ground/cluster";
import { KafkaError } from "#ground/errors";
import { type Metadata } from "#sender/metadata";
import { type NetworkClient } from "#sender/network-client";

/** One who waits until the partitions of a topic, or one of them, are known. */
export interface MetadataWaiter {
  readonly topic: string;
  /** The partition that must be known; −1: any. */
  readonly partition: number;
  /** Memory that is held while waiting, in bytes. */
  readonly heldBytes: number;
  /** When waiting is over (`max.block.ms`), on the monotonic clock. */
  readonly deadlineMs: number;
  /** The partitions are known. */
  proceed(cluster: Cluster, now: number): void;
  /** They will not be known, or not in time. */
  fail(error: Error): void;
}

/** What is missing after so long, and why, if that is known. @param client - says what went wrong with connections */
export function tooLateError(
  { topic, partition }: MetadataWaiter,
  metadata: Metadata,
  client: NetworkClient,
  maxBlockMs: number,
): KafkaError {
  const neverConnected = metadata.lastSuccessMs < 0;
  const reason = metadata.errorOf(topic) ?? (neverConnected ? lastConnectionError(metadata, client) : null);
  const why = reason === null ? "" : ` Last error: ${reason.message}`;
  const count = metadata.cluster.partitionCountForTopic(topic);
  const missing = `Partition ${partition} of topic ${topic}, which has ${count}, is not there`;
  const what = count === undefined ? `Nothing is known of topic ${topic}` : missing;
  const message = `${what} after ${maxBlockMs} ms (max.block.ms).${why}`;
  return new KafkaError("REQUEST_TIMED_OUT", message, { cause: reason ?? undefined });
}

function lastConnectionError({ nodesToAsk }: Metadata, client: NetworkClient): Error | null {
  const errors = nodesToAsk.map(({ id }) => client.lastErrorOf(id));
  return errors.find((error) => error !== null) ?? null;
}
