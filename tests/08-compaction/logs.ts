/** Logs and batches for the tests of chapter 8. */
import { type LogConfig, type LogSegment, type UnifiedLog } from "#log";
import { batches, RecordBatchBuilder, type RecordBatchOptions } from "#serialization";
import { type TestRuntime } from "../support/sim.ts";
import { openLog, T0 } from "../05-log/fixtures.ts";

/** A record: key and value; a null value is a tombstone, a null key is none. */
export type Pair = readonly [key: string | null, value: string | null];

export interface PairsSpec extends RecordBatchOptions {
  /** Of the first record; the others follow at 1 ms. `T0` if not given. */
  timestamp?: number;
}

/** A batch of records with keys. */
export function pairs(records: readonly Pair[], { timestamp = T0, ...options }: PairsSpec = {}): Uint8Array {
  const builder = new RecordBatchBuilder({ capacity: 4096, partitionLeaderEpoch: 0, ...options });
  for (const [i, [key, value]] of records.entries()) {
    builder.append(timestamp + i, key === null ? null : Buffer.from(key), value === null ? null : Buffer.from(value));
  }
  return new Uint8Array(builder.build());
}

/** `offset key=value` of each record; `offset key†` for a tombstone. */
export function texts(bytes: Uint8Array): string[] {
  return [...batches(bytes)].flatMap((batch) =>
    [...batch.records()].map(({ offset, key, value }) => {
      const name = key === null ? "(no key)" : Buffer.from(key).toString();
      return value === null ? `${offset} ${name}†` : `${offset} ${name}=${Buffer.from(value).toString()}`;
    }),
  );
}

/** Everything in a log's files, in order. */
export function contentOf(log: UnifiedLog): Uint8Array {
  return new Uint8Array(Buffer.concat(log.segments.all.map(({ records }) => records.read(0, records.size))));
}

/** What is in each segment. */
export function textsOfSegments(log: UnifiedLog): string[][] {
  return log.segments.all.map(({ records }: LogSegment) => texts(records.read(0, records.size)));
}

/** A compacted log in `/log/t-0`. */
export function compactedLog(runtime: TestRuntime, overrides: Partial<LogConfig> = {}): UnifiedLog {
  return openLog(runtime, { cleanupPolicy: ["compact"], ...overrides });
}

/**
 * Writes each list of records as one batch into a segment of its own, and begins one more, which is active and empty.
 * All of it is replicated.
 */
export function fill(log: UnifiedLog, ...segments: readonly (readonly Pair[])[]): UnifiedLog {
  for (const records of segments) {
    log.appendAsLeader(pairs(records), 0);
    log.roll();
  }
  log.onHighWatermarkUpdated(log.logEndOffset);
  return log;
}
