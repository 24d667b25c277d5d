/**
 * Keeps {@link Metadata} up to date: asks some node when it is time.
 *
 * Source: `NetworkClient.DefaultMetadataUpdater`.
 *
 * @module
 */
import { type Node } from "#ground/cluster";
import { type KafkaError, NotImplementedError } from "#ground/errors";
import { Metadata as MetadataApi, type MetadataResponse } from "#ground/protocol/messages/03-metadata";
import { type Logger } from "#ground/runtime";
import { type Metadata } from "./metadata.ts";
import { type NetworkClient } from "./network-client.ts";
import { type MetadataUpdaterOptions } from "#sender/given/assembly/metadata-parts";

/** Asks for metadata, one request at a time. */
export class MetadataUpdater {
  readonly #metadata: Metadata;
  readonly #client: NetworkClient;
  readonly #options: MetadataUpdaterOptions;
  readonly #log: Logger;
  /** A request is without its answer. */
  #isAsking = false;

  constructor(metadata: Metadata, client: NetworkClient, options: MetadataUpdaterOptions, log: Logger) {
    this.#metadata = metadata;
    this.#client = client;
    this.#options = options;
    this.#log = log;
  }

  /**
   * Asks some node that may be asked (`nodesToAsk`), if it is time, and if nobody is being asked already. It is the
   * {@link NetworkClient.leastLoadedNode}, which is asked as soon as it is {@link NetworkClient.ready}; that question
   * also makes the client connect.
   *
   * When no node can be asked, and none is even within reach, the first addresses are asked as well from now on ({@link
   * Metadata.rebootstrap}), if the strategy allows it. While one is within reach, it is waited for.
   *
   * @exercise 4.5 MetadataUpdater.maybeUpdate
   * @returns after how many milliseconds to call again, if nothing happens before: until it is time, or until one may
   *   connect to the first of the nodes again. Infinity where something will happen anyway: an answer, a connection
   */
  maybeUpdate(now: number): number {
    throw new NotImplementedError("4.5 MetadataUpdater.maybeUpdate");
  }

  /** Sends the request. Until {@link onAnswer} or its failure somebody is being asked. */
  ask(node: Node, now: number): void {
    const { wishes, topics } = this.#metadata;
    const { allowAutoTopicCreation } = this.#options;
    const request = { topics: topics?.map((name) => ({ name })) ?? null, allowAutoTopicCreation };
    this.#isAsking = true;
    this.#client.send(node.id, MetadataApi, request, {
      onResponse: (response, later) => this.onAnswer(response, wishes, later),
      onFailure: (error, later) => this.#onFailure(error, later),
    });
    const count = topics?.length ?? "all";
    this.#log.debug(`Asked node ${node.id} for metadata of ${count} topics, after ${now.toFixed(0)} ms.`);
  }

  /**
   * An answer has come: from now on somebody may be asked again. It is taken in ({@link Metadata.update}), and
   * `onUpdate` called, unless it is none:
   *
   * - An answer that is an error as a whole, or that names no broker (one that has just started may know of none yet,
   *   itself included), says nothing: it was an attempt in vain ({@link Metadata.pause}).
   * - With REBOOTSTRAP_REQUIRED a broker demands that the first addresses are asked, and only they; if the strategy
   *   allows it. It is an attempt in vain, too.
   *
   * @exercise 4.5 MetadataUpdater.onAnswer
   * @param wishes - what `Metadata.wishes` was when the request was sent
   */
  onAnswer(response: MetadataResponse, wishes: number, now: number): void {
    throw new NotImplementedError("4.5 MetadataUpdater.onAnswer");
  }

  #onFailure(error: KafkaError, now: number): void {
    this.#isAsking = false;
    this.#log.debug(`No metadata: ${error.message}`);
    this.#metadata.pause(now);
  }
}
