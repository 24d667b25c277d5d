/**
 * The fetchers of one broker: one for each other broker that leads something that is followed here.
 * Source: Kafka's `ReplicaFetcherManager`. (*Simplified*: `num.replica.fetchers` is 1.)
 *
 * @module
 */
import { type Runtime } from "#ground/runtime";
import { ReplicaFetcher, type ReplicaFetcherOptions } from "#replication/replica-fetcher";
import { type LeaderEndPoint } from "../leader-end-point.ts";
import { type Partition } from "#replication/partition";

/** Makes the way to a broker. */
export type ConnectLeader = (brokerId: number) => LeaderEndPoint;

/** Begins, moves and ends the fetching of partitions. */
export class ReplicaFetcherManager {
  readonly #runtime: Runtime;
  readonly #connect: ConnectLeader;
  readonly #options: ReplicaFetcherOptions;
  readonly #fetchers = new Map<number, ReplicaFetcher>();
  /** Whom each partition is fetched from. */
  readonly #leaders = new Map<Partition, number>();
  #closed = false;

  constructor(runtime: Runtime, connect: ConnectLeader, options: ReplicaFetcherOptions) {
    this.#runtime = runtime;
    this.#connect = connect;
    this.#options = options;
  }

  /** Sees to it that a partition is fetched from its leader, or not any more. To be called when its role changes. */
  follow(partition: Partition): void {
    const before = this.#leaders.get(partition);
    const leader = partition.isFollower && !this.#closed ? partition.leader : undefined;
    if (before !== undefined && before !== leader) this.#remove(partition, before);
    if (leader === undefined) return;
    let fetcher = this.#fetchers.get(leader);
    if (fetcher === undefined) {
      fetcher = new ReplicaFetcher(this.#runtime, this.#connect(leader), this.#options);
      this.#fetchers.set(leader, fetcher);
    }
    this.#leaders.set(partition, leader);
    fetcher.add(partition);
  }

  /** Something else than its leader's answers has moved a partition on. */
  moved(partition: Partition): void {
    const leader = this.#leaders.get(partition);
    if (leader !== undefined) this.#fetchers.get(leader)?.moved(partition);
  }

  /** Ends all fetching. */
  close(): void {
    this.#closed = true;
    for (const fetcher of this.#fetchers.values()) fetcher.close();
    this.#fetchers.clear();
    this.#leaders.clear();
  }

  #remove(partition: Partition, leader: number): void {
    this.#leaders.delete(partition);
    const fetcher = this.#fetchers.get(leader);
    fetcher?.remove(partition);
    if (fetcher !== undefined && fetcher.partitions.length === 0) {
      fetcher.close();
      this.#fetchers.delete(leader);
    }
  }
}
