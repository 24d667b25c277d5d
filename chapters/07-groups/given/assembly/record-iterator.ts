/** @module */
import { type ConsumerRecord } from "./consumer-record.ts";
import { type ConsumerRecords } from "./consumer-records.ts";

/** How long one poll may wait. */
const POLL_MS = 1_000;

/** All records, one after the other, until the consumer is closed. @throws what `poll` throws */
export function iterateRecords<K, V>(
  poll: (timeoutMs: number) => Promise<ConsumerRecords<K, V>>,
  isClosed: () => boolean,
): AsyncIterator<ConsumerRecord<K, V>, void, undefined> {
  let records: readonly ConsumerRecord<K, V>[] = [];
  let next = 0;
  const end = { value: undefined, done: true } as const;
  const more = async (): Promise<IteratorResult<ConsumerRecord<K, V>, void>> => {
    while (!isClosed()) {
      const polled = await poll(POLL_MS).catch((error: unknown) => {
        // Who is closed while he polls is told so by an error; here it is the end.
        if (!isClosed()) throw error;
        return null;
      });
      if (polled === null || polled.isEmpty) continue;
      records = polled.toArray();
      next = 1;
      return { value: records[0]!, done: false };
    }
    return end;
  };
  return {
    next: () => (next < records.length ? Promise.resolve({ value: records[next++]!, done: false }) : more()),
    return: () => Promise.resolve(end),
  };
}
