/**
 * The consumer, as programs use it.
 *
 * @module
 */
import { type PartitionInfo } from "#ground/cluster";
import { parseConsumerConfig } from "#ground/config/consumer-config";
import { KafkaError } from "#ground/errors";
import { nativeCrc32c } from "#ground/node/native-crc32c";
import { createNodeRuntime } from "#ground/node/node-runtime";
import { withDeadline } from "#ground/pause";
import { type Runtime } from "#ground/runtime";
import { nameOf, type TopicPartition } from "#ground/topic-partition";
import { validateTopicName } from "#ground/topic-name";
import { closeAll } from "#sender";
import { type ConsumerRecord } from "./consumer-record.ts";
import { ConsumerRecords } from "./consumer-records.ts";
import { type CommitCallback } from "#groups/offset-commits";
import { type OffsetAndMetadata } from "./consumer-interceptors.ts";
import { type ConsumerParts, createConsumerParts } from "./consumer-parts.ts";
import { leaveGroup, type Membership, positionsOf } from "./create-membership.ts";
import { findOffsets, until, type WantedOffset } from "./offset-queries.ts";
import { Poller } from "./poller.ts";
import { iterateRecords } from "./record-iterator.ts";
import { type RebalanceListener } from "../rebalance-listener.ts";
import { EARLIEST_TIMESTAMP, type FoundOffset, LATEST_TIMESTAMP } from "./offset-lookups.ts";

/** What a consumer gets besides its configuration. */
export interface ConsumerOptions {
  /** Default: the real machine. */
  readonly runtime?: Runtime;
}

/** An offset that was asked for. */
export interface PartitionOffset extends TopicPartition {
  readonly offset: number;
}

/** How long `close` takes at most, unless it is told otherwise. */
const CLOSE_TIMEOUT_MS = 30_000;

/**
 * Reads records from a Kafka cluster.
 *
 * ```ts
 * const consumer = new KafkaConsumer({ "bootstrap.servers": "localhost:9092", "group.id": "billing" });
 * consumer.subscribe(["payments"]);
 * for await (const record of consumer) console.log(record.partition, record.offset, record.value?.toString());
 * ```
 *
 * One call at a time: `poll` may not be called while another `poll` waits. Records are light views of fetched bytes:
 * one that is kept keeps its whole fetch alive.
 *
 * Source: `org.apache.kafka.clients.consumer.KafkaConsumer`. Configuration keys are Kafka's.
 *
 * @typeParam K - what `key.deserializer` makes; without one a Buffer
 * @typeParam V - what `value.deserializer` makes; without one a Buffer
 */
export class KafkaConsumer<K = Buffer, V = Buffer> implements AsyncIterable<ConsumerRecord<K, V>> {
  readonly #runtime: Runtime;
  readonly #parts: ConsumerParts;
  readonly #apiTimeoutMs: number;
  readonly #poller: Poller;
  #closing: Promise<void> | null = null;
  /** Whether it has left its group. Before, while it is being closed, a listener may commit what it has done. */
  #hasLeft = false;

  /** @throws KafkaError INVALID_CONFIG that lists what is wrong with the configuration. Nothing is connected to yet. */
  constructor(configuration: Readonly<Record<string, unknown>>, options: ConsumerOptions = {}) {
    const runtime = options.runtime ?? createNodeRuntime({ crc32c: nativeCrc32c() });
    const parsed = parseConsumerConfig(configuration);
    for (const warning of parsed.warnings) runtime.log.warn(warning);
    this.#runtime = runtime;
    this.#apiTimeoutMs = parsed.config["default.api.timeout.ms"];
    this.#parts = createConsumerParts(runtime, parsed);
    this.#poller = new Poller(this.#parts, () => this.#ensureOpen());
  }

  /**
   * Reads these topics as a member of the group: `poll` joins it, and gets a share of the partitions. What was
   * subscribed to before is replaced.
   *
   * @param topics - their names, or a pattern that whole names must fit; then new topics come by themselves
   * @throws KafkaError INVALID_GROUP_ID without `group.id`; INVALID_TOPIC_EXCEPTION; INVALID_REQUEST after `assign`
   */
  subscribe(topics: readonly string[] | RegExp, listener: RebalanceListener = {}): void {
    this.#ensureOpen();
    const { group } = this.#membership();
    if (!group.isSubscribed && this.#parts.subscriptions.assigned.length > 0) {
      throw new KafkaError("INVALID_REQUEST", "subscribe: partitions were assigned by hand; unsubscribe first.");
    }
    if (topics instanceof RegExp) group.subscribe({ pattern: topics }, listener);
    else {
      for (const topic of topics) validateTopicName(topic);
      group.subscribe({ topics: new Set(topics) }, listener);
    }
  }

  /** Leaves the group and gives up everything; or, after `assign`, just that. @throws what a listener threw */
  async unsubscribe(): Promise<void> {
    this.#ensureOpen();
    if (this.#parts.membership?.group.isSubscribed === true) {
      await this.#parts.membership.group.leave("the consumer unsubscribed from all topics");
    } else this.assign([]);
  }

  /** The topics that are subscribed to, as far as they are known. */
  get subscription(): string[] {
    return [...(this.#parts.membership?.group.topics ?? [])];
  }

  /**
   * Reads these partitions, whoever else does: no group shares them out. Those that stay keep their positions.
   * @throws KafkaError INVALID_REQUEST after `subscribe`
   */
  assign(partitions: readonly TopicPartition[]): void {
    this.#ensureOpen();
    for (const { topic } of partitions) validateTopicName(topic);
    const { subscriptions, buffer, membership, refreshTopics } = this.#parts;
    if (membership?.group.isSubscribed === true) {
      throw new KafkaError("INVALID_REQUEST", "assign: topics are subscribed to; unsubscribe first.");
    }
    subscriptions.assign(partitions);
    buffer.dropUnassigned();
    refreshTopics();
  }

  /** The partitions that are assigned at the moment. */
  get assignment(): TopicPartition[] {
    return this.#parts.subscriptions.assigned.map(({ topic, partition }) => ({ topic, partition }));
  }

  /**
   * The next records, `max.poll.records` at most: at once if some are there, else as soon as some come.
   *
   * @param timeoutMs - how long to wait for them at most; then there are none
   * @throws KafkaError what went wrong for good: a record that can't be read (it is thrown again until somebody seeks
   *   past it), a position that is out of range with `auto.offset.reset=none`, no right to read
   */
  async poll(timeoutMs: number = 0): Promise<ConsumerRecords<K, V>> {
    const records = await this.#poller.poll(timeoutMs);
    return new ConsumerRecords(records as unknown as readonly ConsumerRecord<K, V>[]);
  }

  /** All records, one after the other, until the consumer is closed. */
  [Symbol.asyncIterator](): AsyncIterator<ConsumerRecord<K, V>, void, undefined> {
    return iterateRecords((timeoutMs) => this.poll(timeoutMs), () => this.#closing !== null);
  }

  /** Ends a `poll` that waits, or the next one that would: it returns no records (*Different*: Kafka's throws). */
  wakeup(): void {
    this.#poller.wakeup();
  }

  /** The next `poll` goes on from here. @throws KafkaError INVALID_REQUEST when the partition isn't assigned */
  seek(partition: TopicPartition, offset: number, leaderEpoch: number = -1): void {
    this.#ensureOpen();
    if (!Number.isSafeInteger(offset) || offset < 0) {
      throw new KafkaError("INVALID_REQUEST", `seek: expected an offset of 0 or more, got ${offset}`);
    }
    const { subscriptions, loop } = this.#parts;
    subscriptions.seek(subscriptions.get(partition), { offset, leaderEpoch });
    loop.wakeup();
  }

  /** The next `poll` goes on from the first record there is. @param partitions - all that are assigned, if none */
  seekToBeginning(partitions: readonly TopicPartition[] = []): void {
    this.#resetTo(partitions, "earliest");
  }

  /** The next `poll` goes on behind the last record. @param partitions - all that are assigned, if none */
  seekToEnd(partitions: readonly TopicPartition[] = []): void {
    this.#resetTo(partitions, "latest");
  }

  #resetTo(partitions: readonly TopicPartition[], to: "earliest" | "latest"): void {
    this.#ensureOpen();
    const { subscriptions, loop } = this.#parts;
    const chosen = partitions.length === 0 ? this.assignment : partitions;
    for (const partition of chosen) subscriptions.requestReset(subscriptions.get(partition), to);
    loop.wakeup();
  }

  /** Nothing more is returned of these, until they are resumed; no record is lost by that, or comes twice. */
  pause(partitions: readonly TopicPartition[]): void {
    this.#ensureOpen();
    for (const partition of partitions) this.#parts.subscriptions.get(partition).isPaused = true;
  }

  /** Goes on where it was. */
  resume(partitions: readonly TopicPartition[]): void {
    this.#ensureOpen();
    for (const partition of partitions) this.#parts.subscriptions.get(partition).isPaused = false;
    this.#parts.loop.wakeup();
  }

  /** What is paused. */
  get paused(): TopicPartition[] {
    const paused = this.#parts.subscriptions.assigned.filter(({ isPaused }) => isPaused);
    return paused.map(({ topic, partition }) => ({ topic, partition }));
  }

  /**
   * The offset of the next record that `poll` would return of a partition.
   * @throws KafkaError INVALID_REQUEST when it isn't assigned; REQUEST_TIMED_OUT when it isn't known in time
   */
  async position(partition: TopicPartition, timeoutMs: number = this.#apiTimeoutMs): Promise<number> {
    const state = this.#parts.subscriptions.get(partition);
    await this.#until(() => state.position !== null, timeoutMs, `The position of ${state.name} is not known`);
    return state.position!.offset;
  }

  /** How many records of a partition are behind its position, as the last answer said; null before there was one. */
  currentLag(partition: TopicPartition): number | null {
    const { position, highWatermark, lastStableOffset } = this.#parts.subscriptions.get(partition);
    const end = this.#parts.read.isReadCommitted ? lastStableOffset : highWatermark;
    return position === null || end < 0 ? null : Math.max(0, end - position.offset);
  }

  /** The first offsets that there are. @throws KafkaError REQUEST_TIMED_OUT */
  async beginningOffsets(partitions: readonly TopicPartition[], timeoutMs?: number): Promise<PartitionOffset[]> {
    const found = await this.#find(partitions.map((one) => ({ ...one, timestamp: EARLIEST_TIMESTAMP })), timeoutMs);
    return found.map(({ topic, partition, offset }) => ({ topic, partition, offset }));
  }

  /** The next offsets to be written; with `read_committed`, to be read. @throws KafkaError REQUEST_TIMED_OUT */
  async endOffsets(partitions: readonly TopicPartition[], timeoutMs?: number): Promise<PartitionOffset[]> {
    const found = await this.#find(partitions.map((one) => ({ ...one, timestamp: LATEST_TIMESTAMP })), timeoutMs);
    return found.map(({ topic, partition, offset }) => ({ topic, partition, offset }));
  }

  /**
   * The first records at or after a time, in milliseconds since the epoch. Where no record is so late, the partition is
   * missing in the result. @throws KafkaError REQUEST_TIMED_OUT
   */
  async offsetsForTimes(
    times: readonly WantedOffset[],
    timeoutMs?: number,
  ): Promise<(TopicPartition & FoundOffset)[]> {
    return (await this.#find(times, timeoutMs)).filter(({ offset }) => offset >= 0);
  }

  /** The next `poll` goes on from the first record at or after a time; where there is none, from the end. */
  async seekToTime(partitions: readonly TopicPartition[], timestamp: number, timeoutMs?: number): Promise<void> {
    const found = await this.offsetsForTimes(partitions.map((one) => ({ ...one, timestamp })), timeoutMs);
    const byName = new Map(found.map((one) => [nameOf(one), one]));
    for (const partition of partitions) {
      const at = byName.get(nameOf(partition));
      if (at === undefined) this.seekToEnd([partition]);
      else this.seek(partition, at.offset, at.leaderEpoch);
    }
  }

  /** The partitions of a topic, by number. @throws KafkaError REQUEST_TIMED_OUT when nothing is known of it in time */
  async partitionsFor(topic: string, timeoutMs: number = this.#apiTimeoutMs): Promise<readonly PartitionInfo[]> {
    this.#ensureOpen();
    validateTopicName(topic);
    const { metadata, loop } = this.#parts;
    metadata.use(topic, this.#runtime.clock.nowMs());
    loop.wakeup();
    const isKnown = (): boolean => metadata.cluster.partitionsForTopic(topic).length > 0;
    await this.#until(isKnown, timeoutMs, `Nothing is known of topic ${topic}`);
    return metadata.cluster.partitionsForTopic(topic);
  }

  /** Figures under the names that they have in Kafka; all are numbers. */
  metrics(): Record<string, number> {
    const { metrics, subscriptions } = this.#parts;
    const lags = subscriptions.assigned.map((state) => this.currentLag(state) ?? 0);
    return {
      ...metrics.values(this.#runtime.clock.nowMs()),
      "assigned-partitions": subscriptions.assigned.length,
      "records-lag-max": Math.max(0, ...lags),
    };
  }

  /**
   * Writes down how far one has come, and waits until that is written. The group goes on from there.
   *
   * @param offsets - each the *next* record to be read; if not given, the positions: behind all that was returned
   * @throws KafkaError UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION: others have the partitions by now; REQUEST_TIMED_OUT
   */
  commitSync(offsets?: readonly OffsetAndMetadata[], timeoutMs: number = this.#apiTimeoutMs): Promise<void> {
    const { commits } = this.#membership();
    const chosen = offsets ?? positionsOf(this.#parts.subscriptions);
    return commits.commitSync(chosen, this.#runtime.clock.nowMs() + timeoutMs);
  }

  /** As {@link commitSync}, but without waiting. An older commit never overwrites a newer one. */
  commitAsync(offsets?: readonly OffsetAndMetadata[], callback: CommitCallback = () => {}): void {
    const { commits } = this.#membership();
    const chosen = offsets ?? positionsOf(this.#parts.subscriptions);
    if (chosen.length > 0) commits.commitAsync(chosen, this.#runtime.clock.nowMs() + this.#apiTimeoutMs, callback);
  }

  /** What the group has committed; what it has nothing of is missing. @throws KafkaError REQUEST_TIMED_OUT */
  committed(
    partitions: readonly TopicPartition[],
    timeoutMs: number = this.#apiTimeoutMs,
  ): Promise<OffsetAndMetadata[]> {
    const { requests } = this.#membership();
    this.#parts.loop.wakeup();
    return requests.fetchCommitted(partitions, this.#runtime.clock.nowMs() + timeoutMs);
  }

  /** Who this consumer is in its group; generation −1 when it is no member. */
  get groupMetadata(): { groupId: string; memberId: string; generation: number; groupInstanceId: string | null } {
    const { groupId, group } = this.#membership();
    const { memberId, generation, groupInstanceId } = group.member;
    return { groupId, memberId, generation, groupInstanceId };
  }

  /** Has the group share out its partitions anew, with the next `poll`. */
  enforceRebalance(reason: string = "the program wants it"): void {
    this.#membership().group.requestRejoin(reason);
    this.#parts.loop.wakeup();
  }

  /**
   * Commits the positions, if that is to be done by itself, leaves the group, and gives everything back: connections,
   * timers, buffers. Idempotent: the first call decides.
   *
   * @param timeoutMs - how long commits and good-byes may take
   * @throws what a listener, or a deserializer's own `close`, threw; all else is closed by then
   */
  close(timeoutMs: number = CLOSE_TIMEOUT_MS): Promise<void> {
    this.#closing ??= this.#close(timeoutMs);
    return this.#closing;
  }

  /** As {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(timeoutMs: number): Promise<void> {
    const { loop, client, turns, interceptors, read, membership } = this.#parts;
    const { clock } = this.#runtime;
    const deadlineMs = clock.nowMs() + timeoutMs;
    try {
      if (membership !== null) {
        const leaving = leaveGroup(membership, deadlineMs, { clock, turns });
        loop.wakeup();
        await withDeadline(leaving, deadlineMs, this.#runtime);
      }
    } finally {
      this.#hasLeft = true;
      const error = new KafkaError("INVALID_REQUEST", "The consumer was closed.");
      membership?.commits.failAll(error);
      membership?.requests.failAll(error);
      loop.stop();
      client.close();
      turns.done();
      closeAll([interceptors, read.keyDeserializer, read.valueDeserializer]);
    }
  }

  #find(wanted: readonly WantedOffset[], timeoutMs: number = this.#apiTimeoutMs): ReturnType<typeof findOffsets> {
    this.#ensureOpen();
    for (const { topic } of wanted) validateTopicName(topic);
    const { lookups, turns, refreshTopics } = this.#parts;
    return findOffsets(wanted, timeoutMs, { clock: this.#runtime.clock, turns, lookups, onAsked: refreshTopics });
  }

  #until(isSo: () => boolean, timeoutMs: number, what: string): Promise<void> {
    const isOver = (): boolean => {
      if (this.#hasLeft) this.#ensureOpen();
      return isSo();
    };
    return until(isOver, timeoutMs, what, { clock: this.#runtime.clock, turns: this.#parts.turns });
  }

  #membership(): Membership {
    if (this.#hasLeft) this.#ensureOpen();
    const { membership } = this.#parts;
    if (membership !== null) return membership;
    throw new KafkaError("INVALID_GROUP_ID", "To subscribe or to commit, a consumer needs a group.id.");
  }

  #ensureOpen(): void {
    if (this.#closing !== null) throw new KafkaError("INVALID_REQUEST", "The consumer is closed.");
  }
}
