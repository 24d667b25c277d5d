import { type SimProcess } from "./sim-process.ts";

/** Something that will happen in the simulated world. */
export interface SimEvent {
  /** World time at which it runs: {@link SimEvent.dueMs}, or later when its process is busy then. */
  readyMs: number;
  /** World time for which it was planned. */
  readonly dueMs: number;
  /** Breaks ties: what was planned first runs first. */
  readonly order: number;
  /** Whose turn it is; null for the world itself (the network, the devices). */
  readonly process: SimProcess | null;
  /** For the trace; null leaves no line. */
  readonly what: string | null;
  /** Null once cancelled. */
  run: (() => void) | null;
}

/** The world's agenda: a binary heap by time, then by the order of planning. So there is one order only. */
export class EventQueue {
  readonly #heap: SimEvent[] = [];

  /** The next event, without taking it. */
  peek(): SimEvent | undefined {
    return this.#heap[0];
  }

  push(event: SimEvent): void {
    const heap = this.#heap;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(event, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = event;
  }

  pop(): SimEvent | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function isBefore(a: SimEvent, b: SimEvent): boolean {
  if (a.readyMs !== b.readyMs) return a.readyMs < b.readyMs;
  // Events that waited for a busy process run in the order of their deadlines, as timers do.
  if (a.dueMs !== b.dueMs) return a.dueMs < b.dueMs;
  return a.order < b.order;
}
