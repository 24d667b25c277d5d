/**
 * The producer, as programs use it.
 *
 * @module
 */
import { BatchResult, ProducerClosedError, type SendCallback } from "#accumulator";
import { type Cluster, type PartitionInfo } from "#ground/cluster";
import { parseProducerConfig } from "#ground/config/producer-config";
import { createNodeRuntime } from "#ground/node/node-runtime";
import { withDeadline } from "#ground/pause";
import { type Runtime } from "#ground/runtime";
import { validateTopicName } from "#ground/topic-name";
import { closeAll } from "./close-all.ts";
import { ProducerMetrics } from "./producer-metrics.ts";
import { createParts, type ProducerParts } from "./producer-parts.ts";
import { checkRecord, type ProducerRecord } from "./producer-record.ts";
import { closedError, RecordSender } from "./record-sender.ts";
import { SendFailures, type UnheardFailure } from "./send-failures.ts";
import { SendFuture } from "./send-future.ts";

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
  readonly #metrics: ProducerMetrics;
  readonly #failures: SendFailures;
  readonly #maxBlockMs: number;
  /** Set as soon as no more sends are taken. */
  #closing: Promise<void> | null = null;

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
    this.#parts = createParts(runtime, parsed, this.#metrics);
    const limits = {
      maxRequestSize: config["max.request.size"],
      bufferMemory: config["buffer.memory"],
      maxBlockMs: this.#maxBlockMs,
    };
    this.#records = new RecordSender(runtime.clock, this.#parts, limits, this.#failures);
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
    const future = this.#intercept(record as ProducerRecord, callback ?? null);
    if (callback !== undefined) future.hear();
    return future;
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
    const { accumulator, line, loop } = this.#parts;
    accumulator.beginFlush();
    loop.wakeup();
    await line.whenTheseHaveLeft();
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
    const { line, loop, metadata } = this.#parts;
    const now = this.#runtime.clock.nowMs();
    metadata.use(topic, now);
    const known = metadata.cluster.partitionsForTopic(topic);
    if (known.length > 0) return known;
    return new Promise((resolve, reject) => {
      const proceed = (cluster: Cluster): void => resolve(cluster.partitionsForTopic(topic));
      line.wait({ topic, partition: -1, heldBytes: 0, deadlineMs: now + this.#maxBlockMs, proceed, fail: reject });
      loop.wakeup();
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

  /** What waits here for each partition of a topic that has had a record, by partition: for who looks on. */
  queues(topic: string): { partition: number; batches: number; bytes: number; sizeBytes: number }[] {
    const { queues } = this.#parts.accumulator.topic(topic);
    return queues.toSorted((a, b) => a.partition - b.partition).map(({ partition, batches }) => {
      const { estimatedSizeInBytes = 0, buffer } = batches.last ?? {};
      return { partition, batches: batches.length, bytes: estimatedSizeInBytes, sizeBytes: buffer?.length ?? 0 };
    });
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

  /** Shows the record to the interceptors, and sends what they make of it. */
  #intercept(record: ProducerRecord, callback: SendCallback | null): SendFuture {
    const { interceptors } = this.#parts;
    if (interceptors.isEmpty) return this.#records.send(record, callback);
    try {
      checkRecord(record);
      const wanted = interceptors.onSend(record);
      if (wanted === null) return this.#filtered(record.topic, callback);
      return this.#records.send(wanted, this.#acknowledging(wanted, callback));
    } catch (thrown) {
      return this.#records.refuse(thrown, callback);
    }
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

  /** Whether so many records wait for metadata that one should not add to them. */
  get #isLineLong(): boolean {
    return 2 * this.#parts.line.heldBytes > this.#parts.pool.totalMemory;
  }

  /** Resolves when something has changed for the better, or the producer was closed. */
  async #whenFree(): Promise<void> {
    const { accumulator, line, loop } = this.#parts;
    loop.wakeup();
    if (this.#isLineLong) await line.whenTheseHaveLeft();
    await accumulator.whenMemory(Infinity).catch(() => {});
  }

  #ensureOpen(): void {
    if (this.#closing !== null) throw closedError();
  }

  async #close(timeoutMs: number): Promise<void> {
    const { accumulator, client, line, loop, sender } = this.#parts;
    this.#records.close();
    await this.#flushFor(timeoutMs);
    const error = new ProducerClosedError(`The producer was closed, and the record was not acknowledged by then.`);
    line.failAll(error);
    accumulator.close();
    sender.abortAll(error);
    loop.stop();
    client.close();
    const { interceptors, chooser, keySerializer, valueSerializer } = this.#parts;
    closeAll([interceptors, chooser.partitioner, keySerializer, valueSerializer]);
  }

  /** Flushes, but waits no longer than that. */
  async #flushFor(timeoutMs: number): Promise<void> {
    if (timeoutMs <= 0) return;
    await withDeadline(this.flush().catch(() => {}), this.#runtime.clock.nowMs() + timeoutMs, this.#runtime);
  }
}
