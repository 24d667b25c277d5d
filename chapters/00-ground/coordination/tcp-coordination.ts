/**
 * {@link Coordination} over TCP: the client of a `TcpCoordinationListener`.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { type Runtime } from "#ground/runtime";
import { type Coordination, type CoordinationSession } from "./coordination.ts";
import { validateSessionTimeout } from "./paths.ts";
import { type TcpCoordinationOptions, TcpLink } from "./tcp-link.ts";
import { TcpSession } from "./tcp-session.ts";

export { type TcpCoordinationOptions } from "./tcp-link.ts";

const PASSWORD_BYTES = 16;

/**
 * Opens sessions on a service elsewhere. When its connection is lost a session connects again by itself, and goes on:
 * calls that were under way end in CONNECTION_LOSS, and watches fire once, since what they wait for may have happened.
 */
export class TcpCoordination implements Coordination {
  readonly #runtime: Runtime;
  readonly #address: TcpCoordinationOptions;

  constructor(runtime: Runtime, address: TcpCoordinationOptions) {
    this.#runtime = runtime;
    this.#address = address;
  }

  /** Tries once, for a third of the time-out, but no longer than 5 seconds. */
  async connect(sessionTimeoutMs: number): Promise<CoordinationSession> {
    validateSessionTimeout(sessionTimeoutMs);
    const password = Buffer.from(this.#runtime.random.bytes(PASSWORD_BYTES)).toString("hex");
    const hello = { type: "open", timeoutMs: sessionTimeoutMs, password } as const;
    const [link, id] = await TcpLink.open(this.#runtime, this.#address, sessionTimeoutMs, hello);
    const origin = { address: this.#address, id: String(id), timeoutMs: sessionTimeoutMs, password };
    return new TcpSession(this.#runtime, origin, link);
  }
}
