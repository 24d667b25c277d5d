/**
 * Followers and leaders for the tests of fetching: a replica over a real log, a leader that says what the test says,
 * and one that answers from a log.
 *
 * @module
 */
import { KafkaError, type KafkaErrorName } from "#ground/errors";
import { DEFAULT_LOG_CONFIG, type EpochEndOffset, UnifiedLog } from "#log";
import {
  type FollowedPartition,
  type FollowerFetched,
  type FollowerFetchPartition,
  type LeaderEndPoint,
} from "#replication";
import { divergingEpoch, endOfEpoch } from "#replication/epoch-end";
import { type TestRuntime, testRuntime } from "../support/sim.ts";

const LEADER = 2;

/** A log of `orders`, empty. */
export function newLog(runtime: TestRuntime = testRuntime(), index = 0): UnifiedLog {
  return UnifiedLog.open({
    runtime,
    folder: `/d/orders-${index}`,
    topicPartition: { topic: "orders", partition: index },
    config: DEFAULT_LOG_CONFIG,
  });
}

/** All bytes of a log. */
export function bytesOf(log: UnifiedLog): string {
  const { records } = log.read(log.logStartOffset, 1e9, { maxOffset: log.logEndOffset, minOneMessage: true });
  return Buffer.from(records).toString("hex");
}

/** A replica that follows broker 2, in epoch 7 unless it is told otherwise. */
export class FakeFollowed implements FollowedPartition {
  readonly topic = "orders";
  readonly topicId = new Uint8Array(16).fill(1);
  readonly index: number;
  readonly log: UnifiedLog;
  isFollower = true;
  leaderEpoch = 7;
  /** What the fetcher has done to it: `append 2`, `cut to 3`, … */
  readonly done: string[] = [];

  constructor(index = 0, log: UnifiedLog = newLog(testRuntime(), index)) {
    this.index = index;
    this.log = log;
  }

  get name(): string {
    return `orders-${this.index}`;
  }

  get logStartOffset(): number {
    return this.log.logStartOffset;
  }

  get logEndOffset(): number {
    return this.log.logEndOffset;
  }

  get highWatermark(): number {
    return this.log.highWatermark;
  }

  get latestEpoch(): number {
    return this.log.latestEpoch ?? -1;
  }

  endOffsetForEpoch(epoch: number): EpochEndOffset {
    return this.log.endOffsetForEpoch(epoch);
  }

  appendAsFollower(records: Uint8Array): void {
    const before = this.logEndOffset;
    this.log.appendAsFollower(records);
    this.done.push(`append ${this.logEndOffset - before}`);
  }

  followHighWatermark(leaderHighWatermark: number): void {
    this.log.onHighWatermarkUpdated(Math.min(leaderHighWatermark, this.logEndOffset));
  }

  followLogStart(leaderLogStartOffset: number): void {
    if (leaderLogStartOffset <= this.logStartOffset) return;
    this.log.incrementLogStartOffset(Math.min(leaderLogStartOffset, this.logEndOffset));
  }

  truncateTo(offset: number): void {
    this.done.push(`cut to ${offset}`);
    this.log.truncateTo(offset);
  }

  truncateFullyAndStartAt(offset: number): void {
    this.done.push(`start anew at ${offset}`);
    this.log.truncateFullyAndStartAt(offset);
  }
}

type Fetch = (
  partitions: readonly FollowerFetchPartition[],
) => readonly FollowerFetched[] | Promise<readonly FollowerFetched[]>;

/** A leader that gives the answers that a test has put down, one after the other; then it answers no more. */
export class ScriptedLeader implements LeaderEndPoint {
  readonly brokerId = LEADER;
  /** What each fetch asked for. */
  readonly asked: (readonly FollowerFetchPartition[])[] = [];
  /** What each fetch told it to forget. */
  readonly forgotten: (readonly FollowerFetchPartition[])[] = [];
  readonly answers: Fetch[] = [];
  earliest = 0;
  latest = 0;
  /** The epochs in which it was asked where its log starts or ends. */
  readonly epochsAsked: number[] = [];
  /** Called before it says where its log starts or ends. */
  meanwhile: () => void = () => {};

  async fetch(
    partitions: readonly FollowerFetchPartition[],
    forgotten: readonly FollowerFetchPartition[],
  ): Promise<readonly FollowerFetched[]> {
    this.asked.push(partitions);
    this.forgotten.push(forgotten);
    const answer = this.answers.shift();
    return answer === undefined ? new Promise(() => {}) : answer(partitions);
  }

  async earliestOffset(_topic: string, _index: number, epoch: number): Promise<number> {
    this.epochsAsked.push(epoch);
    this.meanwhile();
    return this.earliest;
  }

  async latestOffset(_topic: string, _index: number, epoch: number): Promise<number> {
    this.epochsAsked.push(epoch);
    this.meanwhile();
    return this.latest;
  }

  close(): void {}
}

/** An answer for partition `index`: empty, unless the changes say more. */
export function fetched(changes: Partial<FollowerFetched> = {}, index = 0): FollowerFetched {
  const offsets = { highWatermark: 0, logStartOffset: 0, divergingEpoch: null };
  return { topic: "orders", index, error: null, records: new Uint8Array(0), ...offsets, ...changes };
}

/** An answer that is an error. */
export function refused(code: KafkaErrorName, index = 0): FollowerFetched {
  return fetched({ error: new KafkaError(code) }, index);
}

/** A leader that answers from its log, as `Partition` does, at most `maxBytes` at a time. Counts its answers. */
export class LogLeader implements LeaderEndPoint {
  readonly brokerId = LEADER;
  readonly log: UnifiedLog;
  readonly epoch: number;
  readonly maxBytes: number;
  answered = 0;

  constructor(log: UnifiedLog, epoch: number, maxBytes = 1e6) {
    this.log = log;
    this.epoch = epoch;
    this.maxBytes = maxBytes;
  }

  async fetch(partitions: readonly FollowerFetchPartition[]): Promise<readonly FollowerFetched[]> {
    return partitions.map((asked) => this.answer(asked));
  }

  answer(asked: FollowerFetchPartition): FollowerFetched {
    this.answered += 1;
    const { highWatermark, logStartOffset, logEndOffset: maxOffset } = this.log;
    try {
      if (asked.lastFetchedEpoch >= 0) {
        const end = endOfEpoch(this.log, this.epoch, asked.lastFetchedEpoch);
        const diverging = divergingEpoch(end, asked, asked.topic);
        if (diverging !== null) return fetched({ divergingEpoch: diverging, highWatermark, logStartOffset });
      }
      const { records } = this.log.read(asked.fetchOffset, this.maxBytes, { maxOffset, minOneMessage: true });
      return fetched({ records: new Uint8Array(records), highWatermark, logStartOffset });
    } catch (error) {
      if (error instanceof KafkaError && error.name !== "NotImplementedError") return fetched({ error });
      throw error;
    }
  }

  async earliestOffset(): Promise<number> {
    return this.log.logStartOffset;
  }

  async latestOffset(): Promise<number> {
    return this.log.logEndOffset;
  }

  close(): void {}
}
