/**
 * The state of a client's connections, node by node, and when a lost one may be tried again.
 *
 * Source: `org.apache.kafka.clients.ClusterConnectionStates`.
 *
 * @module
 */
import { type BrokerConnection } from "#ground/network/broker-connection";
import { type Logger } from "#ground/runtime";
import { type ExponentialBackoff } from "#sender/exponential-backoff";

/** The connection to one node, such as it is. */
export interface NodeConnectionState {
  state: "disconnected" | "connecting" | "ready";
  /** Set while the state is "ready". */
  connection: BrokerConnection | null;
  /** When it was last tried to connect; −Infinity if never. */
  lastAttemptMs: number;
  /** Nobody tries to connect before. */
  retryAtMs: number;
  /** Attempts that failed since the last one that succeeded. */
  failures: number;
  /** What went wrong last. */
  lastError: Error | null;
  /** Whether the log has said that the node can't be reached. */
  isWarnedOf: boolean;
}

/** All connections of one client, by node id. */
export class ClusterConnectionStates {
  readonly #backoff: ExponentialBackoff;
  readonly #connections = new Map<number, NodeConnectionState>();

  /** @param backoff - `reconnect.backoff.ms`, `reconnect.backoff.max.ms` */
  constructor(backoff: ExponentialBackoff) {
    this.#backoff = backoff;
  }

  /** The connection to a node; a disconnected one to a node that is new. */
  get(nodeId: number): NodeConnectionState {
    let found = this.#connections.get(nodeId);
    if (found === undefined) {
      found = {
        state: "disconnected",
        connection: null,
        lastAttemptMs: -Infinity,
        retryAtMs: -Infinity,
        failures: 0,
        lastError: null,
        isWarnedOf: false,
      };
      this.#connections.set(nodeId, found);
    }
    return found;
  }

  /** Whether one may try to connect: there is no connection, nor an attempt, and the pause is over. */
  canConnect(nodeId: number, now: number): boolean {
    const found = this.#connections.get(nodeId);
    return found === undefined || (found.state === "disconnected" && now >= found.retryAtMs);
  }

  /** How long until one may try to connect: 0 if at once; Infinity where there is a connection or an attempt. */
  connectionDelayMs(nodeId: number, now: number): number {
    const { state, retryAtMs } = this.get(nodeId);
    return state === "disconnected" ? Math.max(0, retryAtMs - now) : Infinity;
  }

  connecting(nodeId: number, now: number): void {
    const found = this.get(nodeId);
    found.state = "connecting";
    found.lastAttemptMs = now;
  }

  ready(nodeId: number, connection: BrokerConnection): void {
    const found = this.get(nodeId);
    found.state = "ready";
    found.connection = connection;
    found.failures = 0;
    found.lastError = null;
    found.isWarnedOf = false;
  }

  /** The connection is lost, or could not be made. */
  disconnected(nodeId: number, now: number, error: Error | null): void {
    const found = this.get(nodeId);
    found.state = "disconnected";
    found.connection = null;
    found.lastError = error;
    found.retryAtMs = now + this.#backoff.backoffMs(found.failures++);
  }

  /** Warns that a node can't be reached: once, until it has been reached again. */
  warnOf(nodeId: number, { message }: Error, log: Logger): void {
    const found = this.get(nodeId);
    if (found.isWarnedOf) return;
    found.isWarnedOf = true;
    const told = `node ${nodeId}'s, as its cluster tells it (advertised.listeners)`;
    log.warn(`${message} The address is ${nodeId < 0 ? "one of bootstrap.servers" : told}.`);
  }
}
