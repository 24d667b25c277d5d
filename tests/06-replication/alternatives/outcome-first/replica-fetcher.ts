// Different from the reference: first it is said what an answer means, as something to do; then that is done, and what
// goes wrong is caught in one place. Both ends of the leader's log are asked for at once.
import { KafkaError, rethrowStub } from "#ground/errors";
import { type Runtime, type Timer } from "#ground/runtime";
import { type EpochEndOffset } from "#log";
import { type Followed, FollowedPartitions } from "#replication/given/followed-partitions";
import {
  type FollowerFetched,
  type FollowerFetchPartition,
  type LeaderEndPoint,
} from "#replication/given/leader-end-point";

export interface FollowedPartition {
  readonly topic: string;
  readonly topicId: Uint8Array;
  readonly index: number;
  readonly name: string;
  readonly isFollower: boolean;
  readonly leaderEpoch: number;
  readonly logStartOffset: number;
  readonly logEndOffset: number;
  readonly latestEpoch: number;
  endOffsetForEpoch(epoch: number): EpochEndOffset;
  appendAsFollower(records: Uint8Array): void;
  followHighWatermark(leaderHighWatermark: number): void;
  followLogStart(leaderLogStartOffset: number): void;
  truncateTo(offset: number): void;
  truncateFullyAndStartAt(offset: number): void;
}

export interface ReplicaFetcherOptions {
  readonly backoffMs: number;
}

export class ReplicaFetcher {
  readonly leader: LeaderEndPoint;
  readonly #runtime: Runtime;
  readonly #options: ReplicaFetcherOptions;
  readonly #followed = new FollowedPartitions();
  #running = false;
  #closed = false;
  #wake: (() => void) | null = null;

  constructor(runtime: Runtime, leader: LeaderEndPoint, options: ReplicaFetcherOptions) {
    this.leader = leader;
    this.#runtime = runtime;
    this.#options = options;
  }

  get partitions(): FollowedPartition[] {
    return this.#followed.all;
  }

  add(partition: FollowedPartition): void {
    this.#followed.add(partition);
    this.#wake?.();
    if (this.#running || this.#closed) return;
    this.#running = true;
    this.#runtime.scheduler.spawn(`fetcher of broker ${this.leader.brokerId}`, () => this.#run());
  }

  get changed(): FollowedPartition[] {
    return this.#followed.changedAt(this.#runtime.clock.nowMs());
  }

  moved(partition: FollowedPartition): void {
    this.#followed.moved(partition.name);
  }

  remove(partition: FollowedPartition): void {
    this.#followed.remove(partition.name);
    this.#wake?.();
  }

  close(): void {
    this.#closed = true;
    this.#followed.clear();
    this.#wake?.();
    this.leader.close();
  }

  buildFetch(): FollowerFetchPartition[] {
    return this.changed
      .filter((partition) => this.isDue(partition))
      .map((due) => ({
        topic: due.topic,
        topicId: due.topicId,
        index: due.index,
        fetchOffset: due.logEndOffset,
        logStartOffset: due.logStartOffset,
        lastFetchedEpoch: due.latestEpoch,
        currentLeaderEpoch: due.leaderEpoch,
      }));
  }

  async processFetched(
    partition: FollowedPartition,
    asked: FollowerFetchPartition,
    fetched: FollowerFetched,
  ): Promise<void> {
    const isCurrent =
      partition.isFollower &&
      partition.leaderEpoch === asked.currentLeaderEpoch &&
      partition.logEndOffset === asked.fetchOffset;
    if (isCurrent) await this.#outcomeOf(partition, fetched)().catch((error: unknown) => this.pause(partition, error));
  }

  #outcomeOf(partition: FollowedPartition, fetched: FollowerFetched): () => Promise<void> {
    const { error, divergingEpoch } = fetched;
    if (error?.code === "OFFSET_OUT_OF_RANGE") return () => this.handleOutOfRange(partition);
    if (error !== null) return () => Promise.reject(error);
    if (divergingEpoch !== null) return async () => this.truncateToEpoch(partition, divergingEpoch);
    return async () => {
      if (fetched.records.length > 0) partition.appendAsFollower(fetched.records);
      partition.followHighWatermark(fetched.highWatermark);
      partition.followLogStart(fetched.logStartOffset);
    };
  }

  async handleOutOfRange(partition: FollowedPartition): Promise<void> {
    const epoch = partition.leaderEpoch;
    const [start, end] = await Promise.all([
      this.leader.earliestOffset(partition.topic, partition.index, epoch),
      this.leader.latestOffset(partition.topic, partition.index, epoch),
    ]);
    const isStillSo = partition.isFollower && partition.leaderEpoch === epoch;
    const isBehind = partition.logEndOffset > end;
    if (isStillSo && isBehind) partition.truncateTo(end);
    if (isStillSo && !isBehind && partition.logEndOffset < start) partition.truncateFullyAndStartAt(start);
  }

  truncateToEpoch(partition: FollowedPartition, leaders: EpochEndOffset): void {
    const ours = partition.endOffsetForEpoch(leaders.epoch);
    const isShared = ours.epoch === leaders.epoch;
    if (isShared && leaders.endOffset < ours.endOffset) partition.truncateTo(leaders.endOffset);
    else partition.truncateTo(ours.endOffset);
  }

  isDue(partition: FollowedPartition): boolean {
    const dueMs = this.#followed.get(partition.name)?.dueMs ?? Infinity;
    return partition.isFollower && dueMs <= this.#runtime.clock.nowMs();
  }

  pause(partition: FollowedPartition, why: unknown): void {
    rethrowStub(why);
    const text = `Fetching ${partition.name} from broker ${this.leader.brokerId}`;
    if (!(why instanceof KafkaError)) this.#runtime.log.error(`${text}: ${String((why as Error).stack ?? why)}`);
    else if (!why.retriable) this.#runtime.log.error(`${text}: ${why.message}`);
    else this.#tellOnce(this.#followed.get(partition.name), why, text);
    this.#pauseQuietly(partition.name);
  }

  #tellOnce(followed: Followed | undefined, { code, message }: KafkaError, text: string): void {
    if (followed?.told !== code) this.#runtime.log.info(`${text}: ${message}`);
    if (followed !== undefined) followed.told = code;
  }

  #pauseQuietly(name: string): void {
    this.#followed.pause(name, this.#runtime.clock.nowMs() + this.#options.backoffMs);
  }

  async #run(): Promise<void> {
    while (this.#followed.size > 0) {
      const changed = this.buildFetch();
      if (changed.length === 0 && !this.#followed.isAsking) await this.#sleep();
      else await this.#fetch(changed);
    }
    this.#running = false;
  }

  async #fetch(changed: readonly FollowerFetchPartition[]): Promise<void> {
    const forgotten = this.#followed.ask(changed);
    let answers: readonly FollowerFetched[];
    try {
      answers = await this.leader.fetch(changed, forgotten);
    } catch (error) {
      rethrowStub(error);
      if (this.#closed) return;
      this.#runtime.log.info(`Fetching from broker ${this.leader.brokerId}: ${String((error as Error).message)}`);
      this.#followed.pauseAsked(this.#runtime.clock.nowMs() + this.#options.backoffMs);
      return;
    }
    for (const fetched of answers) {
      const followed = this.#followed.get(`${fetched.topic}-${fetched.index}`);
      const asked = followed && this.#followed.askedFor(followed);
      if (followed === undefined || asked === undefined) continue;
      if (fetched.error === null) followed.told = null;
      // Whatever becomes of the answer: the next request says where the partition stands by then.
      this.#followed.moved(followed.partition.name);
      await this.processFetched(followed.partition, asked, fetched);
    }
  }

  #sleep(): Promise<void> {
    const dueMs = this.#followed.nextDueMs;
    return new Promise((resolve) => {
      let timer: Timer | null = null;
      this.#wake = () => {
        this.#wake = null;
        timer?.cancel();
        resolve();
      };
      if (dueMs !== null) timer = this.#runtime.scheduler.at(dueMs, this.#wake);
    });
  }
}
