import { describe, expect, test } from "vitest";
import { KafkaError } from "#ground/errors";
import { type OffsetAndMetadata } from "#groups";
import { OffsetCommits } from "#groups/offset-commits";

const first = (offset: number): OffsetAndMetadata => ({ topic: "orders", partition: 0, offset });
const second = (offset: number): OffsetAndMetadata => ({ topic: "orders", partition: 1, offset });
const RETRIABLE = new KafkaError("COORDINATOR_LOAD_IN_PROGRESS");
const FATAL = new KafkaError("UNKNOWN_MEMBER_ID");

/** Commits whose answers the test gives. `sent` is what was sent, as `0@7`: partition 0, offset 7. */
class Desk {
  readonly sent: string[] = [];
  readonly written: string[] = [];
  positions: OffsetAndMetadata[] = [];
  readonly #answers: ((error: KafkaError | null, now: number) => void)[] = [];
  readonly commits: OffsetCommits;

  constructor({ isAutomatic = true } = {}) {
    const text = (offsets: readonly OffsetAndMetadata[]): string =>
      offsets.map(({ partition, offset }) => `${partition}@${offset}`).join(" ");
    this.commits = new OffsetCommits({
      send: (offsets, onDone) => {
        this.sent.push(text(offsets));
        this.#answers.push(onDone);
      },
      positions: () => this.positions,
      isAutomatic,
      intervalMs: 5_000,
      backoffMs: () => 100,
      onCommitted: (offsets) => void this.written.push(text(offsets)),
      onAutoCommit: () => {},
    });
  }

  /** Answers the `n`th commit that was sent. */
  answer(n: number, error: KafkaError | null, now = 0): void {
    this.#answers[n]!(error, now);
  }

  /** Commits, and notes what becomes of it. */
  commit(offsets: readonly OffsetAndMetadata[], deadlineMs = Infinity): string[] {
    const ends: string[] = [];
    this.commits.commitAsync(offsets, deadlineMs, (error) => void ends.push(error?.code ?? "written"));
    return ends;
  }
}

describe("automatic commits", () => {
  test("7.8 onPoll: commits an interval after the first poll, then once each interval", () => {
    const desk = new Desk();
    desk.positions = [first(10)];
    for (const now of [1_000, 5_999]) desk.commits.onPoll(now);
    expect(desk.sent).toEqual([]);
    desk.commits.onPoll(6_000);
    desk.positions = [first(30)];
    for (const now of [7_000, 10_999, 11_000]) desk.commits.onPoll(now);
    expect(desk.sent).toEqual(["0@10", "0@30"]);
  });

  test("7.8 onPoll: what is committed are the positions as the poll begins [I6]", () => {
    const desk = new Desk();
    desk.positions = [first(10), second(4)];
    desk.commits.onPoll(0);
    desk.commits.onPoll(5_000);
    desk.positions = [first(99)];
    expect(desk.sent).toEqual(["0@10 1@4"]);
  });

  test("7.8 onPoll: without positions there is nothing to commit", () => {
    const desk = new Desk();
    desk.commits.onPoll(0);
    desk.commits.onPoll(5_000);
    expect(desk.sent).toEqual([]);
  });

  test("7.8 onPoll: nothing is committed when that is switched off", () => {
    const desk = new Desk({ isAutomatic: false });
    desk.positions = [first(10)];
    desk.commits.onPoll(0);
    desk.commits.onPoll(50_000);
    expect(desk.sent).toEqual([]);
  });
});

describe("commitAsync", () => {
  test("7.8 commitAsync: is sent at once, and its end is told once", () => {
    const desk = new Desk();
    const ends = desk.commit([first(7)]);
    expect([desk.sent, ends]).toEqual([["0@7"], []]);
    desk.answer(0, null);
    expect([ends, desk.written]).toEqual([["written"], ["0@7"]]);
    expect(desk.commits.hasOpen).toBe(false);
  });

  test("7.8 commitAsync: what passes is tried again after the pause", () => {
    const desk = new Desk();
    const ends = desk.commit([first(7)]);
    desk.answer(0, RETRIABLE, 1_000);
    expect([desk.commits.retry(1_000), desk.sent, ends]).toEqual([100, ["0@7"], []]);
    desk.commits.retry(1_100);
    expect(desk.sent).toEqual(["0@7", "0@7"]);
    desk.answer(1, null, 1_100);
    expect(ends).toEqual(["written"]);
  });

  test("7.8 commitAsync: what doesn't pass is told at once", () => {
    const desk = new Desk();
    const ends = desk.commit([first(7)]);
    desk.answer(0, FATAL);
    expect([ends, desk.commits.retry(10_000), desk.sent.length]).toEqual([["UNKNOWN_MEMBER_ID"], Infinity, 1]);
  });

  test("7.8 commitAsync: at the deadline the last error is told", () => {
    const desk = new Desk();
    const ends = desk.commit([first(7)], 1_000);
    desk.answer(0, RETRIABLE, 900);
    desk.commits.retry(1_000);
    desk.answer(1, RETRIABLE, 1_000);
    expect(ends, "what the callback is told").toEqual(["COORDINATOR_LOAD_IN_PROGRESS"]);
  });

  test("7.8 commitAsync: an answer that comes long after the deadline is the last one, too", () => {
    const desk = new Desk();
    const ends = desk.commit([first(7)], 1_000);
    desk.answer(0, RETRIABLE, 5_000);
    expect([ends, desk.commits.retry(6_000)]).toEqual([["COORDINATOR_LOAD_IN_PROGRESS"], Infinity]);
  });

  test("7.8 commitAsync: an older one that failed doesn't overwrite a newer one [I6]", () => {
    const desk = new Desk();
    const [older, newer] = [desk.commit([first(7)]), desk.commit([first(9)])];
    desk.answer(0, RETRIABLE, 0);
    desk.answer(1, null, 10);
    desk.commits.retry(100);
    expect(desk.sent).toEqual(["0@7", "0@9"]);
    expect([older, newer]).toEqual([["written"], ["written"]]);
    expect(desk.written).toEqual(["0@9"]);
  });

  test("7.8 commitAsync: not even one that is only asked for by then [I6]", () => {
    const desk = new Desk();
    desk.commit([first(7)]);
    desk.answer(0, RETRIABLE, 0);
    desk.commit([first(9)]);
    desk.commits.retry(100);
    expect(desk.sent).toEqual(["0@7", "0@9"]);
  });

  test("7.8 commitAsync: partitions that the newer one didn't name are tried again", () => {
    const desk = new Desk();
    const ends = desk.commit([first(7), second(3)]);
    desk.commit([first(9)]);
    desk.answer(0, RETRIABLE, 0);
    desk.commits.retry(100);
    expect(desk.sent).toEqual(["0@7 1@3", "0@9", "1@3"]);
    desk.answer(2, null, 100);
    expect(ends).toEqual(["written"]);
  });

  test("7.8 commitAsync: newer is who was asked for later: one may go back on purpose", () => {
    const desk = new Desk();
    desk.commit([first(9)]);
    desk.commit([first(2)]);
    desk.answer(1, RETRIABLE, 0);
    desk.answer(0, RETRIABLE, 0);
    desk.commits.retry(100);
    expect(desk.sent).toEqual(["0@9", "0@2", "0@2"]);
  });
});

describe("commitSync", () => {
  test("7.8 commitSync: resolves when it is written, and not before", async () => {
    const desk = new Desk();
    let isOver = false;
    const committed = desk.commits.commitSync([first(7)], 60_000).then(() => (isOver = true));
    await Promise.resolve();
    expect(isOver).toBe(false);
    desk.answer(0, null);
    await committed;
    expect(desk.written).toEqual(["0@7"]);
  });

  test("7.8 commitSync: rejects with what went wrong for good", async () => {
    const desk = new Desk();
    const committed = desk.commits.commitSync([first(7)], 60_000);
    desk.answer(0, FATAL);
    await expect(committed).rejects.toMatchObject({ code: "UNKNOWN_MEMBER_ID" });
  });

  test("7.8 commitSync: a newer one than an asynchronous one holds that back, too", () => {
    const desk = new Desk();
    desk.commit([first(7)]);
    desk.answer(0, RETRIABLE, 0);
    void desk.commits.commitSync([first(9)], 60_000);
    desk.commits.retry(100);
    expect(desk.sent).toEqual(["0@7", "0@9"]);
  });
});

describe("what may still be written", () => {
  test("7.8 upToDate: of each partition only what the newest commit says [I6]", () => {
    const desk = new Desk();
    desk.commit([first(7), second(3)]);
    desk.commit([first(9)]);
    expect(desk.commits.upToDate(0, [first(7), second(3)])).toEqual([second(3)]);
    expect(desk.commits.upToDate(1, [first(9)])).toEqual([first(9)]);
  });
});
