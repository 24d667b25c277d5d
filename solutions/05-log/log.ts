/**
 * What a log does with its segments: append, read, cut. Who keeps them open, names them and flushes them is given.
 *
 * Source: Kafka's `UnifiedLog` and `LocalLog`.
 *
 * @module
 */
import { KafkaError } from "#ground/errors";
import { safeOffset } from "#ground/int64";
import { largestTimestamp } from "#log/given/assembly/log-append-info";
import { type LocalLog } from "#log/given/assembly/local-log";
import { type UnifiedLog } from "#log/given/assembly/unified-log";
import { type LogSegments } from "#log/given/log-segments";
import { type AppendOrigin } from "#log/given/producer-append-info";
import { type RecordBatch } from "#serialization";
import { type LogSegment, type SegmentRead } from "./log-segment.ts";

/**
 * Puts batches that have been checked and have their offsets at the end of a log. Every append ends here, of a client,
 * a coordinator or a follower.
 *
 * It happens whole or not at all. Afterwards the bytes are in the active segment, or in a new one that begins at the
 * first batch's base offset if it was time to roll; and the log's end, the list of epochs and what is known of the
 * producers go on to them. On an error the records, `logEndOffset` and the producers are what they were. What may stay
 * behind does no harm: a noted epoch (if only the write failed), a new and empty segment.
 *
 * What a log has for it:
 *
 * - `log.config.segmentBytes`, the most that a segment may have;
 * - `log.producers`: `prepare` refuses what a producer may not send, and says what the batches change, among it
 *   `endOffset` and `aborted`; nothing changes before `commit(changes)`;
 * - `log.segments.active`, which knows whether it {@link LogSegment.shouldRoll}, and `log.roll(baseOffset)`;
 * - `log.epochs`, which is to know of each batch's `partitionLeaderEpoch`; −1 is none;
 * - `log.local.append`, which writes to the active segment, and moves the log's end.
 *
 * @param bytes the batches, one after the other
 * @param appended views of the same batches, at least one, with their final offsets; the first is not below the log's
 * end
 * @throws KafkaError RECORD_LIST_TOO_LARGE for more bytes than a segment may have; as
 * {@link ProducerStateManager.prepare} does; KAFKA_STORAGE_ERROR when the disk is full or fails
 * @exercise 5.5 append
 */
export function append(
  log: UnifiedLog,
  bytes: Uint8Array,
  appended: readonly RecordBatch[],
  origin: AppendOrigin,
): void {
  if (bytes.length > log.config.segmentBytes) {
    throw new KafkaError(
      "RECORD_LIST_TOO_LARGE",
      `expected at most ${log.config.segmentBytes} bytes (segment.bytes) for ${log.name}, got ${bytes.length}`,
    );
  }
  const changes = log.producers.prepare(appended, origin, log.name);
  const firstOffset = safeOffset(appended[0]!.baseOffset, "baseOffset");
  for (const batch of appended) {
    if (batch.partitionLeaderEpoch < 0) continue;
    log.epochs.assign(batch.partitionLeaderEpoch, safeOffset(batch.baseOffset, "baseOffset"));
  }
  const sizes = { size: bytes.length, maxTimestamp: largestTimestamp(appended), lastOffset: changes.endOffset - 1 };
  if (log.segments.active.shouldRoll(sizes)) log.roll(firstOffset);
  log.local.append(bytes, changes.endOffset, changes.aborted);
  log.producers.commit(changes);
}

/**
 * Reads whole batches from the one that holds `startOffset` on. All of them are from one segment, so there may be
 * fewer than `maxBytes` although the log goes on.
 *
 * - At `maxOffset` or above it there is nothing to read, and no file is: that is where most readers wait.
 * - It begins in the segment that may hold the offset (`segments.floor`), and looks at no other if that has something.
 *   It may have nothing there ({@link LogSegment.read} gives null), as its last batches were compacted away: then a
 *   later one has the answer (`segments.next`).
 * - But an answer without bytes is an answer: there is a batch, which may not be read yet, or is too large. Who goes on
 *   behind it loses it.
 *
 * @param startOffset not below the first segment, not above the log's end
 * @param maxOffset exclusive
 * @param minOneMessage give the first batch also when it is larger than `maxBytes`
 * @returns no bytes, or null, when there is nothing to read
 * @exercise 5.5 read
 */
export function read(
  segments: LogSegments,
  startOffset: number,
  maxBytes: number,
  maxOffset: number,
  minOneMessage: boolean,
): SegmentRead | null {
  if (startOffset >= maxOffset) return null;
  let segment = segments.floor(startOffset);
  while (segment !== undefined) {
    const found = segment.read(startOffset, maxBytes, maxOffset, minOneMessage);
    if (found !== null) return found;
    segment = segments.next(segment);
  }
  return null;
}

/**
 * Cuts a log so that no batch that holds `offset` or a later one stays.
 *
 * - Segments that begin above `offset` go whole (`log.removeSegments`). A crash in between must leave a shorter log,
 *   and not one with a hole.
 * - The last one that stays is the active segment from now on, and takes entries in its indexes again (`activate()`).
 * - The log is told where its batches end now (`log.endAt`): at `offset`, or below it, as the batch that holds `offset`
 *   goes whole.
 *
 * @param offset not below the first segment's base offset, below the log's end
 * @returns the segments that went
 * @exercise 5.6 truncateTo
 */
export function truncateTo(log: LocalLog, offset: number): LogSegment[] {
  const removed = log.segments.all.filter(({ baseOffset }) => baseOffset > offset);
  log.removeSegments(removed.toReversed());
  const { active } = log.segments;
  active.activate();
  active.truncateTo(offset);
  log.endAt(active.readNextOffset());
  return removed;
}
