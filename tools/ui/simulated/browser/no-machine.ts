/**
 * The real machine, in a browser: there is none. All that runs there is given a runtime of the simulated world.
 *
 * @module
 */

/** @throws Error always */
export function createNodeRuntime(): never {
  throw new Error("There is no machine in a browser's tab: pass a runtime.");
}

/** There is none. */
export function nativeCrc32c(): undefined {
  return undefined;
}
