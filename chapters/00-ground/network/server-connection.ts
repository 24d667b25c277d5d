import { KafkaError, rethrowStub } from "#ground/errors";
import { type Connection, type Runtime, type Timer } from "#ground/runtime";
import { type AnsweredClient, type AnswerMemory } from "./answer-memory.ts";
import { FrameReader } from "./frame-reader.ts";
import { PendingRequest, type ReceivedRequest, type RequestOwner } from "./received-request.ts";

/** How long answers may take to a client that has closed its sending half. Kafka's default `request.timeout.ms`. */
const ENDED_LIMIT_MS = 30_000;

/** What one client may do. See `SocketServerOptions`. */
export interface ConnectionLimits {
  readonly maxRequestBytes: number;
  readonly maxIdleMs: number;
  readonly maxInFlight: number;
  readonly maxQueuedBytes: number;
  /** What all clients together may leave unread. */
  readonly answers: AnswerMemory;
}

/** What happens to whom on a {@link ServerConnection}. */
export interface ConnectionEvents {
  onRequest(request: ReceivedRequest): void;
  onClose(connection: ServerConnection): void;
}

/**
 * One client of a `SocketServer`: its requests in, its answers out, in the same order (Kafka's `KafkaChannel`).
 *
 * Back-pressure works both ways. Nothing more is read while too many requests are in flight, or while the client
 * leaves too many bytes of answers unread: then its own writes come to a halt. What the last chunk brought beyond
 * that waits in the backlog.
 */
export class ServerConnection implements RequestOwner, AnsweredClient {
  readonly answers: AnswerMemory;
  readonly #runtime: Runtime;
  readonly #limits: ConnectionLimits;
  readonly #events: ConnectionEvents;
  readonly #connection: Connection;
  readonly #reader: FrameReader;
  /** Frames that have come and were not handed to the handler yet. */
  #backlog: Uint8Array[] = [];
  /** Requests whose answers have not left yet, in the order of the requests. */
  readonly #inFlight: PendingRequest[] = [];
  /** Bytes of answers that wait for the answer to an earlier request. */
  #heldBytes = 0;
  #awaitsDrain = false;
  #isPaused = false;
  #isDispatching = false;
  /** A request is being done bit by bit, and those that follow it wait. */
  #isHeldBack = false;
  #isFinishing = false;
  #isClosed = false;
  /** The client has closed its sending half. */
  #hasEnded = false;

  #lastActiveMs: number;
  #queuedAtLastCheck = 0;
  #idleTimer: Timer;

  constructor(
    runtime: Runtime,
    connection: Connection,
    limits: ConnectionLimits,
    events: ConnectionEvents,
  ) {
    this.answers = limits.answers;
    this.#runtime = runtime;
    this.#limits = limits;
    this.#events = events;
    this.#connection = connection;
    this.#reader = new FrameReader(limits.maxRequestBytes, runtime.memory);
    this.#lastActiveMs = runtime.clock.nowMs();
    this.#idleTimer = this.#watchIdleness();
    connection.handle({
      onData: (chunk) => this.#onData(chunk),
      readInto: () => (this.#isFinishing || this.#isClosed ? null : this.#reader.room()),
      onRead: (bytes) => this.#onRead(bytes),
      onDrain: () => this.#onDrain(),
      onEnd: () => this.#onEnd(),
      onClose: (error) => this.#onClose(error),
    });
  }

  get remoteAddress(): string {
    return this.#connection.remoteAddress;
  }

  /** What the network takes without asking for a pause is no burden. */
  get waitingBytes(): number {
    return this.#heldBytes + (this.#awaitsDrain ? this.#connection.bytesQueued : 0);
  }

  dropSlow(): void {
    this.close(new KafkaError("NETWORK_EXCEPTION", "The client does not read its answers, and others need the room."));
  }

  /** Reads no more, answers what is in flight, then closes. */
  finish(): void {
    if (this.#isClosed || this.#isFinishing) return;
    this.#isFinishing = true;
    this.#backlog = [];
    this.#connection.pause();
    this.#writeAnswers();
    this.#closeIfFinished();
  }

  /** Drops the connection, with all that is in flight. */
  close(reason: Error): void {
    this.#isClosed = true;
    this.answers.forget(this);
    this.#connection.close(reason);
  }

  closeAt(request: PendingRequest, reason: Error): void {
    this.#runtime.log.debug(`Closing the connection from ${this.remoteAddress}: ${reason.message}`);
    this.#endAt(request);
  }

  release(frame: Uint8Array): void {
    this.#runtime.memory.giveBack(frame);
  }

  /** The handler has answered: the answer leaves, unless an earlier request is still to be answered. */
  answered(request: PendingRequest): void {
    if (this.#isClosed) return;
    this.#heldBytes += request.answerBytes;
    // Answers that are given at once leave together, when all requests of the chunk have been handed over.
    if (this.#isDispatching) return;
    if (this.#inFlight[0] !== request) {
      this.answers.changed(this);
      return;
    }
    this.#writeAnswers();
    this.#dispatch();
  }

  waitsForTurn(): void {
    if (!this.#isDispatching) this.#dispatch();
  }

  holdBack(): () => void {
    this.#isHeldBack = true;
    return () => {
      this.#isHeldBack = false;
      if (!this.#isDispatching) this.#dispatch();
    };
  }

  #onData(chunk: Uint8Array): void {
    if (this.#isFinishing || this.#isClosed) return;
    this.#lastActiveMs = this.#runtime.clock.nowMs();
    try {
      this.#reader.push(chunk, this.#onFrame);
    } catch (error) {
      this.#warn(error);
      this.#dispatch();
      this.finish();
      return;
    }
    this.#dispatch();
  }

  #onRead(bytes: number): void {
    if (this.#isFinishing || this.#isClosed) return;
    this.#lastActiveMs = this.#runtime.clock.nowMs();
    this.#reader.filled(bytes, this.#onFrame);
    this.#dispatch();
  }

  readonly #onFrame = (frame: Uint8Array): void => {
    this.#backlog.push(frame);
  };

  #onDrain(): void {
    this.#awaitsDrain = false;
    this.answers.changed(this);
    this.#lastActiveMs = this.#runtime.clock.nowMs();
    this.#dispatch();
  }

  /** The client sends no more, but may still read: its requests are answered. Or it has gone, which looks the same. */
  #onEnd(): void {
    this.#hasEnded = true;
    this.#idleTimer.cancel();
    this.#idleTimer = this.#runtime.scheduler.at(this.#runtime.clock.nowMs() + ENDED_LIMIT_MS, () => {
      this.close(new KafkaError("NETWORK_EXCEPTION", `No answer within ${ENDED_LIMIT_MS} ms of the client's end.`));
    });
    this.#closeIfFinished();
  }

  #onClose(error: Error | undefined): void {
    this.#isClosed = true;
    this.answers.forget(this);
    this.#idleTimer.cancel();
    this.#backlog = [];
    for (const request of this.#inFlight.splice(0)) this.#abandon(request);
    if (error !== undefined) this.#runtime.log.debug(`Lost ${this.remoteAddress}: ${error.message}`);
    this.#events.onClose(this);
  }

  /** Hands requests to the handler while there is room, and reads on or stops reading accordingly. */
  #dispatch(): void {
    this.#isDispatching = true;
    do {
      let next = 0;
      while (next < this.#backlog.length && !this.#isFull()) this.#handOver(this.#backlog[next++]!);
      this.#backlog = next === this.#backlog.length ? [] : this.#backlog.slice(next);
      this.#writeAnswers();
      // The answers that have just left make room for more requests.
    } while (this.#startNext() || (this.#backlog.length > 0 && !this.#isFull()));
    this.#isDispatching = false;
    if (this.#heldBytes > 0) this.answers.changed(this);
    this.#pauseOrResume();
  }

  /** Starts the request that waits for its turn, if it has come. */
  #startNext(): boolean {
    const next = this.#inFlight[0];
    if (this.#awaitsDrain || this.#isClosed || next === undefined || next.start === null) return false;
    const { start } = next;
    next.start = null;
    start();
    return true;
  }

  #handOver(frame: Uint8Array): void {
    const request = new PendingRequest(this, frame);
    this.#inFlight.push(request);
    try {
      this.#events.onRequest(request);
    } catch (error) {
      rethrowStub(error);
      this.#warn(error);
      this.#endAt(request);
    }
  }

  /** Closes the connection when it is this request's turn: earlier ones are answered, later ones are not. */
  #endAt(request: PendingRequest): void {
    const turn = this.#inFlight.indexOf(request);
    if (turn < 0) return;
    for (const later of this.#inFlight.splice(turn + 1)) this.#abandon(later);
    if (request.answer === null) request.settle([]);
    this.finish();
  }

  #abandon(request: PendingRequest): void {
    try {
      request.abandon();
    } catch (error) {
      rethrowStub(error);
      this.#warn(error);
    }
  }

  /** Sends the answers whose turn it is, all in one write. */
  #writeAnswers(): void {
    if (this.#isClosed || (this.#inFlight[0]?.answer ?? null) === null) return;
    const parts: Uint8Array[] = [];
    const lent: Uint8Array[] = [];
    let answered = 0;
    for (; answered < this.#inFlight.length; answered++) {
      const request = this.#inFlight[answered]!;
      if (request.answer === null) break;
      for (const part of request.answer) parts.push(part);
      if (request.isAnswerFromMemory) lent.push(...request.answer);
      this.#heldBytes -= request.answerBytes;
    }
    this.#inFlight.splice(0, answered);
    if (parts.length > 0 && !this.#connection.write(parts, this.#takeBack(lent))) this.#awaitsDrain = true;
    this.answers.changed(this);
    this.#lastActiveMs = this.#runtime.clock.nowMs();
    this.#closeIfFinished();
  }

  /** Until a write has released its parts the network reads from them: only then they may be used again. */
  #takeBack(lent: readonly Uint8Array[]): (() => void) | undefined {
    if (lent.length === 0) return undefined;
    return () => {
      for (const part of lent) this.#runtime.memory.giveBack(part);
    };
  }

  #closeIfFinished(): void {
    const isLast = this.#isFinishing || (this.#hasEnded && this.#backlog.length === 0);
    if (isLast && this.#inFlight.length === 0) this.#connection.close();
  }

  #isFull(): boolean {
    if (this.#isClosed || this.#isFinishing || this.#isHeldBack) return true;
    if (this.#inFlight.length >= this.#limits.maxInFlight) return true;
    return this.waitingBytes >= this.#limits.maxQueuedBytes;
  }

  #pauseOrResume(): void {
    const mustPause = this.#backlog.length > 0 || this.#isFull();
    if (mustPause === this.#isPaused || this.#isFinishing || this.#isClosed) return;
    this.#isPaused = mustPause;
    if (mustPause) this.#connection.pause();
    else this.#connection.resume();
  }

  /** What a client sends, or makes the handler throw, costs it its connection and us a line in the log. */
  #warn(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#runtime.log.warn(`Closing the connection from ${this.remoteAddress}: ${message}`);
  }

  /**
   * Disconnects a client when nothing has happened on the connection for too long. As in Kafka that a request waits
   * to be answered is no reason to stay: of a client that has vanished without a word, nobody would hear otherwise.
   */
  #watchIdleness(): Timer {
    return this.#runtime.scheduler.at(this.#lastActiveMs + this.#limits.maxIdleMs, () => {
      const nowMs = this.#runtime.clock.nowMs();
      const queuedBytes = this.#connection.bytesQueued;
      // A client that reads its answers bit by bit is not idle.
      if (queuedBytes !== this.#queuedAtLastCheck) this.#lastActiveMs = nowMs;
      this.#queuedAtLastCheck = queuedBytes;
      if (nowMs - this.#lastActiveMs < this.#limits.maxIdleMs) this.#idleTimer = this.#watchIdleness();
      else if (queuedBytes === 0) this.#connection.close();
      else this.close(new KafkaError("NETWORK_EXCEPTION", "The client does not read its answers."));
    });
  }
}
