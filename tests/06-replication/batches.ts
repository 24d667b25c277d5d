/**
 * Batches for the tests of replication and of the broker.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { batches, RecordBatchBuilder, type RecordBatchOptions } from "#serialization";

/** One batch of records with these values, without keys, all with timestamp `timestampMs`. */
export function batchOf(values: readonly string[], options: RecordBatchOptions = {}, timestampMs = 1_000): Uint8Array {
  const builder = new RecordBatchBuilder(options);
  for (const value of values) builder.append(timestampMs, null, Buffer.from(value));
  return builder.build();
}

/** The values of all records, as text. */
export function valuesOf(records: Uint8Array): string[] {
  return [...batches(records)].flatMap((batch) =>
    [...batch.records()].map(({ value }) => (value === null ? "null" : Buffer.from(value).toString())),
  );
}
