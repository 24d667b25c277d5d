import { describe, expect, test } from "vitest";
import { ReplicaState } from "#replication";
import { Timeline } from "../support/timeline.ts";

/** The fetches of each follower. */
const TIMELINES = new WeakMap<ReplicaState, Timeline>();

/** A follower that was last known to be caught up at 0. */
function follower(): ReplicaState {
  return new ReplicaState(2, 0);
}

function fetches(state: ReplicaState, fetchOffset: number, leaderEnd: number, nowMs: number): void {
  state.updateFetchState({ fetchOffset, logStartOffset: 3, brokerEpoch: 77 }, leaderEnd, nowMs);
  const timeline = TIMELINES.get(state) ?? new Timeline(() => `last caught up at ${state.lastCaughtUpMs} ms`);
  TIMELINES.set(state, timeline);
  timeline.note(nowMs, `fetches from ${fetchOffset}, leader ends at ${leaderEnd}`);
}

/** What the follower's fetches were, and what `value` is. */
function seen(state: ReplicaState, value: string): string {
  return TIMELINES.get(state)!.about(value);
}

describe("ReplicaState.updateFetchState", () => {
  test("6.4 updateFetchState: it notes what the follower says of itself", () => {
    const state = follower();
    fetches(state, 5, 9, 100);
    expect(state, seen(state, "the follower")).toMatchObject({ logEndOffset: 5, logStartOffset: 3, brokerEpoch: 77 });
  });

  test("6.4 updateFetchState: who fetches from the leader's end is caught up now", () => {
    const state = follower();
    fetches(state, 9, 9, 100);
    expect(state.lastCaughtUpMs, seen(state, "last caught up, in ms")).toBe(100);
  });

  test("6.4 updateFetchState: a fetch alone is no sign of being caught up", () => {
    const state = follower();
    for (let i = 1; i <= 5; i++) fetches(state, i, 100 * i, 1_000 * i);
    expect(state.lastCaughtUpMs, seen(state, "last caught up, in ms")).toBe(0);
  });

  test("6.4 updateFetchState: who has what the leader had at the last fetch, was caught up then", () => {
    const state = follower();
    // The leader's log grows by 10 between two fetches, and each fetch brings all that there was.
    fetches(state, 0, 10, 1_000);
    fetches(state, 10, 20, 2_000);
    expect(state.lastCaughtUpMs, seen(state, "last caught up, in ms")).toBe(1_000);
    fetches(state, 20, 30, 3_000);
    expect(state.lastCaughtUpMs, seen(state, "last caught up, in ms")).toBe(2_000);
    fetches(state, 29, 40, 4_000);
    expect(state.lastCaughtUpMs, seen(state, "last caught up, in ms")).toBe(2_000);
  });

  test("6.4 updateFetchState: of the first fetch nothing follows about the time before", () => {
    const state = new ReplicaState(2, -Infinity);
    fetches(state, 5, 9, 100);
    expect(state.lastCaughtUpMs, seen(state, "last caught up, in ms")).toBe(-Infinity);
  });

  test("6.4 updateFetchState: a follower that cuts its log has what it has now, and was caught up when it was", () => {
    const state = follower();
    fetches(state, 9, 9, 100);
    fetches(state, 6, 9, 200);
    expect(state, seen(state, "the follower")).toMatchObject({ logEndOffset: 6, lastCaughtUpMs: 100 });
  });
});

describe("ReplicaState.isCaughtUp", () => {
  const isIn = (state: ReplicaState, leaderEnd: number, nowMs: number, maxLagMs: number): string => {
    return state.isCaughtUp(leaderEnd, nowMs, maxLagMs) ? "in sync" : "too slow";
  };

  test("6.4 isCaughtUp: it may lag for maxLagMs, and not a millisecond longer", () => {
    const state = follower();
    fetches(state, 9, 9, 100);
    expect(isIn(state, 20, 600, 500), seen(state, "at 600 ms, 500 are allowed")).toBe("in sync");
    expect(isIn(state, 20, 601, 500), seen(state, "at 601 ms, 500 are allowed")).toBe("too slow");
  });

  test("6.4 isCaughtUp: who has everything is caught up, however long it says nothing", () => {
    const state = follower();
    fetches(state, 9, 9, 100);
    expect(isIn(state, 9, 1e9, 500), seen(state, "at 1e9 ms, 500 are allowed")).toBe("in sync");
  });

  test("6.4 isCaughtUp: fetching all the time doesn't help who stays behind", () => {
    const state = follower();
    for (let i = 1; i <= 100; i++) fetches(state, i, 1_000 * i, 10 * i);
    expect(isIn(state, 100_000, 1_000, 500), seen(state, "at 1_000 ms, 500 are allowed")).toBe("too slow");
  });
});
