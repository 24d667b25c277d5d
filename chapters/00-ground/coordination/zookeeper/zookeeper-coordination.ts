/**
 * {@link Coordination} by a real ZooKeeper. Its wire protocol is spoken here, over the injected runtime, rather than by
 * a library: the one there is for Node (node-zookeeper-client) notices no server that is silent, so that it never moves
 * on to another one, and keeps half an answer of a lost connection for the next one.
 *
 * @module
 */
import { type ZooKeeperAddress } from "#ground/config/zookeeper-connect";
import { type Runtime } from "#ground/runtime";
import { type Coordination, type CoordinationSession } from "../coordination.ts";
import { validateSessionTimeout } from "../paths.ts";
import { ZooKeeperSession } from "./zookeeper-session.ts";

/**
 * Opens sessions on a ZooKeeper. A session that has lost its connection connects again by itself, to whichever server
 * takes it, and goes on: calls that were under way end in CONNECTION_LOSS, and watches fire once, since what they wait
 * for may have happened.
 */
export class ZooKeeperCoordination implements Coordination {
  readonly #runtime: Runtime;
  readonly #address: ZooKeeperAddress;
  readonly #connectionTimeoutMs: number;

  /** @param connectionTimeoutMs how long to look for a server (`zookeeper.connection.timeout.ms`) */
  constructor(runtime: Runtime, address: ZooKeeperAddress, connectionTimeoutMs: number) {
    this.#runtime = runtime;
    this.#address = address;
    this.#connectionTimeoutMs = connectionTimeoutMs;
  }

  /** The ZooKeeper may give the session another time-out than it is asked for: between 2 and 20 of its ticks. */
  async connect(sessionTimeoutMs: number): Promise<CoordinationSession> {
    validateSessionTimeout(sessionTimeoutMs);
    return ZooKeeperSession.open(this.#runtime, this.#address, sessionTimeoutMs, this.#connectionTimeoutMs);
  }
}
