import { KafkaError } from "#ground/errors";
import { type Connection, type Listener, type Runtime } from "#ground/runtime";
import { AnswerMemory } from "./answer-memory.ts";
import { type ConnectionQuotas } from "./connection-quotas.ts";
import { type ReceivedRequest } from "./received-request.ts";
import { type ConnectionEvents, type ConnectionLimits, ServerConnection } from "./server-connection.ts";

export { type ReceivedRequest } from "./received-request.ts";

/** How long {@link SocketServer.close} waits for answers that are in flight. */
const CLOSE_LIMIT_MS = 5_000;
/** Kafka has one request of a client in flight at a time; clients that pipeline are quicker with some more. */
const DEFAULT_MAX_IN_FLIGHT = 32;
const DEFAULT_MAX_QUEUED_BYTES = 1024 * 1024;

/** Where a {@link SocketServer} listens, and what it allows its clients. */
export interface SocketServerOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** `socket.request.max.bytes`. */
  readonly maxRequestBytes: number;
  /** `connections.max.idle.ms`: who sends nothing and is sent nothing for so long is cut off. Negative: nobody. */
  readonly maxIdleMs: number;
  /** Requests of one client that may be with the handler at a time. Default 32. */
  readonly maxInFlightPerConnection?: number;
  /** Bytes of answers that a client may leave unread before no more of its requests are read. Default 1 MiB. */
  readonly maxQueuedBytesPerConnection?: number;
  /** Shared by the ports of one broker. Default: this server's own. */
  readonly answers?: AnswerMemory;
  /** Shared by those ports of one broker whose connections count. A port without it is exempt. */
  readonly quotas?: ConnectionQuotas;
}

/**
 * Listens on a port and hands requests to a handler (Kafka's `SocketServer` with its acceptor and processors). It
 * knows frames only; what is in them is the handler's.
 *
 * Nothing that a client sends, or makes the handler throw, harms another client: its connection is closed, a line is
 * logged, and the server lives on.
 */
export class SocketServer {
  readonly #runtime: Runtime;
  readonly #options: SocketServerOptions;
  readonly #limits: ConnectionLimits;
  readonly #events: ConnectionEvents;
  readonly #connections = new Set<ServerConnection>();
  #listener: Listener | null = null;
  #closing: Promise<void> | null = null;
  /** Called when the last connection of a server that is closing has gone. */
  #onEmpty: (() => void) | null = null;

  constructor(runtime: Runtime, options: SocketServerOptions, onRequest: (request: ReceivedRequest) => void) {
    this.#runtime = runtime;
    this.#options = options;
    this.#limits = {
      maxRequestBytes: options.maxRequestBytes,
      maxIdleMs: options.maxIdleMs < 0 ? Infinity : options.maxIdleMs,
      maxInFlight: options.maxInFlightPerConnection ?? DEFAULT_MAX_IN_FLIGHT,
      maxQueuedBytes: options.maxQueuedBytesPerConnection ?? DEFAULT_MAX_QUEUED_BYTES,
      answers: options.answers ?? new AnswerMemory(runtime.clock),
    };
    this.#events = { onRequest, onClose: (connection) => this.#forget(connection) };
  }

  /** Clients that are connected. */
  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Starts listening. Once. @throws KafkaError when the port is taken or not ours */
  async start(): Promise<Listener> {
    const { host, port } = this.#options;
    const listener = await this.#runtime.transport.listen(host, port, (connection) => this.#accept(connection));
    this.#listener = listener;
    if (this.#closing !== null) await listener.close();
    return listener;
  }

  /**
   * Takes no more clients and reads no more requests, answers what is in flight, then closes all connections. Those
   * that are still open after `limitMs` are dropped.
   */
  close(limitMs: number = CLOSE_LIMIT_MS): Promise<void> {
    this.#closing ??= this.#close(limitMs);
    return this.#closing;
  }

  async #close(limitMs: number): Promise<void> {
    await this.#listener?.close();
    if (this.#connections.size === 0) return;
    const { clock, scheduler } = this.#runtime;
    await new Promise<void>((resolve) => {
      const timer = scheduler.at(clock.nowMs() + limitMs, () => {
        const reason = new KafkaError("NETWORK_EXCEPTION", `Not finished ${limitMs} ms after the server closed.`);
        for (const connection of this.#connections) connection.close(reason);
      });
      this.#onEmpty = () => {
        timer.cancel();
        resolve();
      };
      for (const connection of this.#connections) connection.finish();
    });
  }

  #accept(connection: Connection): void {
    const refusal = this.#options.quotas?.tryAdd(connection.remoteAddress) ?? null;
    if (refusal !== null) {
      connection.handle({ onData: () => {}, onClose: () => {} });
      connection.close(refusal);
      return;
    }
    const accepted = new ServerConnection(this.#runtime, connection, this.#limits, this.#events);
    this.#connections.add(accepted);
    if (this.#closing !== null) accepted.finish();
  }

  #forget(connection: ServerConnection): void {
    this.#connections.delete(connection);
    this.#options.quotas?.remove(connection.remoteAddress);
    if (this.#connections.size === 0) this.#onEmpty?.();
  }
}
