/**
 * Finds offsets by time: starts, ends, and the first record at or after a timestamp. Asks the leaders, and asks again
 * until they say.
 *
 * Source: `org.apache.kafka.clients.consumer.internals.OffsetFetcher`.
 *
 * @module
 */
import { type Node } from "#ground/cluster";
import { errorForCode, type KafkaError } from "#ground/errors";
import { groupBy } from "#ground/group-by";
import { type Int64 } from "#ground/int64";
import { ListOffsets, type ListOffsetsResponse } from "#ground/protocol/messages/02-list-offsets";
import { nameOf, type TopicPartition } from "#ground/topic-partition";
import { type ExponentialBackoff, type Metadata, type NetworkClient } from "#sender";
import { secondLine } from "./second-line.ts";

/** Instead of a timestamp: the next offset to be written. */
export const LATEST_TIMESTAMP = -1;
/** Instead of a timestamp: the first offset that there is. */
export const EARLIEST_TIMESTAMP = -2;

/** What was found. */
export interface FoundOffset {
  /** −1: no record is so late. */
  readonly offset: number;
  /** Of the record; −1 for a start or an end. */
  readonly timestamp: Int64;
  readonly leaderEpoch: number;
}

/** A question that is open. */
export interface OffsetLookup extends TopicPartition {
  /** Milliseconds, or {@link LATEST_TIMESTAMP} or {@link EARLIEST_TIMESTAMP}. */
  readonly timestamp: number;
  /** Asked now and then: a question that nobody wants answered any more is forgotten. */
  isWanted(): boolean;
  onFound(found: FoundOffset): void;
  /** There will be no answer. */
  onError(error: KafkaError): void;
}

interface Open {
  readonly lookup: OffsetLookup;
  /** Of the partition. */
  readonly name: string;
  isAsked: boolean;
  retryAtMs: number;
}

/** The open questions of one consumer. */
export class OffsetLookups {
  readonly #client: NetworkClient;
  readonly #metadata: Metadata;
  readonly #backoff: ExponentialBackoff;
  readonly #isolationLevel: number;
  readonly #open = new Set<Open>();

  /** @param isReadCommitted - then an end is where the first open transaction begins */
  constructor(client: NetworkClient, metadata: Metadata, backoff: ExponentialBackoff, isReadCommitted: boolean) {
    this.#client = client;
    this.#metadata = metadata;
    this.#backoff = backoff;
    this.#isolationLevel = isReadCommitted ? 1 : 0;
  }

  /** The topics that somebody asks about. */
  get topics(): string[] {
    return Array.from(this.#open, ({ lookup }) => lookup.topic);
  }

  add(lookup: OffsetLookup): void {
    this.#open.add({ lookup, name: nameOf(lookup), isAsked: false, retryAtMs: -Infinity });
  }

  /** Asks what can be asked. @returns after how many milliseconds to call again, if nothing happens before */
  ask(now: number): number {
    for (const open of this.#open) if (!open.lookup.isWanted()) this.#open.delete(open);
    const waiting = [...this.#open].filter(({ isAsked }) => !isAsked);
    const byLeader = new Map<Node, Map<string, Open>>();
    for (const open of waiting) {
      if (open.retryAtMs > now) continue;
      const leader = this.#metadata.cluster.leaderFor(open.lookup.topic, open.lookup.partition) ?? null;
      if (leader === null) {
        this.#metadata.requestUpdate();
        continue;
      }
      const some = byLeader.get(leader);
      if (some === undefined) byLeader.set(leader, new Map([[open.name, open]]));
      // A request may name a partition once only: the other question is the next request's.
      else if (!some.has(open.name)) some.set(open.name, open);
    }
    let delayMs = Math.min(...waiting.map(({ retryAtMs }) => retryAtMs).filter((atMs) => atMs > now), Infinity) - now;
    for (const [leader, some] of byLeader) {
      const node = secondLine(leader);
      if (this.#client.ready(node, now)) this.#send(node, [...some.values()]);
      else delayMs = Math.min(delayMs, this.#client.connectionDelayMs(node.id, now));
    }
    return delayMs;
  }

  #send(node: Node, asked: readonly Open[]): void {
    for (const open of asked) open.isAsked = true;
    const { cluster } = this.#metadata;
    const topics = Array.from(groupBy(asked, ({ lookup }) => lookup.topic), ([name, ofTopic]) => ({
      name,
      partitions: ofTopic.map(({ lookup: { partition, timestamp } }) => ({
        partitionIndex: partition,
        currentLeaderEpoch: cluster.partition(name, partition)?.leaderEpoch ?? -1,
        timestamp,
      })),
    }));
    this.#client.send(node.id, ListOffsets, { replicaId: -1, isolationLevel: this.#isolationLevel, topics }, {
      onResponse: (response, now) => this.#onResponse(asked, response, now),
      onFailure: (error, now) => {
        for (const open of asked) this.#onError(open, error, now);
      },
    });
  }

  #onResponse(asked: readonly Open[], response: ListOffsetsResponse, now: number): void {
    const parts = response.topics.flatMap(({ name, partitions }) =>
      partitions.map((part) => [nameOf({ topic: name, partition: part.partitionIndex }), part] as const),
    );
    const byName = new Map(parts);
    for (const open of asked) {
      open.isAsked = false;
      const part = byName.get(open.name);
      if (part === undefined) continue;
      const error = errorForCode(part.errorCode);
      if (error !== null) {
        this.#onError(open, error, now);
        continue;
      }
      this.#open.delete(open);
      const { timestamp, leaderEpoch } = part;
      open.lookup.onFound({ offset: Number(part.offset), timestamp, leaderEpoch });
    }
  }

  #onError(open: Open, error: KafkaError, now: number): void {
    open.isAsked = false;
    if (error.retriable) {
      open.retryAtMs = now + this.#backoff.backoffMs(0);
      this.#metadata.requestUpdate();
      return;
    }
    this.#open.delete(open);
    open.lookup.onError(error);
  }
}
