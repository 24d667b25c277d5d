/**
 * {@link Coordination} over TCP: the client of a `TcpCoordinationListener`.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { pause } from "#ground/pause";
import { type Runtime } from "#ground/runtime";
import { type Coordination, CoordinationError, type CoordinationSession } from "./coordination.ts";
import { validateSessionTimeout } from "./paths.ts";
import { type TcpCoordinationOptions, TcpLink } from "./tcp-link.ts";
import { TcpSession } from "./tcp-session.ts";

export { type TcpCoordinationOptions } from "./tcp-link.ts";

const PASSWORD_BYTES = 16;
const RETRY_MS = 100;

/**
 * Opens sessions on a service elsewhere. When its connection is lost a session connects again by itself, and goes on:
 * calls that were under way end in CONNECTION_LOSS, and watches fire once, since what they wait for may have happened.
 */
export class TcpCoordination implements Coordination {
  readonly #runtime: Runtime;
  readonly #address: TcpCoordinationOptions;
  readonly #connectionTimeoutMs: number;

  /** @param connectionTimeoutMs how long to go on trying (`zookeeper.connection.timeout.ms`); 0 tries once */
  constructor(runtime: Runtime, address: TcpCoordinationOptions, connectionTimeoutMs: number = 0) {
    this.#runtime = runtime;
    this.#address = address;
    this.#connectionTimeoutMs = connectionTimeoutMs;
  }

  /** An attempt takes a third of the time-out, but no longer than 5 seconds. */
  async connect(sessionTimeoutMs: number): Promise<CoordinationSession> {
    validateSessionTimeout(sessionTimeoutMs);
    const { clock } = this.#runtime;
    const deadlineMs = clock.nowMs() + this.#connectionTimeoutMs;
    while (true) {
      try {
        return await this.#connectOnce(sessionTimeoutMs);
      } catch (error) {
        const isLost = error instanceof CoordinationError && error.code === "CONNECTION_LOSS";
        // A busy machine may not have come to it yet.
        if (!isLost || clock.nowMs() + RETRY_MS >= deadlineMs) throw error;
        await pause(this.#runtime, RETRY_MS);
      }
    }
  }

  async #connectOnce(sessionTimeoutMs: number): Promise<CoordinationSession> {
    const password = Buffer.from(this.#runtime.random.bytes(PASSWORD_BYTES)).toString("hex");
    const hello = { type: "open", timeoutMs: sessionTimeoutMs, password } as const;
    const [link, id] = await TcpLink.open(this.#runtime, this.#address, sessionTimeoutMs, hello);
    const origin = { address: this.#address, id: String(id), timeoutMs: sessionTimeoutMs, password };
    return new TcpSession(this.#runtime, origin, link);
  }
}
