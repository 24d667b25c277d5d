/** Logs, segments and batches for the tests of chapter 5. */
import { readdirSync, readFileSync } from "node:fs";
import { type Disk, type Runtime } from "#ground/runtime";
import { DEFAULT_LOG_CONFIG, type LogAppendInfo, type LogConfig, type LogOptions, UnifiedLog } from "#log";
import { LogSegment, type SegmentContext } from "#log/log-segment";
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
  const builder = new RecordBatchBuilder({ capacity: 100 + records * (20 + valueBytes), ...options });
  for (let i = 0; i < records; i++) builder.append(timestamp + i, null, new Uint8Array(valueBytes).fill(97 + (i % 26)));
  return new Uint8Array(builder.build());
}

/** A batch of exactly 100 bytes: three records, with offsets `baseOffset` to `baseOffset + 2`. */
export function batch100(baseOffset: number, timestamp = T0, options: BatchSpec = {}): Uint8Array {
  return batch({ records: 3, valueBytes: 6, partitionLeaderEpoch: 0, baseOffset, timestamp, ...options });
}

/** Appends `count` batches of 100 bytes, one by one; of batch i the first timestamp is T0 + 10 i. */
export function fill(made: LogSegment, count: number): LogSegment {
  const from = made.size / 100;
  for (let i = from; i < from + count; i++) made.append(batch100(made.baseOffset + 3 * i, T0 + 10 * i));
  return made;
}

/** Offset and position of every entry of a segment's offset index. */
export function indexEntries({ offsetIndex }: LogSegment): [offset: number, position: number][] {
  return Array.from({ length: offsetIndex.count }, (_, slot) => [
    offsetIndex.offsetAt(slot),
    offsetIndex.positionAt(slot),
  ]);
}

/** Timestamp (after T0) and offset of every entry of a segment's time index. */
export function timeEntries({ timeIndex }: LogSegment): [afterT0: number, offset: number][] {
  return Array.from({ length: timeIndex.count }, (_, slot) => {
    const { timestamp, offset } = timeIndex.entryAt(slot);
    return [Number(timestamp) - T0, offset];
  });
}

/** The marker that ends a transaction, as a coordinator appends it. */
export function marker(
  kind: "commit" | "abort",
  producerId: number,
  producerEpoch: number,
  options: BatchSpec = {},
): Uint8Array {
  const { timestamp = T0, ...rest } = options;
  const builder = new RecordBatchBuilder({
    isControl: true,
    isTransactional: true,
    producerId,
    producerEpoch,
    ...rest,
  });
  builder.append(timestamp, Uint8Array.of(0, 0, 0, kind === "abort" ? 0 : 1), Uint8Array.of(0, 0, 0, 0, 0, 0));
  return new Uint8Array(builder.build());
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

export function segmentContext(runtime: Runtime, overrides: Partial<LogConfig> = {}): SegmentContext {
  const { disk, memory, clock, random } = runtime;
  disk.makeFolder("/log/t-0");
  return { disk, memory, clock, random, folder: "/log/t-0", config: config(overrides) };
}

/** An empty, active segment. */
export function segment(
  baseOffset = 0,
  overrides: Partial<LogConfig> = {},
  runtime: Runtime = testRuntime(),
): LogSegment {
  const made = new LogSegment(segmentContext(runtime, overrides), baseOffset);
  made.activate();
  return made;
}

/** Counts what is asked of a segment's `.log` file from now on. */
export function watch({ records }: LogSegment): { reads: number; bytesRead: number; writes: number } {
  const seen = { reads: 0, bytesRead: 0, writes: 0 };
  const read = records.read.bind(records);
  const append = records.append.bind(records);
  records.read = (position, length) => {
    const bytes = read(position, length);
    seen.reads += 1;
    seen.bytesRead += bytes.length;
    return bytes;
  };
  records.append = (bytes) => {
    seen.writes += 1;
    append(bytes);
  };
  return seen;
}

/** Reads a log from `from` to its end, as a consumer does, at most `maxBytes` at a time. */
export function readAll(log: UnifiedLog, from = log.logStartOffset, maxBytes = 300): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let offset = from; offset < log.logEndOffset;) {
    const { records, nextOffset } = log.read(offset, maxBytes);
    if (nextOffset <= offset)
      throw new Error(`the read at ${offset} ends at ${nextOffset}, the log at ${log.logEndOffset}`);
    parts.push(records);
    offset = nextOffset;
  }
  return joined(...parts);
}

/** What a producer learns of its append. */
export function outcome({ firstOffset, isDuplicate }: LogAppendInfo): { firstOffset: number; isDuplicate: boolean } {
  return { firstOffset, isDuplicate };
}

/** Base offsets of a log's segments. */
export function segmentBases(log: UnifiedLog): number[] {
  return log.segments.all.map(({ baseOffset }) => baseOffset);
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

/**
 * A segment of ten batches at base offset 100, sealed and opened again, with this done to one of its files in between.
 * Its offset index has four entries, its time index five.
 */
export function reopenedSegment(suffix: string, change: (bytes: Buffer) => Uint8Array): LogSegment {
  const runtime = testRuntime();
  const made = fill(segment(100, { indexIntervalBytes: 150 }, runtime), 10);
  made.seal();
  made.close();
  const path = `/log/t-0/00000000000000000100${suffix}`;
  runtime.disk.writeFileAtomically(path, change(Buffer.from(runtime.disk.readFile(path))));
  return segment(100, { indexIntervalBytes: 150 }, runtime);
}

/** Writes one entry of an index anew; slots below 0 count from its end. */
export function withEntry(
  size: number,
  slot: number,
  write: (bytes: Buffer, at: number) => void,
): (bytes: Buffer) => Buffer {
  return (bytes) => {
    write(bytes, size * (slot < 0 ? bytes.length / size + slot : slot));
    return bytes;
  };
}

export const asItWas = (bytes: Buffer): Buffer => bytes;
