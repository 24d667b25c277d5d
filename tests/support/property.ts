/**
 * Property tests: `fast-check` with the workshop's habits. The seed is fixed, so that a run repeats; another one
 * comes from `npm test 3 -- --seed 42`. A failure is thrown as itself, with the case and its seed in front: values are
 * called what `holds` calls its parameters.
 *
 * @module
 */
import fc from "fast-check";

/** Cases tried per property unless the call says otherwise: enough to find what is wrong, few enough to be quick. */
const DEFAULT_RUNS = 100;

/** The seed of this run: a whole number, from `--seed` (the runner hands it on) or always the same one. */
export function propertySeed(): number {
  const given = process.env["KATAFKA_SEED"];
  return given === undefined || given === "" ? 1 : Number(given) | 0;
}

type Arbitraries<T extends readonly unknown[]> = { [K in keyof T]: fc.Arbitrary<T[K]> };

/** How much, and from which seed, a property is tried. */
export interface PropertyOptions {
  /** Cases to try. */
  readonly runs?: number;
  /** For a property that must not follow `--seed`. */
  readonly seed?: number;
}

/**
 * Checks that `holds` throws for no values drawn from `arbitraries`.
 *
 * @throws the error of the smallest failing case that was found, its message opened by the values and the seed
 */
export function property<T extends readonly [unknown, ...unknown[]]>(
  arbitraries: Arbitraries<T>,
  holds: (...values: T) => void,
  options: PropertyOptions = {},
): void {
  const checked = fc.property(tupleOf(arbitraries), (drawn) => {
    const result: unknown = holds(...drawn);
    if (result instanceof Promise) throw new Error("This check waits: it needs asyncProperty, not property.");
  });
  const seed = options.seed ?? propertySeed();
  report(fc.check(checked, { seed, numRuns: options.runs ?? DEFAULT_RUNS }), seed, namesIn(holds));
}

/** As {@link property}, for checks that wait. */
export async function asyncProperty<T extends readonly [unknown, ...unknown[]]>(
  arbitraries: Arbitraries<T>,
  holds: (...values: T) => Promise<void>,
  options: PropertyOptions = {},
): Promise<void> {
  const checked = fc.asyncProperty(tupleOf(arbitraries), async (drawn) => {
    await holds(...drawn);
  });
  const seed = options.seed ?? propertySeed();
  report(await fc.check(checked, { seed, numRuns: options.runs ?? DEFAULT_RUNS }), seed, namesIn(holds));
}

function tupleOf<T extends readonly unknown[]>(arbitraries: Arbitraries<T>): fc.Arbitrary<T> {
  return fc.tuple(...(arbitraries as unknown as fc.Arbitrary<unknown>[])) as unknown as fc.Arbitrary<T>;
}

function report<T extends readonly unknown[]>(details: fc.RunDetails<[T]>, seed: number, names: string[]): void {
  if (!details.failed) return;
  const error: unknown = details.errorInstance;
  if (!(error instanceof Error)) {
    throw new Error(`The property could not be checked: ${String(error ?? "every case was skipped")}`);
  }
  if (error.name !== "NotImplementedError") {
    error.message = `For ${casesOf(details.counterexample?.[0] ?? [], names)} (seed ${seed}): ${error.message}`;
  }
  throw error;
}

/** The names of a function's parameters, as it was written; of one that takes its argument apart there is none. */
function namesIn(holds: (...values: never[]) => unknown): string[] {
  const list = /^(?:async )?(?:function \w*)?\(([\w$, ]*)\)|^(?:async )?(\w+) =>/.exec(String(holds));
  return (list?.[1] ?? list?.[2] ?? "").split(",").map((name) => name.trim());
}

function casesOf(values: readonly unknown[], names: readonly string[]): string {
  const nameOf = (i: number): string => (names.length === values.length && names[i] !== "" ? `${names[i]} = ` : "");
  const text = values.map((value, i) => `${nameOf(i)}${fc.stringify(value)}`).join(", ");
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
