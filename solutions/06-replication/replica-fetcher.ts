/**
 * The follower: copies what other brokers lead. Source: Kafka's `ReplicaFetcherThread`, `AbstractFetcherThread`.
 *
 * @module
 */
import { KafkaError, rethrowStub } from "#ground/errors";
import { type Runtime, type Timer } from "#ground/runtime";
import { type EpochEndOffset } from "#log";
import { type FollowedPartition } from "#replication/given/followed-partition";
import { type Followed, FollowedPartitions } from "#replication/given/followed-partitions";
import {
  type FollowerFetched,
  type FollowerFetchPartition,
  type LeaderEndPoint,
} from "#replication/given/leader-end-point";

/** How a fetcher works. */
export interface ReplicaFetcherOptions {
  /** `replica.fetch.backoff.ms`: the pause after a failure. */
  readonly backoffMs: number;
}

/**
 * Fetches the partitions that one other broker leads, one request after the other. The leader remembers what it was
 * asked for: a request names only what has changed. Where something is wrong that partition pauses, the others go on.
 */
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

  /** Those that it feeds. */
  get partitions(): FollowedPartition[] {
    return this.#followed.all;
  }

  /** Those of which the leader is to be told something, as soon as they are due: they are new, or have moved on. */
  get changed(): FollowedPartition[] {
    return this.#followed.changedAt(this.#runtime.clock.nowMs());
  }

  /** Begins to fetch a partition, or goes on in its new epoch. */
  add(partition: FollowedPartition): void {
    this.#followed.add(partition);
    this.#wake?.();
    if (this.#running || this.#closed) return;
    this.#running = true;
    this.#runtime.scheduler.spawn(`fetcher of broker ${this.leader.brokerId}`, () => this.#run());
  }

  remove(partition: FollowedPartition): void {
    this.#followed.remove(partition.name);
    this.#wake?.();
  }

  /** Something else than an answer has moved a partition on: its log starts later, say. */
  moved(partition: FollowedPartition): void {
    this.#followed.moved(partition.name);
  }

  /** Ends all fetching. What is under way has no effect any more. */
  close(): void {
    this.#closed = true;
    this.#followed.clear();
    this.#wake?.();
    this.leader.close();
  }

  /**
   * What to ask the leader for now: of each partition of {@link changed} that {@link isDue}, what comes after the end
   * of its log. With that the leader learns how far this follower is, and sees by the epoch of its last record whether
   * the two logs are still the same. For the others it is asked already.
   *
   * @exercise 6.2 ReplicaFetcher.buildFetch
   */
  buildFetch(): FollowerFetchPartition[] {
    const wanted: FollowerFetchPartition[] = [];
    for (const partition of this.changed) {
      if (!this.isDue(partition)) continue;
      const { topic, topicId, index, logEndOffset, logStartOffset, latestEpoch, leaderEpoch } = partition;
      wanted.push({
        topic,
        topicId,
        index,
        fetchOffset: logEndOffset,
        lastFetchedEpoch: latestEpoch,
        currentLeaderEpoch: leaderEpoch,
        logStartOffset,
      });
    }
    return wanted;
  }

  /**
   * Takes over what the leader answered for one partition.
   *
   * - An answer that was overtaken is dropped: when this broker doesn't follow any more, or in another epoch than it
   *   `asked` in, or when the log has another end now.
   * - OFFSET_OUT_OF_RANGE: {@link handleOutOfRange}.
   * - Any other error: the partition {@link pause}s. The next image says who leads, if it is about that.
   * - A diverging epoch: {@link truncateToEpoch}. The next fetch goes on from there.
   * - Else the records are appended as they are. *Then* the high watermark of the leader is taken over, and where its
   *   log starts: they are about a log that now has these records, too.
   *
   * What is thrown by the log (a damaged batch, a full disk) pauses the partition as well.
   *
   * @exercise 6.2 ReplicaFetcher.processFetched
   */
  async processFetched(
    partition: FollowedPartition,
    asked: FollowerFetchPartition,
    fetched: FollowerFetched,
  ): Promise<void> {
    const isSameEpoch = partition.leaderEpoch === asked.currentLeaderEpoch;
    if (!partition.isFollower || !isSameEpoch || partition.logEndOffset !== asked.fetchOffset) return;
    try {
      if (fetched.error !== null) {
        if (fetched.error.code !== "OFFSET_OUT_OF_RANGE") throw fetched.error;
        await this.handleOutOfRange(partition);
      } else if (fetched.divergingEpoch !== null) {
        this.truncateToEpoch(partition, fetched.divergingEpoch);
      } else {
        if (fetched.records.length > 0) partition.appendAsFollower(fetched.records);
        partition.followHighWatermark(fetched.highWatermark);
        partition.followLogStart(fetched.logStartOffset);
      }
    } catch (error) {
      this.pause(partition, error);
    }
  }

  /**
   * The end of this log lies outside of the leader's.
   *
   * - Behind the leader's end: an unclean election has made a broker leader that lacks records. They are cut off here
   *   as well.
   * - Before the leader's start: the leader has deleted what would come next, by retention, say. This log starts anew
   *   where the leader's starts.
   *
   * Neither when it is within by now: the next fetch shows. Nothing at all, if this broker doesn't follow any more, or
   * in another epoch, by the time that the leader has answered.
   *
   * @throws KafkaError what the leader answers
   * @exercise 6.2 ReplicaFetcher.handleOutOfRange
   */
  async handleOutOfRange(partition: FollowedPartition): Promise<void> {
    const { topic, index, leaderEpoch } = partition;
    const leaderEnd = await this.leader.latestOffset(topic, index, leaderEpoch);
    const leaderStart = await this.leader.earliestOffset(topic, index, leaderEpoch);
    if (!partition.isFollower || partition.leaderEpoch !== leaderEpoch) return;
    if (leaderEnd < partition.logEndOffset) partition.truncateTo(leaderEnd);
    else if (leaderStart > partition.logEndOffset) partition.truncateFullyAndStartAt(leaderStart);
  }

  /**
   * The leader's log and this one have parted. Cuts off here what the leader does not have.
   *
   * `leaders` says: "the largest epoch in my log that isn't above the one of your last record is `epoch`, and here it
   * ends at `endOffset`." In one epoch one broker leads, and gives each offset once. So of an epoch that both logs know
   * both hold the same records, as far as both reach, and of what came before it, too. Whatever here can't be in the
   * leader's log, as far as that is known by now, goes; nothing else does: it may be committed. The next fetch names
   * the epoch that is the last one here then, and may show that more has to go.
   *
   * The high watermark says nothing about what must go: it may lie before records that are committed.
   *
   * @exercise 6.5 ReplicaFetcher.truncateToEpoch
   */
  truncateToEpoch(partition: FollowedPartition, leaders: EpochEndOffset): void {
    const ours = partition.endOffsetForEpoch(leaders.epoch);
    partition.truncateTo(ours.epoch === leaders.epoch ? Math.min(ours.endOffset, leaders.endOffset) : ours.endOffset);
  }

  /** Whether a partition is to be fetched now: it follows, and its pause is over. */
  isDue(partition: FollowedPartition): boolean {
    const dueMs = this.#followed.get(partition.name)?.dueMs ?? Infinity;
    return partition.isFollower && dueMs <= this.#runtime.clock.nowMs();
  }

  /**
   * Leaves a partition out for {@link ReplicaFetcherOptions.backoffMs}, and says why: what may pass only once, for of a
   * thousand new partitions each is asked for again and again until its leader has it open.
   */
  pause(partition: FollowedPartition, why: unknown): void {
    rethrowStub(why);
    const text = `Fetching ${partition.name} from broker ${this.leader.brokerId}`;
    if (!(why instanceof KafkaError)) this.#runtime.log.error(`${text}: ${String((why as Error).stack ?? why)}`);
    else if (!why.retriable) this.#runtime.log.error(`${text}: ${why.message}`);
    else this.#tellOnce(this.#followed.get(partition.name), why, text);
    this.#followed.pause(partition.name, this.#runtime.clock.nowMs() + this.#options.backoffMs);
  }

  #tellOnce(followed: Followed | undefined, { code, message }: KafkaError, text: string): void {
    if (followed?.told !== code) this.#runtime.log.info(`${text}: ${message}`);
    if (followed !== undefined) followed.told = code;
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

  /** Until a partition is due, or another one comes. */
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
