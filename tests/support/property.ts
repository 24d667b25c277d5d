/**
 * Property tests: `fast-check` with the workshop's habits. The seed is fixed, so that a run repeats; another one
 * comes from `npm test 3 -- --seed 42`. A failure is thrown as itself, with the case and its seed in front.
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

/**
 * Checks that `holds` throws for no values drawn from `arbitraries`.
 *
 * @param options - `runs`: cases to try; `seed`: for a property that must not follow `--seed`
 * @throws the error of the smallest failing case that was found, its message opened by the values and the seed
 */
export function property<T extends readonly [unknown, ...unknown[]]>(
  arbitraries: Arbitraries<T>,
  holds: (...values: T) => void,
  options: { runs?: number; seed?: number } = {},
): void {
  const seed = options.seed ?? propertySeed();
  const checked = fc.property(...(arbitraries as unknown as [fc.Arbitrary<unknown>]), (...values: unknown[]) => {
    const result: unknown = holds(...(values as unknown as T));
    if (result instanceof Promise) throw new Error("This check waits: it needs asyncProperty, not property.");
  });
  report(fc.check(checked, { seed, numRuns: options.runs ?? DEFAULT_RUNS }), seed);
}

/** As {@link property}, for checks that wait. */
export async function asyncProperty<T extends readonly [unknown, ...unknown[]]>(
  arbitraries: Arbitraries<T>,
  holds: (...values: T) => Promise<void>,
  options: { runs?: number; seed?: number } = {},
): Promise<void> {
  const seed = options.seed ?? propertySeed();
  const checked = fc.asyncProperty(...(arbitraries as unknown as [fc.Arbitrary<unknown>]), async (...values: unknown[]) => {
    await holds(...(values as unknown as T));
  });
  report(await fc.check(checked, { seed, numRuns: options.runs ?? DEFAULT_RUNS }), seed);
}

function report<T>(details: fc.RunDetails<T>, seed: number): void {
  if (!details.failed) return;
  const error: unknown = details.errorInstance;
  if (!(error instanceof Error)) {
    throw new Error(`The property could not be checked: ${String(error ?? "every case was skipped")}`);
  }
  if (error.name !== "NotImplementedError") {
    error.message = `For ${casesOf(details.counterexample)} (seed ${seed}): ${error.message}`;
  }
  throw error;
}

function casesOf(values: unknown): string {
  const text = Array.isArray(values) ? values.map((value) => fc.stringify(value)).join(", ") : fc.stringify(values);
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
