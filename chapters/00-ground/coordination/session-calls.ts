import { type Runtime } from "#ground/runtime";
import { CoordinationError } from "./coordination.ts";

/** One connection of a session, while it lasts. */
export interface SessionLink<Request, Answer> {
  /** @throws CoordinationError */
  call(request: Request): Promise<Answer>;
  close(): void;
}

interface WaitingCall<Request, Answer> {
  readonly request: Request;
  resolve(answer: Promise<Answer>): void;
  reject(error: Error): void;
}

/**
 * The calls of a session whose connections come and go: while there is none they wait, in their order, until the next
 * attempt to connect has ended. And the end of a session: it expires, or its holder closes it.
 */
export class SessionCalls<Request, Answer> {
  readonly #runtime: Runtime;
  readonly #id: () => string;
  readonly #listeners: (() => void)[] = [];
  #link: SessionLink<Request, Answer> | null = null;
  #waiting: WaitingCall<Request, Answer>[] = [];
  #isExpired = false;
  #closed: Promise<void> | null = null;

  /** @param id the session's, for errors */
  constructor(runtime: Runtime, id: () => string) {
    this.#runtime = runtime;
    this.#id = id;
  }

  /** Whether the holder has no use for the session any more. */
  get isClosed(): boolean {
    return this.#closed !== null;
  }

  /** @throws CoordinationError SESSION_EXPIRED also when it is closed */
  call(request: Request): Promise<Answer> {
    return this.isClosed ? Promise.reject(this.#over()) : this.#send(request);
  }

  /** See `CoordinationSession.onExpired`. */
  onExpired(expired: () => void): void {
    if (this.isClosed) return;
    if (this.#isExpired) this.#runtime.scheduler.soon(expired);
    else this.#listeners.push(expired);
  }

  /** Ends the session, with a last request. Idempotent. */
  close(request: Request): Promise<void> {
    this.#closed ??= this.#close(this.#send(request));
    return this.#closed;
  }

  /** There is a connection: what waits goes out. */
  connected(link: SessionLink<Request, Answer>): void {
    this.#link = link;
    for (const { request, resolve } of this.#waiting.splice(0)) resolve(link.call(request));
  }

  /** There is none any more. */
  disconnected(): void {
    this.#link = null;
  }

  /** An attempt to connect has failed: what waits fails with it. */
  failed(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  /** The service has said that the session is over. */
  expire(): void {
    this.#isExpired = true;
    this.#link = null;
    if (!this.isClosed) for (const listener of this.#listeners.splice(0)) listener();
    this.failed(this.#over());
  }

  async #close(answered: Promise<unknown>): Promise<void> {
    try {
      await answered;
    } catch (error) {
      if (!(error instanceof CoordinationError && error.code === "SESSION_EXPIRED")) throw error;
    } finally {
      this.#link?.close();
      this.#link = null;
    }
  }

  #send(request: Request): Promise<Answer> {
    if (this.#isExpired) return Promise.reject(this.#over());
    if (this.#link !== null) return this.#link.call(request);
    return new Promise((resolve, reject) => this.#waiting.push({ request, resolve, reject }));
  }

  #over(): CoordinationError {
    return new CoordinationError("SESSION_EXPIRED", `session ${this.#id()}`);
  }
}
