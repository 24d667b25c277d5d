import { type SeededRandom } from "./seeded-random.ts";
import { type SimEvent } from "./event-queue.ts";

/** Simulated time moves in ticks of 1/1024 ms: sums and differences of such numbers are exact. */
const TICKS_PER_MS = 1024;

/** The first tick that is not before `ms`. */
export function roundUpToTick(ms: number): number {
  return Math.ceil(ms * TICKS_PER_MS) / TICKS_PER_MS;
}

/** What the parts of the simulation ask of the world that they live in. */
export interface World {
  /** Milliseconds since the world began, with fractions. */
  readonly nowMs: number;
  /** Plans `run` for world time `atMs`; for a process that has died by then it never happens. */
  schedule(atMs: number, process: SimProcess | null, what: string | null, run: () => void): SimEvent;
  /** Plans an event again that was held up. */
  again(event: SimEvent): void;
  /** Adds a line to the trace. */
  note(who: string, what: string): void;
  /** The stream of random numbers for one purpose. */
  random(purpose: string): SeededRandom;
}

/** Something that a process holds open, for the leak check. */
export interface Resource {
  /** As in `file /data/00000000000000000000.log`. */
  readonly label: string;
  /** What the machine does about it when the process dies. */
  onDeath?(): void;
}

/**
 * One incarnation of a node: from its start to its crash. Everything that belongs to it asks `alive` first, so that
 * nothing of it has any effect afterwards.
 */
export class SimProcess {
  readonly world: World;
  /** The node's name, which is its host name too. */
  readonly host: string;
  /** World time at which the process started: zero on its monotonic clock. */
  readonly bootMs: number;
  alive = true;
  /** The process does nothing before this world time: it is frozen, or inside a slow system call. */
  busyUntilMs = 0;
  /** What was to happen since it was suspended, in that order; null: it isn't. */
  held: SimEvent[] | null = null;
  /** What is open now, in the order of opening. */
  readonly resources = new Set<Resource>();

  constructor(world: World, host: string) {
    this.world = world;
    this.host = host;
    this.bootMs = world.nowMs;
  }

  /** World time as this process sees it: ahead of the world's by what it has spent in this turn. */
  get nowMs(): number {
    return Math.max(this.world.nowMs, this.busyUntilMs);
  }

  /** Passes time inside the current turn, as a blocking call does: nothing else of this process happens meanwhile. */
  spend(ms: number): void {
    this.busyUntilMs = roundUpToTick(this.nowMs + ms);
  }

  note(what: string): void {
    this.world.note(this.host, what);
  }

  /** Plans an event of this process. A dead one plans nothing. */
  schedule(atMs: number, what: string | null, run: () => void): SimEvent | null {
    return this.alive ? this.world.schedule(Math.max(atMs, this.nowMs), this, what, run) : null;
  }

  /** Ends this incarnation, and with it all that it holds. */
  die(): void {
    if (!this.alive) return;
    this.alive = false;
    for (const resource of this.resources) resource.onDeath?.();
    this.resources.clear();
  }
}
