/**
 * Takes batches out of the accumulator, sends them to the brokers that lead their partitions, and sees to it that each
 * of them is settled, once and in time.
 *
 * In Kafka it is a thread of its own beside the user's. Here there is one loop, and the state is nobody else's: between
 * two lines of {@link Sender.runOnce} nothing can happen.
 *
 * Source: `org.apache.kafka.clients.producer.internals.Sender`.
 *
 * @module
 */
import { type ProducerBatch, type RecordAccumulator } from "#accumulator";
import { KafkaError, type KafkaErrorName, NotImplementedError } from "#ground/errors";
import { type ProduceResponse } from "#ground/protocol/messages/00-produce";
import { type MetadataUpdater } from "#sender/given/metadata-updater";
import { type Metadata } from "./metadata.ts";
import { type NetworkClient, type RequestHandler } from "./network-client.ts";
import {
  answersByPartition,
  type BatchAnswer, failedAnswer,
  partitionKey,
  produceRequest,
  WRITTEN_SOMEWHERE
} from "./produce-request.ts";
import { type ProducerIdRequest } from "#sender/given/producer-id-request";
import { type FailedOutcome, type ProducerSequences } from "./producer-sequences.ts";

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
const METADATA_IS_WRONG: ReadonlySet<KafkaErrorName> = new Set<KafkaErrorName>([
  "UNKNOWN_TOPIC_OR_PARTITION", "UNKNOWN_TOPIC_ID", "INCONSISTENT_TOPIC_ID", "LEADER_NOT_AVAILABLE",
  "NOT_LEADER_OR_FOLLOWER", "FENCED_LEADER_EPOCH", "UNKNOWN_LEADER_EPOCH", "REPLICA_NOT_AVAILABLE",
  "KAFKA_STORAGE_ERROR", "LISTENER_NOT_FOUND", "NETWORK_EXCEPTION",
]);

/** The sender of one producer. */
export class Sender {
  readonly #parts: SenderParts;
  readonly #options: SenderOptions;
  readonly #listener: SenderListener;
  /** Batches whose answers are waited for. */
  readonly #onWire = new Set<ProducerBatch>();

  constructor(parts: SenderParts, options: SenderOptions, listener: SenderListener) {
    this.#parts = parts;
    this.#options = options;
    this.#listener = listener;
  }

  /** Whether nothing is left to send, nor to wait for. */
  get isIdle(): boolean {
    return !this.#parts.accumulator.hasIncomplete && this.#onWire.size === 0;
  }

  /** Does all that is to do now. @returns after how many milliseconds to call again, if nothing happens before */
  runOnce(now: number): number {
    const { client, updater, idempotence } = this.#parts;
    client.poll(now);
    this.#failExpired(now);
    idempotence?.sequences.resolve();
    idempotence?.sequences.raiseEpochIfNeeded((batch) => this.#onWire.has(batch) || batch.lends > 0);
    const fatalError = idempotence?.idRequest.fatalError ?? null;
    if (fatalError !== null) this.abortAll(fatalError);
    return Math.min(
      this.sendProducerData(now),
      updater.maybeUpdate(now),
      idempotence?.idRequest.maybeAsk(now) ?? Infinity,
      client.nextTimeoutMs - now,
      this.#nextExpiryMs() - now,
    );
  }

  /**
   * Sends what may be sent now:
   *
   * 1. Asks the accumulator which nodes have something ready. For topics without a leader, the metadata are wanted: the
   *    topic is marked as used and an update requested.
   * 2. Of these nodes, only those count for which the client is {@link NetworkClient.ready}; that question also makes
   *    it connect. The accumulator is told of each, whether it could take something ({@link
   *    RecordAccumulator.updateNodeLatencyStats}).
   * 3. Drains the accumulator for these nodes, and sends each node what came out for it, as one request ({@link
   *    sendRequest}). If nothing came out, nothing is sent.
   *
   * @exercise 4.5 Sender.sendProducerData
   * @returns milliseconds until something else will be ready by itself: the accumulator's `nextReadyCheckDelayMs`, or
   *   the shortest time after which the client may connect to a node that has something ready, whichever is sooner
   */
  sendProducerData(now: number): number {
    throw new NotImplementedError("4.5 Sender.sendProducerData");
  }

  /**
   * Sends batches to a node, as one {@link produceRequest}, and tells the listener. From here on they are on the wire.
   * Their memory is lent to the network, each batch's with {@link RecordAccumulator.lend}, until it has let go of the
   * request's bytes: then each gets its {@link RecordAccumulator.release}. To keep the order, their partitions are
   * muted, if that is asked for.
   *
   * When the request is over, {@link onAnswers} or {@link onNoAnswer} is called, once. With `acks` 0 no answer comes:
   * the request is over when it is sent ({@link RequestHandler.onSent}), and {@link onAnswers} gets null. Each is told
   * the time of the end.
   *
   * @exercise 4.5 Sender.sendRequest
   */
  sendRequest(nodeId: number, batches: readonly ProducerBatch[], now: number): void {
    throw new NotImplementedError("4.5 Sender.sendRequest");
  }

  /** Completes each batch of a request with what the answer says about it. @param response - null with `acks=0` */
  onAnswers(batches: readonly ProducerBatch[], response: ProduceResponse | null, now: number): void {
    const answers = response === null ? null : answersByPartition(response);
    if (response !== null) this.#parts.metadata.takeLeaders(response);
    this.#listener.onRequestDone(batches, now);
    for (const batch of batches) {
      const key = partitionKey(batch.topic, batch.partition);
      const answer = answers === null ? WRITTEN_SOMEWHERE : (answers.get(key) ?? nothingSaidOf(key));
      this.#complete(batch, answer, now);
    }
  }

  /** No answer came to a request: each of its batches may have been written, or not. */
  onNoAnswer(batches: readonly ProducerBatch[], error: KafkaError, now: number): void {
    this.#listener.onRequestDone(batches, now);
    for (const batch of batches) this.#complete(batch, failedAnswer(error), now);
  }

  #complete(batch: ProducerBatch, answer: BatchAnswer, now: number): void {
    this.#onWire.delete(batch);
    this.completeBatch(batch, answer, now);
    if (answer.error !== null && METADATA_IS_WRONG.has(answer.error.code)) this.#parts.metadata.requestUpdate();
    if (this.#options.guaranteeMessageOrder) this.#parts.accumulator.unmutePartition(batch);
  }

  /**
   * Decides what becomes of a batch after an attempt. The first that applies:
   *
   * - No error: it has succeeded ({@link succeed}). Also when it was given up before: then nobody is told, but the
   *   sequence numbers are accounted for.
   * - It was given up before: nothing is left to do.
   * - MESSAGE_TOO_LARGE, and it has more than one record: it is split, and that is no attempt ({@link split}).
   * - It may be tried again ({@link canRetry}): back into its queue ({@link retry}).
   * - DUPLICATE_SEQUENCE_NUMBER: the broker had it already. It has succeeded, at an offset that nobody knows any more
   *   (−1).
   * - Else it has failed ({@link fail}). After an error that is retriable, or an earlier attempt, the outcome is
   *   unknown: some attempt may have been written. Otherwise the broker has refused it.
   *
   * @exercise 4.6 Sender.completeBatch
   */
  completeBatch(batch: ProducerBatch, answer: BatchAnswer, now: number): void {
    throw new NotImplementedError("4.6 Sender.completeBatch");
  }

  /**
   * Whether a batch may be sent once more after `error`: it is not settled yet, was sent in vain fewer than `retries`
   * times before, and its `deliveryTimeoutMs`, counted from its creation, are not over. And the error has to be one
   * that may pass: with idempotence {@link ProducerSequences.canRetry} says so, without it `error.retriable`.
   *
   * @exercise 4.6 Sender.canRetry
   */
  canRetry(batch: ProducerBatch, error: KafkaError, now: number): boolean {
    throw new NotImplementedError("4.6 Sender.canRetry");
  }

  /** Settles a batch: it is written. */
  succeed(batch: ProducerBatch, { baseOffset, logAppendTimeMs }: BatchAnswer): void {
    this.#parts.idempotence?.sequences.onCompleted(batch);
    this.#parts.accumulator.deallocate(batch);
    if (batch.result.complete(baseOffset, logAppendTimeMs)) this.#listener.onSucceeded(batch);
  }

  /** Puts a batch back into its queue, to be sent again after a pause. */
  retry(batch: ProducerBatch, error: KafkaError, now: number): void {
    this.#listener.onRetry(batch, error);
    this.#parts.accumulator.reenqueue(batch, now);
  }

  /** Puts the parts of a batch that is too large for the broker back into its queue. */
  split(batch: ProducerBatch): void {
    const { accumulator, idempotence } = this.#parts;
    idempotence?.sequences.onSplit(batch);
    accumulator.splitAndReenqueue(batch);
    accumulator.deallocate(batch);
    this.#listener.onSplit(batch);
  }

  /** Settles a batch: it has failed. */
  fail(
    batch: ProducerBatch,
    error: KafkaError,
    outcome: FailedOutcome,
    errorOf?: (index: number) => Error | null,
  ): void {
    this.#parts.idempotence?.sequences.onFailed(batch, outcome);
    this.#parts.accumulator.deallocate(batch);
    if (batch.result.fail(error, errorOf)) this.#listener.onFailed(batch, error);
  }

  /** Gives up everything that is not settled: no record can be sent any more. */
  abortAll(error: KafkaError): void {
    for (const batch of this.#parts.accumulator.abortIncompleteBatches(error)) this.#listener.onFailed(batch, error);
  }

  /** Gives up what is older than `delivery.timeout.ms`, in the queues and on the wire. */
  #failExpired(now: number): void {
    const { deliveryTimeoutMs } = this.#options;
    const { accumulator } = this.#parts;
    accumulator.expireWaiting(now);
    const onWire = [...this.#onWire].filter(({ createdMs, result }) => {
      return !result.isDone && now - createdMs >= deliveryTimeoutMs;
    });
    for (const batch of [...onWire, ...accumulator.expiredBatches(now)]) {
      const { topic, partition, recordCount } = batch;
      const limit = `${deliveryTimeoutMs} ms (delivery.timeout.ms)`;
      const reason = this.#lastErrorOf(batch);
      const why = reason === null ? "" : ` Last error: ${reason.message}`;
      const message = `${recordCount} records for ${topic}-${partition} were not acknowledged within ${limit}.${why}`;
      this.fail(batch, new KafkaError("REQUEST_TIMED_OUT", message, { cause: reason ?? undefined }), "unknown");
    }
  }

  /** What went wrong last with the leader of a batch's partition, if something did. */
  #lastErrorOf({ topic, partition }: ProducerBatch): Error | null {
    const leader = this.#parts.metadata.cluster.leaderFor(topic, partition) ?? null;
    return leader === null ? null : this.#parts.client.lastErrorOf(leader.id);
  }

  #nextExpiryMs(): number {
    const { accumulator } = this.#parts;
    let next = Math.min(accumulator.nextExpiryMs, accumulator.nextWaitingExpiryMs);
    for (const { createdMs, result } of this.#onWire) {
      if (!result.isDone) next = Math.min(next, createdMs + this.#options.deliveryTimeoutMs);
    }
    return next;
  }
}

/** Silence about a batch is an error: else nobody would ever hear of it. */
function nothingSaidOf(partition: string): BatchAnswer {
  const message = `The broker's answer to Produce says nothing about ${partition}.`;
  return failedAnswer(new KafkaError("UNKNOWN_SERVER_ERROR", message));
}
