import { describe, expect, test } from "vitest";
import { BufferPool } from "#accumulator/buffer-pool";
import { ProducerClosedError } from "#accumulator/given/producer-errors";
import { type RecordHeader } from "#serialization";
import { clusterOf } from "../support/clusters.ts";
import { describeBatch, soon, TestAccumulator, TIMESTAMP, turns, valueOf } from "./fixtures.ts";

describe("append", () => {
  test("3.4 append: records of one partition share a batch while they fit", () => {
    const test = new TestAccumulator();
    const [a, b, c] = ["a", "b", "c"].map((text) => test.append(valueOf(50, text), 1));
    expect([a === b, b === c], "a and b in one batch, c in another").toEqual([true, false]);
    expect(test.queue(1).map(describeBatch)).toEqual(["orders-1: a b", "orders-1: c"]);
  });

  test("3.4 append: the record is the last one of the batch that comes back", () => {
    const test = new TestAccumulator();
    const places = ["a", "b", "c"].map((text) => test.place(valueOf(50, text), 1));
    expect(places).toEqual(["record 0 of orders-1", "record 1 of orders-1", "record 0 of orders-1"]);
  });

  test("3.4 append: each partition has batches of its own", () => {
    const test = new TestAccumulator();
    for (const [partition, text] of [[0, "a"], [2, "b"], [0, "c"]] as const) test.append(valueOf(20, text), partition);
    expect([0, 1, 2].map((partition) => test.queue(partition).map(describeBatch))).toEqual([
      ["orders-0: a c"],
      [],
      ["orders-2: b"],
    ]);
  });

  test("3.4 append: a batch is as old as its first record", () => {
    const test = new TestAccumulator();
    test.now = 5;
    test.append(valueOf(20), 0);
    test.now = 8;
    test.append(valueOf(20), 0);
    expect(test.queue(0).map(({ createdMs }) => createdMs)).toEqual([5]);
    const { result } = test.queue(0)[0]!;
    const timestamps = [0, 1].map((index) => result.metadataOf(index).timestamp);
    expect(timestamps, "the records' own").toEqual([TIMESTAMP, TIMESTAMP]);
  });

  test("3.4 append: takes batch.size of memory a batch, not a record", () => {
    const test = new TestAccumulator({ memory: 1000 });
    expect(test.accumulator.hasIncomplete).toBe(false);
    for (const text of ["a", "b"]) test.append(valueOf(50, text), 0);
    expect(test.pool.availableMemory).toBe(800);
    expect(test.accumulator.hasIncomplete, "somebody waits for it").toBe(true);
    test.append(valueOf(50, "c"), 0);
    expect(test.pool.availableMemory).toBe(600);
  });

  test("3.4 append: a record that is larger than batch.size gets what it needs, and is ready", () => {
    const test = new TestAccumulator({ memory: 1000 });
    const batch = test.append(valueOf(500, "large"), 0)!;
    expect(test.pool.availableMemory).toBe(1000 - 561);
    expect([batch.isFull, describeBatch(batch)]).toEqual([true, "orders-0: large"]);
    expect(test.append(valueOf(20, "small"), 0) === batch).toBe(false);
  });

  test("3.4 append: the headers of a large record take memory, too [I1]", () => {
    const test = new TestAccumulator({ memory: 1000 });
    const headers: RecordHeader[] = [{ key: "trace", value: Buffer.alloc(500) }];
    const batch = test.append(valueOf(20), 0, headers)!;
    expect(1000 - test.pool.availableMemory).toBe(batch.build().length);
  });

  test("3.4 append: a record that no memory could hold is refused, and nothing changes", () => {
    const test = new TestAccumulator({ memory: 1000 });
    const open = test.append(valueOf(20, "a"), 0);
    const refusal = expect.objectContaining({ code: "MESSAGE_TOO_LARGE" });
    expect(() => test.append(valueOf(1000), 0)).toThrow(refusal);
    expect(test.append(valueOf(20, "b"), 0) === open, "the open batch is still open").toBe(true);
    expect(test.pool.availableMemory).toBe(800);
  });

  test("3.4 append: a batch that a record didn't fit into takes no smaller one afterwards [I5]", () => {
    const test = new TestAccumulator();
    test.append(valueOf(50, "a"), 0);
    test.append(valueOf(120, "large"), 0);
    test.append(valueOf(10, "small"), 0);
    expect(test.queue(0).map(describeBatch)).toEqual(["orders-0: a", "orders-0: large small"]);
  });

  test("3.4 append: without memory there is no batch, and the record isn't anywhere", () => {
    const test = new TestAccumulator({ memory: 400 });
    for (const text of ["a", "b"]) test.append(valueOf(100, text), 0);
    expect(test.place(valueOf(100, "c"), 0)).toBe("no memory");
    expect(test.queue(0).map(describeBatch)).toEqual(["orders-0: a", "orders-0: b"]);
    expect(test.pool.availableMemory).toBe(0);
  });

  test("3.4 append: a smaller record doesn't overtake one that found no memory [I5]", () => {
    const test = new TestAccumulator({ memory: 200 });
    test.append(valueOf(50, "a"), 0);
    expect(test.place(valueOf(120, "large"), 0)).toBe("no memory");
    expect(test.place(valueOf(10, "small"), 0), "its batch is closed now").toBe("no memory");
    expect(test.queue(0).map(describeBatch)).toEqual(["orders-0: a"]);
  });

  test("3.4 append: while others wait for memory, nobody passes them [I2]", async () => {
    const test = new TestAccumulator({ memory: 400 });
    test.append(valueOf(100, "a"), 0);
    const small = test.append(valueOf(10, "b"), 1)!;
    const waiting = test.appendWaiting(valueOf(100, "c"), 0);
    expect(test.place(valueOf(10, "d"), 1), "there is room in the batch of partition 1").toBe("no memory");
    expect(small.recordCount).toBe(1);
    test.vanish(0);
    expect(await soon(waiting)).toBe("c is record 0 for 0");
    expect(test.append(valueOf(10, "d"), 1) === small).toBe(true);
  });

  test("3.4 append: a record that can't be encoded costs no memory [I1]", () => {
    const test = new TestAccumulator({ memory: 1000 });
    let asked = 0;
    const header = {
      key: "trap",
      get value(): Uint8Array {
        if (asked++ > 0) throw new TypeError("no value any more");
        return new Uint8Array(1);
      },
    } satisfies RecordHeader;
    expect(() => test.append(valueOf(20), 0, [header])).toThrow("no value any more");
    expect([test.queue(0).length, test.pool.availableMemory, test.accumulator.hasIncomplete]).toEqual([0, 1000, false]);
  });

  test("3.8 close: nothing goes in any more", () => {
    const test = new TestAccumulator();
    test.append(valueOf(20), 0);
    test.accumulator.close();
    expect(() => test.append(valueOf(20), 0)?.partition).toThrow(ProducerClosedError);
    expect(test.queue(0).map(({ recordCount }) => recordCount)).toEqual([1]);
  });
});

describe("append to any partition", () => {
  /** The partitions of records of these sizes, of which none is sent meanwhile. */
  function partitionsOf(test: TestAccumulator, sizes: readonly number[]): number[] {
    return sizes.map((size) => test.append(valueOf(size))!.partition);
  }

  test("3.4 append: sticks to a partition for the length of a batch, then moves on", () => {
    // A batch is full with 139 bytes of records. What counts are the bytes of the batch, its header included.
    const test = new TestAccumulator();
    expect(partitionsOf(test, [50, 89, 50, 89, 50, 89, 50])).toEqual([0, 0, 1, 1, 2, 2, 0]);
  });

  test("3.4 append: stays with a partition whose batch isn't full, for the sake of the batch", () => {
    // 161 bytes, then 111 in the next batch: more than 200 in all, but moving on now would leave it half empty.
    const test = new TestAccumulator();
    expect(partitionsOf(test, [50, 50, 50, 50])).toEqual([0, 0, 0, 0]);
  });

  test("3.4 append: from twice batch.size on it moves all the same", () => {
    const test = new TestAccumulator();
    expect(partitionsOf(test, [120, 120, 120, 120]), "181, 362, 543 bytes").toEqual([0, 0, 0, 1]);
  });

  test("3.4 append: when the batch it stayed for is gone, it moves on", () => {
    const test = new TestAccumulator();
    expect(partitionsOf(test, [50, 50, 50])).toEqual([0, 0, 0]);
    test.vanish(0);
    test.vanish(0);
    expect(partitionsOf(test, [50])).toEqual([1]);
  });

  test("3.4 append: batches that linger are not torn in two [I5]", () => {
    const test = new TestAccumulator({ batchSize: 512, memory: 50_000 });
    for (let round = 0; round < 10; round++) {
      for (let i = 0; i < 8; i++) test.append(valueOf(40)); // 381 bytes in all; then linger.ms is over
      const sizes = [0, 1, 2].flatMap((partition) => test.queue(partition).map((batch) => batch.build().length));
      expect(sizes, `round ${round}`).toEqual([381]);
      test.vanish([0, 1, 2].find((partition) => test.queue(partition).length > 0)!);
    }
  });

  test("3.4 append: a record for a certain partition doesn't count for the sticky one", () => {
    const test = new TestAccumulator();
    test.append(valueOf(20));
    for (let i = 0; i < 10; i++) test.append(valueOf(139), 0);
    expect(partitionsOf(test, [20])).toEqual([0]);
  });

  test("3.4 append: nor does one that goes into the open batch of the sticky one", () => {
    const test = new TestAccumulator({ memory: 10_000 });
    test.append(valueOf(20));
    for (let i = 0; i < 10; i++) for (const size of [69, 60]) test.append(valueOf(size), 0);
    const counts = test.queue(0).map(({ recordCount }) => recordCount);
    expect(counts, "each second one went into an open batch").toEqual([2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1]);
    expect(partitionsOf(test, [10]), "81 bytes have gone to partition 0 by stickiness").toEqual([0]);
  });

  test("3.4 append: only partitions with a leader are chosen", () => {
    const test = new TestAccumulator({ cluster: clusterOf({ orders: [null, 1, null, 3] }) });
    expect(partitionsOf(test, [139, 139, 139, 139])).toEqual([1, 3, 1, 3]);
  });

  test("3.4 needsNewBatch: says whether a partitioner has to be told", () => {
    const test = new TestAccumulator();
    const needs = (size: number): boolean => {
      const topic = test.accumulator.topic("orders");
      return test.accumulator.needsNewBatch(topic, 1, TIMESTAMP, null, valueOf(size), []);
    };
    expect(needs(20), "there is no batch yet").toBe(true);
    test.append(valueOf(89), 1);
    expect([needs(50), needs(51)]).toEqual([false, true]);
  });
});

describe("waiting for memory", () => {
  test("3.4 appendWaiting: records are appended in the order in which they got in line [I2]", async () => {
    const test = new TestAccumulator({ memory: 400 });
    for (const text of ["a", "b"]) test.append(valueOf(100, text), 0);
    const waiting = ["c", "d", "e", "f"].map((text) => test.appendWaiting(valueOf(60, text), 0));
    test.vanish(0);
    expect(await soon(Promise.all(waiting.slice(0, 2)))).toEqual(["c is record 0 for 0", "d is record 1 for 0"]);
    test.vanish(0);
    expect(await soon(Promise.all(waiting.slice(2)))).toEqual(["e is record 0 for 0", "f is record 1 for 0"]);
    expect(test.queue(0).map(describeBatch)).toEqual(["orders-0: c d", "orders-0: e f"]);
  });

  test("3.4 appendWaiting: those behind go into the batch that the first one has opened", async () => {
    const test = new TestAccumulator({ memory: 200 });
    test.append(valueOf(139, "a"), 0);
    const waiting = ["b", "c", "d"].map((text) => test.appendWaiting(valueOf(40, text), 0));
    test.vanish(0);
    const places = ["b is record 0 for 0", "c is record 1 for 0", "d is record 2 for 0"];
    expect(await soon(Promise.all(waiting))).toEqual(places);
    expect(test.pool.availableMemory).toBe(0);
  });

  test("3.4 appendWaiting: after max.block.ms the record fails, those behind wait on", async () => {
    const test = new TestAccumulator({ memory: 200 });
    test.append(valueOf(139, "a"), 0);
    const waiting = [test.appendWaiting(valueOf(40, "b"), 0, 50), test.appendWaiting(valueOf(40, "c"), 0, 100)];
    expect(test.accumulator.nextWaitingExpiryMs).toBe(50);
    test.accumulator.expireWaiting(50);
    expect(await soon(waiting[0]!)).toBe("b: BufferExhaustedError");
    test.vanish(0);
    expect(await soon(waiting[1]!)).toBe("c is record 0 for 0");
  });

  test("3.4 appendWaiting: the line is bounded; who doesn't fit in fails at once [I3]", async () => {
    const pool = new BufferPool(200, 200, 350);
    const test = new TestAccumulator({ pool });
    test.append(valueOf(139, "a"), 0);
    const waiting = ["b", "c", "d"].map((text) => test.appendWaiting(valueOf(100, text), 0)); // 161 bytes each
    expect(await soon(waiting[2]!)).toBe("d: BufferExhaustedError");
    test.vanish(0);
    expect(await soon(waiting[0]!)).toBe("b is record 0 for 0");
  });

  test("3.8 close: is the end of waiting for memory", async () => {
    const test = new TestAccumulator({ memory: 200 });
    test.append(valueOf(139, "a"), 0);
    const waiting = test.appendWaiting(valueOf(40, "b"), 0);
    test.accumulator.close();
    expect(await soon(waiting)).toBe("b: ProducerClosedError");
    expect(await soon(test.appendWaiting(valueOf(40, "c"), 0))).toBe("c: ProducerClosedError");
  });

  test("3.4 appendWaiting: the time of a record counts from its send, not from its turn", async () => {
    const test = new TestAccumulator({ memory: 200 });
    test.append(valueOf(139, "a"), 0);
    test.now = 30;
    const waiting = test.appendWaiting(valueOf(40, "b"), 0);
    test.now = 500;
    test.vanish(0);
    await soon(waiting);
    expect(test.queue(0).map(({ createdMs }) => createdMs)).toEqual([30]);
  });

  test("3.4 whenMemory: is the signal to go on, and takes nothing", async () => {
    const test = new TestAccumulator({ memory: 400 });
    expect(test.accumulator.hasMemory).toBe(true);
    expect(await soon(test.accumulator.whenMemory(1000))).toBeUndefined();
    for (const text of ["a", "b"]) test.append(valueOf(139, text), 0);
    expect(test.accumulator.hasMemory).toBe(false);
    const told: string[] = [];
    const signals = ["x", "y"].map((name) => test.accumulator.whenMemory(1000).then(() => told.push(name)));
    expect(told).toEqual([]);
    test.vanish(0);
    await soon(Promise.all(signals));
    expect([told, test.pool.availableMemory, test.accumulator.hasMemory]).toEqual([["x", "y"], 200, true]);
  });

  test("3.4 whenMemory: comes after those who wait already, and holds nothing [I2]", async () => {
    const pool = new BufferPool(400, 200, 100);
    const test = new TestAccumulator({ pool });
    test.append(valueOf(300, "a"), 0);
    const told: string[] = [];
    const waiting = test.appendWaiting(valueOf(20, "b"), 1).then(() => told.push("b")); // holds 81 bytes
    const tell = (what: string) => (): number => told.push(what);
    const signals = ["x", "y"].map((name) => test.accumulator.whenMemory(1000).then(tell(name), tell("in vain")));
    await turns();
    expect([told, pool.queued, pool.waitingBytes]).toEqual([[], 3, 81]);
    test.vanish(0);
    await soon(Promise.all([waiting, ...signals]));
    expect([told.sort(), pool.availableMemory]).toEqual([["b", "x", "y"], 200]);
  });

  test("3.4 whenMemory: less memory than a batch takes is none", async () => {
    const pool = new BufferPool(500, 200);
    const test = new TestAccumulator({ pool });
    test.append(valueOf(139, "a"), 0);
    const [small, large] = [pool.tryAllocate(100)!, pool.tryAllocate(150)!];
    const signal = test.accumulator.whenMemory(1000).then(() => `told, ${pool.availableMemory} bytes are there`);
    pool.deallocate(small);
    expect(await soon(signal), "150 of the 200 bytes that a batch takes").toBe("still waiting");
    pool.deallocate(large);
    expect(await soon(signal)).toBe("told, 300 bytes are there");
  });

  test("3.8 close: whenMemory's promise says so; the call itself doesn't throw", async () => {
    const test = new TestAccumulator({ memory: 200 });
    test.append(valueOf(139, "a"), 0);
    test.accumulator.close();
    const signal = test.accumulator.whenMemory(1000).then(() => "memory", (error: Error) => error.name);
    expect(await soon(signal)).toBe("ProducerClosedError");
  });

  test("3.4 whenMemory: has an end, too", async () => {
    const test = new TestAccumulator({ memory: 200 });
    test.append(valueOf(139, "a"), 0);
    const signal = test.accumulator.whenMemory(50).then(() => "memory", (error: Error) => error.name);
    test.accumulator.expireWaiting(50);
    expect(await soon(signal)).toBe("BufferExhaustedError");
  });
});
