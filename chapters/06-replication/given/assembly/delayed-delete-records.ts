/**
 * DeleteRecords: the leader has moved the start of its log, and waits for the followers to do the same. Until then a
 * failover could bring the records back. Source: Kafka's `DelayedDeleteRecords`.
 *
 * @module
 */
import { type AnswerError, refusal } from "#ground/errors";
import { type Partition } from "#replication/partition";
import { type DelayedOperation } from "#replication/purgatory";

/** What is to be deleted. */
export interface DeleteRecordsRequest {
  /** How long to wait for the other replicas, in milliseconds. */
  readonly timeoutMs: number;
  /** Records below `offset` go; -1 means all that are committed. */
  readonly partitions: readonly { readonly topic: string; readonly index: number; readonly offset: number }[];
}

/** What came of one partition. */
export interface DeleteRecordsResult {
  /** Null when all live replicas have deleted the records. */
  error: AnswerError | null;
  /** Where the log starts, of that live replica whose log starts first; -1 when nothing was deleted. */
  lowWatermark: number;
}

/** Records that the leader has deleted, and a follower perhaps not. */
export interface PendingDelete {
  readonly partition: Partition;
  /** Where the log starts now, at the leader. */
  readonly logStartOffset: number;
  readonly result: DeleteRecordsResult;
}

/**
 * Makes the log of a partition that this broker leads start at `offset`: records below are not read any more. -1 means
 * all that is committed.
 * @returns where the log starts now
 * @throws KafkaError OFFSET_OUT_OF_RANGE for an offset that isn't committed; POLICY_VIOLATION when the topic is
 *   compacted and never deletes; those of {@link Partition.requireLeader}
 */
export function deleteRecordsBefore(partition: Partition, offset: number): number {
  partition.requireLeader(-1);
  const { name, log, highWatermark } = partition;
  const before = offset === -1 ? highWatermark : offset;
  if (!log.config.cleanupPolicy.includes("delete")) {
    throw refusal("POLICY_VIOLATION", `${name} is compacted: its records can't be deleted by offset`);
  }
  if (before < 0 || before > highWatermark) {
    throw refusal("OFFSET_OUT_OF_RANGE", `${name} is committed up to ${highWatermark}, not ${before}`);
  }
  log.incrementLogStartOffset(before);
  return log.logStartOffset;
}

/** Waits until all live replicas start where the leader does. */
export class DelayedDeleteRecords implements DelayedOperation {
  #pending: readonly PendingDelete[];
  readonly #isAlive: (brokerId: number) => boolean;
  readonly #done: () => void;

  constructor(pending: readonly PendingDelete[], isAlive: (brokerId: number) => boolean, done: () => void) {
    this.#pending = pending;
    this.#isAlive = isAlive;
    this.#done = done;
  }

  tryComplete(): boolean {
    this.#pending = this.#pending.filter((each) => !this.#isSettled(each));
    if (this.#pending.length > 0) return false;
    this.#done();
    return true;
  }

  expire(): void {
    for (const { partition, result } of this.#pending) {
      result.error = refusal("REQUEST_TIMED_OUT", `Not all replicas of ${partition.name} have deleted the records`);
    }
    this.#done();
  }

  #isSettled({ partition, logStartOffset, result }: PendingDelete): boolean {
    if (!partition.isLeader) {
      result.error = refusal("NOT_LEADER_OR_FOLLOWER", `${partition.name} got a new leader meanwhile`);
      result.lowWatermark = -1;
      return true;
    }
    result.lowWatermark = partition.lowWatermark(this.#isAlive);
    return result.lowWatermark >= logStartOffset;
  }
}
