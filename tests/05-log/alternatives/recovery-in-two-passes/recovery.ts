// Different from the reference: two passes. The first only finds where the good part ends, and cuts the file there; the
// second takes what is left into the indexes. A hole between segments is seen from its far side.
import { KafkaError } from "#ground/errors";
import { type LeaderEpochFileCache } from "#log/leader-epoch-file-cache";
import { type LogSegment } from "#log/log-segment";
import { type LogSegments } from "#log/given/log-segments";
import { type ProducerStateManager } from "#log/given/producer-state-manager";

export function* recoverSegment(
  segment: LogSegment,
  producers: ProducerStateManager,
  epochs: LeaderEpochFileCache,
): Generator<void, number> {
  const before = segment.size;
  const end = yield* endOfGoodPart(segment);
  segment.records.truncate(end);
  segment.resetIndexes();
  for (const { position, batch } of segment.records.batches(0)) {
    const known = epochs.latestEpoch;
    if (known === null ? batch.partitionLeaderEpoch >= 0 : batch.partitionLeaderEpoch > known) {
      epochs.assign(batch.partitionLeaderEpoch, Number(batch.baseOffset));
    }
    segment.replay(batch, producers);
    segment.index(batch, position);
    yield;
  }
  return before - end;
}

function* endOfGoodPart(segment: LogSegment): Generator<void, number> {
  const walk = segment.records.batches(0)[Symbol.iterator]();
  const limit = BigInt(segment.baseOffset) + 2n ** 31n;
  let least = BigInt(segment.baseOffset);
  for (let end = 0; ; ) {
    const next = nextOf(walk);
    if (next === null) return end;
    const { batch, position } = next;
    const [first, last] = [BigInt(batch.baseOffset), BigInt(batch.lastOffset)];
    if (first < least || last >= limit || !batch.isValid()) return end;
    least = last + 1n;
    end = position + batch.sizeInBytes;
    yield;
  }
}

function nextOf<T>(walk: Iterator<T>): T | null {
  try {
    const step = walk.next();
    return step.done === true ? null : step.value;
  } catch (error) {
    if (error instanceof KafkaError && error.code === "CORRUPT_MESSAGE") return null;
    throw error;
  }
}

export interface RecoverableLog {
  readonly segments: LogSegments;
  readonly mayHaveGaps: boolean;
  faultOf(segment: LogSegment): string | null;
  recoverSegment(segment: LogSegment): Generator<void, number>;
  dropAfter(segment: LogSegment): Generator<void, void>;
}

export function* recoverLog(log: RecoverableLog, recoveryPoint: number | null): Generator<void, void> {
  const [first] = recoveryPoint === null ? [] : log.segments.from(recoveryPoint);
  let previous: LogSegment | null = null;
  let wasCut = false;
  for (const segment of [...log.segments.all]) {
    yield;
    if (first === undefined || segment.baseOffset < first.baseOffset) {
      if (log.faultOf(segment) !== null) yield* log.recoverSegment(segment);
      continue;
    }
    if (previous !== null) {
      const fits = log.mayHaveGaps || previous.readNextOffset() === segment.baseOffset;
      if (wasCut || !fits) return yield* log.dropAfter(previous);
    }
    wasCut = (yield* log.recoverSegment(segment)) > 0;
    previous = segment;
  }
}
