/**
 * Finds what somebody meant who mistyped a key.
 *
 * @module
 */

/** The known key that is closest to `key`; undefined if none is near, so that a guess is never a wild one. */
export function closestKey(key: string, known: readonly string[]): string | undefined {
  let closest: string | undefined;
  let least = Math.ceil(key.length / 3) + 1;
  for (const candidate of known) {
    // So many insertions at the least. A client may send a key of any length: the full look takes as long as it is.
    if (Math.abs(key.length - candidate.length) >= least) continue;
    const distance = editDistance(key.toLowerCase(), candidate);
    if (distance < least) [closest, least] = [candidate, distance];
  }
  return closest;
}

/** How many characters must be inserted, deleted or replaced to turn `from` into `to` (Levenshtein). */
export function editDistance(from: string, to: string): number {
  // distances[j] is the distance from the first i characters of `from` to the first j of `to`.
  const distances = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (let i = 1; i <= from.length; i += 1) {
    let diagonal = distances[0]!;
    distances[0] = i;
    for (let j = 1; j <= to.length; j += 1) {
      const replaced = diagonal + (from[i - 1] === to[j - 1] ? 0 : 1);
      diagonal = distances[j]!;
      distances[j] = Math.min(replaced, diagonal + 1, distances[j - 1]! + 1);
    }
  }
  return distances[to.length]!;
}
