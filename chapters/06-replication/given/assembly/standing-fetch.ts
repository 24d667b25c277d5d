/**
 * What one reader asks for again and again (KIP-227), as the replicas see it: a look at a partition in which nothing is
 * new is its last, until something happens there. So a fetch costs what has changed, however many partitions rest.
 * (Kafka's broker reads all partitions of a session for each fetch.)
 *
 * @module
 */
import { type AwaitedPartition } from "../fetch-reading.ts";
import { type PartitionRecords } from "../partition-reads.ts";
import { type FetchPartition, type FetchRequest, isolationOf } from "./fetch-request.ts";
import { type Partition } from "#replication/partition";

/** One partition of a standing fetch. */
export class StandingPartition {
  readonly fetch: StandingFetch;
  /** What is asked of it now. */
  asked: FetchPartition;
  /** What the reader was told last; -1 when it doesn't know. */
  highWatermark = -1;
  logStartOffset = -1;
  /** Which tells when something happens. */
  watched: Partition | null = null;
  /** Where it stood when nothing was new; null when it is to be read. */
  resting: AwaitedPartition | null = null;

  constructor(fetch: StandingFetch, asked: FetchPartition) {
    this.fetch = fetch;
    this.asked = asked;
  }
}

type Reader = Pick<FetchRequest, "replicaId" | "replicaEpoch" | "isolation" | "preferredReplica">;

/** The partitions of one reader. */
export class StandingFetch {
  /** Those that may have news, in the order in which they are read. */
  readonly #active = new Set<StandingPartition>();
  #reader: Reader = { replicaId: -1, replicaEpoch: -1, isolation: "high_watermark", preferredReplica: null };
  #fetchedMs = 0;
  /** Of the last look: those that wake while a fetch waits are awaited as well. */
  #awaited: AwaitedPartition[] = [];

  /** Those that may have news, in the order in which they are to be read. */
  get active(): Iterable<StandingPartition> {
    return this.#active;
  }

  /** Adds a partition. */
  add(asked: FetchPartition): StandingPartition {
    const one = new StandingPartition(this, asked);
    this.#active.add(one);
    return one;
  }

  /** Takes a partition out. */
  remove(one: StandingPartition): void {
    this.wake(one);
    this.#active.delete(one);
    one.watched?.watchers.delete(one);
    one.watched = null;
  }

  /** The reader had records of it: others have their turn before. */
  putLast(one: StandingPartition): void {
    if (this.#active.delete(one)) this.#active.add(one);
  }

  /** A fetch has come, at `nowMs` by the monotonic clock. */
  fetched(reader: Reader, nowMs: number): void {
    this.#reader = reader;
    this.#fetchedMs = nowMs;
  }

  /** All active ones are about to be read. @param awaited gets those that wake until the next look */
  look(awaited: AwaitedPartition[]): void {
    this.#awaited = awaited;
  }

  /** It was read, and stands as `now` says: rests if there was nothing new for the reader, nor for us in the reader. */
  wasRead(one: StandingPartition, now: AwaitedPartition, found: PartitionRecords): void {
    const { partition } = now;
    if (one.watched !== partition) {
      one.watched?.watchers.delete(one);
      one.watched = partition;
      partition.watchers.add(one);
    }
    if (this.#isNews(one, found) || !this.#isSettled(partition)) return;
    one.resting = now;
    this.#active.delete(one);
  }

  /**
   * Something may have happened in it: its partition says so more often than it is true for this reader.
   * @returns whether it is to be read
   */
  happened(one: StandingPartition): boolean {
    if (one.resting !== null && !this.#isStill(one.resting, one)) this.wake(one);
    return one.resting === null;
  }

  /** It is to be read from now on. */
  wake(one: StandingPartition): void {
    const { resting, asked } = one;
    if (resting === null) return;
    one.resting = null;
    this.#active.add(one);
    this.#awaited.push(resting);
    const { replicaId, replicaEpoch: brokerEpoch } = this.#reader;
    const { partition, leaderEpoch } = resting;
    if (replicaId >= 0 && partition.leaderEpoch === leaderEpoch) {
      partition.followerHadAll(replicaId, { ...asked, brokerEpoch }, this.#fetchedMs);
    }
  }

  #isStill({ partition, role, leaderEpoch, end }: AwaitedPartition, one: StandingPartition): boolean {
    return (
      partition.role === role &&
      partition.leaderEpoch === leaderEpoch &&
      partition.endFor(isolationOf(this.#reader)) === end &&
      partition.highWatermark === one.highWatermark &&
      partition.logStartOffset === one.logStartOffset &&
      this.#isSettled(partition)
    );
  }

  #isNews({ highWatermark, logStartOffset }: StandingPartition, found: PartitionRecords): boolean {
    if (found.records.length > 0 || found.hasMore || found.divergingEpoch !== null) return true;
    return found.highWatermark !== highWatermark || found.logStartOffset !== logStartOffset;
  }

  /**
   * A follower's fetches are news to the leader as long as they may move the high watermark, or the ISR. A consumer
   * that may be sent elsewhere is never settled: a replica that is nearer to it can come at any time.
   */
  #isSettled(partition: Partition): boolean {
    const { replicaId, preferredReplica } = this.#reader;
    if (replicaId < 0) return preferredReplica === null;
    return partition.highWatermark === partition.logEndOffset && partition.isr.includes(replicaId);
  }
}
