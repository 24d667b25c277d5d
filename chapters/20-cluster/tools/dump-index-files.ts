/**
 * How `kafka-dump-log` shows what stands beside a `.log` file: indexes, and the states of producers. Indexes are held
 * against the log.
 * Source: `dumpIndex`, `dumpTimeIndex`, `dumpTxnIndex` and `dumpProducerIdSnapshot` of `kafka.tools.DumpLogSegments`.
 *
 * @module
 */
import { KafkaError } from "#ground/errors";
import { readInt32, readInt64, type Int64 } from "#ground/int64";
import { type Disk, type Runtime } from "#ground/runtime";
import { type FileRecords } from "#log/file-records";
import { INDEX_SUFFIX, LOG_SUFFIX } from "#log/given/log-files";
import { decodeSnapshot } from "#log/given/assembly/producer-snapshot";
import { TransactionIndex } from "#log/given/assembly/transaction-index";
import { type RecordBatch } from "#serialization";
import { openRecords, optionalLong, startOffset } from "./dump-log-file.ts";

/** What is shown of an index: its entries, whether it would do at a start, or only what is wrong. */
export type IndexMode = "entries" | "sanity" | "verify";

type Files = Pick<Runtime, "disk" | "memory">;
type Out = (text: string) => void;

const OFFSET_ENTRY = 8;
const TIME_ENTRY = 12;

/**
 * Shows an offset index.
 * @returns what is wrong with it, as lines
 * @throws Error when an entry leads to no batch, or a sanity check fails
 */
export function dumpOffsetIndex(files: Files, path: string, mode: IndexMode, out: Out): string[] {
  const { baseOffset, bytes, records } = openIndex(files, path);
  try {
    const entries = offsetEntries(bytes, baseOffset);
    if (entries.length === 0) out(`${path} is empty.\n`);
    else if (mode === "sanity") checkSanity(path, bytes, OFFSET_ENTRY, entries.at(-1)!.offset < baseOffset, out);
    if (mode === "sanity") return [];
    const wrong: string[] = [];
    for (const { offset, position } of entries) {
      const found = firstBatch(records, position, offset);
      if (found === null) throw new Error(`${path}: offset ${offset} is said to be at ${position}, but no batch is.`);
      if (found.lastOffset !== offset) wrong.push(`  Index offset: ${offset}, log offset: ${found.lastOffset}\n`);
      if (mode === "entries") out(`offset: ${offset} position: ${position}\n`);
    }
    return wrong.length === 0 ? [] : [`Mismatches in :${path}\n`, ...wrong.reverse()];
  } finally {
    records.close();
  }
}

/** Shows a time index. @returns what is wrong with it, as lines. @throws Error when a sanity check fails */
export function dumpTimeIndex(files: Files, path: string, mode: IndexMode, out: Out): string[] {
  const { baseOffset, bytes, records } = openIndex(files, path);
  try {
    const entries = timeEntries(bytes, baseOffset);
    if (mode === "sanity") {
      checkSanity(path, bytes, TIME_ENTRY, entries.length > 0 && entries.at(-1)!.offset < baseOffset, out);
      return [];
    }
    const positions = offsetEntries(readIfThere(files.disk, `${withoutSuffix(path)}${INDEX_SUFFIX}`), baseOffset);
    const wrong = new TimeIndexErrors();
    let previous: Int64 = -1;
    let next = 0;
    for (const entry of entries) {
      while (next > 0 && positions[next - 1]!.offset > entry.offset) next--;
      while (next < positions.length && positions[next]!.offset <= entry.offset) next++;
      const position = positions[next - 1]?.position ?? 0;
      wrong.check(entry, previous, firstBatch(records, position, entry.offset));
      if (mode === "entries") out(`timestamp: ${entry.timestamp} offset: ${entry.offset}\n`);
      previous = entry.timestamp;
    }
    return wrong.lines(path);
  } finally {
    records.close();
  }
}

/** Shows a transaction index; none is empty. @throws KafkaError when it is damaged */
export function dumpTransactionIndex({ disk }: Files, path: string, out: Out): void {
  for (const { producerId, firstOffset, lastOffset, lastStableOffset } of new TransactionIndex(disk, path).entries) {
    out(`version: 0 producerId: ${producerId} firstOffset: ${firstOffset} lastOffset: ${lastOffset} `
      + `lastStableOffset: ${lastStableOffset}\n`);
  }
}

/** Shows the states of producers. @throws KafkaError when they are damaged */
export function dumpSnapshot({ disk }: Files, path: string, out: Out): void {
  for (const entry of decodeSnapshot(disk.readFile(path), path)) {
    out(`producerId: ${entry.producerId} producerEpoch: ${entry.epoch} coordinatorEpoch: ${entry.coordinatorEpoch} `
      + `currentTxnFirstOffset: ${optionalLong(entry.currentTransactionFirstOffset)} `
      + `lastTimestamp: ${entry.lastTimestamp} `);
    const last = entry.batches.at(-1);
    if (last !== undefined) {
      out(`firstSequence: ${last.lastSequence - last.offsetDelta} lastSequence: ${last.lastSequence} `
        + `lastOffset: ${last.lastOffset} offsetDelta: ${last.offsetDelta} timestamp: ${last.timestamp}`);
    }
    out("\n");
  }
}

/** What is wrong with a time index. */
class TimeIndexErrors {
  readonly #timestamps: string[] = [];
  readonly #order: string[] = [];
  readonly #offsets: string[] = [];

  check({ timestamp, offset }: TimeEntry, previous: Int64, batch: RecordBatch | null): void {
    if (batch?.lastOffset !== offset) {
      this.#offsets.push(`Indexed offset: ${offset}, found log offset: ${batch?.lastOffset ?? -1}\n`);
      return;
    }
    const found = batch.maxTimestamp;
    if (found !== timestamp) this.#timestamps.push(`  Index timestamp: ${timestamp}, log timestamp: ${found}\n`);
    if (previous >= timestamp) {
      this.#order.push(`  Index timestamp: ${timestamp}, Previously indexed timestamp: ${previous}\n`);
    }
  }

  lines(path: string): string[] {
    const under = (heading: string, lines: readonly string[]): string[] => {
      return lines.length === 0 ? [] : [`${heading}\n`, ...lines.toReversed()];
    };
    return [
      ...under(`Found timestamp mismatch in :${path}`, this.#timestamps),
      ...under(`Found out of order timestamp in :${path}`, this.#order),
      ...under("The following indexed offsets are not found in the log.", this.#offsets),
    ];
  }
}

interface TimeEntry {
  readonly timestamp: Int64;
  readonly offset: number;
}

function openIndex({ disk, memory }: Files, path: string): {
  baseOffset: number; bytes: Uint8Array; records: FileRecords;
} {
  const baseOffset = startOffset(path.slice(path.lastIndexOf("/") + 1));
  const records = openRecords(disk, memory, `${withoutSuffix(path)}${LOG_SUFFIX}`);
  return { baseOffset, bytes: readIfThere(disk, path), records };
}

function withoutSuffix(path: string): string {
  return path.slice(0, path.lastIndexOf("."));
}

function readIfThere(disk: Disk, path: string): Uint8Array {
  return disk.exists(path) ? disk.readFile(path) : new Uint8Array();
}

/** The entries up to the zeros at the end, which a broker that died leaves. */
function offsetEntries(bytes: Uint8Array, baseOffset: number): { offset: number; position: number }[] {
  const entries: { offset: number; position: number }[] = [];
  for (let at = 0; at + OFFSET_ENTRY <= bytes.length; at += OFFSET_ENTRY) {
    const entry = { offset: baseOffset + readInt32(bytes, at), position: readInt32(bytes, at + 4) };
    if (at > 0 && entry.offset === baseOffset) break;
    entries.push(entry);
  }
  return entries;
}

function timeEntries(bytes: Uint8Array, baseOffset: number): TimeEntry[] {
  const entries: TimeEntry[] = [];
  for (let at = 0; at + TIME_ENTRY <= bytes.length; at += TIME_ENTRY) {
    const entry = { timestamp: readInt64(bytes, at), offset: baseOffset + readInt32(bytes, at + 8) };
    if (at > 0 && entry.offset === baseOffset) break;
    entries.push(entry);
  }
  return entries;
}

function checkSanity(path: string, bytes: Uint8Array, entrySize: number, isBelow: boolean, out: Out): void {
  if (bytes.length % entrySize !== 0) {
    const found = `found ${bytes.length} bytes which is neither positive nor a multiple of ${entrySize}`;
    throw new Error(`Index file ${path} is corrupt, ${found}`);
  }
  if (isBelow) throw new Error(`Corrupt index found, index file (${path}) has a last offset below its base offset`);
  out(`${path} passed sanity check.\n`);
}

/** The first batch from `position` on that reaches `offset`; null when there is none, or something else is there. */
function firstBatch(records: FileRecords, position: number, offset: number): RecordBatch | null {
  if (position < 0) return null;
  try {
    for (const { batch } of records.headers(position)) {
      if (batch.lastOffset >= offset) return batch;
    }
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error;
  }
  return null;
}
