// Different from the reference: as in Kafka, who waits on a key stands in a list, and one that is over stays there
// until the list is walked the next time. So ending is cheap, and walking sweeps.
import { type Runtime, type Timer } from "#ground/runtime";

export interface DelayedOperation {
  tryComplete(): boolean;
  expire(): void;
}

class Waiting {
  isOver = false;
  timer: Timer | null = null;
  readonly operation: DelayedOperation;

  constructor(operation: DelayedOperation) {
    this.operation = operation;
  }
}

export class Purgatory<Key extends object> {
  readonly #runtime: Pick<Runtime, "clock" | "scheduler">;
  readonly #lists = new Map<Key, Waiting[]>();
  #size = 0;
  #noted: Key[] = [];
  #closed = false;

  constructor(runtime: Pick<Runtime, "clock" | "scheduler">) {
    this.#runtime = runtime;
  }

  get size(): number {
    return this.#size;
  }

  tryCompleteElseWatch(operation: DelayedOperation, keys: readonly Key[], waitMs: number): () => void {
    if (operation.tryComplete()) return () => {};
    const mayWait = !this.#closed && waitMs > 0;
    if (!mayWait) {
      operation.expire();
      return () => {};
    }
    const waiting = new Waiting(operation);
    const { clock, scheduler } = this.#runtime;
    waiting.timer = scheduler.at(clock.nowMs() + waitMs, () => {
      if (this.#end(waiting)) operation.expire();
    });
    this.#size += 1;
    for (const key of keys) this.#lists.set(key, [...this.#living(key), waiting]);
    return () => void this.#end(waiting);
  }

  check(key: Key): void {
    const waiting = this.#lists.get(key);
    if (waiting === undefined) return;
    if (this.#noted.push(key) === 1) this.#runtime.scheduler.soon(() => this.#look());
  }

  close(): void {
    this.#closed = true;
    for (const key of [...this.#lists.keys()]) {
      for (const waiting of this.#living(key)) if (this.#end(waiting)) waiting.operation.expire();
    }
    this.#lists.clear();
  }

  #look(): void {
    const keys = new Set(this.#noted);
    this.#noted = [];
    for (const key of keys) {
      for (const waiting of this.#living(key)) {
        if (!waiting.isOver && waiting.operation.tryComplete()) this.#end(waiting);
      }
      this.#sweep(key);
    }
  }

  #living(key: Key): Waiting[] {
    return (this.#lists.get(key) ?? []).filter(({ isOver }) => !isOver);
  }

  #sweep(key: Key): void {
    const left = this.#living(key);
    if (left.length === 0) this.#lists.delete(key);
    else this.#lists.set(key, left);
  }

  /** Whether it is over only now. */
  #end(waiting: Waiting): boolean {
    if (waiting.isOver) return false;
    waiting.isOver = true;
    waiting.timer?.cancel();
    this.#size -= 1;
    return true;
  }
}
