import { type AnswerMemory } from "./answer-memory.ts";

/** Where an answer goes that takes its time, or much memory. */
export interface AnswerPlace {
  /**
   * Calls `gone` when it becomes certain that nobody will get an answer, because the client has gone: whoever waits
   * with it may stop. Not if it was answered before.
   */
  onGone(gone: () => void): void;
  /** How many bytes a large answer may have now; 0: it has to wait. See {@link AnswerMemory}. */
  room(): number;
  /** Calls `call` once, when there may be room again. */
  onRoom(call: () => void): void;
  /** Bytes for the answer are in memory, although it has not been given yet. */
  hold(bytes: number): void;
  /**
   * Keeps the client's later requests until the returned function is called: this one is done bit by bit, so that other
   * clients have their turn, and those that follow may not overtake it.
   */
  holdBack(): () => void;
}

/** For who asks from within: there is always room, and nobody goes. */
export const ANYWHERE: AnswerPlace = {
  onGone: () => {},
  room: () => Infinity,
  onRoom: () => {},
  hold: () => {},
  holdBack: () => () => {},
};

/** A request as it came from the wire. */
export interface ReceivedRequest extends AnswerPlace {
  /** Header and body, without the size. The receiver's own, to keep and to change, until it calls {@link release}. */
  readonly frame: Uint8Array;
  /** `host:port` of the client. */
  readonly remoteAddress: string;
  /**
   * Answers: once, now or later. Answers leave in the order of the requests, whatever the order of these calls. Does
   * nothing when the client has gone.
   *
   * @param parts - the answer with its size, from `encodeResponse`; they may not change any more. Null: this request
   *   gets no answer (acks 0)
   * @param isFromMemory - whether large parts come from the runtime's memory and nobody but the client will look at
   *   them: they are given back when they have left
   */
  respond(parts: readonly Uint8Array[] | null, isFromMemory?: boolean): void;
  /**
   * Gives {@link frame} back: later requests are read into its memory. Only when nobody will look at any part of it
   * again; who isn't sure doesn't call it.
   */
  release(): void;
  /**
   * Closes the client's connection instead of answering. Earlier requests are still answered, later ones are not.
   * @param reason - for the log, at level debug
   */
  close(reason: Error): void;
  /**
   * Calls `start` when all earlier requests have been answered and the client has read the answers; or never, when it
   * goes before. For what makes a large answer, which would lie in memory until then.
   */
  onTurn(start: () => void): void;
}

/** Whom a request tells what its handler decided. */
export interface RequestOwner {
  readonly remoteAddress: string;
  readonly answers: AnswerMemory;
  answered(request: PendingRequest): void;
  closeAt(request: PendingRequest, reason: Error): void;
  waitsForTurn(): void;
  holdBack(): () => void;
  release(frame: Uint8Array): void;
}

/** A request until its answer has left. */
export class PendingRequest implements ReceivedRequest {
  readonly frame: Uint8Array;
  /** Null until the handler has answered; empty when there is nothing to send. */
  answer: readonly Uint8Array[] | null = null;
  answerBytes = 0;
  /** What to do in its turn, until it is done. */
  start: (() => void) | null = null;
  isAnswerFromMemory = false;
  #heldBytes = 0;
  readonly #owner: RequestOwner;
  #onGone: (() => void) | null = null;

  constructor(owner: RequestOwner, frame: Uint8Array) {
    this.#owner = owner;
    this.frame = frame;
  }

  get remoteAddress(): string {
    return this.#owner.remoteAddress;
  }

  respond(parts: readonly Uint8Array[] | null, isFromMemory = false): void {
    if (this.answer !== null) throw new Error(`A request from ${this.remoteAddress} was answered twice.`);
    this.isAnswerFromMemory = isFromMemory;
    this.settle(parts ?? []);
    this.#owner.answered(this);
  }

  release(): void {
    this.#owner.release(this.frame);
  }

  close(reason: Error): void {
    this.#owner.closeAt(this, reason);
  }

  onGone(gone: () => void): void {
    this.#onGone = gone;
  }

  onTurn(start: () => void): void {
    this.start = start;
    this.#owner.waitsForTurn();
  }

  room(): number {
    return this.#owner.answers.room();
  }

  onRoom(call: () => void): void {
    this.#owner.answers.onRoom(call);
  }

  hold(bytes: number): void {
    this.#heldBytes += bytes;
    this.#owner.answers.hold(bytes);
  }

  holdBack(): () => void {
    return this.#owner.holdBack();
  }

  /** This is the answer; what was held for it is in it. */
  settle(parts: readonly Uint8Array[]): void {
    this.answer = parts;
    for (const part of parts) this.answerBytes += part.length;
    this.hold(-this.#heldBytes);
  }

  /** The client has gone. */
  abandon(): void {
    if (this.answer !== null) return;
    this.hold(-this.#heldBytes);
    this.#onGone?.();
  }
}
