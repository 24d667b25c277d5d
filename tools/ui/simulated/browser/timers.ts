/**
 * `node:timers` in a browser: a turn of the real loop. `setTimeout` would wait 4 ms for each.
 *
 * @module
 */
const { port1, port2 } = new MessageChannel();
const waiting: (() => void)[] = [];

/** As a browser has it. */
interface Port {
  addEventListener(type: "message", listen: () => void): void;
  start(): void;
}

const turns = port1 as unknown as Port;
turns.addEventListener("message", () => waiting.shift()?.());
turns.start();

/** Calls `run` in a turn of its own, when all microtasks are done. */
export function setImmediate(run: () => void): void {
  waiting.push(run);
  port2.postMessage(null);
}
