import { describe, expect, test } from "vitest";
import { KafkaError } from "#ground/errors";
import { RecordBatch } from "#serialization";
import { produceRequest } from "#sender/produce-request";
import { batchOf } from "./fixtures.ts";
import { produceAnswer, SenderBench } from "./sender-bench.ts";

describe("produceRequest", () => {
  test("4.6 produceRequest: each topic once, and under it its partitions, in the order of the batches", () => {
    const bench = new SenderBench({ leaders: { orders: [1, 1], clicks: [1] } });
    const batches = [bench.append("orders", 1, "a"), bench.append("clicks", 0, "b"), bench.append("orders", 0, "c")];
    const request = produceRequest(batches, -1, 30_000);
    const shape = request.topicData!.map(({ name, partitionData }) => [name, partitionData!.map(({ index }) => index)]);
    expect(shape).toEqual([["orders", [1, 0]], ["clicks", [0]]]);
  });

  test("4.6 produceRequest: whatever the topics are called", () => {
    const names = ["10", "9", "__proto__"];
    const bench = new SenderBench({ leaders: Object.fromEntries(names.map((name) => [name, [1]])) });
    const request = produceRequest(names.map((name) => bench.append(name, 0, "a")), -1, 30_000);
    expect(request.topicData!.map(({ name }) => name)).toEqual(names);
  });

  test("4.6 produceRequest: says acks and the broker's time limit; no transaction", () => {
    const { acks, timeoutMs, transactionalId = null } = produceRequest([batchOf(0, ["a"])], 1, 30_000);
    expect({ acks, timeoutMs, transactionalId }).toEqual({ acks: 1, timeoutMs: 30_000, transactionalId: null });
  });

  test("4.6 produceRequest: the records are the built batch, and not a copy of it", () => {
    const batch = batchOf(0, ["a", "b"]);
    const records = produceRequest([batch], 1, 0).topicData![0]!.partitionData![0]!.records!;
    expect(new RecordBatch(records as Uint8Array).count).toBe(2);
    expect({ isCopy: records !== batch.build() }).toEqual({ isCopy: false });
  });
});

describe("sendProducerData", () => {
  test("4.6 sendProducerData: all that one node leads goes into one request to it", () => {
    const bench = new SenderBench({ leaders: { orders: [1, 1, 2], clicks: [1] } });
    for (const partition of [0, 1, 2]) bench.append("orders", partition, "a");
    bench.append("clicks", 0, "a");
    bench.sender.sendProducerData(0);
    expect(bench.sent.map((_, i) => bench.contents(i))).toEqual(["1: orders-0 orders-1 clicks-0", "2: orders-2"]);
  });

  test("4.6 sendProducerData: nothing is sent while nothing is ready; it says when something will be", () => {
    const bench = new SenderBench({ lingerMs: 20 });
    expect(bench.sender.sendProducerData(0)).toBe(Infinity);
    bench.append("orders", 0, "a");
    expect(bench.sender.sendProducerData(5)).toBe(15);
    expect(bench.sent).toEqual([]);
    bench.sender.sendProducerData(20);
    expect(bench.contents(0)).toBe("1: orders-0");
  });

  test("4.6 sendProducerData: a node that can take nothing keeps its batches, the others don't wait for it", () => {
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

  test("4.6 sendProducerData: of several nodes that may be tried again later the first one counts", () => {
    const bench = new SenderBench({ leaders: { orders: [1, 2, 3] } });
    bench.unreachable.set(1, 80).set(2, 40).set(3, 60);
    for (const partition of [0, 1, 2]) bench.append("orders", partition, "a");
    expect(bench.sender.sendProducerData(0)).toBe(40);
  });

  test("4.6 sendProducerData: the client is asked to connect where something is ready, and nowhere else", () => {
    const bench = new SenderBench();
    bench.unreachable.set(2, 0);
    bench.append("orders", 2, "a");
    bench.sender.sendProducerData(0);
    expect(bench.asked).toEqual([2]);
  });

  test("4.6 sendProducerData: no request is made when nothing came out of the accumulator", () => {
    const bench = new SenderBench();
    bench.accumulator.drain = (_cluster, nodes) => new Map([...nodes].map((node) => [node, []]));
    bench.send(0, "a");
    expect(bench.sent).toEqual([]);
  });

  test("4.6 sendProducerData: a node that is only busy is waited for without a time", () => {
    const bench = new SenderBench();
    bench.unreachable.set(1, Infinity);
    bench.append("orders", 0, "a");
    expect(bench.sender.sendProducerData(0)).toBe(Infinity);
  });

  test("4.6 sendProducerData: for a topic without a leader the metadata are wanted [I3]", () => {
    const bench = new SenderBench({ leaders: { orders: [1, null] } });
    bench.append("orders", 1, "a");
    const { wishes } = bench.metadata;
    bench.sender.sendProducerData(0);
    expect(bench.metadata.wishes).toBeGreaterThan(wishes);
    expect(bench.metadata.topics).toEqual(["orders"]);
    expect(bench.sent).toEqual([]);
  });

  test("4.6 sendProducerData: also for a topic that is in use already; but not when all have leaders", () => {
    const bench = new SenderBench({ leaders: { orders: [1, null] } });
    bench.metadata.use("orders", 0);
    const { wishes } = bench.metadata;
    bench.send(0, "a");
    expect(bench.metadata.wishes).toBe(wishes);
    bench.send(1, "b");
    expect(bench.metadata.wishes).toBeGreaterThan(wishes);
  });

  test("4.6 sendProducerData: a request holds no more than max.request.size", () => {
    const bench = new SenderBench({ leaders: { orders: [1, 1, 1] }, maxRequestSize: 700 });
    for (const partition of [0, 1, 2]) bench.append("orders", partition, "x".repeat(200));
    for (let i = 0; i < 2; i++) bench.sender.sendProducerData(0);
    expect(bench.sent.map((_, i) => bench.contents(i))).toEqual(["1: orders-0 orders-1", "1: orders-2"]);
  });

  test("4.6 sendProducerData: the accumulator is told which nodes could take something", () => {
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
  test("4.6 sendRequest: memory goes back only when the network has let go of the bytes [I6]", () => {
    const bench = new SenderBench();
    const before = bench.pool.availableMemory;
    const batch = bench.send(0, "a");
    bench.accumulator.deallocate(batch);
    expect(bench.pool.availableMemory).toBe(before - 1024);
    bench.sent[0]!.released();
    expect(bench.pool.availableMemory).toBe(before);
  });

  test("4.6 sendRequest: that goes for each batch of the request [I6]", () => {
    const bench = new SenderBench();
    const before = bench.pool.availableMemory;
    for (const batch of bench.sendTwo()) bench.accumulator.deallocate(batch);
    expect(bench.pool.availableMemory).toBe(before - 2 * 1024);
    bench.sent[0]!.released();
    expect(bench.pool.availableMemory).toBe(before);
  });

  test("4.6 sendRequest: the broker may wait for the replicas as long as request.timeout.ms", () => {
    const bench = new SenderBench();
    bench.send(0, "a");
    expect(bench.sent[0]!.request.timeoutMs).toBe(30_000);
  });

  test("4.6 sendRequest: the listener hears of each request, and when it was made", () => {
    const bench = new SenderBench();
    bench.append("orders", 0, "a");
    bench.append("orders", 1, "b");
    bench.sender.sendProducerData(7);
    expect(bench.requests).toEqual([{ batches: 2, atMs: 7 }]);
  });

  test("4.6 sendRequest: who hears of the end of a request is told its time, not that of the sending", () => {
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

  test("4.6 sendRequest: with acks 0 nobody waits for an answer", () => {
    const [zero, one] = [new SenderBench({ acks: 0 }), new SenderBench({ acks: 1 })];
    zero.send(0, "a");
    one.send(0, "a");
    const hasOnSent = [zero, one].map(({ sent }) => sent[0]!.handler.onSent !== undefined);
    expect(hasOnSent).toEqual([true, false]);
    expect([zero.sent[0]!.request.acks, one.sent[0]!.request.acks]).toEqual([0, 1]);
  });

  test("4.6 sendRequest: to keep the order, nothing more of a partition leaves while a batch is under way", () => {
    const bench = new SenderBench({ guaranteeMessageOrder: true });
    bench.send(0, "a");
    bench.append("orders", 0, "b");
    bench.append("orders", 1, "c");
    bench.sender.sendProducerData(1);
    expect(bench.sent.map((_, i) => bench.contents(i))).toEqual(["1: orders-0", "1: orders-1"]);
  });

  test("4.6 sendRequest: that goes for each partition of the request", () => {
    const bench = new SenderBench({ guaranteeMessageOrder: true });
    bench.sendTwo();
    bench.sendTwo();
    expect(bench.sent.map((_, i) => bench.contents(i))).toEqual(["1: orders-0 orders-1"]);
  });

  test("4.6 sendRequest: otherwise the next batch may follow at once", () => {
    const bench = new SenderBench();
    bench.send(0, "a");
    bench.send(0, "b");
    expect(bench.sent.map((_, i) => bench.contents(i))).toEqual(["1: orders-0", "1: orders-0"]);
  });
});
