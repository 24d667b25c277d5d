/** A request as it came from the wire. */
export interface ReceivedRequest {
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
   */
  respond(parts: readonly Uint8Array[] | null): void;
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
   * Calls `gone` when it becomes certain that nobody will get an answer, because the client has gone: whoever waits
   * with it may stop. Not if it was answered before.
   */
  onGone(gone: () => void): void;
}

/** Whom a request tells what its handler decided. */
export interface RequestOwner {
  readonly remoteAddress: string;
  answered(request: PendingRequest): void;
  closeAt(request: PendingRequest, reason: Error): void;
  release(frame: Uint8Array): void;
}

/** A request until its answer has left. */
export class PendingRequest implements ReceivedRequest {
  readonly frame: Uint8Array;
  /** Null until the handler has answered; empty when there is nothing to send. */
  answer: readonly Uint8Array[] | null = null;
  answerBytes = 0;
  readonly #owner: RequestOwner;
  #onGone: (() => void) | null = null;

  constructor(owner: RequestOwner, frame: Uint8Array) {
    this.#owner = owner;
    this.frame = frame;
  }

  get remoteAddress(): string {
    return this.#owner.remoteAddress;
  }

  respond(parts: readonly Uint8Array[] | null): void {
    if (this.answer !== null) throw new Error(`A request from ${this.remoteAddress} was answered twice.`);
    this.answer = parts ?? [];
    for (const part of this.answer) this.answerBytes += part.length;
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

  /** The client has gone. */
  abandon(): void {
    if (this.answer === null) this.#onGone?.();
  }
}
