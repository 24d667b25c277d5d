// Different from the reference: it remembers one thing of the last fetch, what a follower has to reach to have been
// caught up then, and asks first what the new fetch proves.
export const UNKNOWN_OFFSET = -1;

export interface FollowerFetch {
  readonly fetchOffset: number;
  readonly logStartOffset: number;
  readonly brokerEpoch: number;
}

interface Mark {
  readonly offset: number;
  readonly atMs: number;
}

export class ReplicaState {
  readonly brokerId: number;
  logEndOffset = UNKNOWN_OFFSET;
  logStartOffset = UNKNOWN_OFFSET;
  brokerEpoch = -1;
  lastCaughtUpMs: number;
  lastFetchMs = 0;
  lastFetchLeaderEnd = UNKNOWN_OFFSET;
  #mark: Mark | null = null;

  constructor(brokerId: number, lastCaughtUpMs: number) {
    this.brokerId = brokerId;
    this.lastCaughtUpMs = lastCaughtUpMs;
  }

  updateFetchState(fetch: FollowerFetch, leaderEndOffset: number, nowMs: number): void {
    const now: Mark = { offset: leaderEndOffset, atMs: nowMs };
    for (const mark of [this.#mark, now]) {
      if (mark !== null && mark.offset <= fetch.fetchOffset && mark.atMs > this.lastCaughtUpMs) {
        this.lastCaughtUpMs = mark.atMs;
      }
    }
    this.#mark = now;
    [this.logEndOffset, this.logStartOffset] = [fetch.fetchOffset, fetch.logStartOffset];
    this.brokerEpoch = fetch.brokerEpoch;
  }

  isCaughtUp(leaderEndOffset: number, nowMs: number, maxLagMs: number): boolean {
    const isBehind = this.logEndOffset !== leaderEndOffset;
    return !(isBehind && this.lastCaughtUpMs < nowMs - maxLagMs);
  }
}
