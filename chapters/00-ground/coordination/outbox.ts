/**
 * Holds back what is told to anybody until it is durable.
 *
 * @module
 */
import { rethrowStub } from "#ground/errors";

/** Where something is handed out: the other end of a connection. */
export interface Receiver {
  /** Runs `delivery` on the receiver's side: soon, once, in the order of these calls. Never if the receiver is dead. */
  deliver(delivery: () => void): void;
}

interface Delivery {
  /** How many changes must be durable before. */
  readonly after: number;
  readonly receiver: Receiver;
  readonly run: () => void;
  readonly lost: (() => void) | undefined;
}

/**
 * A queue of deliveries. Each waits until all changes that were made before it are flushed; changes that come while
 * a flush is under way share the next one (group commit). What goes out goes out in order.
 */
export class Outbox {
  readonly #flush: () => Promise<void>;
  readonly #onFailure: (error: Error) => void;
  readonly #deliveries: Delivery[] = [];
  #changes = 0;
  #durableChanges = 0;
  #flushing: Promise<void> | null = null;

  /**
   * @param flush - makes all changes durable that were made before the call.
   * @param onFailure - called once, when it has failed: no delivery will ever wait again.
   */
  constructor(flush: () => Promise<void>, onFailure: (error: Error) => void) {
    this.#flush = flush;
    this.#onFailure = onFailure;
  }

  /** Notes that something has changed: whatever is delivered from now on waits for it. */
  changed(): void {
    this.#changes += 1;
    this.#pump();
  }

  /** Queues a delivery. @param lost - runs in its place when the changes before it could not be made durable. */
  deliver(receiver: Receiver, run: () => void, lost?: () => void): void {
    this.#deliveries.push({ after: this.#changes, receiver, run, lost });
    this.#pump();
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    while (this.#flushing !== null) await this.#flushing;
  }

  #pump(): void {
    while (this.#deliveries[0] !== undefined && this.#deliveries[0].after <= this.#durableChanges) {
      const { receiver, run } = this.#deliveries.shift()!;
      receiver.deliver(run);
    }
    if (this.#flushing === null && this.#durableChanges < this.#changes) this.#flushing = this.#flushOnce();
  }

  async #flushOnce(): Promise<void> {
    const changes = this.#changes;
    try {
      await this.#flush();
      this.#durableChanges = changes;
    } catch (error) {
      rethrowStub(error);
      this.#durableChanges = Infinity;
      for (const { receiver, lost } of this.#deliveries.splice(0)) if (lost !== undefined) receiver.deliver(lost);
      this.#onFailure(error as Error);
    }
    this.#flushing = null;
    this.#pump();
  }
}
