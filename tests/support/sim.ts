/**
 * Simulated worlds and runtimes for tests. Time stands still until the test moves it; a seed repeats the run.
 *
 * @module
 */
import { expect } from "vitest";
import { NotImplementedError } from "#ground/errors";
import { type Disk, type Runtime } from "#ground/runtime";
import { type SimNode } from "#ground/sim/sim-node";
import { SimWorld } from "#ground/sim/sim-world";
import { setTripwire } from "./sim-tripwire.ts";

/** Who sees a wrong count is helped by what the nodes did and said, not by how many bytes came when. */
const SAYS_LITTLE = / (timer|turn|listen .*|accept .*|start \d+|receive \d+ B from .*)$/;

/** The runtime of a lone simulated node, and the means to move its time. */
export interface TestRuntime extends Runtime {
  /** For faults, crashes and what is open. After `node.restart()` use the runtime that it returned. */
  readonly node: SimNode;
  readonly world: SimWorld;
  /** Lets `ms` pass: timers and turns that fall due run, and all code that waited for them. */
  advance(ms: number): Promise<void>;
  /** Moves the clocks on by `ms` at once, as a blocking call does. What falls due waits for the next `advance`. */
  elapse(ms: number): void;
}

/** A runtime for unit tests, alone in its world. Flushes are over at once, so that no test has to wait for them. */
export function testRuntime(seed = 1): TestRuntime {
  const world = new SimWorld(seed, { flushMs: 0 });
  const node = world.node("test");
  return {
    ...node.runtime,
    node,
    world,
    advance: (ms) => world.run(node.aheadMs + ms),
    elapse: (ms) => node.freeze(ms),
  };
}

/** An empty simulated disk. For its faults and crashes take `testRuntime().node` instead. */
export function simDisk(): Disk {
  return testRuntime().disk;
}

/**
 * Runs `body` in a new world, where course code can't use the machine's clocks, timers and random numbers. When it
 * fails, the error says the seed and what happened last.
 */
export async function withSim(seed: number, body: (world: SimWorld) => Promise<void>): Promise<void> {
  const world = new SimWorld(seed);
  const takeTripwireAway = setTripwire();
  try {
    await body(world);
  } catch (error) {
    const isPlain = error instanceof Error && !(error instanceof NotImplementedError);
    if (isPlain && !error.message.includes(world.traceTail())) error.message += `\n${world.traceTail(SAYS_LITTLE)}`;
    throw error;
  } finally {
    takeTripwireAway();
  }
}

/** Lets the world run until `promise` has settled, and is then as that. */
export function settled<T>(world: SimWorld, promise: PromiseLike<T>, limitMs?: number): Promise<T> {
  return world.settled(promise, limitMs);
}

/** Checks that no timer, connection, listener, open file or lock of these nodes is left. */
export function expectNothingLeaks(...nodes: readonly (SimNode | TestRuntime)[]): void {
  for (const each of nodes) {
    const node = "node" in each ? each.node : each;
    expect(node.openResources, `left open by ${node.name}`).toEqual([]);
  }
}
