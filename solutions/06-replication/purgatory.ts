/**
 * Where requests wait that can't be answered yet: a fetch for more bytes, a produce for the other replicas.
 * Nothing polls: whoever changes a partition says so with {@link Purgatory.check}, and only the requests that
 * wait on that partition are looked at again. Source: Kafka's `DelayedOperationPurgatory`.
 *
 * @module
 */
import { type Runtime, type Timer } from "#ground/runtime";

/** A request that waits. It is finished exactly once: by `tryComplete` returning true, or by `expire`. */
export interface DelayedOperation {
  /** Answers the request if that is possible now, and says whether it did. */
  tryComplete(): boolean;
  /** The time is up (or the broker shuts down): answers the request with what there is. */
  expire(): void;
}

/** An operation that waits: in the set of each of its keys. */
interface Waiting<Key> {
  readonly operation: DelayedOperation;
  readonly keys: readonly Key[];
  readonly timer: Timer;
  isOver: boolean;
}

/**
 * Delayed operations by the things that they wait for. A key is an object (a partition), looked up by identity.
 *
 * `check` is called from inside an append, deep in the caller's turn. So it only makes a note; the operations
 * run in a turn of their own, through `scheduler.soon`, once for all the notes that came together.
 */
export class Purgatory<Key extends object> {
  readonly #runtime: Pick<Runtime, "clock" | "scheduler">;
  /** Who waits on what. A key on which nobody waits is not in it. */
  readonly #watchers = new Map<Key, Set<Waiting<Key>>>();
  #size = 0;
  /** Those that {@link check} has noted since the last look. */
  readonly #toCheck = new Set<Key>();
  #isCheckScheduled = false;
  #closed = false;

  constructor(runtime: Pick<Runtime, "clock" | "scheduler">) {
    this.#runtime = runtime;
  }

  /** How many operations wait. */
  get size(): number {
    return this.#size;
  }

  /**
   * Completes `operation` at once if it can be, else lets it wait until a {@link check} of one of `keys` completes it
   * or `waitMs` milliseconds have passed: then it expires. Without any time to wait, or in a purgatory that is closed,
   * it expires at once.
   *
   * @returns ends the waiting without any answer, for when nobody wants one any more. Harmless when it has ended.
   * @exercise 6.3 Purgatory.tryCompleteElseWatch
   */
  tryCompleteElseWatch(operation: DelayedOperation, keys: readonly Key[], waitMs: number): () => void {
    if (operation.tryComplete()) return nothing;
    if (this.#closed || waitMs <= 0) {
      operation.expire();
      return nothing;
    }
    const timer = this.#runtime.scheduler.at(this.#runtime.clock.nowMs() + waitMs, () => this.#expire(waiting));
    const waiting: Waiting<Key> = { operation, keys, timer, isOver: false };
    this.#size += 1;
    for (const key of keys) {
      const watchers = this.#watchers.get(key);
      if (watchers === undefined) this.#watchers.set(key, new Set([waiting]));
      else watchers.add(waiting);
    }
    return () => this.#forget(waiting);
  }

  /**
   * Something about `key` has changed: the operations that wait on it get another `tryComplete`, and those that
   * complete wait no longer. Not now but in a turn of their own, and once for all the checks that came before it: a
   * hundred appends in one turn are one look. Cheap when nobody waits on `key`.
   *
   * @exercise 6.3 Purgatory.check
   */
  check(key: Key): void {
    if (!this.#watchers.has(key)) return;
    this.#toCheck.add(key);
    if (this.#isCheckScheduled) return;
    this.#isCheckScheduled = true;
    this.#runtime.scheduler.soon(() => this.#runChecks());
  }

  /** Ends all waiting: every operation expires now, and later ones do so at once. */
  close(): void {
    this.#closed = true;
    for (const watchers of [...this.#watchers.values()]) {
      for (const waiting of watchers) this.#expire(waiting);
    }
  }

  /** @solution */
  #runChecks(): void {
    this.#isCheckScheduled = false;
    const keys = [...this.#toCheck];
    this.#toCheck.clear();
    for (const key of keys) {
      for (const waiting of this.#watchers.get(key) ?? []) {
        if (waiting.operation.tryComplete()) this.#forget(waiting);
      }
    }
  }

  #expire(waiting: Waiting<Key>): void {
    this.#forget(waiting);
    waiting.operation.expire();
  }

  #forget(waiting: Waiting<Key>): void {
    if (waiting.isOver) return;
    waiting.isOver = true;
    waiting.timer.cancel();
    this.#size -= 1;
    for (const key of waiting.keys) {
      const watchers = this.#watchers.get(key);
      watchers?.delete(waiting);
      if (watchers?.size === 0) this.#watchers.delete(key);
    }
  }
}

/** @solution */
function nothing(): void {}
