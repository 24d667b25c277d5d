/** @module */
import { KafkaError } from "#ground/errors";
import { type Clock } from "#ground/runtime";
import { type TopicPartition } from "#ground/topic-partition";
import { type FoundOffset, type OffsetLookups } from "./offset-lookups.ts";
import { type Turns } from "./turns.ts";

/** A partition, and the time to look for. */
export type WantedOffset = TopicPartition & { readonly timestamp: number };

/**
 * Waits until something is so, turn by turn of the consumer's loop.
 * @param what - is not so after `timeoutMs`
 * @throws KafkaError REQUEST_TIMED_OUT
 */
export async function until(
  isSo: () => boolean,
  timeoutMs: number,
  what: string,
  { clock, turns }: { readonly clock: Clock; readonly turns: Turns },
): Promise<void> {
  const deadlineMs = clock.nowMs() + timeoutMs;
  while (!isSo()) {
    if (clock.nowMs() >= deadlineMs) throw new KafkaError("REQUEST_TIMED_OUT", `${what} after ${timeoutMs} ms.`);
    await turns.next(deadlineMs);
  }
}

/** What questions are asked with. */
export interface QueryParts {
  readonly clock: Clock;
  readonly turns: Turns;
  readonly lookups: OffsetLookups;
  /** Called when the questions are open. */
  readonly onAsked: () => void;
}

/**
 * Asks for offsets by time, and waits for all of them.
 * @throws KafkaError REQUEST_TIMED_OUT, or what can't be answered
 */
export async function findOffsets(
  wanted: readonly WantedOffset[],
  timeoutMs: number,
  parts: QueryParts,
): Promise<(TopicPartition & FoundOffset)[]> {
  const { clock, lookups, onAsked } = parts;
  const deadlineMs = clock.nowMs() + timeoutMs;
  const found: (TopicPartition & FoundOffset)[] = [];
  const failures: KafkaError[] = [];
  for (const { topic, partition, timestamp } of wanted) {
    const isWanted = (): boolean => failures.length === 0 && clock.nowMs() < deadlineMs;
    const onFound = (one: FoundOffset): void => void found.push({ topic, partition, ...one });
    lookups.add({ topic, partition, timestamp, isWanted, onFound, onError: (error) => void failures.push(error) });
  }
  onAsked();
  const isDone = (): boolean => found.length === wanted.length || failures.length > 0;
  await until(isDone, timeoutMs, "The offsets are not known", parts);
  if (failures.length > 0) throw failures[0];
  return found;
}
