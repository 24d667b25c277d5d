/**
 * The consumer, as programs use it.
 *
 * @module
 */
import { type PartitionInfo } from "#ground/cluster";
import { parseConsumerConfig } from "#ground/config/consumer-config";
import { KafkaError } from "#ground/errors";
import { createNodeRuntime } from "#ground/node/node-runtime";
import { type Runtime } from "#ground/runtime";
import { type TopicPartition } from "#ground/topic-partition";
import { validateTopicName } from "#ground/topic-name";
import { type ConsumerRecord } from "./consumer-record.ts";
import { ConsumerRecords } from "./consumer-records.ts";
import { type ConsumerParts, createConsumerParts } from "./consumer-parts.ts";
import { nameOf } from "./assignor.ts";
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

/** How long `for await` lets one poll wait. */
const ITERATION_POLL_MS = 1_000;
/** After so long without a turn of the event loop `poll` gives it one: else the network would starve. */
const LONGEST_RUN_MS = 5;

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
  #isPolling = false;
  #isWoken = false;
  #closing: Promise<void> | null = null;
  /** When the event loop last had a turn, as far as it is known. */
  #lastTurnMs = -Infinity;

  /** @throws KafkaError INVALID_CONFIG that lists what is wrong with the configuration. Nothing is connected to yet. */
  constructor(configuration: Readonly<Record<string, unknown>>, options: ConsumerOptions = {}) {
    const runtime = options.runtime ?? createNodeRuntime();
    const parsed = parseConsumerConfig(configuration);
    for (const warning of parsed.warnings) runtime.log.warn(warning);
    this.#runtime = runtime;
    this.#apiTimeoutMs = parsed.config["default.api.timeout.ms"];
    this.#parts = createConsumerParts(runtime, parsed);
  }

  /** Reads these partitions, whoever else does: no group shares them out. Those that stay keep their positions. */
  assign(partitions: readonly TopicPartition[]): void {
    this.#ensureOpen();
    for (const { topic } of partitions) validateTopicName(topic);
    const { subscriptions, buffer } = this.#parts;
    subscriptions.assign(partitions);
    buffer.dropUnassigned();
    this.#refreshTopics();
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
    this.#ensureOpen();
    if (this.#isPolling) throw new KafkaError("INVALID_REQUEST", "poll: the poll before this one has not ended yet.");
    this.#isPolling = true;
    try {
      return await this.#poll(timeoutMs);
    } finally {
      this.#isPolling = false;
      this.#isWoken = false;
    }
  }

  async #poll(timeoutMs: number): Promise<ConsumerRecords<K, V>> {
    const { errors, turns, metrics } = this.#parts;
    const { clock } = this.#runtime;
    const startMs = clock.nowMs();
    const deadlineMs = startMs + timeoutMs;
    metrics.onPoll(startMs);
    if (startMs - this.#lastTurnMs > LONGEST_RUN_MS) await this.#turn(startMs);
    for (;;) {
      this.#ensureOpen();
      errors.throwNext();
      const records = this.#collect();
      if (records.length > 0) return new ConsumerRecords(records as unknown as readonly ConsumerRecord<K, V>[]);
      if (this.#isWoken || clock.nowMs() >= deadlineMs) return new ConsumerRecords<K, V>([]);
      await turns.next(deadlineMs);
      this.#lastTurnMs = clock.nowMs();
    }
  }

  #collect(): readonly ConsumerRecord[] {
    const { buffer, config, interceptors, metrics, fetcher } = this.#parts;
    const records = buffer.collect(config["max.poll.records"]);
    if (records.length === 0) return records;
    metrics.onRecords(records.length);
    // What comes next is fetched while the program works on these.
    fetcher.sendFetches(this.#runtime.clock.nowMs());
    return interceptors.onConsume(records);
  }

  /** Lets the event loop have a turn. */
  async #turn(now: number): Promise<void> {
    this.#lastTurnMs = now;
    await new Promise<void>((resolve) => this.#runtime.scheduler.soon(resolve));
  }

  /** All records, one after the other, for as long as the consumer is open. */
  async *[Symbol.asyncIterator](): AsyncGenerator<ConsumerRecord<K, V>, void, undefined> {
    while (this.#closing === null) yield* await this.poll(ITERATION_POLL_MS);
  }

  /** Ends a `poll` that waits, or the next one that would: it returns no records (*Different*: Kafka's throws). */
  wakeup(): void {
    this.#isWoken = true;
    this.#parts.loop.wakeup();
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

  /** The next `poll` goes on behind the last record there is. @param partitions - all that are assigned, if none */
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
    times: readonly (TopicPartition & { readonly timestamp: number })[],
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

  /** Gives everything back: connections, timers, buffers. Idempotent: the first call decides. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** As {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const { loop, client, turns, interceptors, read } = this.#parts;
    loop.stop();
    client.close();
    turns.done();
    interceptors.close();
    read.keyDeserializer?.close?.();
    read.valueDeserializer?.close?.();
  }

  /** Asks for offsets by time. */
  #find(
    wanted: readonly (TopicPartition & { readonly timestamp: number })[],
    timeoutMs: number = this.#apiTimeoutMs,
  ): Promise<(TopicPartition & FoundOffset)[]> {
    this.#ensureOpen();
    const { lookups } = this.#parts;
    const deadlineMs = this.#runtime.clock.nowMs() + timeoutMs;
    const found: (TopicPartition & FoundOffset)[] = [];
    const failures: KafkaError[] = [];
    for (const { topic, partition, timestamp } of wanted) {
      validateTopicName(topic);
      const isWanted = (): boolean => failures.length === 0 && this.#runtime.clock.nowMs() < deadlineMs;
      const onFound = (one: FoundOffset): void => void found.push({ topic, partition, ...one });
      lookups.add({ topic, partition, timestamp, isWanted, onFound, onError: (error) => void failures.push(error) });
    }
    this.#refreshTopics();
    const isDone = (): boolean => found.length === wanted.length || failures.length > 0;
    return this.#until(isDone, timeoutMs, "The offsets are not known").then(() => {
      if (failures.length > 0) throw failures[0];
      return found;
    });
  }

  /** Waits until something is so. @param what - is not so after `timeoutMs` */
  async #until(isSo: () => boolean, timeoutMs: number, what: string): Promise<void> {
    const { clock } = this.#runtime;
    const deadlineMs = clock.nowMs() + timeoutMs;
    while (!isSo()) {
      this.#ensureOpen();
      if (clock.nowMs() >= deadlineMs) throw new KafkaError("REQUEST_TIMED_OUT", `${what} after ${timeoutMs} ms.`);
      await this.#parts.turns.next(deadlineMs);
    }
  }

  /** Tells which topics are of interest from now on. */
  #refreshTopics(): void {
    const { metadata, subscriptions, lookups, loop } = this.#parts;
    const topics = [...subscriptions.assigned.map(({ topic }) => topic), ...lookups.topics];
    metadata.useOnly(new Set(topics), this.#runtime.clock.nowMs());
    loop.wakeup();
  }

  #ensureOpen(): void {
    if (this.#closing !== null) throw new KafkaError("INVALID_REQUEST", "The consumer is closed.");
  }
}
