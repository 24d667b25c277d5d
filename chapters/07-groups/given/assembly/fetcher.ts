/**
 * Fetches: asks each broker that leads partitions of ours, or that their leaders name instead (KIP-392), for what comes
 * next, while the program works on what came before. One request a broker at a time, in a fetch session (KIP-227).
 *
 * Source: `org.apache.kafka.clients.consumer.internals.Fetcher`, `AbstractFetch`.
 *
 * @module
 */
import { type Node } from "#ground/cluster";
import { errorForCode, type KafkaError, type KafkaErrorName } from "#ground/errors";
import { FetchSessionHandler } from "#ground/fetch-session-handler";
import { groupBy } from "#ground/group-by";
import { Fetch, type FetchRequest, type FetchResponse } from "#ground/protocol/messages/01-fetch";
import { type Input } from "#ground/protocol/message";
import { ZERO_UUID } from "#ground/protocol/uuid";
import { type ExponentialBackoff, type Metadata, type NetworkClient } from "#sender";
import { type FetchBuffer } from "#groups/fetch-buffer";
import { type SubscriptionState } from "#groups/subscription-state";
import { CompletedFetch, type ReadOptions } from "../completed-fetch.ts";
import { type ConsumerMetrics } from "./consumer-metrics.ts";
import { type PartitionState } from "../partition-state.ts";
import { ReadReplicas } from "./read-replicas.ts";

/** The last version that names topics, for clusters that don't tell their ids. */
const LAST_VERSION_WITH_NAMES = 12;
/** Fetches from a follower or a stale leader: others know better. */
const METADATA_IS_WRONG: ReadonlySet<KafkaErrorName> = new Set<KafkaErrorName>([
  "NOT_LEADER_OR_FOLLOWER", "REPLICA_NOT_AVAILABLE", "KAFKA_STORAGE_ERROR", "FENCED_LEADER_EPOCH",
  "UNKNOWN_LEADER_EPOCH", "OFFSET_NOT_AVAILABLE", "UNKNOWN_TOPIC_OR_PARTITION", "UNKNOWN_TOPIC_ID",
  "INCONSISTENT_TOPIC_ID", "LEADER_NOT_AVAILABLE",
]);

/** What to ask for. */
export interface FetcherOptions {
  /** `fetch.min.bytes`, `fetch.max.bytes`, `fetch.max.wait.ms`, `max.partition.fetch.bytes`. */
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly maxWaitMs: number;
  readonly partitionMaxBytes: number;
  /** `client.rack`. */
  readonly rack: string;
  /** `metadata.max.age.ms`: for so long a replica is read that a leader has named. */
  readonly leaseMs: number;
  readonly read: ReadOptions;
}

/** What a fetcher works with. */
export interface FetcherParts {
  readonly client: NetworkClient;
  readonly metadata: Metadata;
  readonly subscriptions: SubscriptionState;
  readonly buffer: FetchBuffer;
  readonly metrics: ConsumerMetrics;
  readonly retryBackoff: ExponentialBackoff;
  /** Told of what the program has to know. */
  readonly onError: (error: KafkaError) => void;
}

/** What is asked of one partition. */
interface WantedPartition {
  readonly state: PartitionState;
  readonly topicId: Uint8Array;
  readonly offset: number;
  readonly leaderEpoch: number;
}

type PartitionAnswer = FetchResponse["responses"][number]["partitions"][number];

/** The fetches of one consumer. */
export class Fetcher {
  readonly #parts: FetcherParts;
  readonly #options: FetcherOptions;
  readonly #replicas: ReadReplicas;
  readonly #sessions = new Map<number, FetchSessionHandler<WantedPartition>>();
  /** Brokers from which an answer is waited for. */
  readonly #asked = new Set<number>();
  #answers = 0;

  constructor(parts: FetcherParts, options: FetcherOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#replicas = new ReadReplicas(parts.metadata, options.leaseMs);
  }

  /** Asks whom it can. @returns after how many milliseconds to call again, if nothing happens before */
  sendFetches(now: number): number {
    const { client, buffer } = this.#parts;
    let delayMs = Infinity;
    for (const [node, wanted] of this.#wanted(now)) {
      if (!buffer.hasRoomFor(node.id)) continue;
      if (client.ready(node, now)) {
        this.#send(node, wanted, now);
        continue;
      }
      const untilMs = client.connectionDelayMs(node.id, now);
      for (const { state } of wanted.values()) this.#replicas.waits(state, untilMs);
      delayMs = Math.min(delayMs, untilMs);
    }
    return Math.min(delayMs, this.#untilRetryMs(now));
  }

  /** What to ask whom: those that have no answer to give at the moment. */
  #wanted(now: number): Map<Node, Map<string, WantedPartition>> {
    const { metadata, subscriptions, buffer } = this.#parts;
    const { cluster } = metadata;
    const byNode = new Map<Node, Map<string, WantedPartition>>();
    for (const state of subscriptions.fetchable(now)) {
      const { topic, partition, name } = state;
      const info = cluster.partition(topic, partition);
      const leader = info?.leader ?? null;
      if (info === undefined || leader === null) {
        metadata.requestUpdate();
        continue;
      }
      const node = this.#replicas.nodeFor(state, info, leader, now);
      if (this.#asked.has(node.id)) continue;
      const topicId = cluster.topicId(topic) ?? ZERO_UUID;
      const wanted = { state, topicId, offset: buffer.nextOffset(state), leaderEpoch: info.leaderEpoch };
      const known = byNode.get(node);
      if (known === undefined) byNode.set(node, new Map([[name, wanted]]));
      else known.set(name, wanted);
    }
    return byNode;
  }

  #untilRetryMs(now: number): number {
    const times = this.#parts.subscriptions.assigned.map(({ retryAtMs }) => retryAtMs).filter((atMs) => atMs > now);
    return Math.min(...times, Infinity) - now;
  }

  #send({ id }: Node, wanted: ReadonlyMap<string, WantedPartition>, now: number): void {
    const { client, metrics } = this.#parts;
    const session = this.#sessionWith(id);
    const hasIds = [...wanted.values()].every(({ topicId }) => topicId !== ZERO_UUID);
    const version = client.versionFor(id, Fetch, hasIds ? undefined : LAST_VERSION_WITH_NAMES);
    const { sessionId, sessionEpoch, changed, forgotten } = session.next(wanted);
    const request: Input<FetchRequest> = {
      maxWaitMs: this.#options.maxWaitMs,
      minBytes: this.#options.minBytes,
      maxBytes: this.#options.maxBytes,
      isolationLevel: this.#options.read.isReadCommitted ? 1 : 0,
      sessionId,
      sessionEpoch,
      topics: Array.from(groupBy(changed, topicOf), ([topic, some]) => ({
        topic,
        topicId: some[0]!.topicId,
        partitions: some.map(({ state, offset, leaderEpoch }) => ({
          partition: state.partition,
          currentLeaderEpoch: leaderEpoch,
          fetchOffset: offset,
          partitionMaxBytes: this.#options.partitionMaxBytes,
        })),
      })),
      forgottenTopicsData: Array.from(groupBy(forgotten, topicOf), ([topic, some]) => ({
        topic,
        topicId: some[0]!.topicId,
        partitions: some.map(({ state }) => state.partition),
      })),
      rackId: this.#options.rack,
    };
    this.#asked.add(id);
    client.send(id, Fetch, request, {
      onResponse: (response, later) => {
        this.#asked.delete(id);
        metrics.onFetch(later - now);
        this.#onResponse(id, session, wanted, response, later);
      },
      onFailure: (error) => {
        this.#asked.delete(id);
        session.failed(error);
        for (const { state } of wanted.values()) this.#replicas.forget(state);
      },
    }, { version });
  }

  #sessionWith(nodeId: number): FetchSessionHandler<WantedPartition> {
    let session = this.#sessions.get(nodeId);
    if (session === undefined) {
      session = new FetchSessionHandler<WantedPartition>(
        (one, other) => one.offset === other.offset && one.leaderEpoch === other.leaderEpoch,
      );
      this.#sessions.set(nodeId, session);
    }
    return session;
  }

  #onResponse(
    nodeId: number,
    session: FetchSessionHandler<WantedPartition>,
    wanted: ReadonlyMap<string, WantedPartition>,
    response: FetchResponse,
    now: number,
  ): void {
    const error = errorForCode(response.errorCode);
    if (error !== null) {
      session.failed(error);
      if (error.retriable) return;
      for (const { state } of wanted.values()) this.#pause(state, now);
      this.#parts.onError(error);
      return;
    }
    session.answered(response.sessionId);
    const answer = this.#answers++;
    this.#takeLeaders(response);
    const { cluster } = this.#parts.metadata;
    for (const { topic, topicId, partitions } of response.responses) {
      const name = topic === "" ? cluster.topicName(topicId) : topic;
      for (const part of partitions) {
        const asked = wanted.get(`${name}-${part.partitionIndex}`);
        // The broker's session is of a topic that has been made anew since: only a full request ends that.
        if (asked === undefined) session.failed(null);
        else this.#onPartition(nodeId, answer, asked, part, now);
      }
    }
  }

  /** With its errors the broker names who leads instead (KIP-951). */
  #takeLeaders({ nodeEndpoints, responses }: FetchResponse): void {
    const { metadata } = this.#parts;
    if (nodeEndpoints.length === 0) return;
    metadata.takeLeaders({
      nodeEndpoints,
      responses: responses.map(({ topic, topicId, partitions }) => ({
        name: topic === "" ? (metadata.cluster.topicName(topicId) ?? "") : topic,
        partitionResponses: partitions.map(({ partitionIndex: index, currentLeader }) => ({ index, currentLeader })),
      })),
    });
  }

  #onPartition(nodeId: number, answer: number, asked: WantedPartition, part: PartitionAnswer, now: number): void {
    const { state: partition, offset: fetchOffset } = asked;
    const { buffer, subscriptions, metrics } = this.#parts;
    const error = errorForCode(part.errorCode);
    // What came for a position of another time is nobody's: the next fetch asks anew.
    if (!subscriptions.has(partition) || partition.position === null) return;
    if (error !== null) {
      this.#onPartitionError(asked, error, now);
      return;
    }
    if (part.preferredReadReplica >= 0) {
      this.#replicas.prefer(partition, part.preferredReadReplica, asked.leaderEpoch, now);
      return;
    }
    partition.highWatermark = Number(part.highWatermark);
    partition.lastStableOffset = Number(part.lastStableOffset);
    const { records, abortedTransactions: aborted } = part;
    if (records === null || records.length === 0 || buffer.nextOffset(partition) !== fetchOffset) return;
    metrics.onBytes(records.length);
    try {
      const fetched = { partition, nodeId, answer, fetchOffset, records, aborted };
      buffer.add(new CompletedFetch(fetched, this.#options.read));
    } catch (thrown) {
      this.#pause(partition, now);
      this.#parts.onError(thrown as KafkaError);
    }
  }

  #onPartitionError({ state, offset, leaderEpoch }: WantedPartition, error: KafkaError, now: number): void {
    const { metadata, subscriptions, onError } = this.#parts;
    const wasElsewhere = this.#replicas.forget(state);
    // A follower may lack what its leader has: that one must say so itself.
    if (wasElsewhere && error.code === "OFFSET_OUT_OF_RANGE") return;
    const left = error.code === "OFFSET_OUT_OF_RANGE" ? subscriptions.handleOutOfRange(state, offset) : error;
    if (left === null) return;
    // It is asked again, and said again, until somebody seeks. Of another leader one knows by now it is asked at once.
    const known = metadata.cluster.partition(state.topic, state.partition)?.leaderEpoch ?? -1;
    if (known <= leaderEpoch || !METADATA_IS_WRONG.has(left.code)) this.#pause(state, now);
    if (METADATA_IS_WRONG.has(left.code)) metadata.requestUpdate();
    else if (!left.retriable) onError(left);
  }

  #pause(state: PartitionState, now: number): void {
    state.retryAtMs = now + this.#parts.retryBackoff.backoffMs(0);
  }
}

function topicOf({ state }: WantedPartition): string {
  return state.topic;
}
