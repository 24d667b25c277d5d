import { type ZooKeeperAddress } from "#ground/config/zookeeper-connect";
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
} from "../coordination.ts";
import { validateOperations, validatePath } from "../paths.ts";
import { SessionCalls } from "../session-calls.ts";
import { type JuteReader } from "./jute.ts";
import * as protocol from "./protocol.ts";
import { Watchers } from "./watchers.ts";
import { type LinkRequest, ZooKeeperLink } from "./zookeeper-link.ts";

/** The pause after no server could be reached. */
const RETRY_MS = 200;
/** Attempts at all servers together take this part of a time-out. */
const PART_FOR_ATTEMPTS = 1 / 3;
const NO_PASSWORD = new Uint8Array(16);

/**
 * A session over one connection after the other, with whatever server of the ZooKeeper takes it. Only a server says
 * when it is over.
 */
export class ZooKeeperSession implements CoordinationSession {
  readonly #runtime: Runtime;
  readonly #address: ZooKeeperAddress;
  readonly #calls: SessionCalls<LinkRequest, JuteReader>;
  readonly #watchers = new Watchers();
  #terms: protocol.Hello;
  #next: number;

  private constructor(runtime: Runtime, address: ZooKeeperAddress, timeoutMs: number) {
    this.#runtime = runtime;
    this.#address = address;
    this.#calls = new SessionCalls(runtime, () => this.id);
    this.#terms = { lastZxid: 0n, timeoutMs, sessionId: 0n, password: NO_PASSWORD };
    // Not all clients with the same server.
    this.#next = runtime.random.int(address.servers.length);
  }

  /** Opens a session, with the first server that takes it. @throws CoordinationError CONNECTION_LOSS after `limitMs` */
  static async open(
    runtime: Runtime, address: ZooKeeperAddress, timeoutMs: number, limitMs: number,
  ): Promise<ZooKeeperSession> {
    const session = new ZooKeeperSession(runtime, address, timeoutMs);
    const deadlineMs = runtime.clock.nowMs() + limitMs;
    for (let attempt = 1; ; attempt++) {
      const lost = await session.#tryAll();
      if (lost === null) break;
      if (runtime.clock.nowMs() >= deadlineMs) throw lost;
      if (attempt === 1) runtime.log.info(`ZooKeeper: no server is there yet: ${lost.about}`);
      await pause(runtime, RETRY_MS);
    }
    const agreedMs = session.#terms.timeoutMs;
    if (agreedMs !== timeoutMs) {
      runtime.log.info(`ZooKeeper: session ${session.id} has a time-out of ${agreedMs} ms instead of ${timeoutMs}`);
    }
    try {
      await session.#makeRoot();
    } catch (error) {
      // Nobody else knows of it, and it would live for ever.
      session.close().catch(() => {});
      throw error;
    }
    return session;
  }

  get id(): string {
    return protocol.sessionName(this.#terms.sessionId);
  }

  async create(path: string, data: Uint8Array, options: CreateOptions = {}): Promise<string> {
    return (await this.#write({ type: "create", path, data, ...options })) as string;
  }

  async get(path: string): Promise<NodeState | null> {
    const body = await this.#read(path, protocol.encodeGet(this.#absolute(path)));
    return body === null ? null : protocol.decodeGet(body);
  }

  async exists(path: string): Promise<boolean> {
    return (await this.#read(path, protocol.encodeExists(this.#absolute(path), false))) !== null;
  }

  async set(path: string, data: Uint8Array, expectedVersion?: number): Promise<number> {
    return (await this.#write({ type: "set", path, data, expectedVersion })) as number;
  }

  async delete(path: string, expectedVersion?: number): Promise<void> {
    await this.#write({ type: "delete", path, expectedVersion });
  }

  async children(path: string): Promise<string[]> {
    const body = await this.#read(path, protocol.encodeChildren(this.#absolute(path), false));
    return body === null ? [] : body.strings().sort();
  }

  /** The server knows no children's watch for a node that isn't there: then the node itself is waited for. */
  async watch(path: string, kind: WatchKind, once: () => void): Promise<void> {
    const absolute = this.#absolute(path);
    if (kind === "data") {
      await this.#read(path, protocol.encodeExists(absolute, true));
      this.#watchers.add(absolute, "data", once);
      return;
    }
    for (;;) {
      if ((await this.#read(path, protocol.encodeChildren(absolute, true))) !== null) {
        this.#watchers.add(absolute, "children", once);
        return;
      }
      if ((await this.#read(path, protocol.encodeExists(absolute, true))) === null) {
        this.#watchers.add(absolute, "made", once);
        return;
      }
    }
  }

  async multi<const Steps extends readonly Operation[]>(
    steps: Steps,
  ): Promise<{ -readonly [Index in keyof Steps]: OperationResult<Steps[Index]> }> {
    const about = `a multi of ${steps.length} steps`;
    const absolute = this.#prepared(steps);
    const results = protocol.decodeMulti(steps, await this.#call(about, protocol.encodeMulti(absolute)));
    const ours = results.map((result) => (typeof result === "string" ? this.#relative(result) : result));
    return ours as { -readonly [Index in keyof Steps]: OperationResult<Steps[Index]> };
  }

  onExpired(expired: () => void): void {
    this.#calls.onExpired(expired);
  }

  close(): Promise<void> {
    this.#watchers.takeAll();
    return this.#calls.close({ about: "closing the session", frame: protocol.encodeClose() });
  }

  /** Makes the nodes of the chroot, as Kafka does when it starts. */
  async #makeRoot(): Promise<void> {
    const names = this.#address.chroot.split("/").slice(1);
    for (const [i] of names.entries()) {
      const path = `/${names.slice(0, i + 1).join("/")}`;
      const step = { type: "create", path, data: new Uint8Array(0) } as const;
      try {
        await this.#call(path, protocol.encodeStep(step));
      } catch (error) {
        if (!(error instanceof CoordinationError && error.code === "NODE_EXISTS")) throw error;
      }
    }
  }

  async #write(step: Exclude<Operation, { type: "check" }>): Promise<OperationResult> {
    const [absolute] = this.#prepared([step]) as [typeof step];
    const result = protocol.decodeStep(step, await this.#call(step.path, protocol.encodeStep(absolute)));
    return typeof result === "string" ? this.#relative(result) : result;
  }

  /** @returns null when there is no such node */
  async #read(path: string, frame: Uint8Array): Promise<JuteReader | null> {
    try {
      return await this.#call(path, frame);
    } catch (error) {
      if (error instanceof CoordinationError && error.code === "NO_NODE") return null;
      throw error;
    }
  }

  #call(about: string, frame: Uint8Array): Promise<JuteReader> {
    if (frame.length <= protocol.MAX_REQUEST_BYTES) return this.#calls.call({ about, frame });
    // The server would close the connection, and again whenever it is tried again.
    const what = `${about}, ${frame.length} bytes (at most ${protocol.MAX_REQUEST_BYTES}: jute.maxbuffer)`;
    return Promise.reject(new CoordinationError("BAD_ARGUMENTS", what));
  }

  /** Tries each server once. @returns null when one has taken the session, else why the last one has not */
  async #tryAll(): Promise<CoordinationError | null> {
    const { servers } = this.#address;
    const limitMs = (this.#terms.timeoutMs * PART_FOR_ATTEMPTS) / servers.length;
    let lost: CoordinationError | null = null;
    for (let tried = 0; tried < servers.length; tried++) {
      const server = servers[this.#next]!;
      this.#next = (this.#next + 1) % servers.length;
      try {
        const [link, welcome] = await ZooKeeperLink.open(this.#runtime, server, this.#terms, limitMs);
        this.#resume(link, welcome);
        return null;
      } catch (error) {
        if (!(error instanceof CoordinationError)) throw error;
        lost = error;
        if (error.code === "SESSION_EXPIRED") break;
      }
    }
    return lost;
  }

  /** Whatever has changed meanwhile: who waits for a change must read again. */
  #resume(link: ZooKeeperLink, welcome: protocol.Welcome): void {
    this.#terms = { lastZxid: link.lastZxid, ...welcome };
    link.attach({
      onNotification: (notification) => {
        for (const once of this.#watchers.take(notification)) once();
      },
      onLost: (cause) => this.#lost(link, cause),
    });
    this.#calls.connected(link);
    for (const once of this.#watchers.takeAll()) this.#runtime.scheduler.soon(once);
  }

  #lost(link: ZooKeeperLink, cause: string): void {
    this.#calls.disconnected();
    this.#terms = { ...this.#terms, lastZxid: link.lastZxid };
    if (this.#calls.isClosed) return;
    this.#runtime.log.warn(`ZooKeeper: session ${this.id} has lost its connection: ${cause}`);
    this.#runtime.scheduler.spawn(`session ${this.id}`, () => this.#reconnect());
  }

  /** Tries until the session is resumed or over, or its holder has closed it. */
  async #reconnect(): Promise<void> {
    for (;;) {
      const lost = await this.#tryAll();
      if (lost === null) {
        this.#runtime.log.info(`ZooKeeper: session ${this.id} is resumed.`);
        return;
      }
      if (lost.code === "SESSION_EXPIRED") {
        this.#watchers.takeAll();
        this.#calls.expire();
        return;
      }
      this.#calls.failed(lost);
      if (this.#calls.isClosed) return;
      await pause(this.#runtime, RETRY_MS);
    }
  }

  /** Checked, and as the server knows them. */
  #prepared(steps: readonly Operation[]): Operation[] {
    validateOperations(steps);
    if (steps.some(({ type, path }) => type === "delete" && path === "/")) {
      throw new CoordinationError("BAD_ARGUMENTS", "/");
    }
    return steps.map((step) => ({ ...step, path: this.#underRoot(step.path) }));
  }

  #absolute(path: string): string {
    validatePath(path);
    return this.#underRoot(path);
  }

  #underRoot(path: string): string {
    const { chroot } = this.#address;
    return path === "/" && chroot !== "" ? chroot : chroot + path;
  }

  #relative(path: string): string {
    return path.slice(this.#address.chroot.length);
  }
}
