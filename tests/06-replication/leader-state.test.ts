import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KafkaError, type KafkaErrorName } from "#ground/errors";
import { type IsrLimits, LeaderState, type PartitionRegistration } from "#replication";
import { property } from "../support/property.ts";
import { partition } from "./images.ts";

const LIMITS: IsrLimits = { minInsyncReplicas: 1, maxLagMs: 10_000 };
const THREE = partition([1, 2, 3], { partitionEpoch: 5 });

/** Broker 1 leads since its log ended at `epochStart`; its followers have fetched from these offsets. */
function leading(
  ends: Readonly<Record<number, number>>,
  registration: PartitionRegistration = THREE,
  epochStart = 0,
): LeaderState {
  const state = new LeaderState(1, registration, epochStart, 0);
  for (const [id, end] of Object.entries(ends)) state.followers.get(Number(id))!.logEndOffset = end;
  return state;
}

/** How far each replica is, as the leader knows it: for failures. */
function picture(state: LeaderState, logEndOffset: number, value: string, so: string): string {
  const lines = [...state.followers.values()].map(({ brokerId, logEndOffset: end }) => {
    const shown = end < 0 ? "hasn't fetched in this epoch" : `has fetched up to ${end}`;
    const isIn = state.isr.includes(brokerId) ? "in the ISR" : "not in the ISR";
    const asked = state.proposal?.isr.includes(brokerId);
    const isSame = asked === undefined || asked === state.isr.includes(brokerId);
    const change = isSame ? "" : asked ? ", asked in" : ", asked out";
    return `  follower ${brokerId}  ${shown}, ${isIn}${change}`;
  });
  return [`  leader 1    its log ends at ${logEndOffset}`, ...lines, `  ${so}`, "", value].join("\n");
}

/** The next high watermark of a leader, and what led to it. */
function expectNext(state: LeaderState, current: number, logEndOffset: number, limits: IsrLimits = LIMITS) {
  const isSmall = limits.minInsyncReplicas > 1 ? `, min.insync.replicas ${limits.minInsyncReplicas}` : "";
  const so = `so far       high watermark ${current}${isSmall}`;
  const about = picture(state, logEndOffset, "high watermark", so);
  return expect(state.nextHighWatermark(current, logEndOffset, limits), about);
}

/** The ISR to ask for with a follower in it, and what led to it. */
function withFollower(state: LeaderState, id: number, highWatermark: number): [readonly number[] | null, string] {
  const so = `so far       high watermark ${highWatermark}, epoch starts at ${state.epochStartOffset}`;
  const about = picture(state, Math.max(highWatermark, state.epochStartOffset), `ISR to ask for, with ${id} in it`, so);
  return [state.isrWithFollower(id, highWatermark), about];
}

/** The ISR to ask for without slow followers, and what led to it. */
function withoutSlow(state: LeaderState, logEndOffset: number, nowMs: number): [readonly number[] | null, string] {
  const caughtUp = [...state.followers.values()].map((one) => `${one.brokerId} at ${one.lastCaughtUpMs} ms`);
  const so = `caught up    ${caughtUp.join(", ")}; it is ${nowMs} ms, and may be 10000 ms ago`;
  const about = picture(state, logEndOffset, "ISR to ask for, without slow followers", so);
  return [state.isrWithoutSlow(logEndOffset, nowMs, LIMITS), about];
}

describe("LeaderState.nextHighWatermark", () => {
  test("6.1 nextHighWatermark: it is the smallest of the ends of all in-sync replicas [I1]", () => {
    // Replica 2 has records 0 to 3.
    const state = leading({ 2: 4, 3: 5 });
    expectNext(state, 0, 5).toBe(4);
  });

  test("6.1 nextHighWatermark: the leader's own log counts like any other [I1]", () => {
    const state = leading({ 2: 9, 3: 8 });
    expectNext(state, 0, 5).toBe(5);
  });

  test("6.1 nextHighWatermark: a leader alone in the ISR has committed what it has written", () => {
    const state = leading({}, partition([1]));
    expectNext(state, 2, 5).toBe(5);
  });

  test("6.1 nextHighWatermark: who isn't in sync holds nobody up", () => {
    const state = leading({ 2: 4, 3: 1 }, partition([1, 2, 3], { isr: [1, 2] }));
    expectNext(state, 0, 5).toBe(4);
  });

  test("6.1 nextHighWatermark: a follower in sync that hasn't fetched yet has shown nothing [I1]", () => {
    const state = leading({ 2: 5 });
    expectNext(state, 3, 5).toBe(3);
  });

  test("6.1 nextHighWatermark: one whose addition is under way counts: it may be elected any moment [I1]", () => {
    const state = leading({ 2: 8, 3: 6 }, partition([1, 2, 3], { isr: [1, 2] }));
    state.propose([1, 2, 3]);
    expectNext(state, 0, 9).toBe(6);
  });

  test("6.1 nextHighWatermark: one whose removal is under way counts until it is certain [I1]", () => {
    const state = leading({ 2: 8, 3: 6 });
    state.propose([1, 2]);
    expectNext(state, 0, 9).toBe(6);
  });

  test("6.1 nextHighWatermark: it never goes back [I2]", () => {
    const state = leading({ 2: 4, 3: 5 });
    expectNext(state, 7, 9).toBe(7);
  });

  test("6.1 nextHighWatermark: below min.insync.replicas it stands still", () => {
    const state = leading({ 2: 5, 3: 5 }, partition([1, 2, 3], { isr: [1] }));
    expectNext(state, 3, 5, { ...LIMITS, minInsyncReplicas: 2 }).toBe(3);
  });

  test("6.1 nextHighWatermark: who is only about to join makes no replicas enough", () => {
    const state = leading({ 2: 5, 3: 5 }, partition([1, 2, 3], { isr: [1] }));
    state.propose([1, 2]);
    expectNext(state, 3, 5, { ...LIMITS, minInsyncReplicas: 2 }).toBe(3);
  });

  test("6.1 nextHighWatermark: min.insync.replicas counts at most as the number of replicas", () => {
    const state = leading({ 2: 5 }, partition([1, 2]));
    expectNext(state, 0, 6, { ...LIMITS, minInsyncReplicas: 3 }).toBe(5);
  });

  test("6.1 nextHighWatermark: it moves up to what every replica that may be in sync has, and no further [I1]", () => {
    const ids = fc.subarray([2, 3, 4, 5]);
    property([ids, fc.option(ids), fc.array(fc.nat(9), { minLength: 4, maxLength: 4 }), fc.nat(9), fc.nat(9)], (
      others,
      proposed,
      ends,
      current,
      logEndOffset,
    ) => {
      const registration = partition([1, 2, 3, 4, 5], { isr: [1, ...others] });
      const state = leading(Object.fromEntries(ends.map((end, i) => [i + 2, end])), registration);
      if (proposed !== null) state.propose([1, ...proposed]);
      const inSync = [...new Set([...others, ...(proposed ?? [])])].map((id) => ends[id - 2]!);
      const expected = Math.max(current, Math.min(logEndOffset, ...inSync));
      expectNext(state, current, logEndOffset).toBe(expected);
    });
  });
});

describe("LeaderState.isrWithFollower", () => {
  const ALONE = partition([1, 2, 3], { isr: [1] });

  test("6.4 isrWithFollower: who has reached the high watermark is added at the end", () => {
    const state = leading({ 2: 50, 3: 49 }, partition([3, 1, 2], { leader: 1, isr: [1] }));
    expect(...withFollower(state, 2, 50)).toEqual([1, 2]);
    expect(...withFollower(state, 3, 50)).toBeNull();
  });

  test("6.4 isrWithFollower: it need not have what isn't committed", () => {
    const state = leading({ 2: 60 }, ALONE);
    expect(...withFollower(state, 2, 50)).toEqual([1, 2]);
  });

  test("6.4 isrWithFollower: the start of the leader's epoch must be reached, too [I5]", () => {
    // The predecessor may have committed all up to 100, and this leader not know of it yet.
    const state = leading({ 2: 60, 3: 100 }, ALONE, 100);
    expect(...withFollower(state, 2, 50)).toBeNull();
    expect(...withFollower(state, 3, 50)).toEqual([1, 3]);
  });

  test("6.4 isrWithFollower: not who hasn't fetched in this epoch, is in already, or has no replica", () => {
    const state = leading({ 2: 9 }, partition([1, 2, 3], { isr: [1, 2] }));
    expect(...withFollower(state, 3, 0)).toBeNull();
    expect(...withFollower(state, 2, 0)).toBeNull();
    expect(...withFollower(state, 4, 0)).toBeNull();
  });

  test("6.4 isrWithFollower: one change at a time", () => {
    const state = leading({ 2: 9, 3: 9 }, ALONE);
    state.propose([1, 2]);
    expect(...withFollower(state, 3, 5)).toBeNull();
  });
});

describe("LeaderState.isrWithoutSlow", () => {
  /** A follower fetches from `fetchOffset` at `nowMs`, when the leader's log ends at `leaderEnd`. */
  function fetches(state: LeaderState, id: number, fetchOffset: number, leaderEnd: number, nowMs: number): void {
    state.followerFetched(id, { fetchOffset, logStartOffset: 0, brokerEpoch: -1 }, leaderEnd, nowMs);
  }

  test("6.4 isrWithoutSlow: who has lagged for longer than replica.lag.time.max.ms goes", () => {
    const state = leading({});
    fetches(state, 2, 5, 5, 0);
    fetches(state, 3, 5, 5, 4_000);
    expect(...withoutSlow(state, 9, 10_000)).toBeNull();
    expect(...withoutSlow(state, 9, 10_001)).toEqual([1, 3]);
    expect(...withoutSlow(state, 9, 14_001)).toEqual([1]);
  });

  test("6.4 isrWithoutSlow: a follower that has everything stays, though it says nothing", () => {
    const state = leading({});
    fetches(state, 2, 5, 5, 0);
    fetches(state, 3, 4, 5, 0);
    expect(...withoutSlow(state, 5, 99_000)).toEqual([1, 2]);
  });

  test("6.4 isrWithoutSlow: a new leader gives those in sync time to be heard of", () => {
    const state = new LeaderState(1, THREE, 5, 50_000);
    expect(...withoutSlow(state, 5, 60_000)).toBeNull();
    expect(...withoutSlow(state, 5, 60_001)).toEqual([1]);
  });

  test("6.4 isrWithoutSlow: the leader itself stays, and the order is kept [I5]", () => {
    const state = leading({}, partition([3, 2, 1], { leader: 1 }));
    fetches(state, 3, 5, 5, 9_000);
    expect(...withoutSlow(state, 9, 12_000)).toEqual([3, 1]);
  });

  test("6.4 isrWithoutSlow: who isn't in sync is not looked at", () => {
    const state = leading({}, partition([1, 2, 3], { isr: [1, 2] }));
    fetches(state, 2, 5, 5, 9_000);
    expect(...withoutSlow(state, 9, 12_000)).toBeNull();
  });

  test("6.4 isrWithoutSlow: one change at a time", () => {
    const state = leading({});
    state.propose([1, 3]);
    expect(...withoutSlow(state, 9, 50_000)).toBeNull();
  });
});

describe("LeaderState.proposalFailed", () => {
  const fail = (code: KafkaErrorName) => {
    const state = leading({ 2: 9, 3: 9 }, partition([1, 2, 3], { isr: [1, 2] }));
    const proposal = state.propose([1, 2, 3]);
    const askAgain = state.proposalFailed(proposal, new KafkaError(code));
    return { askAgain, inSync: [...state.maximalIsr] };
  };

  test.each<KafkaErrorName>(["INELIGIBLE_REPLICA", "INVALID_REQUEST", "OPERATION_NOT_ATTEMPTED"])(
    "6.4 proposalFailed: %s means that it is not in force: it is forgotten",
    (code) => {
      expect(fail(code)).toEqual({ askAgain: false, inSync: [1, 2] });
    },
  );

  test.each<KafkaErrorName>(["REQUEST_TIMED_OUT", "NOT_CONTROLLER", "STALE_BROKER_EPOCH", "UNKNOWN_SERVER_ERROR"])(
    "6.4 proposalFailed: after %s it may be in force: it counts on, and is asked for again [I1]",
    (code) => {
      expect(fail(code)).toEqual({ askAgain: true, inSync: [1, 2, 3] });
    },
  );

  test.each<KafkaErrorName>(["INVALID_UPDATE_VERSION", "FENCED_LEADER_EPOCH", "UNKNOWN_TOPIC_ID"])(
    "6.4 proposalFailed: %s means that there is news: it counts on until that comes [I1]",
    (code) => {
      expect(fail(code)).toEqual({ askAgain: false, inSync: [1, 2, 3] });
    },
  );

  test("6.4 proposalFailed: what is said of an earlier proposal doesn't touch the one under way", () => {
    const state = leading({ 2: 9, 3: 9 }, partition([1, 2, 3], { isr: [1] }));
    const earlier = state.propose([1, 2]);
    state.update(partition([1, 2, 3], { isr: [1, 2], partitionEpoch: 6 }), 0);
    state.propose([1, 2, 3]);
    expect(state.proposalFailed(earlier, new KafkaError("REQUEST_TIMED_OUT"))).toBe(false);
    expect(state.proposalFailed(earlier, new KafkaError("INVALID_REQUEST"))).toBe(false);
    expect([...state.maximalIsr]).toEqual([1, 2, 3]);
  });
});
