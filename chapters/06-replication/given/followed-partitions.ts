/**
 * What a fetcher follows, and what of it the leader has been told: a round of fetching costs as much as has changed,
 * however many partitions rest. Source: Kafka's `PartitionStates`, of `AbstractFetcherThread`.
 *
 * @module
 */
import { type FollowedPartition } from "./followed-partition.ts";
import { type FollowerFetchPartition } from "./leader-end-point.ts";

/** A partition that is followed. */
export interface Followed {
  readonly partition: FollowedPartition;
  /** When it may be fetched, by the monotonic clock; 0 for at once. */
  dueMs: number;
  /** The code of the error that the log has been told of, since the last answer without one. */
  told: string | null;
}

/** The partitions of one fetcher. */
export class FollowedPartitions {
  /** By name. */
  readonly #all = new Map<string, Followed>();
  /** Those that may stand elsewhere than the leader was told. */
  #changed = new Set<Followed>();
  /** Those that it isn't to be asked for now: after a failover that can be all of them, for a while. */
  readonly #paused = new Set<Followed>();
  /** No pause ends before. */
  #nextDueMs = Infinity;
  /** What the leader remembers. */
  readonly #asked = new Map<Followed, FollowerFetchPartition>();
  #forgotten: FollowerFetchPartition[] = [];

  get size(): number {
    return this.#all.size;
  }

  get all(): FollowedPartition[] {
    return Array.from(this.#all.values(), ({ partition }) => partition);
  }

  /** Those of which the leader is to be told something at `nowMs`: they are new, or have moved on. */
  changedAt(nowMs: number): FollowedPartition[] {
    if (nowMs >= this.#nextDueMs) this.#endPauses(nowMs);
    return Array.from(this.#changed, ({ partition }) => partition);
  }

  /** Whether the leader is asked for anything. */
  get isAsking(): boolean {
    return this.#asked.size > 0;
  }

  get(name: string): Followed | undefined {
    return this.#all.get(name);
  }

  /** Adds a partition, or ends its pause. */
  add(partition: FollowedPartition): void {
    const { name } = partition;
    const known = this.#all.get(name);
    if (known?.partition === partition) {
      known.dueMs = 0;
      known.told = null;
      this.#paused.delete(known);
    } else {
      this.remove(name);
      this.#all.set(name, { partition, dueMs: 0, told: null });
    }
    this.moved(name);
  }

  remove(name: string): void {
    const followed = this.#all.get(name);
    if (followed === undefined) return;
    this.#all.delete(name);
    this.#changed.delete(followed);
    this.#paused.delete(followed);
    this.#forget(followed);
  }

  clear(): void {
    for (const name of this.#all.keys()) this.remove(name);
  }

  /** A partition may stand elsewhere than the leader was told. */
  moved(name: string): void {
    const followed = this.#all.get(name);
    if (followed !== undefined && !this.#paused.has(followed)) this.#changed.add(followed);
  }

  /** The leader isn't asked for a partition before `untilMs`. */
  pause(name: string, untilMs: number): void {
    const followed = this.#all.get(name);
    if (followed === undefined) return;
    followed.dueMs = untilMs;
    this.#nextDueMs = Math.min(this.#nextDueMs, untilMs);
    this.#forget(followed);
    this.#changed.delete(followed);
    this.#paused.add(followed);
  }

  /** Pauses all that the leader is asked for. */
  pauseAsked(untilMs: number): void {
    for (const { partition } of [...this.#asked.keys()]) this.pause(partition.name, untilMs);
  }

  /** Notes that the leader is told all this. @returns what it is to forget before that */
  ask(changed: readonly FollowerFetchPartition[]): readonly FollowerFetchPartition[] {
    for (const each of changed) {
      const followed = this.#all.get(`${each.topic}-${each.index}`);
      if (followed === undefined) continue;
      this.#changed.delete(followed);
      this.#asked.set(followed, each);
    }
    const forgotten = this.#forgotten;
    this.#forgotten = [];
    return forgotten;
  }

  /** What the leader was asked for last; undefined for nothing. */
  askedFor(followed: Followed): FollowerFetchPartition | undefined {
    return this.#asked.get(followed);
  }

  /** When the first pause ends; null when none does. */
  get nextDueMs(): number | null {
    return this.#paused.size === 0 ? null : this.#nextDueMs;
  }

  #endPauses(nowMs: number): void {
    const due: Followed[] = [];
    this.#nextDueMs = Infinity;
    for (const followed of this.#paused) {
      if (followed.dueMs <= nowMs) due.push(followed);
      else this.#nextDueMs = Math.min(this.#nextDueMs, followed.dueMs);
    }
    for (const followed of due) this.#paused.delete(followed);
    this.#changed = new Set([...due, ...this.#changed]);
  }

  #forget(followed: Followed): void {
    const asked = this.#asked.get(followed);
    if (asked !== undefined) this.#forgotten.push(asked);
    this.#asked.delete(followed);
  }
}
