// Different from the reference: an append notes where it would begin before it asks anybody; a read looks at its
// candidates lazily, one after the other; a truncation takes segments away from the end, one by one.
import { KafkaError } from "#ground/errors";
import { type LocalLog } from "#log/given/assembly/local-log";
import { type UnifiedLog } from "#log/given/assembly/unified-log";
import { type LogSegments } from "#log/given/log-segments";
import { type AppendOrigin } from "#log/given/producer-append-info";
import { type LogSegment, type SegmentRead } from "#log/log-segment";
import { type RecordBatch } from "#serialization";

export function append(
  log: UnifiedLog,
  bytes: Uint8Array,
  appended: readonly RecordBatch[],
  origin: AppendOrigin,
): void {
  const { config, epochs, local, name, producers, segments } = log;
  const begins = new Map<number, number>();
  let youngest = appended[0]!.maxTimestamp;
  for (const { baseOffset, maxTimestamp, partitionLeaderEpoch: epoch } of appended) {
    if (maxTimestamp > youngest) youngest = maxTimestamp;
    if (epoch >= 0 && !begins.has(epoch)) begins.set(epoch, Number(baseOffset));
  }
  if (bytes.length > config.segmentBytes) {
    throw new KafkaError("RECORD_LIST_TOO_LARGE", `${bytes.length} bytes are too many for a segment of ${name}`);
  }
  const changes = producers.prepare(appended, origin, name);
  const { aborted, endOffset } = changes;
  if (segments.active.shouldRoll({ size: bytes.length, maxTimestamp: youngest, lastOffset: endOffset - 1 })) {
    log.roll(Number(appended[0]!.baseOffset));
  }
  for (const [epoch, offset] of begins) epochs.assign(epoch, offset);
  local.append(bytes, endOffset, aborted);
  producers.commit(changes);
}

export function read(
  segments: LogSegments,
  startOffset: number,
  maxBytes: number,
  maxOffset: number,
  minOneMessage: boolean,
): SegmentRead | null {
  const candidates = startOffset < maxOffset ? segments.from(startOffset) : [];
  const reads = function* (): Generator<SegmentRead | null> {
    for (const segment of candidates) yield segment.read(startOffset, maxBytes, maxOffset, minOneMessage);
  };
  for (const found of reads()) if (found !== null) return found;
  return null;
}

export function truncateTo(log: LocalLog, offset: number): LogSegment[] {
  const removed: LogSegment[] = [];
  while (log.segments.active.baseOffset > offset) {
    const last = log.segments.active;
    log.removeSegments([last]);
    removed.unshift(last);
  }
  const segment = log.segments.active;
  segment.activate();
  segment.truncateTo(offset);
  log.endAt(segment.readNextOffset());
  return removed;
}
