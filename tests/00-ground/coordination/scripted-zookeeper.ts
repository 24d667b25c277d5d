/**
 * Servers on the simulated network that speak ZooKeeper's protocol, as far as tests of what goes wrong need it. What a
 * ZooKeeper answers when nothing does, a real one shows: see `tests/e2e/zookeeper.test.ts`.
 *
 * @module
 */
import { parseZooKeeperConnect } from "#ground/config/zookeeper-connect";
import { type CoordinationSession } from "#ground/coordination/coordination";
import { JuteReader, JuteWriter } from "#ground/coordination/zookeeper/jute";
import { ZooKeeperCoordination } from "#ground/coordination/zookeeper/zookeeper-coordination";
import { FrameReader } from "#ground/network/frame-reader";
import { type Connection } from "#ground/runtime";
import { SimWorld } from "#ground/sim/sim-world";
import { settled } from "../../support/sim.ts";

const PORT = 2181;
export const TIMEOUT_MS = 3000;
const CREATE = 1;
const EXISTS = 3;
const GET_DATA = 4;
const PING = 11;
const CLOSE_SESSION = -11;
const NO_NODE = -101;
const NODE_EXISTS = -110;
const EPHEMERAL = 1;

/** What a client has said first. */
export interface Greeting {
  readonly host: string;
  readonly sessionId: bigint;
  readonly lastZxid: bigint;
  readonly password: string;
}

/** What a server does with the next requests. `partly`: the answer breaks off in its middle, with the connection. */
type Mood = "answers" | "silent" | "closes unanswered" | "partly";

/** The servers, and what all of them know. */
export class ScriptedZooKeeper {
  readonly world = new SimWorld(1);
  readonly greetings: Greeting[] = [];
  /** Paths of what was asked for, but for signs of life. */
  readonly asked: string[] = [];
  readonly moods = new Map<string, Mood>();
  /** Sessions that are over. */
  readonly expired = new Set<bigint>();
  /** An error for each request, instead of what it asks for. */
  error = 0;
  readonly #nodes = new Map<string, bigint>([["/", 0n]]);
  readonly #watched: { connection: Connection; path: string }[] = [];
  readonly #hosts: readonly string[];
  #zxid = 0n;

  private constructor(hosts: readonly string[]) {
    this.#hosts = hosts;
  }

  /** Runs `body`, and the world until it has ended. */
  static async run(hosts: readonly string[], body: (zooKeeper: ScriptedZooKeeper) => Promise<void>): Promise<void> {
    const zooKeeper = new ScriptedZooKeeper(hosts);
    const listening = Promise.all(hosts.map((host) => zooKeeper.#listen(host)));
    await settled(zooKeeper.world, listening.then(() => body(zooKeeper)));
  }

  /** A session of the client, with all servers. */
  connect(chroot = "", limitMs = 10_000): Promise<CoordinationSession> {
    const address = parseZooKeeperConnect(`${this.#hosts.join(",")}${chroot}`);
    return new ZooKeeperCoordination(this.world.node("client").runtime, address, limitMs).connect(TIMEOUT_MS);
  }

  /** The server with which the client was last. */
  get lastHost(): string {
    return this.greetings.at(-1)!.host;
  }

  /** A node as only another client would have made it. The watches on it fire. */
  make(path: string): void {
    this.#nodes.set(path, 0n);
    const made = new JuteWriter().int(-1).long(-1n).int(0).int(1).int(3).string(path).finish();
    for (const watch of this.#watched.splice(0)) if (watch.path === path) send(watch.connection, made);
  }

  pass(ms: number): Promise<void> {
    const { clock, scheduler } = this.world.node("time").runtime;
    return new Promise((resolve) => scheduler.at(clock.nowMs() + ms, resolve));
  }

  async #listen(host: string): Promise<void> {
    await this.world.node(host).runtime.transport.listen(host, PORT, (connection) => {
      const reader = new FrameReader(1 << 20);
      let session: bigint | null = null;
      connection.handle({
        onData: (chunk) => reader.push(chunk, (frame) => {
          if (this.#moodOf(host) === "silent") return;
          if (session === null) session = this.#greet(host, connection, new JuteReader(frame));
          else this.#answer(host, connection, session, new JuteReader(frame));
        }),
        onClose: () => {},
      });
    });
  }

  #moodOf(host: string): Mood {
    return this.moods.get(host) ?? "answers";
  }

  #greet(host: string, connection: Connection, hello: JuteReader): bigint {
    hello.int();
    const lastZxid = hello.long();
    const timeoutMs = hello.int();
    const asked = hello.long();
    const password = Buffer.from(hello.buffer()).toString("utf8").replaceAll("\0", "");
    this.greetings.push({ host, sessionId: asked, lastZxid, password });
    const session = asked === 0n ? 0x100n + BigInt(this.greetings.length) : asked;
    const granted = this.expired.has(session) ? 0 : timeoutMs;
    send(connection, new JuteWriter().int(0).int(granted).long(session).buffer(Buffer.from("secret")).finish());
    return session;
  }

  #answer(host: string, connection: Connection, session: bigint, request: JuteReader): void {
    const xid = request.int();
    const type = request.int();
    if (type === PING) {
      send(connection, new JuteWriter().int(xid).long(0n).int(0).finish());
      return;
    }
    const path = type === CLOSE_SESSION ? "close" : request.string();
    this.asked.push(path);
    const answer = this.#answerTo(type, path, session, connection, request);
    const frame = new JuteWriter().int(xid).long(++this.#zxid).int(answer.error);
    const whole = Buffer.concat([frame.finish(), answer.body.finish()]);
    const mood = this.#moodOf(host);
    this.moods.set(host, "answers");
    if (mood === "answers") send(connection, whole);
    else if (mood === "partly") connection.write([sized(whole).subarray(0, 13)]);
    if (mood !== "answers") connection.close();
  }

  #answerTo(
    type: number, path: string, session: bigint, connection: Connection, request: JuteReader,
  ): { error: number; body: JuteWriter } {
    const body = new JuteWriter();
    const owner = this.#nodes.get(path);
    if (type === CLOSE_SESSION) return { error: 0, body };
    if (this.error !== 0) return { error: this.error, body };
    if (type === CREATE) {
      if (owner !== undefined) return { error: NODE_EXISTS, body };
      request.buffer();
      for (let i = 0; i < 2; i++) request.int();
      for (let i = 0; i < 2; i++) request.string();
      this.#nodes.set(path, request.int() === EPHEMERAL ? session : 0n);
      return { error: 0, body: body.string(path) };
    }
    if (request.bool()) this.#watched.push({ connection, path });
    if (owner === undefined) return { error: NO_NODE, body };
    if (type === GET_DATA) body.buffer(new Uint8Array(0));
    if (type !== GET_DATA && type !== EXISTS) throw new Error(`Not scripted: ${type}`);
    for (let i = 0; i < 4; i++) body.long(this.#zxid);
    for (let i = 0; i < 3; i++) body.int(0);
    return { error: 0, body: body.long(owner).int(0).int(0).long(0n) };
  }
}

function sized(frame: Uint8Array): Buffer {
  return new JuteWriter().buffer(frame).finish();
}

function send(connection: Connection, frame: Uint8Array): void {
  connection.write([sized(frame)]);
}
