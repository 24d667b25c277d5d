import { pause } from "#ground/pause";
import { type Runtime } from "#ground/runtime";
import {
  CoordinationError,
  type CoordinationSession,
  type CreateOptions,
  type NodeState,
  type Operation,
  type OperationResult,
  type WatchKind,
} from "./coordination.ts";
import { SessionCalls } from "./session-calls.ts";
import { type TcpCoordinationOptions, TcpLink } from "./tcp-link.ts";
import { encodeMessage, MAX_MESSAGE_BYTES, type Request } from "./tcp-messages.ts";

/** Between two attempts to connect. Well below the 200 ms after which a closed connection ends its session. */
const RETRY_MS = 50;

/** What a session was opened with. */
export interface SessionOrigin {
  readonly address: TcpCoordinationOptions;
  readonly id: string;
  readonly timeoutMs: number;
  readonly password: string;
}

/** A session over one connection after the other. Only the service says when it is over. */
export class TcpSession implements CoordinationSession {
  readonly id: string;
  readonly #runtime: Runtime;
  readonly #origin: SessionOrigin;
  readonly #calls: SessionCalls<Uint8Array, unknown>;
  readonly #watches = new Map<number, () => void>();
  #lastWatch = 0;

  constructor(runtime: Runtime, origin: SessionOrigin, link: TcpLink) {
    this.#runtime = runtime;
    this.#origin = origin;
    this.id = origin.id;
    this.#calls = new SessionCalls(runtime, () => this.id);
    this.#attach(link);
  }

  async create(path: string, data: Uint8Array, options: CreateOptions = {}): Promise<string> {
    return (await this.#write({ type: "create", path, data, ...options })) as string;
  }

  async get(path: string): Promise<NodeState | null> {
    return (await this.#call({ type: "get", path })) as NodeState | null;
  }

  async exists(path: string): Promise<boolean> {
    return (await this.#call({ type: "exists", path })) as boolean;
  }

  async set(path: string, data: Uint8Array, expectedVersion?: number): Promise<number> {
    return (await this.#write({ type: "set", path, data, expectedVersion })) as number;
  }

  async delete(path: string, expectedVersion?: number): Promise<void> {
    await this.#write({ type: "delete", path, expectedVersion });
  }

  async children(path: string): Promise<string[]> {
    return (await this.#call({ type: "children", path })) as string[];
  }

  async watch(path: string, kind: WatchKind, once: () => void): Promise<void> {
    const watch = ++this.#lastWatch;
    await this.#call({ type: "watch", path, kind, watch });
    this.#watches.set(watch, once);
  }

  async multi<const Steps extends readonly Operation[]>(
    steps: Steps,
  ): Promise<{ -readonly [Index in keyof Steps]: OperationResult<Steps[Index]> }> {
    const results = (await this.#call({ type: "write", steps })) as (string | number | null)[];
    // JSON has no undefined.
    const asInProcess = results.map((result) => result ?? undefined);
    return asInProcess as { -readonly [Index in keyof Steps]: OperationResult<Steps[Index]> };
  }

  onExpired(expired: () => void): void {
    this.#calls.onExpired(expired);
  }

  close(): Promise<void> {
    this.#watches.clear();
    return this.#calls.close(encodeMessage({ type: "close" }));
  }

  async #write(step: Operation): Promise<OperationResult> {
    const [result] = (await this.#call({ type: "write", steps: [step] })) as [string | number | null];
    return result ?? undefined;
  }

  /** Encodes at once: the caller may change its data afterwards. */
  #call(request: Request): Promise<unknown> {
    const frame = encodeMessage(request);
    if (frame.length <= MAX_MESSAGE_BYTES) return this.#calls.call(frame);
    const about = `a request of ${frame.length} bytes (at most ${MAX_MESSAGE_BYTES})`;
    return Promise.reject(new CoordinationError("BAD_ARGUMENTS", about));
  }

  #attach(link: TcpLink): void {
    link.attach({
      onFired: (watch) => {
        const once = this.#watches.get(watch);
        this.#watches.delete(watch);
        once?.();
      },
      onExpired: () => this.#expire(),
      onLost: (cause) => {
        this.#calls.disconnected();
        if (this.#calls.isClosed) return;
        this.#runtime.log.warn(`Coordination: session ${this.id} has lost its connection: ${cause}`);
        this.#runtime.scheduler.spawn(`session ${this.id}`, () => this.#reconnect());
      },
    });
    this.#calls.connected(link);
  }

  /** Tries until the session is resumed or over, or its holder has closed it. */
  async #reconnect(): Promise<void> {
    const { address, id: session, timeoutMs, password } = this.#origin;
    for (;;) {
      try {
        const [link] = await TcpLink.open(this.#runtime, address, timeoutMs, { type: "resume", session, password });
        this.#resume(link);
        return;
      } catch (error) {
        if (!(error instanceof CoordinationError)) throw error;
        if (error.code === "SESSION_EXPIRED") {
          this.#expire();
          return;
        }
        this.#calls.failed(error);
        if (this.#calls.isClosed) return;
        await pause(this.#runtime, RETRY_MS);
      }
    }
  }

  /** Whatever has changed meanwhile: who waits for a change must read again. */
  #resume(link: TcpLink): void {
    this.#runtime.log.info(`Coordination: session ${this.id} is resumed.`);
    this.#attach(link);
    for (const once of this.#watches.values()) this.#runtime.scheduler.soon(once);
    this.#watches.clear();
  }

  #expire(): void {
    this.#watches.clear();
    this.#calls.expire();
  }
}
