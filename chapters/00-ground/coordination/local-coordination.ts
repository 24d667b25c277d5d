/**
 * {@link Coordination} for the code of this process: no network between it and the {@link CoordinationServer}.
 *
 * @module
 */
import { type Runtime, type Timer } from "#ground/runtime";
import {
  type Coordination,
  type CoordinationSession,
  type CreateOptions,
  type NodeState,
  type Operation,
  type OperationResult,
  type WatchKind,
} from "./coordination.ts";
import { type CoordinationServer, type SessionHolder } from "./coordination-server.ts";

/** Heartbeats a time-out: two may be late before the third saves the session. */
const HEARTBEATS_PER_TIMEOUT = 3;

/** Opens sessions on a server in the same process, and keeps them alive as long as their holder lives. */
export class LocalCoordination implements Coordination {
  readonly #server: CoordinationServer;
  readonly #runtime: Runtime;

  /**
   * @param runtime - the holder's: when it dies, the heartbeats end, nothing is delivered any more, and the sessions
   * expire. It may be the server's own.
   */
  constructor(server: CoordinationServer, runtime: Runtime) {
    this.#server = server;
    this.#runtime = runtime;
  }

  async connect(sessionTimeoutMs: number): Promise<CoordinationSession> {
    const holder = new LocalHolder(this.#runtime);
    const id = await this.#server.openSession(sessionTimeoutMs, holder);
    holder.startHeartbeats(sessionTimeoutMs / HEARTBEATS_PER_TIMEOUT, () => this.#server.heartbeat(id));
    return new LocalSession(id, this.#server, holder);
  }
}

/** Lives on the holder's runtime. */
class LocalHolder implements SessionHolder {
  readonly #runtime: Runtime;
  readonly #listeners: (() => void)[] = [];
  #heartbeat: Timer | null = null;
  #heartbeatsEnded = false;
  #ended: "no" | "expired" | "closed" = "no";

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  deliver(delivery: () => void): void {
    this.#runtime.scheduler.soon(delivery);
  }

  startHeartbeats(everyMs: number, beat: () => void): void {
    // The service may have stopped, or expired the session, before its holder heard that it is open.
    if (this.#heartbeatsEnded) return;
    this.#heartbeat = this.#runtime.scheduler.at(this.#runtime.clock.nowMs() + everyMs, () => {
      beat();
      this.startHeartbeats(everyMs, beat);
    });
  }

  onExpired(): void {
    if (this.#ended !== "no") return;
    this.#end("expired");
    for (const listener of this.#listeners.splice(0)) listener();
  }

  onDisconnected(): void {
    this.#endHeartbeats();
  }

  listen(expired: () => void): void {
    if (this.#ended === "no") this.#listeners.push(expired);
    else if (this.#ended === "expired") this.deliver(expired);
  }

  close(): void {
    if (this.#ended === "no") this.#end("closed");
  }

  #end(how: "expired" | "closed"): void {
    this.#ended = how;
    this.#endHeartbeats();
  }

  #endHeartbeats(): void {
    this.#heartbeatsEnded = true;
    this.#heartbeat?.cancel();
  }
}

class LocalSession implements CoordinationSession {
  readonly id: string;
  readonly #server: CoordinationServer;
  readonly #holder: LocalHolder;

  constructor(id: string, server: CoordinationServer, holder: LocalHolder) {
    this.id = id;
    this.#server = server;
    this.#holder = holder;
  }

  async create(path: string, data: Uint8Array, options: CreateOptions = {}): Promise<string> {
    return (await this.#write({ type: "create", path, data, ...options })) as string;
  }

  get(path: string): Promise<NodeState | null> {
    return this.#server.read(this.id, path, this.#holder, (tree) => tree.get(path));
  }

  exists(path: string): Promise<boolean> {
    return this.#server.read(this.id, path, this.#holder, (tree) => tree.get(path) !== null);
  }

  async set(path: string, data: Uint8Array, expectedVersion?: number): Promise<number> {
    return (await this.#write({ type: "set", path, data, expectedVersion })) as number;
  }

  async delete(path: string, expectedVersion?: number): Promise<void> {
    await this.#write({ type: "delete", path, expectedVersion });
  }

  children(path: string): Promise<string[]> {
    return this.#server.read(this.id, path, this.#holder, (tree) => tree.children(path));
  }

  watch(path: string, kind: WatchKind, once: () => void): Promise<void> {
    return this.#server.watch(this.id, path, kind, once, this.#holder);
  }

  async multi<const Steps extends readonly Operation[]>(
    steps: Steps,
  ): Promise<{ -readonly [Index in keyof Steps]: OperationResult<Steps[Index]> }> {
    const results = await this.#server.write(this.id, steps, this.#holder);
    return results as { -readonly [Index in keyof Steps]: OperationResult<Steps[Index]> };
  }

  onExpired(expired: () => void): void {
    this.#holder.listen(expired);
  }

  close(): Promise<void> {
    this.#holder.close();
    return this.#server.closeSession(this.id, this.#holder);
  }

  async #write(step: Operation): Promise<OperationResult> {
    const [result] = await this.#server.write(this.id, [step], this.#holder);
    return result;
  }
}
