/**
 * What a request names twice.
 *
 * @module
 */

/** The values that occur more than once. In one pass: a hostile request may hold a million. */
export function duplicates<T>(values: Iterable<T>): Set<T> {
  const seen = new Set<T>();
  const twice = new Set<T>();
  for (const value of values) {
    if (seen.has(value)) twice.add(value);
    seen.add(value);
  }
  return twice;
}
