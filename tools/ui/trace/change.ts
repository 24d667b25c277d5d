/**
 * What is different between two values of plain data, and how to get from one to the other. What hasn't changed stays
 * the same object: so whoever shows a row of pictures can tell at a glance what has.
 *
 * @module
 */

/** Null: nothing. Else it is set anew, or something inside has changed. */
export type Change = null | { readonly set: unknown } | { readonly in: Readonly<Record<string, Change>> };

type Inside = Readonly<Record<string, unknown>>;

/** The change that {@link changed} makes `after` of `before` with. Both go through JSON. */
export function changeBetween(before: unknown, after: unknown): Change {
  if (before === after) return null;
  if (!isInside(before) || !isInside(after) || !haveSameKeys(before, after)) return { set: after };
  const changes = Object.keys(after)
    .map((key) => [key, changeBetween(before[key], after[key])] as const)
    .filter(([, change]) => change !== null);
  return changes.length === 0 ? null : { in: Object.fromEntries(changes) };
}

/** `before` with a change in it; `before` itself isn't touched. */
export function changed(before: unknown, change: Change): unknown {
  if (change === null) return before;
  if ("set" in change) return change.set;
  const after: Record<string, unknown> = Array.isArray(before) ? ([...before] as never) : { ...(before as Inside) };
  for (const [key, inner] of Object.entries(change.in)) after[key] = changed(after[key], inner);
  return after;
}

function isInside(value: unknown): value is Inside {
  return typeof value === "object" && value !== null;
}

function haveSameKeys(a: Inside, b: Inside): boolean {
  const keys = Object.keys(a);
  if (Array.isArray(a) !== Array.isArray(b) || keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key));
}
