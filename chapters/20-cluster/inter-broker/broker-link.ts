/**
 * One connection to another broker, opened when it is first needed, and anew after it has broken.
 * Source: Kafka's `BrokerBlockingSender`, `NodeToControllerChannelManager`.
 *
 * @module
 */
import { type EndPoint } from "#ground/config/listeners";
import { KafkaError } from "#ground/errors";
import { BrokerConnection, type SendOptions } from "#ground/network/broker-connection";
import { type Api, type RequestOf, type ResponseOf } from "#ground/protocol/api";
import { type Input } from "#ground/protocol/message";
import { type Runtime } from "#ground/runtime";

/** Where to, and how long to wait. */
export interface BrokerLinkOptions {
  /** Where the other broker is now; undefined while it isn't known. */
  readonly locate: () => EndPoint | undefined;
  /** Tells the other broker who asks, as its client id. */
  readonly clientId: string;
  /** Until the connection is open. */
  readonly connectTimeoutMs: number;
  /** Until a request is answered. */
  readonly requestTimeoutMs: number;
}

/** Sends requests to one other broker. */
export class BrokerLink {
  readonly #runtime: Runtime;
  readonly #options: BrokerLinkOptions;
  #connection: Promise<BrokerConnection> | null = null;
  #abort = new AbortController();
  #closed = false;

  constructor(runtime: Runtime, options: BrokerLinkOptions) {
    this.#runtime = runtime;
    this.#options = options;
  }

  /** Sends a request. @throws KafkaError, retriable, when the broker can't be reached */
  async send<A extends Api>(api: A, value: Input<RequestOf<A>>, options: SendOptions = {}): Promise<ResponseOf<A>> {
    const connection = await this.#connect();
    return connection.send(api, value, options);
  }

  /** Breaks the connection: what is under way fails. The next request opens another one. */
  reset(): void {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#connection?.then((connection) => connection.close(gone()), () => {});
    this.#connection = null;
  }

  /** Breaks the connection for good. */
  close(): void {
    this.#closed = true;
    this.reset();
  }

  #connect(): Promise<BrokerConnection> {
    if (this.#closed) return Promise.reject(gone());
    if (this.#connection !== null) return this.#connection;
    const { locate, clientId, connectTimeoutMs, requestTimeoutMs } = this.#options;
    const at = locate();
    if (at === undefined) return Promise.reject(new KafkaError("BROKER_NOT_AVAILABLE", "The broker is not known."));
    const { host, port } = at;
    const { signal } = this.#abort;
    const options = { host, port, clientId, connectTimeoutMs, requestTimeoutMs, signal };
    const connecting = BrokerConnection.connect(this.#runtime, options);
    const forget = (): void => {
      if (this.#connection === connecting) this.#connection = null;
    };
    this.#connection = connecting;
    connecting.then((connection) => connection.onClose(forget), forget);
    return connecting;
  }
}

function gone(): KafkaError {
  return new KafkaError("NETWORK_EXCEPTION", "The connection to the broker was given up.");
}
