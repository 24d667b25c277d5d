import { describe, expect, test } from "vitest";
import { Heartbeats } from "#groups/heartbeats";

/** A member that joined at 1,000: it beats every 3 s, its session is 10 s, its poll interval 60 s. */
function joined(): Heartbeats {
  const options = { intervalMs: 3_000, sessionTimeoutMs: 10_000, maxPollIntervalMs: 60_000, retryBackoffMs: 100 };
  const heartbeats = new Heartbeats(options);
  heartbeats.restart(1_000);
  return heartbeats;
}

describe("heartbeats", () => {
  test("7.7 heartbeats: the first one is due an interval after joining", () => {
    const heartbeats = joined();
    expect([1_000, 3_999, 4_000, 9_000].map((now) => heartbeats.timeToNextMs(now))).toEqual([3_000, 1, 0, 0]);
  });

  test("7.7 heartbeats: one at a time, and the interval is counted from when it left", () => {
    const heartbeats = joined();
    heartbeats.sent(4_000);
    expect(heartbeats.timeToNextMs(8_000)).toBe(Infinity);
    heartbeats.answered(5_000);
    expect(heartbeats.timeToNextMs(5_000)).toBe(2_000);
  });

  test("7.7 heartbeats: after a failure the next one comes soon", () => {
    const heartbeats = joined();
    heartbeats.sent(4_000);
    heartbeats.failed(4_500);
    expect(heartbeats.timeToNextMs(4_500)).toBe(100);
  });

  test("7.7 heartbeats: joining again takes back one that is under way", () => {
    const heartbeats = joined();
    heartbeats.sent(4_000);
    heartbeats.restart(5_000);
    expect(heartbeats.timeToNextMs(5_000)).toBe(3_000);
  });
});

describe("the session", () => {
  test("7.7 session: it is over when no answer has come for its time-out", () => {
    const heartbeats = joined();
    expect([10_999, 11_000].map((now) => heartbeats.isSessionOver(now))).toEqual([false, true]);
  });

  test("7.7 session: an answer prolongs it; neither sending does nor failing", () => {
    const heartbeats = joined();
    heartbeats.sent(4_000);
    heartbeats.failed(5_000);
    heartbeats.sent(6_000);
    expect(heartbeats.isSessionOver(11_000)).toBe(true);
    heartbeats.answered(6_500);
    expect([11_000, 16_499, 16_500].map((now) => heartbeats.isSessionOver(now))).toEqual([false, false, true]);
  });

  test("7.7 session: polling doesn't prolong it", () => {
    const heartbeats = joined();
    heartbeats.polled(10_000);
    expect(heartbeats.isSessionOver(11_000)).toBe(true);
  });
});

describe("max.poll.interval.ms", () => {
  test("7.7 poll interval: over when the program hasn't polled for so long", () => {
    const heartbeats = joined();
    expect([60_999, 61_000].map((now) => heartbeats.isPollOverdue(now))).toEqual([false, true]);
    heartbeats.polled(50_000);
    expect([61_000, 110_000].map((now) => heartbeats.isPollOverdue(now))).toEqual([false, true]);
  });

  test("7.7 poll interval: heartbeats that are answered don't prolong it [I4]", () => {
    const heartbeats = joined();
    heartbeats.sent(60_000);
    heartbeats.answered(60_500);
    expect(heartbeats.isPollOverdue(61_000)).toBe(true);
  });

  test("7.7 poll interval: joining begins it anew", () => {
    const heartbeats = joined();
    heartbeats.restart(60_000);
    expect([61_000, 120_000].map((now) => heartbeats.isPollOverdue(now))).toEqual([false, true]);
  });
});
