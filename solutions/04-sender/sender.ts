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
import { type ProducerBatch } from "#accumulator";
import { type KafkaError } from "#ground/errors";
import { Produce, type ProduceResponse } from "#ground/protocol/messages/00-produce";
import {
  answersByPartition,
  type BatchAnswer,
  errorOfRecord,
  failedAnswer,
  nothingSaidOf,
  partitionKey,
  WRITTEN_SOMEWHERE,
} from "#sender/given/assembly/batch-answer";
import { type RequestHandler } from "#sender/given/assembly/network-request";
import {
  expiredError,
  METADATA_IS_WRONG,
  type SenderListener,
  type SenderOptions,
  type SenderParts,
} from "#sender/given/assembly/sender-parts";
import { produceRequest } from "./produce-request.ts";
import { type FailedOutcome } from "#sender/given/partition-sequences";

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
    this.failExpired(now);
    idempotence?.sequences.resolve();
    idempotence?.sequences.raiseEpochIfNeeded((batch) => this.#onWire.has(batch) || batch.lends > 0);
    const fatalError = idempotence?.idRequest.fatalError ?? null;
    if (fatalError !== null) this.abortAll(fatalError);
    return Math.min(
      this.sendProducerData(now),
      updater.maybeUpdate(now),
      idempotence?.idRequest.maybeAsk(now) ?? Infinity,
      client.nextTimeoutMs - now,
      this.nextExpiryMs() - now,
    );
  }

  /**
   * Sends all that may leave now: one request ({@link sendRequest}) to each node that leads partitions with something
   * ready, if the client is {@link NetworkClient.ready} for it. Asking that makes the client connect, so it is asked
   * for those nodes and no others; and the accumulator hears of each whether it could take something ({@link
   * RecordAccumulator.updateNodeLatencyStats}). No request is empty. What can't leave stays in the accumulator, and
   * keeps nobody else waiting.
   *
   * A topic with something ready but without a leader is marked as used, and an update of the metadata requested.
   *
   * @exercise 4.6 Sender.sendProducerData
   * @returns milliseconds until something else will be ready by itself: the accumulator's `nextReadyCheckDelayMs`, or
   *   the shortest time after which the client may connect to a node that has something ready, whichever is sooner
   */
  sendProducerData(now: number): number {
    const { accumulator, client, metadata } = this.#parts;
    const { cluster } = metadata;
    const { readyNodes, nextReadyCheckDelayMs, unknownLeaderTopics } = accumulator.ready(cluster, now);
    for (const topic of unknownLeaderTopics) metadata.use(topic, now);
    if (unknownLeaderTopics.size > 0) metadata.requestUpdate();
    let delayMs = nextReadyCheckDelayMs;
    for (const nodeId of [...readyNodes]) {
      const canDrain = client.ready(cluster.nodeById(nodeId)!, now);
      accumulator.updateNodeLatencyStats(nodeId, now, canDrain);
      if (canDrain) continue;
      readyNodes.delete(nodeId);
      delayMs = Math.min(delayMs, client.connectionDelayMs(nodeId, now));
    }
    for (const [nodeId, batches] of accumulator.drain(cluster, readyNodes, this.#options.maxRequestSize, now)) {
      if (batches.length > 0) this.sendRequest(nodeId, batches, now);
    }
    return delayMs;
  }

  /**
   * Sends batches to a node, as one {@link produceRequest}. From here on they count as on the wire, the listener knows
   * of the request, and where the order is to be kept ({@link SenderOptions.guaranteeMessageOrder}) their partitions
   * are muted. Each batch's memory is lent ({@link RecordAccumulator.lend}) as long as the network needs its bytes, and
   * then released.
   *
   * The end of the request is told to {@link onAnswers} or {@link onNoAnswer}, once, with the time of the end. With
   * `acks` 0 no answer comes: being sent is the end ({@link RequestHandler.onSent}), and {@link onAnswers} gets null.
   *
   * @exercise 4.6 Sender.sendRequest
   */
  sendRequest(nodeId: number, batches: readonly ProducerBatch[], now: number): void {
    const { accumulator, client } = this.#parts;
    const { acks, requestTimeoutMs, guaranteeMessageOrder } = this.#options;
    for (const batch of batches) {
      this.#onWire.add(batch);
      accumulator.lend(batch);
      if (guaranteeMessageOrder) accumulator.mutePartition(batch);
    }
    this.#listener.onRequest(batches, now);
    const released = (): void => {
      for (const batch of batches) accumulator.release(batch);
    };
    const handler: RequestHandler<ProduceResponse> = {
      onResponse: (response, later) => this.onAnswers(batches, response, later),
      onFailure: (error, later) => this.onNoAnswer(batches, error, later),
    };
    if (acks === 0) handler.onSent = (later) => this.onAnswers(batches, null, later);
    client.send(nodeId, Produce, produceRequest(batches, acks, requestTimeoutMs), handler, { released });
  }

  /**
   * A request was answered. Each of its batches is completed ({@link complete}) with what the answer says about its
   * partition; one about which it says nothing with an error (`nothingSaidOf`), as silence is no success. The leaders
   * that the answer names are taken in ({@link Metadata.takeLeaders}), and the listener is told that the request is
   * over, before any batch is completed.
   *
   * @exercise 4.7 Sender.onAnswers
   * @param response - null with `acks` 0: then all were written, nobody knows where (`WRITTEN_SOMEWHERE`)
   */
  onAnswers(batches: readonly ProducerBatch[], response: ProduceResponse | null, now: number): void {
    const answers = response === null ? null : answersByPartition(response);
    if (response !== null) this.#parts.metadata.takeLeaders(response);
    this.#listener.onRequestDone(batches, now);
    for (const batch of batches) {
      const key = partitionKey(batch.topic, batch.partition);
      const answer = answers === null ? WRITTEN_SOMEWHERE : (answers.get(key) ?? nothingSaidOf(key));
      this.complete(batch, answer, now);
    }
  }

  /** No answer came to a request: each of its batches may have been written, or not. */
  onNoAnswer(batches: readonly ProducerBatch[], error: KafkaError, now: number): void {
    this.#listener.onRequestDone(batches, now);
    for (const batch of batches) this.complete(batch, failedAnswer(error), now);
  }

  /** An attempt is over: decides what becomes of the batch, and lets its partition go on. */
  complete(batch: ProducerBatch, answer: BatchAnswer, now: number): void {
    this.#onWire.delete(batch);
    this.completeBatch(batch, answer, now);
    if (answer.error !== null && METADATA_IS_WRONG.has(answer.error.code)) this.#parts.metadata.requestUpdate();
    if (this.#options.guaranteeMessageOrder) this.#parts.accumulator.unmutePartition(batch);
  }

  /**
   * Decides what becomes of a batch after an attempt, and has exactly one of {@link succeed}, {@link retry}, {@link
   * split} and {@link fail} do it, or nothing:
   *
   * - A batch that was written has succeeded, also one that was given up before: nobody is told then, but its sequence
   *   numbers are accounted for. Any other answer means nothing to a batch that was given up.
   * - DUPLICATE_SEQUENCE_NUMBER says that it was written by an earlier attempt, at an offset that nobody knows any more
   *   (`WRITTEN_SOMEWHERE`).
   * - A batch that is too large for the broker is split, if that is possible: that uses up no attempt.
   * - Whatever may be tried again ({@link canRetry}) is.
   * - All else has failed. "Refused" is said only when it is certain that no attempt was written: the error is not
   *   retriable, and this was the first attempt. The records that the broker finds fault with get its words
   *   (`errorOfRecord`).
   *
   * @exercise 4.7 Sender.completeBatch
   */
  completeBatch(batch: ProducerBatch, answer: BatchAnswer, now: number): void {
    const { error } = answer;
    if (error === null) this.succeed(batch, answer);
    else if (batch.result.isDone) return;
    else if (error.code === "MESSAGE_TOO_LARGE" && batch.recordCount > 1) this.split(batch);
    else if (this.canRetry(batch, error, now)) this.retry(batch, error, now);
    else if (error.code === "DUPLICATE_SEQUENCE_NUMBER") this.succeed(batch, WRITTEN_SOMEWHERE);
    else this.fail(batch, error, error.retriable || batch.attempts > 0 ? "unknown" : "refused", errorOfRecord(answer));
  }

  /**
   * Whether a batch may be sent once more after `error`. Never a settled one; never more often than `retries` times
   * after the first; never when `deliveryTimeoutMs` have passed since its creation. For the rest the error decides:
   * with idempotence {@link ProducerSequences.canRetry}, without it `error.retriable`.
   *
   * @exercise 4.7 Sender.canRetry
   */
  canRetry(batch: ProducerBatch, error: KafkaError, now: number): boolean {
    const { retries, deliveryTimeoutMs } = this.#options;
    if (batch.result.isDone || batch.attempts >= retries || now - batch.createdMs >= deliveryTimeoutMs) return false;
    const { idempotence } = this.#parts;
    return idempotence === null ? error.retriable : idempotence.sequences.canRetry(batch, error);
  }

  /**
   * Settles a batch: it is written. With idempotence its sequence numbers have arrived ({@link
   * ProducerSequences.onCompleted}); its memory goes back ({@link RecordAccumulator.deallocate}); whoever waits for its
   * records is told where they are. The listener is told, too, unless the batch was settled before.
   *
   * @exercise 4.7 Sender.succeed
   */
  succeed(batch: ProducerBatch, { baseOffset, logAppendTimeMs }: BatchAnswer): void {
    this.#parts.idempotence?.sequences.onCompleted(batch);
    this.#parts.accumulator.deallocate(batch);
    if (batch.result.complete(baseOffset, logAppendTimeMs)) this.#listener.onSucceeded(batch);
  }

  /**
   * Puts a batch back into its queue, to be sent again after a pause ({@link RecordAccumulator.reenqueue}), and tells
   * the listener why. Its memory stays with it, and nobody else is told.
   *
   * @exercise 4.7 Sender.retry
   */
  retry(batch: ProducerBatch, error: KafkaError, now: number): void {
    this.#listener.onRetry(batch, error);
    this.#parts.accumulator.reenqueue(batch, now);
  }

  /**
   * Puts the parts of a batch that is too large for the broker into its queue, in its place ({@link
   * RecordAccumulator.splitAndReenqueue}). With idempotence the batch itself is in flight no more ({@link
   * ProducerSequences.onSplit}). The parts are made from its bytes, and have memory of their own: its own goes back
   * after that. The listener is told.
   *
   * @exercise 4.7 Sender.split
   */
  split(batch: ProducerBatch): void {
    const { accumulator, idempotence } = this.#parts;
    idempotence?.sequences.onSplit(batch);
    accumulator.splitAndReenqueue(batch);
    accumulator.deallocate(batch);
    this.#listener.onSplit(batch);
  }

  /**
   * Settles a batch: it has failed. With idempotence the outcome counts ({@link ProducerSequences.onFailed}); its
   * memory goes back; whoever waits for its records gets the error. The listener is told, too, unless the batch was
   * settled before.
   *
   * @exercise 4.7 Sender.fail
   * @param errorOf - the error of each record, where they differ
   */
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

  /**
   * Gives up each batch whose `deliveryTimeoutMs` are over, counted from its creation: it fails ({@link fail}) with an
   * `expiredError`, and what became of it is unknown. That goes for batches on the wire, and for those that the
   * accumulator gives out as expired. One that is settled is left alone. Whoever waits for memory too long is up to
   * {@link RecordAccumulator.expireWaiting}.
   *
   * @exercise 4.7 Sender.failExpired
   */
  failExpired(now: number): void {
    const { accumulator } = this.#parts;
    accumulator.expireWaiting(now);
    for (const batch of [...this.#onWire]) {
      const isOver = now - batch.createdMs >= this.#options.deliveryTimeoutMs;
      if (isOver && !batch.result.isDone) this.fail(batch, expiredError(batch, this.#parts, this.#options), "unknown");
    }
    for (const batch of accumulator.expiredBatches(now)) {
      this.fail(batch, expiredError(batch, this.#parts, this.#options), "unknown");
    }
  }

  /**
   * When {@link failExpired} will have something to do at the earliest, if nothing else happens: for a batch on the
   * wire that isn't settled, or for what the accumulator says of its own (`nextExpiryMs`, `nextWaitingExpiryMs`).
   *
   * @exercise 4.7 Sender.nextExpiryMs
   * @returns a time, not a duration; Infinity for never
   */
  nextExpiryMs(): number {
    const { accumulator } = this.#parts;
    let next = Math.min(accumulator.nextExpiryMs, accumulator.nextWaitingExpiryMs);
    for (const { createdMs, result } of this.#onWire) {
      if (!result.isDone) next = Math.min(next, createdMs + this.#options.deliveryTimeoutMs);
    }
    return next;
  }
}
