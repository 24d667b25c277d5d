import { EventQueue, type SimEvent } from "./event-queue.ts";
import { microtasksAreDone } from "./microtasks.ts";
import { hashText, SeededRandom } from "./seeded-random.ts";
import { SimNetwork } from "./sim-network.ts";
import { DEFAULT_FLUSH_MS, SimNode } from "./sim-node.ts";
import { roundUpToTick, type SimProcess, type World } from "./sim-process.ts";

/** Lines of the trace that are kept; the hash is over all. */
const TRACE_LINES = 20_000;
/** Lines of the trace that an error shows, without those that say next to nothing. */
const TAIL_LINES = 30;
const SAYS_LITTLE = / (timer|turn)$/;
/** Generous: simulated time costs nothing. */
const SETTLED_LIMIT_MS = 300_000;
/** More events than this at one instant are taken for a loop that never ends. */
const MAX_EVENTS_AT_ONCE = 1_000_000;

/** Somebody who looks on, and changes nothing. What it throws ends the run. */
export interface SimObserver {
  /**
   * After each event, when all code that could go on without the world has gone on.
   * @param host - whose process had its turn; null for the world's own
   */
  afterEvent(host: string | null): void;
  /** For each line of the trace. */
  onLine(line: string): void;
}

/**
 * A world of nodes whose time, network, disks and random numbers are simulated: everything that happens follows from
 * the seed and from the calls of the test. The same seed gives the same trace, line by line.
 *
 * One event runs at a time. Before the next one, all code that can go on without the world has gone on.
 */
export class SimWorld {
  readonly seed: number;
  /** What happened, newest last: world time in milliseconds, node, event. Only the last `TRACE_LINES` or so. */
  readonly trace: string[] = [];
  readonly network: SimNetwork;
  readonly #nodes = new Map<string, SimNode>();
  readonly #queue = new EventQueue();
  readonly #inner: World;
  readonly #flushMs: number;
  #nowMs = 0;
  #order = 0;
  #traceHash = 0x811c9dc5;
  #observer: SimObserver | null = null;
  #steps = 0;
  #running = false;
  #turnOf: string | null = null;

  /** @param options - `flushMs`: what a flush takes on the disks of this world; at 0 it is over at once */
  constructor(seed: number, options: { flushMs?: number } = {}) {
    this.seed = seed;
    this.#flushMs = options.flushMs ?? DEFAULT_FLUSH_MS;
    const worldNow = (): number => this.#nowMs;
    this.#inner = {
      get nowMs() {
        return worldNow();
      },
      schedule: (atMs, process, what, run) => this.#schedule(atMs, process, what, run),
      again: (event) => {
        event.readyMs = Math.max(event.readyMs, this.#nowMs);
        this.#queue.push(event);
      },
      note: (who, what) => this.#note(who, what),
      random: (purpose) => new SeededRandom(`${seed}/${purpose}`),
    };
    this.network = new SimNetwork(this.#inner);
  }

  /** Milliseconds since the world began. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** A number that stands for the whole trace: equal for equal runs. */
  get traceHash(): number {
    return this.#traceHash;
  }

  /** How many events have happened. */
  get steps(): number {
    return this.#steps;
  }

  /** Whose process has its turn; null: it is the world's own, or time stands still. */
  get turnOf(): string | null {
    return this.#turnOf;
  }

  /** When the next event is due; Infinity: there is none. */
  get nextMs(): number {
    return this.#queue.peek()?.readyMs ?? Infinity;
  }

  /** From now on `observer` looks on. */
  observe(observer: SimObserver): void {
    this.#observer = observer;
  }

  /** The node of that name, which is its host name too; made and started at the first call. */
  node(name: string): SimNode {
    let node = this.#nodes.get(name);
    if (node === undefined) {
      node = new SimNode(this.#inner, this.network, name, this.#flushMs);
      this.#nodes.set(name, node);
    }
    return node;
  }

  /** A stream of random numbers for the test itself, repeated by the seed like all else. */
  random(purpose: string): SeededRandom {
    return new SeededRandom(`${this.seed}/test/${purpose}`);
  }

  /** Lets `forMs` pass. @throws what an event threw */
  async run(forMs: number): Promise<void> {
    const untilMs = roundUpToTick(this.#nowMs + forMs);
    await this.#runWhile(untilMs, () => true);
    this.#nowMs = untilMs;
  }

  /**
   * Lets time pass until `done` says so; it is asked before the first event and after each.
   * @throws Error with the end of the trace when it has not after `limitMs`
   */
  async runUntil(done: () => boolean, limitMs: number): Promise<void> {
    await this.#runWhile(roundUpToTick(this.#nowMs + limitMs), () => !done());
    if (!done()) throw new Error(`Not reached within ${limitMs} ms of simulated time.\n${this.traceTail()}`);
  }

  /** Lets time pass until `call` has settled, and is then as that. @throws as {@link runUntil} if it isn't in time */
  async settled<T>(call: PromiseLike<T>, limitMs: number = SETTLED_LIMIT_MS): Promise<T> {
    let isOver = false;
    const over = (): void => void (isOver = true);
    call.then(over, over);
    await this.runUntil(() => isOver, limitMs);
    return call;
  }

  /** The last lines of the trace, for error messages. @param without - lines that say next to nothing */
  traceTail(without: RegExp = SAYS_LITTLE): string {
    const lines = this.trace.slice(-20 * TAIL_LINES).filter((line) => !without.test(line));
    return [`Seed ${this.seed}; the last events were:`, ...lines.slice(-TAIL_LINES)].join("\n  ");
  }

  async #runWhile(untilMs: number, wanted: () => boolean): Promise<void> {
    if (this.#running) throw new Error("This world is running already: wait for the last run() first.");
    this.#running = true;
    try {
      await microtasksAreDone();
      let eventsAtOnce = 0;
      while (wanted()) {
        const event = this.#queue.peek();
        if (event === undefined || event.readyMs > untilMs) break;
        eventsAtOnce = event.readyMs > this.#nowMs ? 0 : eventsAtOnce + 1;
        if (eventsAtOnce > MAX_EVENTS_AT_ONCE) throw new Error(`An endless loop?\n${this.traceTail()}`);
        this.#queue.pop();
        this.#nowMs = event.readyMs;
        if (!this.#happen(event)) continue;
        await microtasksAreDone();
        this.#steps++;
        this.#observer?.afterEvent(event.process?.host ?? null);
      }
    } finally {
      this.#running = false;
      this.#turnOf = null;
    }
  }

  /** Runs one event. False when there was nothing to run, or not yet. */
  #happen(event: SimEvent): boolean {
    const { process, run } = event;
    if (run === null || process?.alive === false) return false;
    if (process?.held != null) {
      process.held.push(event);
      return false;
    }
    if (process !== null && process.busyUntilMs > this.#nowMs) {
      event.readyMs = process.busyUntilMs;
      this.#queue.push(event);
      return false;
    }
    event.run = null;
    this.#turnOf = process?.host ?? null;
    if (event.what !== null) this.#note(process?.host ?? "world", event.what);
    run();
    return true;
  }

  #schedule(atMs: number, process: SimProcess | null, what: string | null, run: () => void): SimEvent {
    if (Number.isNaN(atMs)) throw new RangeError("Nothing can happen at time NaN.");
    const dueMs = Math.max(roundUpToTick(atMs), this.#nowMs);
    const event: SimEvent = { readyMs: dueMs, dueMs, order: this.#order++, process, what, run };
    this.#queue.push(event);
    return event;
  }

  #note(who: string, what: string): void {
    const line = `${this.#nowMs.toFixed(3)} ${who} ${what}`;
    this.#traceHash = hashText(line, this.#traceHash);
    this.trace.push(line);
    this.#observer?.onLine(line);
    if (this.trace.length >= 2 * TRACE_LINES) this.trace.splice(0, TRACE_LINES);
  }
}
