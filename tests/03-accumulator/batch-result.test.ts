import { describe, expect, test } from "vitest";
import { BatchResult, type SendCallback } from "#accumulator/batch-result";
import { KafkaError } from "#ground/errors";
import { soon } from "./fixtures.ts";

const failure = new KafkaError("NOT_LEADER_OR_FOLLOWER", "no leader here");

/** The result of a batch with `count` records, made 1 ms after each other, and what its callbacks were told. */
function resultOf(count: number): { result: BatchResult; told: string[]; thrown: unknown[] } {
  const thrown: unknown[] = [];
  const told: string[] = [];
  const result = new BatchResult("orders", 2, (error) => thrown.push(error));
  for (let i = 0; i < count; i++) {
    result.addRecord(1000 + i);
    result.onCompletion(i, tell(told, `record ${i}`));
  }
  return { result, told, thrown };
}

/** A callback that writes down what it is told. */
function tell(told: string[], name: string): SendCallback {
  return (metadata, error) => told.push(`${name}: ${error === null ? `offset ${metadata?.offset}` : error.message}`);
}

/** Whether a promise is settled, once all code has run that only waits for other code. */
async function isSettled(promise: Promise<void>): Promise<boolean> {
  return (await soon(promise)) !== "still waiting";
}

describe("the outcome of a batch", () => {
  test("3.3 complete: the first record is at the base offset, the others follow", () => {
    const { result } = resultOf(3);
    expect(result.complete(500, -1)).toBe(true);
    expect([0, 1, 2].map((index) => result.metadataOf(index))).toEqual([
      { topic: "orders", partition: 2, offset: 500, timestamp: 1000 },
      { topic: "orders", partition: 2, offset: 501, timestamp: 1001 },
      { topic: "orders", partition: 2, offset: 502, timestamp: 1002 },
    ]);
    expect([result.errorOf(0), result.isDone]).toEqual([null, true]);
  });

  test("3.3 complete: the broker's time, if it says one, is that of all records", () => {
    const { result } = resultOf(2);
    result.complete(0, 7777);
    expect([0, 1].map((index) => result.metadataOf(index).timestamp)).toEqual([7777, 7777]);
  });

  test("3.3 complete: nobody says an offset with acks=0", () => {
    const { result } = resultOf(2);
    result.complete(-1, -1);
    expect([0, 1].map((index) => result.metadataOf(index).offset)).toEqual([-1, -1]);
  });

  test("3.3 complete: the callbacks are told in the order of the records [I4]", () => {
    const { result, told } = resultOf(3);
    result.complete(500, -1);
    expect(told).toEqual(["record 0: offset 500", "record 1: offset 501", "record 2: offset 502"]);
  });

  test("3.3 complete: a callback that throws keeps nobody else from being told", async () => {
    const { result, told, thrown } = resultOf(3);
    const { done } = result;
    result.onCompletion(1, () => {
      throw new TypeError("a user's mistake");
    });
    expect(result.complete(500, -1)).toBe(true);
    expect(told).toEqual(["record 0: offset 500", "record 2: offset 502"]);
    expect(thrown).toEqual([new TypeError("a user's mistake")]);
    expect(await isSettled(done)).toBe(true);
  });

  test("3.3 complete: done resolves after the callbacks", async () => {
    const { result, told } = resultOf(1);
    const { done } = result;
    void done.then(() => told.push("done"));
    expect(await isSettled(done)).toBe(false);
    result.complete(500, -1);
    await soon(done);
    expect(told).toEqual(["record 0: offset 500", "done"]);
  });

  test("3.3 complete: who asks late is told, too", async () => {
    const { result } = resultOf(1);
    result.complete(0, -1);
    expect(await isSettled(result.done)).toBe(true);
    expect(result.done).toBe(result.done);
  });

  test("3.3 fail: every record has the error, and no callback an offset", async () => {
    const { result, told } = resultOf(2);
    const { done } = result;
    const last: unknown[] = [];
    result.onCompletion(1, (...args) => last.push(...args));
    expect(result.fail(failure)).toBe(true);
    expect([0, 1].map((index) => result.errorOf(index))).toEqual([failure, failure]);
    expect([told, last]).toEqual([["record 0: no leader here"], [null, failure]]);
    expect(await isSettled(done), "done resolves, it never rejects").toBe(true);
  });

  test("3.3 fail: a record that is the cause has an error of its own", () => {
    const { result, told } = resultOf(3);
    const own = new KafkaError("INVALID_RECORD", "no key");
    result.fail(failure, (index) => (index === 1 ? own : null));
    expect([0, 1, 2].map((index) => result.errorOf(index))).toEqual([failure, own, failure]);
    expect(told).toEqual(["record 0: no leader here", "record 1: no key", "record 2: no leader here"]);
  });

  test("3.3 complete, fail: an answer after the batch has expired changes nothing [I4]", () => {
    const { result, told } = resultOf(1);
    const settled = [result.fail(failure), result.complete(500, -1), result.fail(new Error("other"))];
    expect(settled).toEqual([true, false, false]);
    expect([result.errorOf(0), told]).toEqual([failure, ["record 0: no leader here"]]);
  });

  test("3.3 complete, fail: nor does a failure after the answer [I4]", () => {
    const { result, told } = resultOf(1);
    expect([result.complete(500, -1), result.fail(failure), result.complete(600, -1)]).toEqual([true, false, false]);
    expect([result.errorOf(0), result.metadataOf(0).offset, told]).toEqual([null, 500, ["record 0: offset 500"]]);
  });

  test("3.3 complete, fail: also when a callback settles the batch itself [I4]", () => {
    const { result, told } = resultOf(2);
    const again: boolean[] = [];
    result.onCompletion(0, () => again.push(result.fail(failure)));
    result.complete(500, -1);
    expect([again, told, result.errorOf(1)]).toEqual([[false], ["record 1: offset 501"], null]);
  });

  test("3.3 complete, fail: also when that happens while it fails [I4]", () => {
    const { result, told } = resultOf(2);
    const again: boolean[] = [];
    result.onCompletion(0, () => again.push(result.complete(500, -1)));
    result.fail(failure);
    expect([again, told, result.errorOf(1)]).toEqual([[false], ["record 1: no leader here"], failure]);
  });

  test("3.7 splitInto: the parts' results are those of the records that went into them", async () => {
    const { result } = resultOf(3);
    const [first, second] = [resultOf(1), resultOf(2)];
    const { done } = result;
    expect(result.splitInto([first.result, second.result])).toBe(true);
    first.result.complete(500, -1);
    expect([await isSettled(done), await isSettled(result.done)], "the second part isn't").toEqual([false, false]);
    second.result.fail(failure);
    expect([await isSettled(done), await isSettled(result.done)]).toEqual([true, true]);
    expect([0, 1, 2].map((index) => result.errorOf(index))).toEqual([null, failure, failure]);
    expect(result.metadataOf(0).offset).toBe(500);
    expect([result.complete(0, -1), result.fail(failure)], "and nothing else").toEqual([false, false]);
  });

  test("3.7 splitInto: no callback is called, and who listens listens to the parts", () => {
    const { result, told } = resultOf(3);
    for (const index of [0, 1, 2]) result.hear(index);
    const parts = [resultOf(1), resultOf(2)];
    result.splitInto(parts.map((part) => part.result));
    expect([told, parts.map((part) => part.result.heard)]).toEqual([[], [1, 2]]);
    parts[1]!.result.complete(700, -1);
    expect(told, "the callbacks have been handed on before").toEqual([]);
  });

  test("3.7 splitInto: not when the batch is settled: it may have expired meanwhile [I4]", async () => {
    const [failed, sent] = [resultOf(2), resultOf(2)];
    failed.result.fail(failure);
    sent.result.complete(500, -1);
    for (const { result } of [failed, sent]) expect(result.splitInto([resultOf(2).result])).toBe(false);
    expect([failed.result.errorOf(1), sent.result.metadataOf(1).offset]).toEqual([failure, 501]);
    expect(await isSettled(failed.result.done)).toBe(true);
  });

  test("3.7 splitInto: a record that there is not is asked for in vain", () => {
    const { result } = resultOf(1);
    expect([result.isDone, result.recordCount, result.callbackOf(0) === undefined]).toEqual([false, 1, false]);
    expect(() => {
      result.splitInto([]);
      result.metadataOf(1);
    }).toThrow("Expected the index of one of 0 records, got 1.");
  });
});
