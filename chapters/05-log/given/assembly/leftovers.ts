/**
 * What a log's folder holds besides the log.
 *
 * Source: Kafka's `LogLoader.removeTempFilesAndCollectSwapFiles` and `loadSegmentFiles`.
 *
 * @module
 */
import { DELETED_SUFFIX, INDEX_SUFFIX, LOG_SUFFIX, TIME_INDEX_SUFFIX, TXN_INDEX_SUFFIX } from "../log-files.ts";

/**
 * Which of the files in a log's folder are no part of the log, and are to be removed:
 *
 * - of segments that were deleted (their names end in `.deleted`), and of writes that were not finished (`.tmp`);
 * - the indexes (`.index`, `.timeindex`, `.txnindex`) of a segment that has no `.log`: with nothing to look up in, and
 *   in the way of a segment that may begin there again.
 *
 * All others stay: also those that the log doesn't know.
 *
 * @param names of all files in the folder
 */
export function leftovers(names: readonly string[]): string[] {
  const all = new Set(names);
  return names.filter((name) => {
    if (name.endsWith(DELETED_SUFFIX) || name.endsWith(".tmp")) return true;
    const suffix = [INDEX_SUFFIX, TIME_INDEX_SUFFIX, TXN_INDEX_SUFFIX].find((end) => name.endsWith(end));
    return suffix !== undefined && !all.has(name.slice(0, -suffix.length) + LOG_SUFFIX);
  });
}
