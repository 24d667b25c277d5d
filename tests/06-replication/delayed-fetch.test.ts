import { describe, expect, test } from "vitest";
import { DelayedFetch, type FetchReading } from "#replication/delayed-fetch";
import { type Partition } from "#replication";

/** A partition as far as a delayed fetch looks at it. */
class FakePartition {
  isLeader = true;
  leaderEpoch = 0;
  bytesAppended = 1_000;
}

function setUp(missingBytes: number) {
  const fake = new FakePartition();
  const partition = fake as unknown as Partition;
  let reads = 0;
  const answers: unknown[] = [];
  const reading = (missing: number): FetchReading => ({
    results: [],
    isFinal: missing <= 0,
    missingBytes: missing,
    awaited: [{ partition, leaderEpoch: fake.leaderEpoch, bytesAppended: fake.bytesAppended }],
  });
  const left = { missing: missingBytes };
  const read = (): FetchReading => {
    reads += 1;
    return reading(left.missing);
  };
  const delayed = new DelayedFetch(reading(missingBytes), read, (results) => answers.push(results));
  return { fake, delayed, left, answers, readCount: () => reads };
}

describe("DelayedFetch", () => {
  test("doesn't read the log as long as too little has been appended", () => {
    const { fake, delayed, readCount } = setUp(100);
    for (let i = 0; i < 9; i++) {
      fake.bytesAppended += 11;
      expect(delayed.tryComplete()).toBe(false);
    }
    expect(readCount()).toBe(0);
  });

  test("reads it when there may be enough, and waits on when there isn't", () => {
    const { fake, delayed, left, answers, readCount } = setUp(100);
    fake.bytesAppended += 100;
    // Appended, but not committed: 60 bytes are still out of sight.
    left.missing = 60;
    expect(delayed.tryComplete()).toBe(false);
    fake.bytesAppended += 59;
    expect(delayed.tryComplete()).toBe(false);
    expect(readCount()).toBe(1);
    fake.bytesAppended += 1;
    left.missing = 0;
    expect(delayed.tryComplete()).toBe(true);
    expect(answers).toHaveLength(1);
  });

  test.each([
    ["leads no more", { isLeader: false }],
    ["leads in another epoch", { leaderEpoch: 1 }],
  ])("reads at once when the broker %s: the answer may be an error", (_, change) => {
    const { fake, delayed, readCount } = setUp(100);
    Object.assign(fake, change);
    delayed.tryComplete();
    expect(readCount()).toBe(1);
  });

  test("reads once more when the time is up", () => {
    const { delayed, answers, readCount } = setUp(100);
    delayed.expire();
    expect([readCount(), answers.length]).toEqual([1, 1]);
  });
});
