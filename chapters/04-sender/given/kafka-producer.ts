/**
 * The producer, as programs use it.
 *
 * @module
 */
import { BatchResult, type MemoryLine, ProducerClosedError, type SendCallback } from "#accumulator";
import { type PartitionInfo } from "#ground/cluster";
import { parseProducerConfig } from "#ground/config/producer-config";
import { KafkaError, rethrowStub } from "#ground/errors";
import { createNodeRuntime } from "#ground/node/node-runtime";
import { type Runtime } from "#ground/runtime";
import { validateTopicName } from "#ground/topic-name";
import { type BatchFuture, BatchSends, type Room } from "./batch-sends.ts";
import { ProducerMetrics } from "./producer-metrics.ts";
import { createParts, type ProducerParts } from "./producer-parts.ts";
import { checkBytes, type ProducerRecord, toHeaders } from "./producer-record.ts";
import { RecordSender } from "./record-sender.ts";
import { SendFailures, type UnheardFailure } from "./send-failures.ts";
import { SendFuture } from "./send-future.ts";
import { SenderLoop } from "./sender-loop.ts";
import { WaitingLine } from "./waiting-line.ts";

/** What a producer gets besides its configuration. */
export interface ProducerOptions {
  /** Told of failed sends to which nobody listens, neither by `await` nor by a callback. Default: they are logged. */
  readonly onError?: (failure: UnheardFailure) => void;
  /** Default: the real machine. */
  readonly runtime?: Runtime;
}

/**
 * Sends records to a Kafka cluster.
 *
 * ```ts
 * const producer = new KafkaProducer({ "bootstrap.servers": "localhost:9092" });
 * producer.send({ topic: "clicks", value: "home" });                                // fire and forget
 * const { partition, offset } = await producer.send({ topic: "payments", key: "alice", value: "42" });
 * await producer.close();
 * ```
 *
 * Source: `org.apache.kafka.clients.producer.KafkaProducer`. Configuration keys are Kafka's.
 *
 * @typeParam K - what `key.serializer` takes
 * @typeParam V - what `value.serializer` takes
 */
export class KafkaProducer<K = string | Uint8Array, V = string | Uint8Array> {
  readonly #runtime: Runtime;
  readonly #parts: ProducerParts;
  readonly #records: RecordSender;
  readonly #line: WaitingLine;
  readonly #loop: SenderLoop;
  readonly #metrics: ProducerMetrics;
  readonly #failures: SendFailures;
  readonly #batches: BatchSends;
  readonly #maxBlockMs: number;
  /** Set as soon as no more sends are taken. */
  #closing: Promise<void> | null = null;
  /** Whether nothing is sent any more. */
  #isEnded = false;

  /** @throws KafkaError INVALID_CONFIG that lists what is wrong with the configuration. Nothing is connected to yet. */
  constructor(configuration: Readonly<Record<string, unknown>>, options: ProducerOptions = {}) {
    const runtime = options.runtime ?? createNodeRuntime();
    const parsed = parseProducerConfig(configuration);
    const { config } = parsed;
    for (const warning of parsed.warnings) runtime.log.warn(warning);
    this.#runtime = runtime;
    this.#maxBlockMs = config["max.block.ms"];
    this.#failures = new SendFailures(runtime, options.onError ?? null);
    this.#metrics = new ProducerMetrics(({ result, recordCount, topic, partition }, error) => {
      this.#failures.report({ records: recordCount - result.heard, error, topic, partition });
    });
    this.#loop = new SenderLoop(runtime, (now) => this.#runOnce(now));
    const wakeup = (): void => this.#loop.wakeup();
    this.#parts = createParts(runtime, parsed, {
      wakeup,
      onMetadataUpdate: (now) => this.#line.onUpdate(now),
      listener: this.#metrics,
    });
    this.#line = new WaitingLine(this.#parts.metadata, this.#maxBlockMs);
    const limits = {
      maxRequestSize: config["max.request.size"],
      bufferMemory: config["buffer.memory"],
      maxBlockMs: this.#maxBlockMs,
    };
    this.#batches = new BatchSends(this.#room());
    this.#records = new RecordSender(this.#parts, limits, this.#line, this.#failures, this.#batches.line, wakeup);
    // Finds the cluster, and gets a producer id, before the first record asks for it.
    wakeup();
  }

  /**
   * Sends a record: puts it into a batch that leaves soon. Never throws, never blocks; whatever goes wrong is the
   * outcome of the send. What becomes of the record tells, whichever is wanted:
   *
   * - nobody (fire and forget): a failure is counted, and reported to `onError`;
   * - the returned future: `await` it for the partition and offset, or the error;
   * - `callback`, called once. Callbacks of one partition are called in the order of the sends.
   *
   * Key, value and headers are the caller's again when it returns. Who sends faster than the network, for long, gets
   * errors: `buffer.memory` is full, and as much again waits for it. Wait for {@link ready} from time to time.
   */
  send(record: ProducerRecord<K, V>, callback?: SendCallback): SendFuture {
    const refusal = this.#closing === null ? null : closedError();
    const future = this.#intercept(record as ProducerRecord, callback ?? null, refusal);
    if (callback !== undefined) future.hear();
    return future;
  }

  /**
   * Sends many records: cheaper than as many promises. Where {@link send} would fail because too much waits already,
   * they wait in the caller's array, which must not change before all are sent. What is sent later waits behind
   * them, once their topic is known. When no memory has come for any of them in `max.block.ms`, all that wait fail. At
   * most 1,000 calls wait; the records of more are as those of `send`.
   *
   * @returns for those who want to know: where each record is, in their order; or, when all are settled, the error of
   *   the first one that failed. Failures of a batch that nobody awaits are counted and reported, as those of
   *   {@link send}.
   */
  sendBatch(records: readonly ProducerRecord<K, V>[]): BatchFuture {
    const all = records as readonly ProducerRecord[];
    return this.#closing === null ? this.#batches.send(all) : this.#batches.refuse(all, closedError());
  }

  /** Whether there is room for another record: memory, and not too many that still wait for metadata. */
  get isReady(): boolean {
    return this.#parts.accumulator.hasMemory && !this.#isLineLong;
  }

  /**
   * The signal to go on for one who sends faster than the network: resolves when {@link isReady}.
   *
   * @throws ProducerClosedError when the producer is closed
   */
  async ready(): Promise<void> {
    this.#ensureOpen();
    while (!this.isReady) {
      await this.#whenFree();
      this.#ensureOpen();
    }
  }

  /** Sends all that is waiting at once, and resolves when everything that was sent before is settled, well or not. */
  async flush(): Promise<void> {
    const { accumulator } = this.#parts;
    accumulator.beginFlush();
    this.#loop.wakeup();
    await this.#batches.whenSent();
    await this.#line.whenTheseHaveLeft();
    await accumulator.awaitFlush();
  }

  /**
   * The partitions of a topic, by number.
   * @throws KafkaError REQUEST_TIMED_OUT when they are not known within `max.block.ms`; INVALID_TOPIC_EXCEPTION
   * @throws ProducerClosedError when the producer is closed
   */
  async partitionsFor(topic: string): Promise<readonly PartitionInfo[]> {
    this.#ensureOpen();
    validateTopicName(topic);
    const { metadata } = this.#parts;
    metadata.use(topic, this.#runtime.clock.nowMs());
    const known = metadata.cluster.partitionsForTopic(topic);
    if (known.length > 0) return known;
    return new Promise((resolve, reject) => {
      const proceed = (): void => resolve(metadata.cluster.partitionsForTopic(topic));
      this.#waitForMetadata(topic, proceed, reject);
    });
  }

  /** Figures under the names that they have in Kafka; all are numbers. */
  metrics(): Record<string, number> {
    const { pool, client, metadata } = this.#parts;
    const values = this.#metrics.values();
    return {
      ...values,
      "record-error-total": values["record-error-total"]! + this.#failures.withoutBatch,
      "record-error-unheard-total": this.#failures.unheard,
      "requests-in-flight": client.inFlightCount,
      "buffer-total-bytes": pool.totalMemory,
      "buffer-available-bytes": pool.availableMemory,
      "waiting-threads": pool.queued,
      "metadata-age": (this.#runtime.clock.nowMs() - metadata.lastSuccessMs) / 1000,
    };
  }

  /**
   * Takes no more records, sends what is there, and gives everything back: connections, timers, memory. What is not
   * settled after `timeoutMs` fails. Idempotent: the first call decides.
   *
   * @param timeoutMs - Infinity if not given: `delivery.timeout.ms` ends the waiting anyway
   * @throws what a partitioner's or a serializer's own `close` threw; all else is closed by then
   */
  close(timeoutMs: number = Infinity): Promise<void> {
    this.#closing ??= this.#close(timeoutMs);
    return this.#closing;
  }

  /** As {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The producer, as {@link BatchSends} sees it. */
  #room(): Room {
    const { metadata, pool } = this.#parts;
    return {
      memory: pool,
      isBusy: () => pool.mustWait || pool.isServing,
      deadlineMs: () => this.#deadlineMs(),
      send: (record, line) => this.#intercept(record, null, this.#isEnded ? closedError() : null, line),
      refuse: (record, error) => this.#intercept(record, null, error),
      isCrowded: (topic) => {
        if (metadata.cluster.partitionCountForTopic(topic) !== undefined) return false;
        return this.#isLineLong || 2 * pool.waitingBytes > pool.totalMemory;
      },
      waitForMetadata: (topic, proceed, fail) => {
        metadata.use(topic, this.#runtime.clock.nowMs());
        this.#waitForMetadata(topic, proceed, fail);
      },
    };
  }

  /** Until when one may wait that begins to now. */
  #deadlineMs(): number {
    return this.#runtime.clock.nowMs() + this.#maxBlockMs;
  }

  /** Waits like a record of the topic, but holds no memory. */
  #waitForMetadata(topic: string, proceed: () => void, fail: (error: Error) => void): void {
    this.#line.wait({ topic, partition: -1, heldBytes: 0, deadlineMs: this.#deadlineMs(), proceed, fail });
    this.#loop.wakeup();
  }

  /**
   * @param refusal - why nothing is sent any more, if it isn't
   * @param line - as {@link RecordSender.send} has it
   */
  #intercept(
    record: ProducerRecord,
    callback: SendCallback | null,
    refusal: Error | null,
    line?: MemoryLine,
  ): SendFuture {
    try {
      const { interceptors } = this.#parts;
      if (interceptors.isEmpty || !isObject(record)) return this.#send(record, callback, refusal, line);
      const wanted = interceptors.onSend(record);
      if (wanted === null) return this.#filtered(record.topic, callback);
      return this.#send(wanted, this.#acknowledging(wanted, callback), refusal, line);
    } catch (thrown) {
      return this.#refuse(thrown, callback);
    }
  }

  #send(record: ProducerRecord, callback: SendCallback | null, refusal: Error | null, line?: MemoryLine): SendFuture {
    try {
      if (refusal !== null) throw refusal;
      if (!isObject(record)) throw new KafkaError("INVALID_RECORD", `Expected a record, got ${String(record)}.`);
      const { keySerializer, valueSerializer } = this.#parts;
      const { topic, key = null, value = null } = record;
      const headers = record.headers === undefined ? [] : toHeaders(record.headers);
      const keyBytes = keySerializer.serialize(topic, headers, key);
      const valueBytes = valueSerializer.serialize(topic, headers, value);
      checkBytes("the serialized key", keyBytes);
      checkBytes("the serialized value", valueBytes);
      for (const header of headers) checkBytes(`header ${header.key}`, header.value);
      const { clock } = this.#runtime;
      const timestamp = record.timestamp ?? clock.wallMs();
      checkRecord(topic, timestamp);
      return this.#records.send(record, timestamp, keyBytes, valueBytes, headers, callback, clock.nowMs(), line);
    } catch (thrown) {
      return this.#refuse(thrown, callback);
    }
  }

  /** @param thrown - by a user's code perhaps, and then it can be anything */
  #refuse(thrown: unknown, callback: SendCallback | null): SendFuture {
    rethrowStub(thrown);
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    return this.#failures.refuse(error.message, () => error, callback);
  }

  /** A record that an interceptor has taken out: that is no failure, but it is nowhere. */
  #filtered(topic: string, callback: SendCallback | null): SendFuture {
    const { log } = this.#runtime;
    const result = new BatchResult(topic, -1, (error) => log.error(`A callback of send threw: ${String(error)}`));
    result.addRecord(-1);
    if (callback !== null) result.onCompletion(0, callback);
    this.#runtime.scheduler.soon(() => result.complete(-1, -1));
    return new SendFuture(result, 0);
  }

  /** Interceptors are told before the callback, and also where the record was to go. */
  #acknowledging({ topic, partition }: ProducerRecord, callback: SendCallback | null): SendCallback {
    return (metadata, error) => {
      const nowhere = { topic, partition: partition ?? -1, offset: -1, timestamp: -1 };
      this.#parts.interceptors.onAcknowledgement(metadata ?? nowhere, error);
      callback?.(metadata, error);
    };
  }

  #runOnce(now: number): number {
    const nextMs = this.#parts.sender.runOnce(now);
    this.#line.expire(now, () => this.#lastConnectionError());
    return Math.min(nextMs, this.#line.nextDeadlineMs - now);
  }

  #lastConnectionError(): Error | null {
    const { metadata, client } = this.#parts;
    const errors = metadata.nodesToAsk.map(({ id }) => client.lastErrorOf(id));
    return errors.find((error) => error !== null) ?? null;
  }

  /** Whether so many records wait for metadata that one should not add to them. */
  get #isLineLong(): boolean {
    return 2 * this.#line.heldBytes > this.#parts.pool.totalMemory;
  }

  /** Resolves when something has changed for the better, or the producer was closed. */
  async #whenFree(): Promise<void> {
    this.#loop.wakeup();
    if (this.#isLineLong) await this.#line.whenTheseHaveLeft();
    await this.#parts.accumulator.whenMemory(Infinity).catch(() => {});
  }

  #ensureOpen(): void {
    if (this.#closing !== null) throw closedError();
  }

  async #close(timeoutMs: number): Promise<void> {
    const { accumulator, client, interceptors, chooser, keySerializer, sender, valueSerializer } = this.#parts;
    await this.#flushFor(timeoutMs);
    this.#isEnded = true;
    const error = new ProducerClosedError(`The producer was closed, and the record was not acknowledged by then.`);
    this.#line.failAll(error);
    accumulator.close();
    sender.abortAll(error);
    this.#loop.stop();
    client.close();
    closeAll([interceptors, chooser.partitioner, keySerializer, valueSerializer]);
  }

  /** Flushes, but waits no longer than that. */
  async #flushFor(timeoutMs: number): Promise<void> {
    if (timeoutMs <= 0) return;
    const { clock, scheduler } = this.#runtime;
    await new Promise<void>((resolve) => {
      const timer = timeoutMs === Infinity ? null : scheduler.at(clock.nowMs() + timeoutMs, resolve);
      const end = (): void => {
        timer?.cancel();
        resolve();
      };
      this.flush().then(end, end);
    });
  }
}

function closedError(): ProducerClosedError {
  return new ProducerClosedError("The producer is closed: no record can be sent.");
}

/** Closes a user's code, all of it. @throws what the first that couldn't be closed threw */
function closeAll(parts: readonly ({ close?(): void } | null)[]): void {
  const thrown: unknown[] = [];
  for (const part of parts) {
    try {
      part?.close?.();
    } catch (error) {
      rethrowStub(error);
      thrown.push(error);
    }
  }
  if (thrown.length > 0) throw thrown[0];
}

function isObject(record: unknown): boolean {
  return typeof record === "object" && record !== null;
}

function checkRecord(topic: unknown, timestamp: unknown): void {
  if (typeof topic !== "string" || topic === "") {
    throw new KafkaError("INVALID_TOPIC_EXCEPTION", `Expected the record's topic to be a name, got ${String(topic)}.`);
  }
  if (!Number.isSafeInteger(timestamp) || (timestamp as number) < 0) {
    const expected = "Expected a timestamp in whole milliseconds from 0 up";
    throw new KafkaError("INVALID_TIMESTAMP", `${expected}, got ${String(timestamp)}.`);
  }
}
