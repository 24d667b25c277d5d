import { describe, expect, test } from "vitest";
import { type ProducerBatch } from "#accumulator";
import { KafkaError, type KafkaErrorName } from "#ground/errors";
import { RecordBatch } from "#serialization";
import { failedAnswer, produceRequest, WRITTEN_SOMEWHERE } from "#sender/produce-request";
import { batchOf } from "./fixtures.ts";
import { produceAnswer, SenderBench } from "./sender-bench.ts";

describe("produceRequest", () => {
  test("4.5 produceRequest: each topic once, and under it its partitions, in the order of the batches", () => {
    const bench = new SenderBench({ leaders: { orders: [1, 1], clicks: [1] } });
    const batches = [bench.append("orders", 1, "a"), bench.append("clicks", 0, "b"), bench.append("orders", 0, "c")];
    const request = produceRequest(batches, -1, 30_000);
    const shape = request.topicData!.map(({ name, partitionData }) => [name, partitionData!.map(({ index }) => index)]);
    expect(shape).toEqual([["orders", [1, 0]], ["clicks", [0]]]);
  });

  test("4.5 produceRequest: whatever the topics are called", () => {
    const names = ["10", "9", "__proto__"];
    const bench = new SenderBench({ leaders: Object.fromEntries(names.map((name) => [name, [1]])) });
    const request = produceRequest(names.map((name) => bench.append(name, 0, "a")), -1, 30_000);
    expect(request.topicData!.map(({ name }) => name)).toEqual(names);
  });

  test("4.5 produceRequest: says acks and the broker's time limit; no transaction", () => {
    const { acks, timeoutMs, transactionalId = null } = produceRequest([batchOf(0, ["a"])], 1, 30_000);
    expect({ acks, timeoutMs, transactionalId }).toEqual({ acks: 1, timeoutMs: 30_000, transactionalId: null });
  });

  test("4.5 produceRequest: the records are the built batch, and not a copy of it", () => {
    const batch = batchOf(0, ["a", "b"]);
    const records = produceRequest([batch], 1, 0).topicData![0]!.partitionData![0]!.records!;
    expect(new RecordBatch(records as Uint8Array).count).toBe(2);
    expect({ isCopy: records !== batch.build() }).toEqual({ isCopy: false });
  });
});

describe("sendProducerData", () => {
  test("4.5 sendProducerData: all that one node leads goes into one request to it", () => {
    const bench = new SenderBench({ leaders: { orders: [1, 1, 2], clicks: [1] } });
    for (const partition of [0, 1, 2]) bench.append("orders", partition, "a");
    bench.append("clicks", 0, "a");
    bench.sender.sendProducerData(0);
    expect(bench.sent.map((_, i) => bench.contents(i))).toEqual(["1: orders-0 orders-1 clicks-0", "2: orders-2"]);
  });

  test("4.5 sendProducerData: nothing is sent while nothing is ready; it says when something will be", () => {
    const bench = new SenderBench({ lingerMs: 20 });
    expect(bench.sender.sendProducerData(0)).toBe(Infinity);
    bench.append("orders", 0, "a");
    expect(bench.sender.sendProducerData(5)).toBe(15);
    expect(bench.sent).toEqual([]);
    bench.sender.sendProducerData(20);
    expect(bench.contents(0)).toBe("1: orders-0");
  });

  test("4.5 sendProducerData: a node that can take nothing keeps its batches, the others don't wait for it", () => {
    const bench = new SenderBench();
    bench.unreachable.set(1, 40);
    bench.append("orders", 0, "a");
    bench.append("orders", 2, "b");
    expect(bench.sender.sendProducerData(0)).toBe(40);
    expect(bench.sent.map((_, i) => bench.contents(i))).toEqual(["2: orders-2"]);
    bench.unreachable.clear();
    bench.sender.sendProducerData(40);
    expect(bench.contents(1)).toBe("1: orders-0");
  });

  test("4.5 sendProducerData: of several nodes that may be tried again later the first one counts", () => {
    const bench = new SenderBench({ leaders: { orders: [1, 2, 3] } });
    bench.unreachable.set(1, 80).set(2, 40).set(3, 60);
    for (const partition of [0, 1, 2]) bench.append("orders", partition, "a");
    expect(bench.sender.sendProducerData(0)).toBe(40);
  });

  test("4.5 sendProducerData: the client is asked to connect where something is ready, and nowhere else", () => {
    const bench = new SenderBench();
    bench.unreachable.set(2, 0);
    bench.append("orders", 2, "a");
    bench.sender.sendProducerData(0);
    expect(bench.asked).toEqual([2]);
  });

  test("4.5 sendProducerData: no request is made when nothing came out of the accumulator", () => {
    const bench = new SenderBench();
    bench.accumulator.drain = (_cluster, nodes) => new Map([...nodes].map((node) => [node, []]));
    bench.send(0, "a");
    expect(bench.sent).toEqual([]);
  });

  test("4.5 sendProducerData: a node that is only busy is waited for without a time", () => {
    const bench = new SenderBench();
    bench.unreachable.set(1, Infinity);
    bench.append("orders", 0, "a");
    expect(bench.sender.sendProducerData(0)).toBe(Infinity);
  });

  test("4.5 sendProducerData: for a topic without a leader the metadata are wanted [I3]", () => {
    const bench = new SenderBench({ leaders: { orders: [1, null] } });
    bench.append("orders", 1, "a");
    const { wishes } = bench.metadata;
    bench.sender.sendProducerData(0);
    expect(bench.metadata.wishes).toBeGreaterThan(wishes);
    expect(bench.metadata.topics).toEqual(["orders"]);
    expect(bench.sent).toEqual([]);
  });

  test("4.5 sendProducerData: also for a topic that is in use already; but not when all have leaders", () => {
    const bench = new SenderBench({ leaders: { orders: [1, null] } });
    bench.metadata.use("orders", 0);
    const { wishes } = bench.metadata;
    bench.send(0, "a");
    expect(bench.metadata.wishes).toBe(wishes);
    bench.send(1, "b");
    expect(bench.metadata.wishes).toBeGreaterThan(wishes);
  });

  test("4.5 sendProducerData: a request holds no more than max.request.size", () => {
    const bench = new SenderBench({ leaders: { orders: [1, 1, 1] }, maxRequestSize: 700 });
    for (const partition of [0, 1, 2]) bench.append("orders", partition, "x".repeat(200));
    for (let i = 0; i < 2; i++) bench.sender.sendProducerData(0);
    expect(bench.sent.map((_, i) => bench.contents(i))).toEqual(["1: orders-0 orders-1", "1: orders-2"]);
  });

  test("4.5 sendProducerData: the accumulator is told which nodes could take something", () => {
    const bench = new SenderBench();
    const told: unknown[] = [];
    bench.accumulator.updateNodeLatencyStats = (...stats): void => void told.push(stats);
    bench.unreachable.set(1, 40);
    bench.append("orders", 0, "a");
    bench.append("orders", 2, "b");
    bench.sender.sendProducerData(7);
    expect(told.sort()).toEqual([[1, 7, false], [2, 7, true]]);
  });
});

describe("sendRequest", () => {
  test("4.5 sendRequest: memory goes back only when the network has let go of the bytes [I6]", () => {
    const bench = new SenderBench();
    const before = bench.pool.availableMemory;
    const batch = bench.send(0, "a");
    bench.accumulator.deallocate(batch);
    expect(bench.pool.availableMemory).toBe(before - 1024);
    bench.sent[0]!.released();
    expect(bench.pool.availableMemory).toBe(before);
  });

  test("4.5 sendRequest: that goes for each batch of the request [I6]", () => {
    const bench = new SenderBench();
    const before = bench.pool.availableMemory;
    for (const batch of bench.sendTwo()) bench.accumulator.deallocate(batch);
    expect(bench.pool.availableMemory).toBe(before - 2 * 1024);
    bench.sent[0]!.released();
    expect(bench.pool.availableMemory).toBe(before);
  });

  test("4.5 sendRequest: the broker may wait for the replicas as long as request.timeout.ms", () => {
    const bench = new SenderBench();
    bench.send(0, "a");
    expect(bench.sent[0]!.request.timeoutMs).toBe(30_000);
  });

  test("4.5 sendRequest: the listener hears of each request, and when it was made", () => {
    const bench = new SenderBench();
    bench.append("orders", 0, "a");
    bench.append("orders", 1, "b");
    bench.sender.sendProducerData(7);
    expect(bench.requests).toEqual([{ batches: 2, atMs: 7 }]);
  });

  test("4.5 sendRequest: who hears of the end of a request is told its time, not that of the sending", () => {
    const times: number[] = [];
    for (const acks of [0, -1]) {
      const bench = new SenderBench({ acks });
      bench.sender.onAnswers = (_batches, _response, now): void => void times.push(now);
      bench.sender.onNoAnswer = (_batches, _error, now): void => void times.push(now);
      bench.send(0, "a");
      const { handler } = bench.sent[0]!;
      handler.onSent?.(10);
      handler.onResponse(produceAnswer(0), 20);
      handler.onFailure(new KafkaError("NETWORK_EXCEPTION"), 30);
    }
    expect(times).toEqual([10, 20, 30, 20, 30]);
  });

  test("4.5 sendRequest: with acks 0 nobody waits for an answer", () => {
    const [zero, one] = [new SenderBench({ acks: 0 }), new SenderBench({ acks: 1 })];
    zero.send(0, "a");
    one.send(0, "a");
    const hasOnSent = [zero, one].map(({ sent }) => sent[0]!.handler.onSent !== undefined);
    expect(hasOnSent).toEqual([true, false]);
    expect([zero.sent[0]!.request.acks, one.sent[0]!.request.acks]).toEqual([0, 1]);
  });

  test("4.5 sendRequest: to keep the order, nothing more of a partition leaves while a batch is under way", () => {
    const bench = new SenderBench({ guaranteeMessageOrder: true });
    bench.send(0, "a");
    bench.append("orders", 0, "b");
    bench.append("orders", 1, "c");
    bench.sender.sendProducerData(1);
    expect(bench.sent.map((_, i) => bench.contents(i))).toEqual(["1: orders-0", "1: orders-1"]);
  });

  test("4.5 sendRequest: that goes for each partition of the request", () => {
    const bench = new SenderBench({ guaranteeMessageOrder: true });
    bench.sendTwo();
    bench.sendTwo();
    expect(bench.sent.map((_, i) => bench.contents(i))).toEqual(["1: orders-0 orders-1"]);
  });

  test("4.5 sendRequest: otherwise the next batch may follow at once", () => {
    const bench = new SenderBench();
    bench.send(0, "a");
    bench.send(0, "b");
    expect(bench.sent.map((_, i) => bench.contents(i))).toEqual(["1: orders-0", "1: orders-0"]);
  });
});

describe("completeBatch", () => {
  test("4.6 completeBatch: a batch that was written has succeeded, at the offset of the answer", () => {
    const bench = new SenderBench();
    const batch = bench.send(0, "a", "b");
    bench.sent[0]!.handler.onResponse(produceAnswer(40), 10);
    expect(batch.result.metadataOf(1)).toMatchObject({ partition: 0, offset: 41 });
    expect(bench.events).toEqual(["succeeded orders-0"]);
  });

  test("4.6 completeBatch: after an error that may pass, a batch goes back into its queue, with the same bytes", () => {
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

  test("4.6 completeBatch: after an error that won't pass, it has failed with that error, at once", () => {
    const bench = new SenderBench();
    const batch = bench.send(0, "a");
    bench.sent[0]!.handler.onResponse(produceAnswer("TOPIC_AUTHORIZATION_FAILED"), 10);
    expect((batch.result.errorOf(0) as KafkaError).code).toBe("TOPIC_AUTHORIZATION_FAILED");
    expect(bench.events).toEqual(["failed orders-0"]);
  });

  test("4.6 completeBatch: each batch of a request has its own fate", () => {
    const bench = new SenderBench();
    const [first, second] = [bench.append("orders", 0, "a"), bench.append("orders", 1, "b")];
    bench.sender.sendProducerData(0);
    bench.sent[0]!.handler.onResponse(produceAnswer("INVALID_RECORD", 7), 10);
    expect((first.result.errorOf(0) as KafkaError).code).toBe("INVALID_RECORD");
    expect(second.result.metadataOf(0).offset).toBe(7);
  });

  test("4.6 completeBatch: when a request has failed, each of its batches is tried again", () => {
    const bench = new SenderBench();
    const batches = [bench.append("orders", 0, "a"), bench.append("orders", 1, "b")];
    bench.sender.sendProducerData(0);
    bench.sent[0]!.handler.onFailure(new KafkaError("NETWORK_EXCEPTION"), 10);
    expect(batches.map(({ attempts }) => attempts)).toEqual([1, 1]);
    expect(bench.metadata.updateRequested).toBe(true);
  });

  test("4.6 completeBatch: an answer that leaves a partition out is an error, not silence [I2]", () => {
    const bench = new SenderBench();
    const [first, second] = [bench.append("orders", 0, "a"), bench.append("orders", 1, "b")];
    bench.sender.sendProducerData(0);
    bench.sent[0]!.handler.onResponse(produceAnswer(3), 10);
    expect(first.result.metadataOf(0).offset).toBe(3);
    expect(second.result.errorOf(0)?.message).toBe("The broker's answer to Produce says nothing about orders-1.");
  });

  test("4.6 completeBatch: with acks 0 sent is succeeded, at an offset that nobody says", () => {
    const bench = new SenderBench({ acks: 0 });
    const batch = bench.send(0, "a", "b");
    bench.sent[0]!.handler.onSent!(1);
    expect([batch.result.metadataOf(0).offset, batch.result.metadataOf(1).offset]).toEqual([-1, -1]);
  });

  test("4.6 completeBatch: a batch that is too large for the broker is split, and that is no attempt", () => {
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

  test("4.6 completeBatch: it is split also when its attempts are used up", () => {
    const bench = new SenderBench({ retries: 0 });
    bench.send(0, "x".repeat(300), "y".repeat(300));
    bench.sent[0]!.handler.onResponse(produceAnswer("MESSAGE_TOO_LARGE"), 10);
    expect(bench.events).toEqual(["split orders-0"]);
  });

  test("4.6 completeBatch: one record that is too large can't be split", () => {
    const bench = new SenderBench();
    const batch = bench.send(0, "x".repeat(300));
    bench.sent[0]!.handler.onResponse(produceAnswer("MESSAGE_TOO_LARGE"), 10);
    expect((batch.result.errorOf(0) as KafkaError).code).toBe("MESSAGE_TOO_LARGE");
  });

  test("4.6 completeBatch: what the broker has already is written", () => {
    const bench = new SenderBench();
    const batch = bench.send(0, "a");
    bench.sent[0]!.handler.onResponse(produceAnswer("DUPLICATE_SEQUENCE_NUMBER"), 10);
    expect([batch.result.errorOf(0), batch.result.metadataOf(0).offset]).toEqual([null, -1]);
  });

  test("4.6 completeBatch: a batch that was given up is not tried again, whatever is answered later [I1]", () => {
    for (const code of ["NOT_LEADER_OR_FOLLOWER", "MESSAGE_TOO_LARGE", "INVALID_RECORD"] as const) {
      const bench = new SenderBench();
      const batch = bench.send(0, "a", "b");
      bench.sender.fail(batch, new KafkaError("REQUEST_TIMED_OUT"), "unknown");
      bench.sender.fail = (): void => void bench.events.push("failed again");
      bench.sent[0]!.handler.onResponse(produceAnswer(code), 10);
      expect([bench.accumulator.hasUndrained, bench.events]).toEqual([false, ["failed orders-0"]]);
    }
  });

  test("4.6 completeBatch: a late success changes nothing for one who was told of a failure [I1]", () => {
    const bench = new SenderBench();
    const batch = bench.send(0, "a");
    bench.sender.fail(batch, new KafkaError("REQUEST_TIMED_OUT"), "unknown");
    bench.sent[0]!.handler.onResponse(produceAnswer(5), 10);
    expect((batch.result.errorOf(0) as KafkaError).code).toBe("REQUEST_TIMED_OUT");
    expect(bench.events).toEqual(["failed orders-0"]);
  });

  test("4.6 completeBatch: but a late success is one: its sequence numbers have arrived", () => {
    const bench = new SenderBench();
    const batch = bench.send(0, "a");
    bench.sender.fail(batch, new KafkaError("REQUEST_TIMED_OUT"), "unknown");
    const succeeded: ProducerBatch[] = [];
    bench.sender.succeed = (given): void => void succeeded.push(given);
    bench.sent[0]!.handler.onResponse(produceAnswer(5), 10);
    expect(succeeded).toEqual([batch]);
  });

  test("4.6 completeBatch: records that the broker found fault with have its words, not the others", () => {
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

  test("4.6 completeBatch: what was refused is certain only at the first attempt [I1]", () => {
    expect([outcomeOf("INVALID_RECORD", 0), outcomeOf("INVALID_RECORD", 1)]).toEqual(["refused", "unknown"]);
    expect([outcomeOf("MESSAGE_TOO_LARGE", 0), outcomeOf("MESSAGE_TOO_LARGE", 1)]).toEqual(["refused", "unknown"]);
  });

  test("4.6 completeBatch: out of order is no success, also when nothing is tried again", () => {
    expect(outcomeOf("OUT_OF_ORDER_SEQUENCE_NUMBER", 0)).toBe("refused");
  });

  test("4.6 completeBatch: after an error that may pass nothing is certain [I1]", () => {
    expect(outcomeOf("NOT_ENOUGH_REPLICAS_AFTER_APPEND", 0)).toBe("unknown");
  });

  test("4.6 completeBatch: afterwards the partition is free for the next batch", () => {
    const bench = new SenderBench({ guaranteeMessageOrder: true });
    bench.send(0, "a");
    bench.append("orders", 0, "b");
    bench.sent[0]!.handler.onResponse(produceAnswer(0), 10);
    bench.sender.sendProducerData(10);
    expect(bench.sent).toHaveLength(2);
  });

  test("4.6 completeBatch: errors that say that the metadata are wrong have them asked for again [I3]", () => {
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

describe("canRetry", () => {
  const MAY_PASS = new KafkaError("NOT_ENOUGH_REPLICAS");

  test("4.6 canRetry: after errors that may pass, and no others", () => {
    const bench = new SenderBench();
    const batch = batchOf(0, ["a"]);
    const passing = ["NOT_ENOUGH_REPLICAS", "NETWORK_EXCEPTION", "CORRUPT_MESSAGE"] as const;
    const lasting = ["INVALID_RECORD", "UNKNOWN_SERVER_ERROR", "OUT_OF_ORDER_SEQUENCE_NUMBER"] as const;
    const may = [...passing, ...lasting].map((code) => bench.sender.canRetry(batch, new KafkaError(code), 10));
    expect(may).toEqual([true, true, true, false, false, false]);
  });

  test("4.6 canRetry: at most `retries` times", () => {
    const bench = new SenderBench({ retries: 2 });
    const batch = batchOf(0, ["a"]);
    const may = [0, 1, 2, 3].map((attempts) => {
      batch.attempts = attempts;
      return bench.sender.canRetry(batch, MAY_PASS, 10);
    });
    expect(may).toEqual([true, true, false, false]);
  });

  test("4.6 canRetry: not after delivery.timeout.ms, counted from the first record on [I1]", () => {
    const bench = new SenderBench({ deliveryTimeoutMs: 1_000 });
    const batch = batchOf(0, ["a"], 500);
    const may = [1_499, 1_500, 2_000].map((now) => bench.sender.canRetry(batch, MAY_PASS, now));
    expect(may).toEqual([true, false, false]);
  });

  test("4.6 canRetry: not when it is settled", () => {
    const bench = new SenderBench();
    const batch = batchOf(0, ["a"]);
    batch.result.fail(new KafkaError("REQUEST_TIMED_OUT"));
    expect(bench.sender.canRetry(batch, MAY_PASS, 10)).toBe(false);
  });

  test("4.7 canRetry: with idempotence the sequence numbers decide, within the same limits [I1]", () => {
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
