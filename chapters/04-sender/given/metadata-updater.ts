/**
 * Keeps {@link Metadata} up to date: asks some node when it is time.
 *
 * Source: `NetworkClient.DefaultMetadataUpdater`.
 *
 * @module
 */
import { type Node } from "#ground/cluster";
import { errorForCode, type KafkaError } from "#ground/errors";
import { Metadata as MetadataApi, type MetadataResponse } from "#ground/protocol/messages/03-metadata";
import { type Logger } from "#ground/runtime";
import { type Metadata } from "#sender/metadata";
import { type NetworkClient } from "#sender/network-client";

/** How to ask. */
export interface MetadataUpdaterOptions {
  /** Whether a topic that is asked about is created, if the brokers allow it. */
  readonly allowAutoTopicCreation: boolean;
  /** `metadata.recovery.strategy` is `rebootstrap`. */
  readonly rebootstrap: boolean;
  /** Called after each update. */
  readonly onUpdate: (now: number) => void;
}

/** Asks for metadata, one request at a time. */
export class MetadataUpdater {
  readonly #metadata: Metadata;
  readonly #client: NetworkClient;
  readonly #options: MetadataUpdaterOptions;
  readonly #log: Logger;
  #isAsking = false;

  constructor(metadata: Metadata, client: NetworkClient, options: MetadataUpdaterOptions, log: Logger) {
    this.#metadata = metadata;
    this.#client = client;
    this.#options = options;
    this.#log = log;
  }

  /** Asks if it is time. @returns after how many milliseconds to call again, if nothing happens before */
  maybeUpdate(now: number): number {
    if (this.#isAsking) return Infinity;
    const waitMs = this.#metadata.timeToNextUpdateMs(now);
    if (waitMs > 0) return waitMs;
    const node = this.#client.leastLoadedNode(this.#metadata.nodesToAsk, now) ?? this.#rebootstrap(now);
    if (node === null) return this.#untilReconnectMs(now);
    if (this.#client.ready(node, now)) this.#ask(node, now);
    return Infinity;
  }

  /** All known brokers are out of reach: the first addresses are asked, too. */
  #rebootstrap(now: number): Node | null {
    const { rebootstrap } = this.#options;
    if (!rebootstrap || this.#client.isAnyWithinReach(this.#metadata.nodesToAsk, now)) return null;
    this.#metadata.rebootstrap();
    return this.#client.leastLoadedNode(this.#metadata.nodesToAsk, now);
  }

  #untilReconnectMs(now: number): number {
    return Math.min(...this.#metadata.nodesToAsk.map(({ id }) => this.#client.connectionDelayMs(id, now)), Infinity);
  }

  #ask(node: Node, now: number): void {
    const { wishes, topics } = this.#metadata;
    const { allowAutoTopicCreation } = this.#options;
    const request = { topics: topics?.map((name) => ({ name })) ?? null, allowAutoTopicCreation };
    this.#isAsking = true;
    this.#client.send(node.id, MetadataApi, request, {
      onResponse: (response, later) => this.#onResponse(response, wishes, later),
      onFailure: (error, later) => this.#onFailure(error, later),
    });
    const count = topics?.length ?? "all";
    this.#log.debug(`Asked node ${node.id} for metadata of ${count} topics, after ${now.toFixed(0)} ms.`);
  }

  #onResponse(response: MetadataResponse, wishes: number, now: number): void {
    this.#isAsking = false;
    const error = errorForCode(response.errorCode);
    if (error?.code === "REBOOTSTRAP_REQUIRED" && this.#options.rebootstrap) this.#metadata.rebootstrap(true);
    // A broker that has just started may know of no broker yet, itself included.
    if (error !== null || response.brokers.length === 0) {
      this.#metadata.pause(now);
      return;
    }
    this.#metadata.update(response, wishes, now);
    this.#options.onUpdate(now);
  }

  #onFailure(error: KafkaError, now: number): void {
    this.#isAsking = false;
    this.#log.debug(`No metadata: ${error.message}`);
    this.#metadata.pause(now);
  }
}
