import { KafkaError } from "#ground/errors";
import { type Connection, type Runtime } from "#ground/runtime";
import { CoordinationError } from "./coordination.ts";
import { Heartbeat, HEARTBEATS_PER_TIMEOUT } from "./heartbeat.ts";
import { MessageConnection } from "./message-connection.ts";
import { decodeServiceMessage, encodeMessage, type Hello, type ServiceMessage } from "./tcp-messages.ts";

/** An attempt to open or resume a session takes so long at most. */
const MAX_ATTEMPT_MS = 5_000;
/** What is not connected by then has been lost on the way: another attempt is quicker than the network's own. */
const MAX_CONNECT_MS = 500;

const PING = encodeMessage({ type: "ping" });

/** Where the service is. */
export interface TcpCoordinationOptions {
  readonly host: string;
  readonly port: number;
}

/** Who is told what the service says unasked. */
export interface LinkEvents {
  onFired(watch: number): void;
  /** The session is over. The connection is closed, and the calls under way fail, after this. */
  onExpired(): void;
  /** The connection is lost, and the calls under way have failed. @param cause - in words */
  onLost(cause: string): void;
}

interface Call {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** The client's end of one connection to the coordination service. */
export class TcpLink {
  readonly #runtime: Runtime;
  readonly #address: string;
  readonly #messages: MessageConnection;
  /** In the order of the calls, which is that of the answers. */
  readonly #calls: Call[] = [];
  #events: LinkEvents | null = null;
  #heartbeat: Heartbeat | null = null;
  /** Why no more calls are answered. */
  #end: CoordinationError | null = null;

  private constructor(runtime: Runtime, address: string, connection: Connection) {
    this.#runtime = runtime;
    this.#address = address;
    this.#messages = new MessageConnection(runtime.scheduler, connection, {
      onFrame: (frame) => this.#onMessage(decodeServiceMessage(frame)),
      onClose: (error) => this.#onClose(error),
    });
  }

  /**
   * Connects, and opens or resumes a session.
   *
   * @returns the link, and what the service answers: the id of an opened session
   * @throws CoordinationError CONNECTION_LOSS, or what the service says against it; then no connection is left
   */
  static async open(
    runtime: Runtime, { host, port }: TcpCoordinationOptions, timeoutMs: number, hello: Hello,
  ): Promise<[link: TcpLink, answer: unknown]> {
    const address = `${host}:${port}`;
    const limitMs = Math.min(timeoutMs / HEARTBEATS_PER_TIMEOUT, MAX_ATTEMPT_MS);
    const deadlineMs = runtime.clock.nowMs() + limitMs;
    const connecting = runtime.transport.connect(host, port, Math.min(limitMs, MAX_CONNECT_MS));
    const connection = await connecting.catch((cause: unknown) => {
      throw new CoordinationError("CONNECTION_LOSS", address, { cause });
    });
    const link = new TcpLink(runtime, address, connection);
    const timer = runtime.scheduler.at(deadlineMs, () => link.#drop(`no session after ${limitMs} ms`));
    try {
      const answer = await link.call(encodeMessage(hello));
      link.#beat(timeoutMs);
      return [link, answer];
    } catch (error) {
      link.close();
      throw error;
    } finally {
      timer.cancel();
    }
  }

  /** From here on the link is the session's. In the turn in which it was opened. */
  attach(events: LinkEvents): void {
    this.#events = events;
  }

  /** Sends a message and waits for its answer. @throws CoordinationError */
  call(frame: Uint8Array): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#end !== null) {
        reject(this.#end);
        return;
      }
      this.#calls.push({ resolve, reject });
      this.#messages.send(frame);
    });
  }

  /** Ends the connection. Calls under way fail. */
  close(): void {
    this.#events = null;
    this.#finish(new CoordinationError("CONNECTION_LOSS", this.#address));
    this.#messages.close();
  }

  #onMessage(message: ServiceMessage): void {
    switch (message.type) {
      case "result":
        this.#takeCall().resolve(message.result);
        return;
      case "failure": {
        const { code, about, step } = message;
        this.#takeCall().reject(new CoordinationError(code, about, step === undefined ? {} : { step }));
        return;
      }
      case "fired":
        this.#events?.onFired(message.watch);
        return;
      case "pong":
        this.#heartbeat?.answered();
        return;
      case "expired":
        this.#events?.onExpired();
        this.#events = null;
        this.#finish(new CoordinationError("SESSION_EXPIRED", this.#address));
        this.#messages.close();
    }
  }

  #takeCall(): Call {
    const call = this.#calls.shift();
    if (call === undefined) throw new KafkaError("INVALID_REQUEST", "Expected no answer, got one.");
    return call;
  }

  /** From here on both ends give signs of life. */
  #beat(timeoutMs: number): void {
    if (this.#end !== null) return;
    this.#heartbeat = new Heartbeat(this.#runtime, {
      everyMs: timeoutMs / HEARTBEATS_PER_TIMEOUT,
      ask: () => this.#messages.send(PING),
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
    for (const { reject } of this.#calls.splice(0)) reject(end);
  }
}
