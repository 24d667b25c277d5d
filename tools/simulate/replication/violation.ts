/** An invariant does not hold; the message names it and says how. */
export class Violation extends Error {}

/** @throws Violation unless `holds`; `invariant` is only worked out then. */
export function demand(holds: boolean, invariant: () => string): asserts holds {
  if (!holds) throw new Violation(invariant());
}
