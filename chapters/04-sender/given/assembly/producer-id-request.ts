/**
 * Gets an idempotent producer its id.
 *
 * Source: `Sender.maybeSendAndPollTransactionalRequest`, `TransactionManager.InitProducerIdHandler`.
 *
 * @module
 */
import { errorForCode, type KafkaError } from "#ground/errors";
import { InitProducerId, type InitProducerIdResponse } from "#ground/protocol/messages/22-init-producer-id";
import { type ExponentialBackoff } from "#sender/exponential-backoff";
import { type Metadata } from "#sender/metadata";
import { type NetworkClient } from "#sender/network-client";
import { type ProducerSequences } from "#sender/producer-sequences";

/** Longest time that a transaction may take: without transactions it means nothing. */
const NO_TRANSACTION_TIMEOUT_MS = 0x7fff_ffff;

/** Asks some broker for a producer id, when there is none, until one gives it. */
export class ProducerIdRequest {
  readonly #sequences: ProducerSequences;
  readonly #metadata: Metadata;
  readonly #client: NetworkClient;
  readonly #backoff: ExponentialBackoff;
  #isAsking = false;
  #failures = 0;
  #pauseUntilMs = -Infinity;
  #fatalError: KafkaError | null = null;

  constructor(sequences: ProducerSequences, metadata: Metadata, client: NetworkClient, backoff: ExponentialBackoff) {
    this.#sequences = sequences;
    this.#metadata = metadata;
    this.#client = client;
    this.#backoff = backoff;
  }

  /**
   * Why there will never be an id: we may not have one, or the brokers are too old to give one. Null while one may
   * still come.
   */
  get fatalError(): KafkaError | null {
    return this.#fatalError;
  }

  /** Asks if need be. @returns after how many milliseconds to call again, if nothing happens before */
  maybeAsk(now: number): number {
    if (this.#sequences.hasId || this.#isAsking || this.#fatalError !== null) return Infinity;
    if (now < this.#pauseUntilMs) return this.#pauseUntilMs - now;
    const node = this.#client.leastLoadedNode(this.#metadata.nodesToAsk, now);
    // Nobody can be reached: the metadata, which are wanted as well, are what is waited for.
    if (node === null || !this.#client.ready(node, now)) return Infinity;
    this.#isAsking = true;
    const request = { transactionalId: null, transactionTimeoutMs: NO_TRANSACTION_TIMEOUT_MS };
    this.#client.send(node.id, InitProducerId, request, {
      onResponse: (response, later) => this.#onResponse(response, later),
      onFailure: (error, later) => this.#onFailure(error, later),
    });
    return Infinity;
  }

  #onResponse({ errorCode, producerId, producerEpoch }: InitProducerIdResponse, now: number): void {
    const error = errorForCode(errorCode);
    if (error !== null) {
      this.#onFailure(error, now);
      return;
    }
    this.#isAsking = false;
    this.#failures = 0;
    this.#sequences.setId(producerId, producerEpoch);
  }

  #onFailure(error: KafkaError, now: number): void {
    this.#isAsking = false;
    if (error.retriable) this.#pauseUntilMs = now + this.#backoff.backoffMs(this.#failures++);
    else this.#fatalError = error;
  }
}
