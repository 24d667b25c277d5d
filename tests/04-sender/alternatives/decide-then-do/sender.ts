// Different from the reference: first a decision is made about a batch, as a value; then it is done. Nodes are sorted
// out before anything is asked of the accumulator again.
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
import { produceRequest } from "#sender/produce-request";
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
   * Sends what may be sent now:
   *
   * 1. Asks the accumulator which nodes have something ready. For topics without a leader, the metadata are wanted: the
   *    topic is marked as used and an update requested.
   * 2. Of these nodes, those count that the client is {@link NetworkClient.ready} for; asking it makes it connect. The
   *    accumulator is told of each, whether it could take something ({@link RecordAccumulator.updateNodeLatencyStats}).
   * 3. Drains the accumulator for these nodes, and sends each what came out, as one request ({@link sendRequest}).
   *
   * @exercise 4.6 Sender.sendProducerData
   * @returns milliseconds until something else will be ready by itself: the accumulator's `nextReadyCheckDelayMs`, or
   *   the shortest time after which the client may connect to a node that has something ready, whichever is sooner
   */
  sendProducerData(now: number): number {
    const { accumulator, client, metadata } = this.#parts;
    const { cluster } = metadata;
    const check = accumulator.ready(cluster, now);
    if (check.unknownLeaderTopics.size > 0) {
      metadata.requestUpdate();
      check.unknownLeaderTopics.forEach((topic) => metadata.use(topic, now));
    }
    const able: number[] = [];
    const delays = [check.nextReadyCheckDelayMs];
    for (const id of check.readyNodes) {
      const canDrain = client.ready(cluster.nodeById(id)!, now);
      accumulator.updateNodeLatencyStats(id, now, canDrain);
      if (canDrain) able.push(id);
      else delays.push(client.connectionDelayMs(id, now));
    }
    accumulator.drain(cluster, able, this.#options.maxRequestSize, now).forEach((batches, id) => {
      if (batches.length > 0) this.sendRequest(id, batches, now);
    });
    return Math.min(...delays);
  }

  /**
   * Sends batches to a node, as one {@link produceRequest}. From here on they are on the wire. Their memory is lent to
   * the network, each batch's with {@link RecordAccumulator.lend}, until it has let go of the request's bytes: then
   * each gets its {@link RecordAccumulator.release}. To keep the order, their partitions are muted, if that is asked
   * for.
   *
   * When the request is over, {@link onAnswers} or {@link onNoAnswer} is called, once. With `acks` 0 no answer comes:
   * the request is over when it is sent ({@link RequestHandler.onSent}), and {@link onAnswers} gets null.
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
   * Completes each batch of a request with what the answer says about it.
   *
   * @exercise 4.7 Sender.onAnswers
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

  /** An attempt is over. */
  complete(batch: ProducerBatch, answer: BatchAnswer, now: number): void {
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
   * @exercise 4.7 Sender.completeBatch
   */
  completeBatch(batch: ProducerBatch, answer: BatchAnswer, now: number): void {
    switch (this.#decide(batch, answer, now)) {
      case "written":
        return this.succeed(batch, answer);
      case "written before":
        return this.succeed(batch, WRITTEN_SOMEWHERE);
      case "split":
        return this.split(batch);
      case "again":
        return this.retry(batch, answer.error!, now);
      case "refused":
      case "unknown": {
        const isCertain = batch.attempts === 0 && !answer.error!.retriable;
        return this.fail(batch, answer.error!, isCertain ? "refused" : "unknown", errorOfRecord(answer));
      }
      case "nothing":
        return;
    }
  }

  #decide(
    batch: ProducerBatch,
    { error }: BatchAnswer,
    now: number,
  ): "written" | "written before" | "split" | "again" | "refused" | "unknown" | "nothing" {
    if (error === null) return "written";
    if (batch.result.isDone) return "nothing";
    if (error.code === "MESSAGE_TOO_LARGE" && batch.recordCount >= 2) return "split";
    if (this.canRetry(batch, error, now)) return "again";
    if (error.code === "DUPLICATE_SEQUENCE_NUMBER") return "written before";
    return error.retriable ? "unknown" : "refused";
  }

  /**
   * Whether a batch may be sent once more after `error`: it is not settled yet, was sent in vain fewer than `retries`
   * times before, and its `deliveryTimeoutMs`, counted from its creation, are not over. And the error has to be one
   * that may pass: with idempotence {@link ProducerSequences.canRetry} says so, without it `error.retriable`.
   *
   * @exercise 4.7 Sender.canRetry
   */
  canRetry(batch: ProducerBatch, error: KafkaError, now: number): boolean {
    const { retries, deliveryTimeoutMs } = this.#options;
    const isLeft = retries - batch.attempts > 0 && batch.createdMs + deliveryTimeoutMs > now;
    if (!isLeft || batch.result.isDone) return false;
    const sequences = this.#parts.idempotence?.sequences;
    return sequences === undefined ? error.retriable : sequences.canRetry(batch, error);
  }

  /**
   * Settles a batch: it is written.
   *
   * @exercise 4.7 Sender.succeed
   */
  succeed(batch: ProducerBatch, { baseOffset, logAppendTimeMs }: BatchAnswer): void {
    this.#parts.idempotence?.sequences.onCompleted(batch);
    this.#parts.accumulator.deallocate(batch);
    if (batch.result.complete(baseOffset, logAppendTimeMs)) this.#listener.onSucceeded(batch);
  }

  /**
   * Puts a batch back into its queue, to be sent again after a pause.
   *
   * @exercise 4.7 Sender.retry
   */
  retry(batch: ProducerBatch, error: KafkaError, now: number): void {
    this.#listener.onRetry(batch, error);
    this.#parts.accumulator.reenqueue(batch, now);
  }

  /**
   * Puts the parts of a batch that is too large for the broker back into its queue.
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
   * Settles a batch: it has failed.
   *
   * @exercise 4.7 Sender.fail
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
   * Gives up each batch whose `deliveryTimeoutMs` are over.
   *
   * @exercise 4.7 Sender.failExpired
   */
  failExpired(now: number): void {
    const { accumulator } = this.#parts;
    const old = (batch: ProducerBatch): boolean => batch.createdMs + this.#options.deliveryTimeoutMs <= now;
    const waiting = [...accumulator.expiredBatches(now)];
    for (const batch of [...waiting, ...[...this.#onWire].filter(old)]) {
      if (batch.result.isDone) continue;
      this.fail(batch, expiredError(batch, this.#parts, this.#options), "unknown");
    }
    accumulator.expireWaiting(now);
  }

  /**
   * When {@link failExpired} will have something to do at the earliest.
   *
   * @exercise 4.7 Sender.nextExpiryMs
   */
  nextExpiryMs(): number {
    const { nextExpiryMs, nextWaitingExpiryMs } = this.#parts.accumulator;
    const open = [...this.#onWire].filter(({ result }) => !result.isDone);
    const times = open.map(({ createdMs }) => createdMs + this.#options.deliveryTimeoutMs);
    return Math.min(nextExpiryMs, nextWaitingExpiryMs, ...times);
  }
}
