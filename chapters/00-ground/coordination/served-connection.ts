import { KafkaError } from "#ground/errors";
import { type Connection, type Runtime, type Timer } from "#ground/runtime";
import { type CoordinationServer, type SessionHolder } from "./coordination-server.ts";
import { CoordinationError } from "./coordination.ts";
import { MessageConnection } from "./message-connection.ts";
import {
  type ClientMessage,
  decodeClientMessage,
  encodeMessage,
  failureOf,
  MAX_MESSAGE_BYTES,
  type Request,
  type ServiceMessage,
} from "./tcp-messages.ts";

/** Who hasn't said for so long what session it wants is cut off. */
const HELLO_LIMIT_MS = 10_000;

/** The service's end of a client's connection. It holds the client's session as long as it is open. */
export class ServedConnection implements SessionHolder {
  readonly #runtime: Runtime;
  readonly #server: CoordinationServer;
  readonly #resumeWithinMs: number;
  readonly #messages: MessageConnection;
  readonly #onClosed: (connection: ServedConnection) => void;
  readonly #helloTimer: Timer;
  #saidHello = false;
  /** Null: none yet, or none any more. */
  #session: string | null = null;
  #isOver = false;

  constructor(
    runtime: Runtime,
    connection: Connection,
    server: CoordinationServer,
    resumeWithinMs: number,
    onClosed: (connection: ServedConnection) => void,
  ) {
    this.#runtime = runtime;
    this.#server = server;
    this.#resumeWithinMs = resumeWithinMs;
    this.#onClosed = onClosed;
    this.#helloTimer = runtime.scheduler.at(runtime.clock.nowMs() + HELLO_LIMIT_MS, () => {
      this.drop(`No session was asked for within ${HELLO_LIMIT_MS} ms.`);
    });
    this.#messages = new MessageConnection(runtime.scheduler, connection, {
      onFrame: (frame) => this.#onMessage(decodeClientMessage(frame)),
      onClose: (error) => this.#onClose(error),
    });
  }

  deliver(delivery: () => void): void {
    this.#runtime.scheduler.soon(delivery);
  }

  onExpired(): void {
    this.#session = null;
    this.#send({ type: "expired" });
    this.#messages.close();
  }

  onDisconnected(): void {
    this.finish();
  }

  /** Takes no more calls, sends what was delivered so far, then closes. */
  finish(): void {
    this.#isOver = true;
    this.deliver(() => this.#messages.close());
  }

  /** Closes at once. @param reason - for the log */
  drop(reason: string): void {
    this.#isOver = true;
    this.#messages.close(new KafkaError("NETWORK_EXCEPTION", reason));
  }

  #onMessage(message: ClientMessage): void {
    if (this.#isOver) return;
    if (message.type === "open" || message.type === "resume") {
      if (this.#saidHello) throw new KafkaError("INVALID_REQUEST", "The connection has a session already.");
      this.#saidHello = true;
      this.#helloTimer.cancel();
      if (message.type === "open") this.#open(message.timeoutMs, message.password);
      else this.#resume(message.session, message.password);
      return;
    }
    const session = this.#session;
    if (session === null) throw new KafkaError("INVALID_REQUEST", `Expected a session, got "${message.type}".`);
    if (message.type === "ping") {
      this.#server.heartbeat(session);
      this.#send({ type: "pong" });
      return;
    }
    this.#answer(this.#run(session, message));
  }

  #open(timeoutMs: number, password: string): void {
    const opening = this.#server.openSession(timeoutMs, this, password).then((session) => {
      this.#session = session;
      if (this.#isOver) this.#letGo();
      return session;
    });
    this.#answer(opening);
  }

  #resume(session: string, password: string): void {
    // At once: it may well be that the connection closes before the answer leaves.
    this.#session = session;
    this.#answer(this.#server.resumeSession(session, password, this));
  }

  #run(session: string, request: Request): Promise<unknown> {
    const server = this.#server;
    switch (request.type) {
      case "write":
        return server.write(session, request.steps, this);
      case "get":
        return server.read(session, request.path, this, (tree) => tree.get(request.path));
      case "exists":
        return server.read(session, request.path, this, (tree) => tree.get(request.path) !== null);
      case "children":
        return server.read(session, request.path, this, (tree) => tree.children(request.path));
      case "watch": {
        const { path, kind, watch } = request;
        return server.watch(session, path, kind, () => this.#send({ type: "fired", watch }), this);
      }
      case "close":
        return server.closeSession(session, this);
    }
  }

  /** Answers are delivered one by one, in the order of the calls: so they leave in that order, too. */
  #answer(outcome: Promise<unknown>): void {
    void outcome.then(
      (result) => this.#send({ type: "result", result }),
      (error: unknown) => this.#send(failureOf(error)),
    );
  }

  #send(message: ServiceMessage): void {
    const frame = encodeMessage(message);
    if (frame.length <= MAX_MESSAGE_BYTES) {
      this.#messages.send(frame);
      return;
    }
    const about = `an answer of ${frame.length} bytes (at most ${MAX_MESSAGE_BYTES})`;
    this.#send(failureOf(new CoordinationError("BAD_ARGUMENTS", about)));
  }

  #onClose(error: Error | undefined): void {
    this.#isOver = true;
    this.#helloTimer.cancel();
    if (error !== undefined) {
      const { remoteAddress } = this.#messages;
      this.#runtime.log.warn(`Coordination: closing the connection to ${remoteAddress}: ${error.message}`);
    }
    this.#letGo();
    this.#onClosed(this);
  }

  #letGo(): void {
    if (this.#session !== null) this.#server.holderLost(this.#session, this, this.#resumeWithinMs);
  }
}
