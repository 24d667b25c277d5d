import { type Listener, type Runtime } from "#ground/runtime";
import { type CoordinationServer } from "./coordination-server.ts";
import { ServedConnection } from "./served-connection.ts";

const DEFAULT_MAX_CONNECTIONS = 1000;
const DEFAULT_RESUME_WITHIN_MS = 200;
/** How long {@link TcpCoordinationListener.close} waits for clients that don't take their last answers. */
const CLOSE_LIMIT_MS = 1000;

/** Where a {@link TcpCoordinationListener} listens, and what it allows its clients. */
export interface TcpListenerOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** So long a session lives on whose connection was closed. Default: 200. */
  readonly resumeWithinMs?: number;
  /** More connections are closed at once. Default: 1000. */
  readonly maxConnections?: number;
}

/** Serves a {@link CoordinationServer} over TCP. `TcpCoordination` is its client. */
export class TcpCoordinationListener {
  readonly #runtime: Runtime;
  readonly #resumeWithinMs: number;
  readonly #maxConnections: number;
  readonly #connections = new Set<ServedConnection>();
  #listener: Listener | null = null;
  /** Called when the last connection of a listener that is closing has gone. */
  #onEmpty: (() => void) | null = null;

  private constructor(runtime: Runtime, options: TcpListenerOptions) {
    this.#runtime = runtime;
    this.#resumeWithinMs = options.resumeWithinMs ?? DEFAULT_RESUME_WITHIN_MS;
    this.#maxConnections = options.maxConnections ?? DEFAULT_MAX_CONNECTIONS;
  }

  /** Starts to listen. @throws KafkaError when the port is taken or not ours */
  static async start(
    runtime: Runtime, server: CoordinationServer, options: TcpListenerOptions,
  ): Promise<TcpCoordinationListener> {
    const served = new TcpCoordinationListener(runtime, options);
    const { host, port } = options;
    served.#listener = await runtime.transport.listen(host, port, (connection) => {
      const accepted = new ServedConnection(runtime, connection, server, served.#resumeWithinMs, (closed) => {
        served.#connections.delete(closed);
        if (served.#connections.size === 0) served.#onEmpty?.();
      });
      served.#accept(accepted);
    });
    return served;
  }

  get host(): string {
    return this.#listener!.host;
  }

  /** The port that is bound. */
  get port(): number {
    return this.#listener!.port;
  }

  /**
   * Closes the port and all connections. Close the server first: it finishes what is under way, and the sessions live
   * on. Otherwise those that nobody resumes expire.
   */
  async close(): Promise<void> {
    await this.#listener!.close();
    if (this.#connections.size === 0) return;
    const { clock, scheduler } = this.#runtime;
    await new Promise<void>((resolve) => {
      const timer = scheduler.at(clock.nowMs() + CLOSE_LIMIT_MS, () => {
        for (const connection of this.#connections) connection.drop("The client doesn't take its last answers.");
      });
      this.#onEmpty = () => {
        timer.cancel();
        resolve();
      };
      for (const connection of this.#connections) connection.finish();
    });
  }

  #accept(connection: ServedConnection): void {
    this.#connections.add(connection);
    if (this.#connections.size > this.#maxConnections) {
      connection.drop(`There are ${this.#maxConnections} connections already.`);
    }
  }
}
