/**
 * The connections of an admin client: to any broker, to one by its id, to a group's coordinator. A call is tried again,
 * elsewhere if need be, until its time is over.
 * Source: Kafka's `KafkaAdminClient`, `AdminApiDriver`.
 *
 * @module
 */
import { bootstrapCluster } from "#sender";
import { type AdminConfig } from "#ground/config/admin-config";
import { errorForCode, KafkaError } from "#ground/errors";
import { BrokerConnection } from "#ground/network/broker-connection";
import { pause } from "#ground/pause";
import { type Api, type RequestOf, type ResponseOf } from "#ground/protocol/api";
import { type Input } from "#ground/protocol/message";
import { FindCoordinator } from "#ground/protocol/messages/10-find-coordinator";
import { Metadata, type MetadataResponse } from "#ground/protocol/messages/03-metadata";
import { type Runtime } from "#ground/runtime";
import { toKafkaError } from "#ground/to-kafka-error";

/** Which broker a request is for. */
export type Target =
  /** What is for the controller goes to any broker, too: it passes it on (KIP-590). */
  | { readonly kind: "any" }
  | { readonly kind: "broker"; readonly id: number }
  | { readonly kind: "coordinator"; readonly groupId: string };

/** Any broker. */
export const ANY: Target = { kind: "any" };

interface Address {
  readonly host: string;
  readonly port: number;
}

const FIRST_VERSION_WITH_MANY_KEYS = 4;
const GROUP = 0;
const NOT_REACHED = "no broker could be reached";

/** Sends the requests of one admin client. */
export class AdminConnections {
  readonly #runtime: Runtime;
  readonly #config: AdminConfig;
  readonly #bootstrap: readonly Address[];
  readonly #open = new Map<string, Promise<BrokerConnection>>();
  readonly #abort = new AbortController();
  #closed = false;
  /** The live brokers, as the last metadata have told them; empty at the start. */
  #brokers: MetadataResponse["brokers"] = [];

  /** @throws KafkaError INVALID_CONFIG when there is no address, or one that can't be any */
  constructor(runtime: Runtime, config: AdminConfig) {
    this.#runtime = runtime;
    this.#config = config;
    this.#bootstrap = bootstrapCluster(config["bootstrap.servers"]).nodes;
  }

  /**
   * Sends a request to a broker that can answer it. `check` looks at the answer: when it throws what is retriable, and
   * when no broker can be reached, everything is done again, as {@link retry} says.
   * @throws KafkaError what `check` threw last; REQUEST_TIMED_OUT that names the last error when nobody could be asked
   */
  call<A extends Api, T>(
    target: Target, api: A, request: (version: number) => Input<RequestOf<A>>,
    check: (answer: ResponseOf<A>, version: number) => T,
  ): Promise<T> {
    return this.retry(api.name, (leftMs) => this.send(target, api, request, check, leftMs));
  }

  /** Does something again, as long as what goes wrong is retriable, until `default.api.timeout.ms` is over. */
  async retry<T>(what: string, attempt: (leftMs: number) => Promise<T>): Promise<T> {
    const { clock, log } = this.#runtime;
    const deadlineMs = clock.nowMs() + this.#config["default.api.timeout.ms"];
    for (let retries = 0; ; retries++) {
      try {
        return await attempt(Math.max(1, deadlineMs - clock.nowMs()));
      } catch (error) {
        const failure = toKafkaError(error, what, log);
        this.#ensureOpen();
        const waitMs = Math.min(this.#config["retry.backoff.ms"] * 2 ** retries, this.#config["retry.backoff.max.ms"]);
        const isLast = !failure.retriable || retries >= this.#config.retries || clock.nowMs() + waitMs > deadlineMs;
        if (isLast) throw lastFailure(failure, what);
        this.#brokers = [];
        await pause(this.#runtime, waitMs);
      }
    }
  }

  /** One attempt of {@link call}. */
  async send<A extends Api, T>(
    target: Target, api: A, request: (version: number) => Input<RequestOf<A>>,
    check: (answer: ResponseOf<A>, version: number) => T, leftMs: number,
  ): Promise<T> {
    const connection = await this.#connectionFor(target).catch(notReached);
    const version = connection.versionFor(api);
    const timeoutMs = Math.min(leftMs, this.#config["request.timeout.ms"]);
    return check(await connection.send(api, request(version), { timeoutMs }), version);
  }

  /** The live brokers, asked for anew. */
  async brokers(): Promise<MetadataResponse["brokers"]> {
    return this.call(ANY, Metadata, () => ({ topics: [], allowAutoTopicCreation: false }), ({ brokers }) => {
      this.#brokers = brokers;
      return brokers;
    });
  }

  /** Ends all connections; what is under way fails. */
  close(): void {
    this.#closed = true;
    this.#abort.abort();
    for (const opening of this.#open.values()) opening.then((connection) => connection.close(), () => {});
    this.#open.clear();
  }

  #ensureOpen(): void {
    if (this.#closed) throw new KafkaError("INVALID_REQUEST", "The admin client is closed.");
  }

  async #connectionFor(target: Target): Promise<BrokerConnection> {
    this.#ensureOpen();
    switch (target.kind) {
      case "any":
        return this.#anyConnection();
      case "broker":
        return this.#connect(await this.#addressOf(target.id));
      case "coordinator":
        return this.#connect(await this.coordinatorOf(target.groupId));
    }
  }

  /** Whoever can be reached: known brokers, then the bootstrap addresses. */
  async #anyConnection(): Promise<BrokerConnection> {
    const addresses = [...this.#brokers, ...this.#bootstrap];
    for (const { host, port } of addresses) {
      const opening = this.#open.get(`${host}:${port}`);
      if (opening !== undefined) return opening;
    }
    let failure: unknown;
    for (const address of addresses) {
      try {
        return await this.#connect(address);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  async #addressOf(id: number): Promise<Address> {
    const find = (): Address | undefined => this.#brokers.find(({ nodeId }) => nodeId === id);
    const known = find();
    if (known !== undefined) return known;
    const connection = await this.#anyConnection();
    this.#brokers = (await connection.send(Metadata, { topics: [], allowAutoTopicCreation: false })).brokers;
    const found = find();
    if (found !== undefined) return found;
    throw new KafkaError("NETWORK_EXCEPTION", `Broker ${id} is not part of the cluster at the moment.`);
  }

  /** The broker that keeps a group. @throws KafkaError, retriable, while there is none */
  async coordinatorOf(groupId: string): Promise<Address & { readonly nodeId: number }> {
    const connection = await this.#anyConnection();
    const hasMany = connection.versionFor(FindCoordinator) >= FIRST_VERSION_WITH_MANY_KEYS;
    const request = hasMany ? { keyType: GROUP, coordinatorKeys: [groupId] } : { keyType: GROUP, key: groupId };
    const answer = await connection.send(FindCoordinator, request);
    const found = hasMany ? answer.coordinators[0]! : answer;
    const error = errorForCode(found.errorCode, found.errorMessage);
    if (error !== null) throw error;
    return found;
  }

  #connect({ host, port }: Address): Promise<BrokerConnection> {
    const name = `${host}:${port}`;
    const existing = this.#open.get(name);
    if (existing !== undefined) return existing;
    const opening = BrokerConnection.connect(this.#runtime, {
      host,
      port,
      clientId: this.#config["client.id"] || null,
      connectTimeoutMs: this.#config["socket.connection.setup.timeout.ms"],
      requestTimeoutMs: this.#config["request.timeout.ms"],
      signal: this.#abort.signal,
    });
    this.#open.set(name, opening);
    const forget = (): void => void (this.#open.get(name) === opening && this.#open.delete(name));
    opening.then((connection) => connection.onClose(forget), forget);
    return opening;
  }
}

/** No broker, or not this one, could be reached: what Kafka's client calls waiting for a node. */
function notReached(error: unknown): never {
  if (!(error instanceof KafkaError) || !error.retriable) throw error;
  throw new KafkaError("NETWORK_EXCEPTION", error.message, { cause: NOT_REACHED });
}

function lastFailure(failure: KafkaError, call: string): KafkaError {
  if (failure.cause !== NOT_REACHED) return failure;
  const message = `Timed out waiting for a node assignment. Call: ${call}. Last error: ${failure.message}`;
  return new KafkaError("REQUEST_TIMED_OUT", message, { cause: failure });
}
