import { KafkaError } from "#ground/errors";
import { type Connection, type Runtime } from "#ground/runtime";
import { CoordinationError } from "../coordination.ts";
import { Heartbeat, HEARTBEATS_PER_TIMEOUT } from "../heartbeat.ts";
import { MessageConnection } from "../message-connection.ts";
import { JuteReader } from "./jute.ts";
import {
  decodeNotification,
  decodeWelcome,
  encodeHello,
  errorFor,
  type Hello,
  NOTIFICATION_XID,
  type Notification,
  PING_FRAME,
  PING_XID,
  sessionName,
  type Welcome,
} from "./protocol.ts";

const MAX_XID = 0x7fff_ffff;

/** Who is told what a server says unasked. */
export interface LinkEvents {
  onNotification(notification: Notification): void;
  /** The connection is lost, and the calls under way have failed. @param cause - in words */
  onLost(cause: string): void;
}

/** What is asked of a server. */
export interface LinkRequest {
  /** What it is about, for errors. */
  readonly about: string;
  /** With room for an xid. */
  readonly frame: Uint8Array;
}

interface Call {
  readonly about: string;
  readonly xid: number;
  resolve(body: JuteReader): void;
  reject(error: Error): void;
}

/** One connection to one server of a ZooKeeper. Source: `ClientCnxn`. */
export class ZooKeeperLink {
  readonly #runtime: Runtime;
  readonly #address: string;
  readonly #messages: MessageConnection;
  /** In the order of the calls, which is that of the answers. */
  readonly #calls: Call[] = [];
  #welcomed: { resolve(welcome: Welcome): void; reject(error: Error): void } | null = null;
  #events: LinkEvents | null = null;
  #heartbeat: Heartbeat | null = null;
  #lastXid = 0;
  #lastZxid = 0n;
  /** Why no more calls are answered. */
  #end: CoordinationError | null = null;

  private constructor(runtime: Runtime, address: string, connection: Connection) {
    this.#runtime = runtime;
    this.#address = address;
    this.#messages = new MessageConnection(runtime.scheduler, connection, {
      onFrame: (frame) => this.#onFrame(frame),
      onClose: (error) => this.#onClose(error),
    });
  }

  /**
   * Connects, and opens or resumes a session.
   *
   * @throws CoordinationError CONNECTION_LOSS; SESSION_EXPIRED if it can't be resumed. Then no connection is left
   */
  static async open(
    runtime: Runtime,
    { host, port }: { readonly host: string; readonly port: number },
    hello: Hello,
    limitMs: number,
  ): Promise<[link: ZooKeeperLink, welcome: Welcome]> {
    const address = `${host}:${port}`;
    const deadlineMs = runtime.clock.nowMs() + limitMs;
    const connection = await runtime.transport.connect(host, port, limitMs).catch((cause: unknown) => {
      throw new CoordinationError("CONNECTION_LOSS", address, { cause });
    });
    const link = new ZooKeeperLink(runtime, address, connection);
    link.#lastZxid = hello.lastZxid;
    const timer = runtime.scheduler.at(deadlineMs, () => link.#drop(`no session after ${limitMs} ms`));
    try {
      const welcome = await link.#greet(hello);
      if (welcome.timeoutMs <= 0) throw new CoordinationError("SESSION_EXPIRED", sessionName(hello.sessionId));
      link.#beat(welcome.timeoutMs);
      return [link, welcome];
    } catch (error) {
      link.close();
      throw error;
    } finally {
      timer.cancel();
    }
  }

  /** Of the last answer. */
  get lastZxid(): bigint {
    return this.#lastZxid;
  }

  /** From here on the link is the session's. In the turn in which it was opened. */
  attach(events: LinkEvents): void {
    this.#events = events;
  }

  /** Sends a request, which gets its xid here, and waits for its answer. @throws CoordinationError */
  call({ about, frame }: LinkRequest): Promise<JuteReader> {
    return new Promise((resolve, reject) => {
      if (this.#end !== null) {
        reject(this.#end);
        return;
      }
      const xid = this.#lastXid === MAX_XID ? 1 : this.#lastXid + 1;
      this.#lastXid = xid;
      new DataView(frame.buffer, frame.byteOffset).setInt32(0, xid);
      this.#calls.push({ about, xid, resolve, reject });
      this.#messages.send(frame);
    });
  }

  /** Ends the connection. Calls under way fail. */
  close(): void {
    this.#events = null;
    this.#finish(new CoordinationError("CONNECTION_LOSS", this.#address));
    this.#messages.close();
  }

  #greet(hello: Hello): Promise<Welcome> {
    return new Promise((resolve, reject) => {
      this.#welcomed = { resolve, reject };
      this.#messages.send(encodeHello(hello));
    });
  }

  #onFrame(frame: Uint8Array): void {
    if (this.#welcomed !== null) {
      this.#welcomed.resolve(decodeWelcome(frame));
      this.#welcomed = null;
      return;
    }
    const body = new JuteReader(frame);
    const xid = body.int();
    const zxid = body.long();
    const error = body.int();
    if (xid === PING_XID) {
      this.#heartbeat?.answered();
      return;
    }
    if (xid === NOTIFICATION_XID) {
      const notification = decodeNotification(body);
      if (notification !== null) this.#events?.onNotification(notification);
      return;
    }
    if (zxid > 0n) this.#lastZxid = zxid;
    this.#answered(xid, error, body);
  }

  #answered(xid: number, error: number, body: JuteReader): void {
    const call = this.#calls.shift();
    if (call?.xid !== xid) {
      if (call !== undefined) this.#calls.unshift(call);
      throw new KafkaError("INVALID_REQUEST", `Expected the answer to request ${call?.xid}, got that to ${xid}.`);
    }
    if (error === 0) call.resolve(body);
    else call.reject(errorFor(error, call.about));
  }

  /** From here on both ends give signs of life. */
  #beat(timeoutMs: number): void {
    if (this.#end !== null) return;
    this.#heartbeat = new Heartbeat(this.#runtime, {
      everyMs: timeoutMs / HEARTBEATS_PER_TIMEOUT,
      ask: () => this.#messages.send(PING_FRAME),
      onSilence: (reason) => this.#drop(reason),
    });
  }

  #drop(reason: string): void {
    this.#messages.close(new KafkaError("NETWORK_EXCEPTION", `${this.#address}: ${reason}.`));
  }

  #onClose(cause: Error | undefined): void {
    this.#finish(new CoordinationError("CONNECTION_LOSS", this.#address, { cause }));
    this.#events?.onLost(cause?.message ?? `${this.#address} has closed it.`);
  }

  #finish(end: CoordinationError): void {
    if (this.#end !== null) return;
    this.#end = end;
    this.#heartbeat?.stop();
    this.#welcomed?.reject(end);
    this.#welcomed = null;
    for (const { reject } of this.#calls.splice(0)) reject(end);
  }
}
