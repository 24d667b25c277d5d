import { describe, expect, test } from "vitest";
import { Heartbeats } from "#groups/heartbeats";
import { tellOnFailure } from "../support/story.ts";
import { Timeline } from "../support/timeline.ts";

/** The same, and when a test fails what happened to it is shown. */
function told(heartbeats: Heartbeats): Heartbeats {
  const timeline = new Timeline(() => `session over at ${whenOver(heartbeats)}`);
  tellOnFailure(timeline);
  for (const name of ["restart", "polled", "sent", "answered", "failed"] as const) {
    heartbeats[name] = (now: number): void => {
      Heartbeats.prototype[name].call(heartbeats, now);
      timeline.note(now, name);
    };
  }
  return heartbeats;
}

/** As far as the member under test knows. */
function whenOver(heartbeats: Heartbeats): string {
  for (let now = 0; now <= 200_000; now += 500) if (heartbeats.isSessionOver(now)) return String(now);
  return "never";
}

/** A member that joined at 1,000: it beats every 3 s, its session is 10 s, its poll interval 60 s. */
function joined(): Heartbeats {
  const options = { intervalMs: 3_000, sessionTimeoutMs: 10_000, maxPollIntervalMs: 60_000, retryBackoffMs: 100 };
  const heartbeats = told(new Heartbeats(options));
  heartbeats.restart(1_000);
  return heartbeats;
}

describe("heartbeats", () => {
  test("7.7 restart, timeToNextMs: the first heartbeat is due an interval after joining", () => {
    const heartbeats = joined();
    const waits = [1_000, 3_999, 4_000, 9_000].map((now) => heartbeats.timeToNextMs(now));
    expect(waits, "ms to the next, at 1,000, 3,999, 4,000 and 9,000").toEqual([3_000, 1, 0, 0]);
  });

  test("7.7 sent, timeToNextMs: one heartbeat at a time, and the interval is counted from when it left", () => {
    const heartbeats = joined();
    heartbeats.sent(4_000);
    expect(heartbeats.timeToNextMs(8_000), "ms to the next one, at 8,000").toBe(Infinity);
    heartbeats.answered(5_000);
    expect(heartbeats.timeToNextMs(5_000), "ms to the next one, at 5,000").toBe(2_000);
  });

  test("7.7 failed: the next heartbeat comes soon", () => {
    const heartbeats = joined();
    heartbeats.sent(4_000);
    heartbeats.failed(4_500);
    expect(heartbeats.timeToNextMs(4_500), "ms to the next one, at 4,500").toBe(100);
  });

  test("7.7 restart: a heartbeat that is under way is taken back", () => {
    const heartbeats = joined();
    heartbeats.sent(4_000);
    heartbeats.restart(5_000);
    expect(heartbeats.timeToNextMs(5_000), "ms to the next one, at 5,000").toBe(3_000);
  });
});

describe("the session", () => {
  test("7.7 restart, isSessionOver: the session is over when no answer has come for its time-out", () => {
    const heartbeats = joined();
    expect([10_999, 11_000].map((now) => heartbeats.isSessionOver(now)), "session over?").toEqual([false, true]);
  });

  test("7.7 answered, sent, failed: an answer prolongs the session; neither sending does nor failing", () => {
    const heartbeats = joined();
    heartbeats.sent(4_000);
    heartbeats.failed(5_000);
    heartbeats.sent(6_000);
    expect(heartbeats.isSessionOver(11_000), "is the session over at 11,000?").toBe(true);
    heartbeats.answered(6_500);
    const over = [11_000, 16_499, 16_500].map((now) => heartbeats.isSessionOver(now));
    expect(over, "session over? At 11,000, 16,499 and 16,500").toEqual([false, false, true]);
  });

  test("7.7 polled: it doesn't prolong the session", () => {
    const heartbeats = joined();
    heartbeats.polled(10_000);
    expect(heartbeats.isSessionOver(11_000), "is the session over at 11,000?").toBe(true);
  });
});

describe("max.poll.interval.ms", () => {
  test("7.7 polled, isPollOverdue: it is when the program hasn't polled for so long", () => {
    const heartbeats = joined();
    expect([60_999, 61_000].map((now) => heartbeats.isPollOverdue(now)), "poll overdue?").toEqual([false, true]);
    heartbeats.polled(50_000);
    expect([61_000, 110_000].map((now) => heartbeats.isPollOverdue(now)), "poll overdue?").toEqual([false, true]);
  });

  test("7.7 answered: it doesn't prolong the poll interval [I4]", () => {
    const heartbeats = joined();
    heartbeats.sent(60_000);
    heartbeats.answered(60_500);
    expect(heartbeats.isPollOverdue(61_000), "is the poll overdue at 61,000?").toBe(true);
  });

  test("7.7 restart: the poll interval begins anew", () => {
    const heartbeats = joined();
    heartbeats.restart(60_000);
    expect([61_000, 120_000].map((now) => heartbeats.isPollOverdue(now)), "poll overdue?").toEqual([false, true]);
  });
});
