/**
 * The way to the broker that coordinates a group: finds it, and notices when it is another one.
 *
 * Source: `org.apache.kafka.clients.consumer.internals.AbstractCoordinator`, `CoordinatorRequestManager`.
 *
 * @module
 */
import { type Node } from "#ground/cluster";
import { errorForCode, KafkaError } from "#ground/errors";
import { type Api, type RequestOf, type ResponseOf } from "#ground/protocol/api";
import { FindCoordinator, type FindCoordinatorResponse } from "#ground/protocol/messages/10-find-coordinator";
import { type Input } from "#ground/protocol/message";
import { type Logger } from "#ground/runtime";
import { type ExponentialBackoff, type Metadata, type NetworkClient, type RequestHandler } from "#sender";
import { secondLine } from "./second-line.ts";

/** From here on one request can ask for several coordinators. */
const FIRST_VERSION_WITH_LISTS = 4;
const GROUP = 0;

/** What a link works with. */
export interface LinkParts {
  readonly client: NetworkClient;
  readonly metadata: Metadata;
  readonly backoff: ExponentialBackoff;
  readonly log: Logger;
  /** Told of what will never be well: no right to the group. */
  readonly onError: (error: KafkaError) => void;
}

/** The way to one group's coordinator. */
export class CoordinatorLink {
  readonly groupId: string;
  readonly #parts: LinkParts;
  #node: Node | null = null;
  #isWanted = false;
  #isAsking = false;
  #failures = 0;
  #retryAtMs = -Infinity;

  constructor(groupId: string, parts: LinkParts) {
    this.groupId = groupId;
    this.#parts = parts;
  }

  /** Whether a request can be sent. If not, the coordinator is looked for from now on, or connected to. */
  isReady(now: number): boolean {
    this.#isWanted = true;
    return this.#node !== null && this.#parts.client.ready(this.#node, now);
  }

  /** Looks for it if need be. @returns after how many milliseconds to call again, if nothing happens before */
  find(now: number): number {
    const { client, metadata } = this.#parts;
    if (!this.#isWanted || this.#isAsking) return Infinity;
    if (this.#node !== null) {
      if (client.ready(this.#node, now)) {
        this.#failures = 0;
        return Infinity;
      }
      // Whoever can't be reached may not coordinate any more: others know, if not yet, then soon.
      if (client.connectionDelayMs(this.#node.id, now) === Infinity) return Infinity;
      this.markUnknown("it can't be reached");
      this.#retryAtMs = now + this.#parts.backoff.backoffMs(this.#failures++);
    }
    if (this.#retryAtMs > now) return this.#retryAtMs - now;
    const node = client.leastLoadedNode(metadata.nodesToAsk, now);
    if (node === null || !client.ready(node, now)) return Infinity;
    this.#ask(node);
    return Infinity;
  }

  /** Sends a request. The link {@link isReady}. A failure of the network means that the coordinator is unknown. */
  send<A extends Api>(
    api: A,
    value: Input<RequestOf<A>>,
    handler: RequestHandler<ResponseOf<A>>,
    timeoutMs?: number,
  ): void {
    const node = this.#node!;
    this.#parts.client.send(node.id, api, value, {
      onResponse: (response, now) => handler.onResponse(response, now),
      onFailure: (error, now) => {
        if (this.#node === node) this.markUnknown(error.message);
        handler.onFailure(error, now);
      },
    }, { timeoutMs });
  }

  /** The highest version that the coordinator speaks. The link {@link isReady}. */
  versionFor(api: Api): number {
    return this.#parts.client.versionFor(this.#node!.id, api);
  }

  /** It is another broker, or nobody knows: it is looked for again. */
  markUnknown(why: string): void {
    if (this.#node === null) return;
    this.#parts.log.debug(`The coordinator of group ${this.groupId} is unknown: ${why}`);
    this.#node = null;
  }

  /** As {@link markUnknown}, for the errors that say so. */
  noteError({ code, message }: KafkaError): void {
    if (code === "NOT_COORDINATOR" || code === "COORDINATOR_NOT_AVAILABLE") this.markUnknown(message);
  }

  #ask(node: Node): void {
    const { client } = this.#parts;
    this.#isAsking = true;
    const hasLists = client.versionFor(node.id, FindCoordinator) >= FIRST_VERSION_WITH_LISTS;
    const request = hasLists ? { coordinatorKeys: [this.groupId], keyType: GROUP } : { key: this.groupId };
    client.send(node.id, FindCoordinator, request, {
      onResponse: (response, now) => this.#onResponse(response, now),
      onFailure: (error, now) => this.#onFailure(error, now),
    });
  }

  #onResponse(response: FindCoordinatorResponse, now: number): void {
    const { nodeId, host, port, errorCode, errorMessage } = response.coordinators[0] ?? response;
    const error = errorForCode(errorCode, errorMessage);
    if (error !== null) {
      this.#onFailure(error, now);
      return;
    }
    this.#isAsking = false;
    this.#node = secondLine({ id: nodeId, host, port, rack: null });
    this.#parts.client.ready(this.#node, now);
  }

  #onFailure(error: KafkaError, now: number): void {
    this.#isAsking = false;
    this.#retryAtMs = now + this.#parts.backoff.backoffMs(this.#failures++);
    if (!error.retriable) this.#parts.onError(new KafkaError(error.code, `Group ${this.groupId}: ${error.message}`));
  }
}
