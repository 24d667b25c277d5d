/**
 * The tripwire of the simulator: while a world runs, course code that takes time, chance or timers from the machine
 * instead of its runtime fails on the spot. Such code would make a seed mean nothing. The linter refuses what it can
 * see; this finds what it can't, such as a library that course code calls.
 *
 * @module
 */

/** What course code may not call in a simulation, by the object that has it. */
const FORBIDDEN: readonly (readonly [name: string, owner: object, keys: readonly string[]])[] = [
  ["Date", Date, ["now"]],
  ["Math", Math, ["random"]],
  ["performance", performance, ["now"]],
  ["crypto", crypto, ["randomUUID", "getRandomValues"]],
  ["globalThis", globalThis, ["setTimeout", "setInterval", "setImmediate", "queueMicrotask"]],
];
/** A stack frame of course code. The simulator itself and the runtime of the machine are none. */
const COURSE_FRAME = /\/(solutions|chapters)\/(?!00-ground\/(sim|node)\/)/;

type AnyFunction = (...args: unknown[]) => unknown;

/** Sets the tripwire. @returns what takes it away again */
export function setTripwire(): () => void {
  const undo: (() => void)[] = [];
  for (const [name, owner, keys] of FORBIDDEN) {
    for (const key of keys) {
      const before = Object.getOwnPropertyDescriptor(owner, key);
      const real = Reflect.get(owner, key) as AnyFunction;
      const guarded = function (this: unknown, ...args: unknown[]): unknown {
        const frame = courseFrame();
        if (frame !== undefined) throw new Error(`${name}.${key} in a simulation: take it from the runtime. ${frame}`);
        return Reflect.apply(real, this, args);
      };
      Object.defineProperty(owner, key, { value: guarded, configurable: true, writable: true });
      undo.push(() => {
        if (before === undefined) Reflect.deleteProperty(owner, key);
        else Object.defineProperty(owner, key, before);
      });
    }
  }
  return () => {
    for (const each of undo.splice(0).reverse()) each();
  };
}

function courseFrame(): string | undefined {
  return new Error().stack?.split("\n").find((line) => COURSE_FRAME.test(line))?.trim();
}
