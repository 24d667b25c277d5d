/**
 * For tests that ask for an error: when none comes they say what came instead.
 *
 * @module
 */
import { inspect } from "node:util";
import { chai } from "vitest";

const TOLD: unique symbol = Symbol.for("katafka.toldWhatWasReturned");

/** What to say when an error was to be thrown, and a value was returned. */
export function returned(value: unknown): string {
  return `nothing was thrown, it returned ${shown(value)}`;
}

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value instanceof Promise) return "a promise";
  if (value instanceof Uint8Array) return value.length === 1 ? "1 byte" : `${value.length} bytes`;
  const text = inspect(value, { depth: 1, breakLength: Infinity, maxArrayLength: 8, maxStringLength: 100 });
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

/** From now on `expect(() => …).toThrow(…)` says what the call returned when it doesn't throw. Once a process. */
export function tellWhatWasReturned(): void {
  const prototype = chai.Assertion.prototype as { [TOLD]?: true };
  if (prototype[TOLD]) return;
  prototype[TOLD] = true;
  chai.use(({ Assertion }, { flag, overwriteMethod }) => {
    for (const name of ["toThrow", "toThrowError"]) overwriteMethod(Assertion.prototype, name, telling);

    type ToThrow = (this: Chai.AssertionStatic, ...expected: unknown[]) => unknown;
    function telling(original: ToThrow): ToThrow {
      return function (...expected) {
        const call: unknown = flag(this, "object");
        const isPlain = typeof call === "function" && flag(this, "promise") === undefined && !flag(this, "negate");
        if (!isPlain) return original.apply(this, expected);
        let value: { readonly returned: unknown } | null = null;
        flag(this, "object", () => {
          value = { returned: (call as () => unknown)() };
        });
        try {
          return original.apply(this, expected);
        } catch (error) {
          if (value === null || !(error instanceof chai.AssertionError)) throw error;
          const about = flag(this, "message") as string | undefined;
          const said = returned((value as { readonly returned: unknown }).returned);
          throw Object.assign(error, { message: about === undefined ? said : `${about}: ${said}` });
        } finally {
          flag(this, "object", call);
        }
      };
    }
  });
}
