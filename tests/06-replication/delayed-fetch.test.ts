import { describe, expect, test } from "vitest";
import { type FetchReading } from "#replication/given/fetch-reading";
import { DelayedFetch, type Partition } from "#replication";
import { Timeline } from "../support/timeline.ts";

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
  const timeline = new Timeline(() => `${reads} looks, ${fake.highWatermark} visible of ${fake.logEndOffset}`);
  const delayed = new DelayedFetch(reading(missingBytes), read, ({ results }) => answers.push(results));
  const tried = (what: string): string => {
    const outcome = delayed.tryComplete() ? "answered" : "waits";
    timeline.note(what, outcome);
    return outcome;
  };
  const about = (value: string): string => timeline.about(value);
  return { fake, delayed, left, answers, readCount: () => reads, tried, about };
}

describe("DelayedFetch", () => {
  test("6.8 tryComplete: it doesn't read the log as long as too little has been appended", () => {
    const { fake, readCount, tried, about } = setUp(100);
    for (let i = 1; i <= 9; i++) {
      fake.append(11);
      fake.commit();
      expect(tried(`${11 * i} of 100 bytes more`), about("the fetch")).toBe("waits");
    }
    expect(readCount(), about("looks at the log, with 99 of 100 bytes")).toBe(0);
  });

  test("6.8 tryComplete: it doesn't read it as long as nothing has been committed", () => {
    const { fake, readCount, tried, about } = setUp(100);
    fake.append(1_000);
    expect(tried("1,000 bytes more, not committed"), about("the fetch")).toBe("waits");
    expect(readCount(), about("looks at the log")).toBe(0);
  });

  test("6.8 tryComplete: it reads when there may be enough", () => {
    const { fake, left, answers, tried, about } = setUp(100);
    fake.append(99);
    fake.commit();
    expect(tried("99 of 100 bytes more"), about("the fetch")).toBe("waits");
    fake.append(1);
    fake.commit();
    left.missing = 0;
    expect(tried("100 of 100 bytes more"), about("the fetch")).toBe("answered");
    expect(answers.length, "answers").toBe(1);
  });

  test("6.8 tryComplete: it reads when something is committed that was there at the last look", () => {
    const { fake, left, answers, readCount, tried, about } = setUp(100);
    fake.append(60);
    fake.highWatermark = fake.logEndOffset;
    fake.append(60);
    left.missing = 40;
    expect(tried("120 bytes more, 60 committed"), about("the fetch")).toBe("waits");
    expect([readCount(), answers.length], about("looks at the log, answers")).toEqual([1, 0]);
    fake.commit();
    left.missing = -20;
    expect(tried("the other 60 committed, too"), about("the fetch")).toBe("answered");
  });

  test.each([
    ["leads no more", { role: "none" }],
    ["leads in another epoch", { leaderEpoch: 1 }],
  ])("6.8 tryComplete: it reads at once when the broker %s: the answer may be an error", (what, change) => {
    const { fake, readCount, tried, about } = setUp(100);
    Object.assign(fake, change);
    tried(`the broker ${what}`);
    expect(readCount(), about("looks at the log")).toBe(1);
  });

  test("6.8 tryComplete: it reads at once when there was no room at the last look, and may be some by now", () => {
    const { delayed, readCount, tried, about } = setUp(100);
    delayed.reading = { ...delayed.reading, lacksRoom: true };
    tried("no room at the last look");
    expect(readCount(), about("looks at the log")).toBe(1);
  });

  test("6.8 expire: it reads once more when the time is up", () => {
    const { delayed, answers, readCount } = setUp(100);
    delayed.expire();
    expect([readCount(), answers.length], "looks at the log, answers").toEqual([1, 1]);
  });
});
