/**
 * What an interrupted compaction (chapter 8), or Kafka's interrupted split of a segment, leaves in a log's folder: the
 * records may be in such files alone.
 *
 * New segments are written as `.cleaned`, renamed to `.swap` when they are whole, from the highest offset down, and to
 * their final names when the segments that they replace are out of the way.
 *
 * Source: Kafka's `LogLoader.removeTempFilesAndCollectSwapFiles` and `load`, KAFKA-6264.
 *
 * @module
 */
import { safeOffset } from "#ground/int64";
import { type Runtime } from "#ground/runtime";
import { FileRecords } from "#log/file-records";
import { CLEANED_SUFFIX, LOG_SUFFIX, SWAP_SUFFIX } from "../log-files.ts";

/** Ends an interrupted swap: gives it up when a part of it was not whole yet, else brings it to its end. */
export function* finishSwap(runtime: Runtime, folder: string): Generator<void, void> {
  const { disk, log } = runtime;
  const names = disk.list(folder);
  const cleaned = names.filter((name) => name.endsWith(CLEANED_SUFFIX));
  const swap = names.filter((name) => name.endsWith(SWAP_SUFFIX));
  if (cleaned.length + swap.length === 0) return;
  // A swap with a part that is still `.cleaned` has replaced nothing yet. Other ones, below it, are whole.
  const isGivenUp = (name: string): boolean => cleaned.some((other) => offsetOf(other) <= offsetOf(name));
  const whole = swap.filter((name) => !isGivenUp(name));
  // The swap files first: without the cleaned ones, nobody would know that they are only a part.
  for (const name of [...swap.filter(isGivenUp), ...cleaned]) {
    log.info(`${folder}/${name}: removed, a compaction was interrupted here`);
    disk.remove(`${folder}/${name}`);
  }
  yield* removeReplaced(runtime, folder, whole);
  for (const name of whole) {
    log.info(`${folder}/${name}: takes the place of what it replaces; that was interrupted`);
    disk.rename(`${folder}/${name}`, `${folder}/${name.slice(0, -SWAP_SUFFIX.length)}`);
  }
}

/** Removes the files of segments that begin where the new segments have their offsets. */
function* removeReplaced(runtime: Runtime, folder: string, swap: readonly string[]): Generator<void, void> {
  const { disk } = runtime;
  let first = Infinity;
  let end = -Infinity;
  for (const name of swap.filter((each) => each.endsWith(LOG_SUFFIX + SWAP_SUFFIX))) {
    first = Math.min(first, offsetOf(name));
    end = Math.max(end, yield* endOffset(runtime, `${folder}/${name}`, offsetOf(name)));
  }
  for (const name of disk.list(folder)) {
    if (!swap.includes(name) && offsetOf(name) >= first && offsetOf(name) < end) disk.remove(`${folder}/${name}`);
  }
}

function* endOffset({ disk, memory }: Runtime, path: string, baseOffset: number): Generator<void, number> {
  const records = new FileRecords(disk, memory, path);
  try {
    let end = baseOffset;
    for (const { batch } of records.headers(0)) {
      end = safeOffset(batch.lastOffset, `${path}: last offset`) + 1;
      yield;
    }
    return end;
  } finally {
    records.close();
  }
}

/** The offset in a file's name; NaN, which is no number's neighbour, for other files. */
function offsetOf(name: string): number {
  return /^\d{20}\./.test(name) ? Number(name.slice(0, 20)) : NaN;
}
