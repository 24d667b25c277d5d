/**
 * Writes out a log as Apache Kafka's `kafka-dump-log.sh --deep-iteration --print-data-log` does, so that what we read
 * from its files can be held against what it reads from them, line by line.
 */
import { type Disk } from "#ground/runtime";
import { type UnifiedLog } from "#log";
import { type LogSegment } from "#log/log-segment";
import { decodeSnapshot } from "#log/given/assembly/producer-snapshot";
import { readMarker } from "#log/given/assembly/transaction-marker";
import { batches, type RecordBatch } from "#serialization";
import { indexEntries } from "./fixtures.ts";

/** @param name the folder's name in the dump, such as `plain-0` */
export function dumpLog(log: UnifiedLog, disk: Disk, name: string): string[] {
  const lines: string[] = [];
  for (const file of disk.list(log.folder)) {
    const [, digits, suffix] = /^(\d{20})(\.\w+)$/.exec(file) ?? [];
    if (digits === undefined) continue;
    const segment = log.segments.all.find(({ baseOffset }) => baseOffset === Number(digits));
    lines.push(`Dumping ${name}/${file}`);
    if (suffix === ".snapshot") lines.push(...snapshotLines(disk.readFile(`${log.folder}/${file}`)));
    if (segment !== undefined && suffix === ".index") lines.push(...indexLines(segment, `${name}/${file}`));
    if (segment !== undefined && suffix === ".timeindex") lines.push(...timeIndexLines(segment));
    if (segment !== undefined && suffix === ".txnindex") lines.push(...transactionLines(segment));
    if (segment !== undefined && suffix === ".log") {
      lines.push(`Log starting offset: ${segment.baseOffset}`, ...logLines(log, segment));
    }
  }
  return lines;
}

/** Reads the segment through the log, a little at a time. */
function logLines(log: UnifiedLog, segment: LogSegment): string[] {
  const end = log.segments.next(segment)?.baseOffset ?? log.logEndOffset;
  const lines: string[] = [];
  let position = 0;
  for (let offset = segment.baseOffset; offset < end; ) {
    const { records, nextOffset } = log.read(offset, 700);
    for (const batch of batches(records)) {
      if (batch.baseOffset >= end) return lines; // the rest of this segment is gone: this is the next one
      lines.push(batchLine(batch, position), ...recordLines(batch));
      position += batch.sizeInBytes;
    }
    if (nextOffset <= offset) throw new Error(`the read at ${offset} ends at ${nextOffset}, the segment at ${end}`);
    offset = nextOffset;
  }
  return lines;
}

function batchLine(batch: RecordBatch, position: number): string {
  return (
    `baseOffset: ${batch.baseOffset} lastOffset: ${batch.lastOffset} count: ${batch.count} ` +
    `baseSequence: ${batch.baseSequence} lastSequence: ${batch.lastSequence} producerId: ${batch.producerId} ` +
    `producerEpoch: ${batch.producerEpoch} partitionLeaderEpoch: ${batch.partitionLeaderEpoch} ` +
    `isTransactional: ${batch.isTransactional} isControl: ${batch.isControl} ` +
    `deleteHorizonMs: ${optionalLong(batch.deleteHorizonMs)} position: ${position} ` +
    `${batch.timestampType}: ${batch.maxTimestamp} size: ${batch.sizeInBytes} magic: ${batch.magic} ` +
    `compresscodec: ${batch.compression} crc: ${batch.crc} isvalid: ${batch.isValid()}`
  );
}

function recordLines(batch: RecordBatch): string[] {
  return [...batch.records()].map(({ offset, timestamp, sequence, key, value, headers }) => {
    const names = headers.map((header) => header.key).join(",");
    const start =
      `| offset: ${offset} ${batch.timestampType}: ${timestamp} keySize: ${key?.length ?? -1} ` +
      `valueSize: ${value?.length ?? -1} sequence: ${sequence} headerKeys: [${names}]`;
    if (batch.isControl) {
      const { isAbort, coordinatorEpoch } = readMarker(batch)!;
      return `${start} endTxnMarker: ${isAbort ? "ABORT" : "COMMIT"} coordinatorEpoch: ${coordinatorEpoch}`;
    }
    const keyText = key === null ? "" : ` key: ${Buffer.from(key).toString()}`;
    return start + keyText + (value === null ? "" : ` payload: ${Buffer.from(value).toString()}`);
  });
}

function indexLines(segment: LogSegment, path: string): string[] {
  if (segment.offsetIndex.count === 0) return [`${path} is empty.`];
  return indexEntries(segment).map(([offset, position]) => `offset: ${offset} position: ${position}`);
}

function timeIndexLines({ timeIndex }: LogSegment): string[] {
  return Array.from({ length: timeIndex.count }, (_, slot) => {
    const { timestamp, offset } = timeIndex.entryAt(slot);
    return `timestamp: ${timestamp} offset: ${offset}`;
  });
}

function transactionLines({ transactionIndex }: LogSegment): string[] {
  return transactionIndex.entries.map(
    ({ producerId, firstOffset, lastOffset, lastStableOffset }) =>
      `version: 0 producerId: ${producerId} firstOffset: ${firstOffset} lastOffset: ${lastOffset} ` +
      `lastStableOffset: ${lastStableOffset}`,
  );
}

function snapshotLines(bytes: Uint8Array): string[] {
  return decodeSnapshot(bytes, "snapshot").map((entry) => {
    const start =
      `producerId: ${entry.producerId} producerEpoch: ${entry.epoch} coordinatorEpoch: ${entry.coordinatorEpoch} ` +
      `currentTxnFirstOffset: ${optionalLong(entry.currentTransactionFirstOffset)} ` +
      `lastTimestamp: ${entry.lastTimestamp} `;
    const last = entry.batches.at(-1);
    if (last === undefined) return start;
    const { lastSequence, lastOffset, offsetDelta, timestamp } = last;
    return (
      `${start}firstSequence: ${lastSequence - offsetDelta} lastSequence: ${lastSequence} ` +
      `lastOffset: ${lastOffset} offsetDelta: ${offsetDelta} timestamp: ${timestamp}`
    );
  });
}

function optionalLong(value: number | bigint | null): string {
  return value === null ? "OptionalLong.empty" : `OptionalLong[${value}]`;
}
