// allowed: the driver of the simulation, see below
import { setImmediate } from "node:timers";

/**
 * Resolves when every promise that can settle by itself has settled, and all code that waited for it has run.
 *
 * This is the simulation's one use of the real event loop. Between two events of the simulated world, code that
 * awaits must run to where it waits for the world again. How many steps that takes nobody knows: each step may
 * queue another. The engine does know: it runs a macrotask only when its queue of microtasks is empty. Nothing
 * else of the real loop leaks in, as no event of the world depends on when this happens.
 */
export function microtasksAreDone(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
