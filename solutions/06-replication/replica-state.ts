/**
 * What a leader knows of one follower. Source: Kafka's `Replica` and `ReplicaState`.
 *
 * @module
 */

/** A follower's log end offset is not known before its first fetch. */
export const UNKNOWN_OFFSET = -1;

/** What a follower's fetch tells its leader. */
export interface FollowerFetch {
  /** Everything below is in the follower's log. */
  readonly fetchOffset: number;
  /** Where the follower's log starts. */
  readonly logStartOffset: number;
  /** Tells this life of the follower from earlier ones (KIP-903); -1 when it doesn't say. */
  readonly brokerEpoch: number;
}

/** One follower, as its fetches show it. */
export class ReplicaState {
  readonly brokerId: number;
  /** The end of the follower's log, as far as its last fetch tells; {@link UNKNOWN_OFFSET} before. */
  logEndOffset = UNKNOWN_OFFSET;
  logStartOffset = UNKNOWN_OFFSET;
  brokerEpoch = -1;
  /** The last moment, by the monotonic clock, at which it is known to have had all that the leader had then. */
  lastCaughtUpMs: number;
  /** When the last fetch came, and where the leader's log ended then. */
  lastFetchMs = 0;
  lastFetchLeaderEnd = UNKNOWN_OFFSET;

  /** @param lastCaughtUpMs a new leader gives the replicas that are in sync the benefit of the doubt: now. */
  constructor(brokerId: number, lastCaughtUpMs: number) {
    this.brokerId = brokerId;
    this.lastCaughtUpMs = lastCaughtUpMs;
  }

  /**
   * Takes note of a fetch that came at `nowMs`, when the leader's log ended at `leaderEndOffset`.
   *
   * A busy leader's log grows all the time, so that even a quick follower never fetches from its very end. It counts
   * as caught up at a moment when it has everything that the leader had *at that moment*:
   *
   * - a fetch from the leader's end, or beyond: it is caught up now;
   * - a fetch from where the leader's log ended at the *last* fetch, or beyond: it was caught up then.
   *
   * {@link lastCaughtUpMs} never goes back.
   *
   * @exercise 6.4 ReplicaState.updateFetchState
   */
  updateFetchState(fetch: FollowerFetch, leaderEndOffset: number, nowMs: number): void {
    if (fetch.fetchOffset >= leaderEndOffset) {
      this.lastCaughtUpMs = Math.max(this.lastCaughtUpMs, nowMs);
    } else if (fetch.fetchOffset >= this.lastFetchLeaderEnd && this.lastFetchLeaderEnd !== UNKNOWN_OFFSET) {
      this.lastCaughtUpMs = Math.max(this.lastCaughtUpMs, this.lastFetchMs);
    }
    this.logEndOffset = fetch.fetchOffset;
    this.logStartOffset = fetch.logStartOffset;
    this.brokerEpoch = fetch.brokerEpoch;
    this.lastFetchMs = nowMs;
    this.lastFetchLeaderEnd = leaderEndOffset;
  }

  /**
   * Whether the follower may stay in sync: it has everything, or it last had everything no longer ago than
   * `maxLagMs` (`replica.lag.time.max.ms`).
   *
   * @exercise 6.4 ReplicaState.isCaughtUp
   */
  isCaughtUp(leaderEndOffset: number, nowMs: number, maxLagMs: number): boolean {
    return this.logEndOffset === leaderEndOffset || nowMs - this.lastCaughtUpMs <= maxLagMs;
  }
}
