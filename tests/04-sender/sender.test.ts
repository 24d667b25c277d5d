import { describe, expect, test } from "vitest";
import { type ProducerBatch } from "#accumulator";
import { KafkaError, type KafkaErrorName } from "#ground/errors";
import { RecordBatch } from "#serialization";
import { failedAnswer, WRITTEN_SOMEWHERE } from "#sender/given/assembly/batch-answer";
import { batchOf } from "./fixtures.ts";
import { produceAnswer, SenderBench } from "./sender-bench.ts";

describe("completeBatch", () => {
  test("4.7 completeBatch: a batch that was written has succeeded, at the offset of the answer", () => {
    const bench = new SenderBench();
    const batch = bench.send(0, "a", "b");
    bench.sent[0]!.handler.onResponse(produceAnswer(40), 10);
    expect(batch.result.metadataOf(1)).toMatchObject({ partition: 0, offset: 41 });
    expect(bench.events).toEqual(["succeeded orders-0"]);
  });

  test("4.7 completeBatch: after an error that may pass, a batch goes back into its queue, with the same bytes", () => {
    const bench = new SenderBench();
    const batch = bench.send(0, "a");
    const bytes = Buffer.from(batch.build());
    bench.sent[0]!.handler.onResponse(produceAnswer("NOT_LEADER_OR_FOLLOWER"), 10);
    expect([batch.result.isDone, batch.attempts]).toEqual([false, 1]);
    bench.sender.sendProducerData(109);
    expect(bench.sent).toHaveLength(1);
    bench.sender.sendProducerData(110);
    const again = bench.sent[1]!.request.topicData![0]!.partitionData![0]!.records as Uint8Array;
    expect(Buffer.from(again).equals(bytes)).toBe(true);
  });

  test("4.7 completeBatch: what is tried again keeps its numbers: by them the broker knows it again [I7]", () => {
    let given = 0;
    const number = (batch: ProducerBatch): void => batch.setProducerState(1000, 0, given++, false);
    const bench = new SenderBench({ numberedBy: number });
    const batch = bench.append("orders", 0, "a");
    number(batch);
    bench.sender.sendProducerData(0);
    const bytes = Buffer.from(batch.build());
    bench.sent[0]!.handler.onResponse(produceAnswer("NOT_LEADER_OR_FOLLOWER"), 10);
    bench.sender.sendProducerData(110);
    const again = bench.sent[1]!.request.topicData![0]!.partitionData![0]!.records as Uint8Array;
    expect(new RecordBatch(again).baseSequence).toBe(0);
    expect(Buffer.from(again).equals(bytes)).toBe(true);
  });

  test("4.7 completeBatch: after an error that won't pass, it has failed with that error, at once", () => {
    const bench = new SenderBench();
    const batch = bench.send(0, "a");
    bench.sent[0]!.handler.onResponse(produceAnswer("TOPIC_AUTHORIZATION_FAILED"), 10);
    expect((batch.result.errorOf(0) as KafkaError).code).toBe("TOPIC_AUTHORIZATION_FAILED");
    expect(bench.events).toEqual(["failed orders-0"]);
  });

  test("4.7 completeBatch: each batch of a request has its own fate", () => {
    const bench = new SenderBench();
    const [first, second] = [bench.append("orders", 0, "a"), bench.append("orders", 1, "b")];
    bench.sender.sendProducerData(0);
    bench.sent[0]!.handler.onResponse(produceAnswer("INVALID_RECORD", 7), 10);
    expect((first.result.errorOf(0) as KafkaError).code).toBe("INVALID_RECORD");
    expect(second.result.metadataOf(0).offset).toBe(7);
  });

  test("4.7 completeBatch: when a request has failed, each of its batches is tried again", () => {
    const bench = new SenderBench();
    const batches = [bench.append("orders", 0, "a"), bench.append("orders", 1, "b")];
    bench.sender.sendProducerData(0);
    bench.sent[0]!.handler.onFailure(new KafkaError("NETWORK_EXCEPTION"), 10);
    expect(batches.map(({ attempts }) => attempts)).toEqual([1, 1]);
    expect(bench.metadata.updateRequested).toBe(true);
  });

  test("4.7 completeBatch: an answer that leaves a partition out is an error, not silence [I2]", () => {
    const bench = new SenderBench();
    const [first, second] = [bench.append("orders", 0, "a"), bench.append("orders", 1, "b")];
    bench.sender.sendProducerData(0);
    bench.sent[0]!.handler.onResponse(produceAnswer(3), 10);
    expect(first.result.metadataOf(0).offset).toBe(3);
    expect({ "is it over": second.result.isDone, "its error": second.result.errorOf(0)?.message }).toEqual({
      "is it over": true, "its error": "The broker's answer to Produce says nothing about orders-1.",
    });
  });

  test("4.7 completeBatch: with acks 0 sent is succeeded, at an offset that nobody says", () => {
    const bench = new SenderBench({ acks: 0 });
    const batch = bench.send(0, "a", "b");
    bench.sent[0]!.handler.onSent!(1);
    expect([batch.result.metadataOf(0).offset, batch.result.metadataOf(1).offset]).toEqual([-1, -1]);
  });

  test("4.7 completeBatch: a batch that is too large for the broker is split, and that is no attempt", () => {
    const bench = new SenderBench();
    const batch = bench.send(0, "x".repeat(300), "y".repeat(300));
    bench.sent[0]!.handler.onResponse(produceAnswer("MESSAGE_TOO_LARGE"), 10);
    bench.sender.sendProducerData(10);
    bench.sender.sendProducerData(10);
    expect(bench.sent).toHaveLength(3);
    for (const i of [1, 2]) bench.sent[i]!.handler.onResponse(produceAnswer(i), 20);
    expect([batch.result.metadataOf(0).offset, batch.result.metadataOf(1).offset]).toEqual([1, 2]);
    expect(bench.events).toEqual(["split orders-0", "succeeded orders-0", "succeeded orders-0"]);
  });

  test("4.7 completeBatch: it is split also when its attempts are used up", () => {
    const bench = new SenderBench({ retries: 0 });
    bench.send(0, "x".repeat(300), "y".repeat(300));
    bench.sent[0]!.handler.onResponse(produceAnswer("MESSAGE_TOO_LARGE"), 10);
    expect(bench.events).toEqual(["split orders-0"]);
  });

  test("4.7 completeBatch: one record that is too large can't be split", () => {
    const bench = new SenderBench();
    const batch = bench.send(0, "x".repeat(300));
    bench.sent[0]!.handler.onResponse(produceAnswer("MESSAGE_TOO_LARGE"), 10);
    expect((batch.result.errorOf(0) as KafkaError).code).toBe("MESSAGE_TOO_LARGE");
  });

  test("4.7 completeBatch: what the broker has already is written", () => {
    const bench = new SenderBench();
    const batch = bench.send(0, "a");
    bench.sent[0]!.handler.onResponse(produceAnswer("DUPLICATE_SEQUENCE_NUMBER"), 10);
    expect([batch.result.errorOf(0), batch.result.metadataOf(0).offset]).toEqual([null, -1]);
  });

  test("4.7 completeBatch: a batch that was given up is not tried again, whatever is answered later [I1]", () => {
    for (const code of ["NOT_LEADER_OR_FOLLOWER", "MESSAGE_TOO_LARGE", "INVALID_RECORD"] as const) {
      const bench = new SenderBench();
      const batch = bench.send(0, "a", "b");
      bench.sender.fail(batch, new KafkaError("REQUEST_TIMED_OUT"), "unknown");
      bench.sender.fail = (): void => void bench.events.push("failed again");
      bench.sent[0]!.handler.onResponse(produceAnswer(code), 10);
      expect([bench.accumulator.hasUndrained, bench.events]).toEqual([false, ["failed orders-0"]]);
    }
  });

  test("4.7 completeBatch: a late success changes nothing for one who was told of a failure [I1]", () => {
    const bench = new SenderBench();
    const batch = bench.send(0, "a");
    bench.sender.fail(batch, new KafkaError("REQUEST_TIMED_OUT"), "unknown");
    bench.sent[0]!.handler.onResponse(produceAnswer(5), 10);
    expect((batch.result.errorOf(0) as KafkaError).code).toBe("REQUEST_TIMED_OUT");
    expect(bench.events).toEqual(["failed orders-0"]);
  });

  test("4.7 completeBatch: but a late success is one: its sequence numbers have arrived", () => {
    const bench = new SenderBench();
    const batch = bench.send(0, "a");
    bench.sender.fail(batch, new KafkaError("REQUEST_TIMED_OUT"), "unknown");
    const succeeded: ProducerBatch[] = [];
    bench.sender.succeed = (given): void => void succeeded.push(given);
    bench.sent[0]!.handler.onResponse(produceAnswer(5), 10);
    expect(succeeded).toEqual([batch]);
  });

  test("4.7 completeBatch: records that the broker found fault with have its words, not the others", () => {
    const bench = new SenderBench();
    const batch = bench.send(0, "a", "b");
    const recordErrors = new Map([[1, "no key"]]);
    const error = new KafkaError("INVALID_RECORD");
    bench.sender.completeBatch(batch, { ...WRITTEN_SOMEWHERE, error, recordErrors }, 10);
    expect([batch.result.errorOf(0)?.message, batch.result.errorOf(1)?.message]).toEqual([
      "The record was in one batch with others that the broker refused.", "no key",
    ]);
  });

  /** The outcome that a batch fails with, after this error and so many attempts before. */
  function outcomeOf(code: KafkaErrorName, attempts: number): string {
    const bench = new SenderBench({ retries: attempts });
    let outcome = "";
    bench.sender.fail = (...[, , given]): void => void (outcome = given);
    const batch = bench.send(0, "a");
    batch.attempts = attempts;
    bench.sender.completeBatch(batch, failedAnswer(new KafkaError(code)), 10);
    return outcome;
  }

  test("4.7 completeBatch: what was refused is certain only at the first attempt [I1]", () => {
    expect([outcomeOf("INVALID_RECORD", 0), outcomeOf("INVALID_RECORD", 1)]).toEqual(["refused", "unknown"]);
    expect([outcomeOf("MESSAGE_TOO_LARGE", 0), outcomeOf("MESSAGE_TOO_LARGE", 1)]).toEqual(["refused", "unknown"]);
  });

  test("4.7 completeBatch: out of order is no success, also when nothing is tried again", () => {
    expect(outcomeOf("OUT_OF_ORDER_SEQUENCE_NUMBER", 0)).toBe("refused");
  });

  test("4.7 completeBatch: after an error that may pass nothing is certain [I1]", () => {
    expect(outcomeOf("NOT_ENOUGH_REPLICAS_AFTER_APPEND", 0)).toBe("unknown");
  });

  test("4.7 completeBatch: afterwards the partition is free for the next batch", () => {
    const bench = new SenderBench({ guaranteeMessageOrder: true });
    bench.send(0, "a");
    bench.append("orders", 0, "b");
    bench.sent[0]!.handler.onResponse(produceAnswer(0), 10);
    bench.sender.sendProducerData(10);
    expect(bench.sent).toHaveLength(2);
  });

  test("4.7 completeBatch: errors that say that the metadata are wrong have them asked for again [I3]", () => {
    const wants = (code: KafkaErrorName): boolean => {
      const bench = new SenderBench();
      bench.send(0, "a");
      const { wishes } = bench.metadata;
      bench.sent[0]!.handler.onResponse(produceAnswer(code), 10);
      return bench.metadata.wishes > wishes;
    };
    const wrong = ["NOT_LEADER_OR_FOLLOWER", "UNKNOWN_TOPIC_OR_PARTITION", "KAFKA_STORAGE_ERROR"] as const;
    expect(wrong.map(wants)).toEqual([true, true, true]);
    expect(wants("NOT_ENOUGH_REPLICAS")).toBe(false);
  });
});

describe("what becomes of it", () => {
  test("4.7 onAnswers: the request is over for the listener before any of its batches is", () => {
    const bench = new SenderBench();
    bench.sendTwo();
    bench.sent[0]!.handler.onResponse(produceAnswer(3, 7), 10);
    expect(bench.events).toEqual(["done: 2", "succeeded orders-0", "succeeded orders-1"]);
  });

  test("4.7 onAnswers: each batch has its own answer, in whatever order the broker gives them", () => {
    const bench = new SenderBench();
    const batches = bench.sendTwo();
    const answer = produceAnswer(3, 7);
    const [orders] = answer.responses;
    const turned = { ...orders!, partitionResponses: orders!.partitionResponses.toReversed() };
    bench.sent[0]!.handler.onResponse({ ...answer, responses: [turned] }, 10);
    expect(batches.map(({ result }) => result.metadataOf(0).offset)).toEqual([3, 7]);
  });

  test("4.7 succeed: the memory goes back, and the numbers have arrived [I6]", () => {
    const arrived: string[] = [];
    const bench = new SenderBench({ numberedBy() {}, arrived });
    const before = bench.pool.availableMemory;
    const batch = bench.send(0, "a");
    bench.sent[0]!.released();
    bench.sender.succeed(batch, { ...WRITTEN_SOMEWHERE, baseOffset: 5 });
    expect(bench.pool.availableMemory).toBe(before);
    expect([arrived, bench.events]).toEqual([["completed"], ["succeeded orders-0"]]);
  });

  test("4.7 retry: the batch keeps its memory, and the listener hears why [I6]", () => {
    const bench = new SenderBench();
    const batch = bench.send(0, "a");
    bench.sent[0]!.released();
    const before = bench.pool.availableMemory;
    bench.sender.retry(batch, new KafkaError("NOT_LEADER_OR_FOLLOWER"), 10);
    expect([bench.pool.availableMemory, bench.accumulator.hasUndrained]).toEqual([before, true]);
    expect([bench.events, batch.result.isDone]).toEqual([["retry orders-0"], false]);
  });

  test("4.7 split: memory that is given back is written at once by who waits for it: first the parts [I6]", () => {
    const bench = new SenderBench();
    const { pool } = bench;
    const batch = bench.send(0, "a", "b");
    bench.sent[0]!.released();
    while (pool.tryAllocate(pool.poolableSize) !== null);
    const proceed = (): boolean => pool.tryAllocate(pool.poolableSize)?.fill(0xee) !== undefined;
    pool.wait({ heldBytes: 0, deadlineMs: 60_000, proceed, fail: () => {} });
    bench.sender.split(batch);
    const parts = [...bench.accumulator.topic("orders").queue(0).batches];
    const values = parts.flatMap((part) => [...new RecordBatch(part.build()).records()].map(({ value }) => `${value}`));
    expect(values).toEqual(["a", "b"]);
  });

  test("4.7 split: the parts take the batch's place; its memory goes back, its numbers are theirs [I6]", () => {
    const arrived: string[] = [];
    const bench = new SenderBench({ numberedBy() {}, arrived });
    const before = bench.pool.availableMemory;
    const batch = bench.send(0, "x".repeat(300), "y".repeat(300));
    bench.sent[0]!.released();
    bench.sender.split(batch);
    expect([bench.pool.availableMemory, arrived, bench.events]).toEqual([before, ["split"], ["split orders-0"]]);
    for (let i = 0; i < 2; i++) bench.sender.sendProducerData(10);
    const values = bench.sent.slice(1).flatMap(({ request }) => {
      const records = request.topicData![0]!.partitionData![0]!.records as Uint8Array;
      return [...new RecordBatch(records).records()].map(({ value }) => Buffer.from(value!).toString()[0]);
    });
    expect(values).toEqual(["x", "y"]);
  });

  test("4.7 fail: the memory goes back, and how it failed counts for the numbers [I6]", () => {
    for (const outcome of ["refused", "unknown"] as const) {
      const arrived: string[] = [];
      const bench = new SenderBench({ numberedBy() {}, arrived });
      const before = bench.pool.availableMemory;
      const batch = bench.send(0, "a");
      bench.sent[0]!.released();
      bench.sender.fail(batch, new KafkaError("INVALID_RECORD"), outcome);
      expect([bench.pool.availableMemory, arrived]).toEqual([before, [`failed ${outcome}`]]);
      expect(bench.events).toEqual(["failed orders-0"]);
    }
  });

  test("4.7 fail: one that is settled is told of no more, well or not [I1]", () => {
    const bench = new SenderBench();
    const [first, second] = bench.sendTwo();
    for (let i = 0; i < 2; i++) bench.sender.fail(first, new KafkaError("INVALID_RECORD"), "refused");
    for (let i = 0; i < 2; i++) bench.sender.succeed(second, WRITTEN_SOMEWHERE);
    expect(bench.events).toEqual(["failed orders-0", "succeeded orders-1"]);
  });
});

describe("failExpired", () => {
  const LIMIT_MS = 120_000;

  test("4.7 failExpired: a batch on the wire is given up when delivery.timeout.ms are over, and no sooner [I1]", () => {
    const bench = new SenderBench();
    const batch = bench.send(0, "a", "b");
    bench.sender.failExpired(LIMIT_MS - 1);
    expect(bench.events).toEqual([]);
    bench.sender.failExpired(LIMIT_MS);
    expect((batch.result.errorOf(0) as KafkaError).code).toBe("REQUEST_TIMED_OUT");
    const text = "2 records for orders-0 were not acknowledged within 120000 ms (delivery.timeout.ms).";
    expect(batch.result.errorOf(1)?.message).toBe(text);
    expect(bench.events).toEqual(["failed orders-0"]);
  });

  test("4.7 failExpired: so is one that still waits in its queue; the others go on [I1]", () => {
    const bench = new SenderBench();
    const [old, young] = [bench.append("orders", 0, "a"), bench.appendAt(50_000, 1, "b")];
    bench.sender.failExpired(LIMIT_MS);
    expect([old.result.isDone, young.result.isDone]).toEqual([true, false]);
    bench.sender.sendProducerData(LIMIT_MS);
    expect(bench.contents(0)).toBe("1: orders-1");
  });

  test("4.7 failExpired: each batch on the wire has its own time, counted from its creation", () => {
    const bench = new SenderBench();
    const young = bench.appendAt(50_000, 1, "b");
    const old = bench.append("orders", 0, "a");
    bench.sender.sendProducerData(50_000);
    bench.sender.failExpired(LIMIT_MS);
    expect([old.result.isDone, young.result.isDone]).toEqual([true, false]);
  });

  test("4.7 failExpired: what became of it is unknown: it may have been written", () => {
    const bench = new SenderBench();
    const outcomes: unknown[] = [];
    bench.sender.fail = (...[, error, outcome]): void => void outcomes.push([error.code, outcome]);
    bench.send(0, "a");
    bench.append("orders", 1, "b");
    bench.sender.failExpired(LIMIT_MS + 1);
    expect(outcomes).toEqual([["REQUEST_TIMED_OUT", "unknown"], ["REQUEST_TIMED_OUT", "unknown"]]);
  });

  test("4.7 failExpired: one that is settled, and waits only for its answer, is left alone [I1]", () => {
    const bench = new SenderBench();
    bench.send(0, "a");
    bench.sender.failExpired(LIMIT_MS);
    bench.sender.fail = (): void => void bench.events.push("failed again");
    bench.sender.failExpired(LIMIT_MS + 1);
    expect(bench.events).toEqual(["failed orders-0"]);
  });

  test("4.7 failExpired: who waits for memory is told when that takes too long", () => {
    const bench = new SenderBench();
    const times: number[] = [];
    bench.accumulator.expireWaiting = (now): void => void times.push(now);
    bench.sender.failExpired(7);
    expect(times).toEqual([7]);
  });
});

describe("nextExpiryMs", () => {
  test("4.7 nextExpiryMs: the earliest time of all, on the wire and in the queues", () => {
    const bench = new SenderBench();
    const next = (now: number): number => {
      bench.sender.failExpired(now);
      return bench.sender.nextExpiryMs();
    };
    expect(next(0)).toBe(Infinity);
    bench.appendAt(900, 0, "a");
    expect(next(900), "in its queue").toBe(120_900);
    bench.sender.sendProducerData(900);
    expect(next(900), "on the wire").toBe(120_900);
    bench.appendAt(950, 1, "b");
    expect(next(950), "a younger one in its queue").toBe(120_900);
    bench.appendAt(300, 2, "c");
    expect(next(950), "an older one in its queue").toBe(120_300);
    bench.sender.sendProducerData(950);
    expect(next(950), "all of them on the wire").toBe(120_300);
  });

  test("4.7 nextExpiryMs: a settled batch has no time any more: the loop would never sleep again", () => {
    const bench = new SenderBench();
    bench.send(0, "a");
    bench.sender.failExpired(120_000);
    expect(bench.sender.nextExpiryMs()).toBe(Infinity);
  });

  test("4.7 nextExpiryMs: who waits for memory counts, too", () => {
    const bench = new SenderBench();
    Object.defineProperty(bench.accumulator, "nextWaitingExpiryMs", { value: 500 });
    bench.append("orders", 0, "a");
    expect(bench.sender.nextExpiryMs()).toBe(500);
  });
});

describe("canRetry", () => {
  const MAY_PASS = new KafkaError("NOT_ENOUGH_REPLICAS");

  test("4.7 canRetry: after errors that may pass, and no others", () => {
    const bench = new SenderBench();
    const batch = batchOf(0, ["a"]);
    const passing = ["NOT_ENOUGH_REPLICAS", "NETWORK_EXCEPTION", "CORRUPT_MESSAGE"] as const;
    const lasting = ["INVALID_RECORD", "UNKNOWN_SERVER_ERROR", "OUT_OF_ORDER_SEQUENCE_NUMBER"] as const;
    const may = [...passing, ...lasting].map((code) => bench.sender.canRetry(batch, new KafkaError(code), 10));
    expect(may).toEqual([true, true, true, false, false, false]);
  });

  test("4.7 canRetry: at most `retries` times", () => {
    const bench = new SenderBench({ retries: 2 });
    const batch = batchOf(0, ["a"]);
    const may = [0, 1, 2, 3].map((attempts) => {
      batch.attempts = attempts;
      return bench.sender.canRetry(batch, MAY_PASS, 10);
    });
    expect(may).toEqual([true, true, false, false]);
  });

  test("4.7 canRetry: not after delivery.timeout.ms, counted from the first record on [I1]", () => {
    const bench = new SenderBench({ deliveryTimeoutMs: 1_000 });
    const batch = batchOf(0, ["a"], 500);
    const may = [1_499, 1_500, 2_000].map((now) => bench.sender.canRetry(batch, MAY_PASS, now));
    expect(may).toEqual([true, false, false]);
  });

  test("4.7 canRetry: not when it is settled", () => {
    const bench = new SenderBench();
    const batch = batchOf(0, ["a"]);
    batch.result.fail(new KafkaError("REQUEST_TIMED_OUT"));
    expect(bench.sender.canRetry(batch, MAY_PASS, 10)).toBe(false);
  });

  test("4.8 canRetry: with idempotence the sequence numbers decide, within the same limits [I1]", () => {
    const bench = new SenderBench({ idempotent: true, retries: 2, deliveryTimeoutMs: 1_000 });
    const batch = bench.send(0, "a");
    const outOfOrder = new KafkaError("OUT_OF_ORDER_SEQUENCE_NUMBER");
    const inTime = bench.sender.canRetry(batch, outOfOrder, 999);
    const tooLate = bench.sender.canRetry(batch, outOfOrder, 1_000);
    batch.attempts = 2;
    const tooOften = bench.sender.canRetry(batch, outOfOrder, 10);
    expect({ inTime, tooLate, tooOften }).toEqual({ inTime: true, tooLate: false, tooOften: false });
  });
});
