/** Logs, segments and batches for the tests of chapter 5. */
import { readdirSync, readFileSync } from "node:fs";
import { type Disk } from "#ground/runtime";
import { DEFAULT_LOG_CONFIG, type LogConfig, type LogOptions, UnifiedLog } from "#log";
import { LogSegment } from "#log/log-segment";
import { batches, RecordBatchBuilder, type RecordBatchOptions } from "#serialization";
import { type TestRuntime, testRuntime } from "../support/sim.ts";

/** The wall time at which simulated worlds begin is not known here: records get timestamps from here on. */
export const T0 = 1_720_000_000_000;

export interface BatchSpec extends RecordBatchOptions {
  /** How many records; 1 if not given. */
  records?: number;
  /** Bytes of each record's value; 10 if not given. */
  valueBytes?: number;
  /** Of the first record; the others follow at 1 ms. `T0` if not given. */
  timestamp?: number;
}

/** A batch as a client would send it (base offset 0), or with the offset and epoch that are given. */
export function batch({ records = 1, valueBytes = 10, timestamp = T0, ...options }: BatchSpec = {}): Uint8Array {
  const builder = new RecordBatchBuilder({ capacity: 1 << 20, ...options });
  for (let i = 0; i < records; i++) builder.append(timestamp + i, null, new Uint8Array(valueBytes).fill(97 + (i % 26)));
  return builder.build().slice();
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** Base offsets of the batches in `bytes`. */
export function baseOffsets(bytes: Uint8Array): number[] {
  return [...batches(bytes)].map(({ baseOffset }) => Number(baseOffset));
}

/** Offsets of all records in `bytes`. */
export function offsets(bytes: Uint8Array): number[] {
  return [...batches(bytes)].flatMap((each) => [...each.records()].map(({ offset }) => Number(offset)));
}

export function config(overrides: Partial<LogConfig> = {}): LogConfig {
  return { ...DEFAULT_LOG_CONFIG, messageTimestampAfterMaxMs: Number.MAX_SAFE_INTEGER, ...overrides };
}

/** An empty segment with index entries every `indexIntervalBytes`. */
export function segment(baseOffset = 0, overrides: Partial<LogConfig> = {}, runtime = testRuntime()): LogSegment {
  const { disk, clock, random } = runtime;
  disk.makeFolder("/log/t-0");
  const made = new LogSegment({ disk, clock, random, folder: "/log/t-0", config: config(overrides) }, baseOffset);
  made.activate();
  return made;
}

/** Opens the log of partition t-0 in `/log/t-0`. */
export function openLog(
  runtime: TestRuntime,
  overrides: Partial<LogConfig> = {},
  options: Partial<LogOptions> = {},
): UnifiedLog {
  return UnifiedLog.open({
    runtime,
    folder: "/log/t-0",
    topicPartition: { topic: "t", partition: 0 },
    config: config(overrides),
    ...options,
  });
}

const GOLDEN = new URL("../golden/log-dirs/", import.meta.url);

/** Copies a recorded partition folder, such as `plain-0`, onto a simulated disk. */
export function copyGolden(name: string, disk: Disk, folder: string): void {
  disk.makeFolder(folder);
  for (const file of readdirSync(new URL(`${name}/`, GOLDEN))) {
    disk.writeFileAtomically(`${folder}/${file}`, readFileSync(new URL(`${name}/${file}`, GOLDEN)));
  }
}

/** A recorded file, such as `plain-0.dump.txt` or `meta.properties`. */
export function golden(name: string): Buffer {
  return readFileSync(new URL(name, GOLDEN));
}
