import { describe, expect, test } from "vitest";
import { DelayedFetch, type FetchReading } from "#replication/given/delayed-fetch";
import { type Partition } from "#replication";

/** A partition as far as a delayed fetch looks at it. */
class FakePartition {
  role: "leader" | "none" = "leader";
  leaderEpoch = 0;
  bytesAppended = 1_000;
  logEndOffset = 10;
  highWatermark = 10;

  endFor(): number {
    return this.highWatermark;
  }

  /** Appends a record. */
  append(bytes: number): void {
    this.bytesAppended += bytes;
    this.logEndOffset += 1;
  }

  commit(): void {
    this.highWatermark = this.logEndOffset;
  }
}

function setUp(missingBytes: number) {
  const fake = new FakePartition();
  const partition = fake as unknown as Partition;
  let reads = 0;
  const answers: unknown[] = [];
  const reading = (missing: number): FetchReading => {
    const { role, leaderEpoch, bytesAppended, highWatermark: end } = fake;
    const isWhole = end === fake.logEndOffset;
    return {
      results: [],
      isolation: "high_watermark",
      isFinal: missing <= 0,
      bytes: 0,
      lacksRoom: false,
      missingBytes: missing,
      awaited: [{ partition, role, leaderEpoch, end, isWhole, bytesAppended }],
    };
  };
  const left = { missing: missingBytes };
  const read = (): FetchReading => {
    reads += 1;
    return reading(left.missing);
  };
  const delayed = new DelayedFetch(reading(missingBytes), read, ({ results }) => answers.push(results));
  return { fake, delayed, left, answers, readCount: () => reads };
}

describe("DelayedFetch", () => {
  test("given: doesn't read the log as long as too little has been appended", () => {
    const { fake, delayed, readCount } = setUp(100);
    for (let i = 0; i < 9; i++) {
      fake.append(11);
      fake.commit();
      expect(delayed.tryComplete()).toBe(false);
    }
    expect(readCount()).toBe(0);
  });

  test("given: doesn't read it as long as nothing has been committed", () => {
    const { fake, delayed, readCount } = setUp(100);
    fake.append(1_000);
    expect(delayed.tryComplete()).toBe(false);
    expect(readCount()).toBe(0);
  });

  test("given: reads it when there may be enough", () => {
    const { fake, delayed, left, answers } = setUp(100);
    fake.append(99);
    fake.commit();
    expect(delayed.tryComplete()).toBe(false);
    fake.append(1);
    fake.commit();
    left.missing = 0;
    expect(delayed.tryComplete()).toBe(true);
    expect(answers).toHaveLength(1);
  });

  test("given: reads it when something is committed that was there at the last look", () => {
    const { fake, delayed, left, answers, readCount } = setUp(100);
    fake.append(60);
    fake.highWatermark = fake.logEndOffset;
    fake.append(60);
    left.missing = 40;
    expect(delayed.tryComplete()).toBe(false);
    expect([readCount(), answers.length]).toEqual([1, 0]);
    fake.commit();
    left.missing = -20;
    expect(delayed.tryComplete()).toBe(true);
  });

  test.each([
    ["leads no more", { role: "none" }],
    ["leads in another epoch", { leaderEpoch: 1 }],
  ])("given: reads at once when the broker %s: the answer may be an error", (_, change) => {
    const { fake, delayed, readCount } = setUp(100);
    Object.assign(fake, change);
    delayed.tryComplete();
    expect(readCount()).toBe(1);
  });

  test("given: reads once more when the time is up", () => {
    const { delayed, answers, readCount } = setUp(100);
    delayed.expire();
    expect([readCount(), answers.length]).toEqual([1, 1]);
  });
});
