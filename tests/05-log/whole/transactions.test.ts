import { describe, expect, test } from "vitest";
import { consumableBatches, type UnifiedLog } from "#log";
import { testRuntime } from "../../support/sim.ts";
import { batch, joined, marker, openLog, readAll, T0 } from "../fixtures.ts";

/** A transactional batch of one record; its value's length tells it from others. */
function part(producerId: number, baseSequence: number): Uint8Array {
  const valueBytes = 100 * producerId + baseSequence;
  return batch({ producerId, producerEpoch: 0, baseSequence, isTransactional: true, valueBytes });
}

function end(log: UnifiedLog, kind: "commit" | "abort", producerId: number): void {
  log.appendAsLeader(marker(kind, producerId, 0), 0, { origin: "coordinator" });
}

/** Lengths of the values that a consumer gets, reading all up to the last stable offset. */
function consumed(log: UnifiedLog, isCommitted: boolean): number[] {
  const lengths: number[] = [];
  const maxOffset = isCommitted ? (log.firstUnstableOffset ?? log.logEndOffset) : log.logEndOffset;
  for (let offset = 0; offset < maxOffset;) {
    const read = log.read(offset, 1, { maxOffset, withAbortedTransactions: isCommitted });
    expect(read.nextOffset).toBeGreaterThan(offset);
    for (const each of consumableBatches(read.records, read.abortedTransactions ?? null)) {
      for (const { value } of each.records()) lengths.push(value!.length);
    }
    offset = read.nextOffset;
  }
  return lengths;
}

describe("transactions in a log", () => {
  test("5.8 transactions: read_committed gets what is committed, and nothing behind an open transaction", () => {
    const log = openLog(testRuntime(), { segmentBytes: 600 });
    log.appendAsLeader(part(1, 0), 0);
    log.appendAsLeader(part(2, 0), 0);
    log.appendAsLeader(batch({ valueBytes: 7 }), 0);
    log.appendAsLeader(part(1, 1), 0);
    end(log, "abort", 1);
    log.appendAsLeader(part(2, 1), 0);
    log.onHighWatermarkUpdated(log.logEndOffset);
    expect(log.firstUnstableOffset).toBe(1);
    expect(consumed(log, true)).toEqual([]);
    end(log, "commit", 2);
    log.onHighWatermarkUpdated(log.logEndOffset);
    expect(log.firstUnstableOffset).toBeNull();
    expect(consumed(log, true)).toEqual([200, 7, 201]);
    expect(consumed(log, false)).toEqual([100, 200, 7, 101, 201]);
    expect(log.segments.count).toBeGreaterThan(1);
  });

  test("given: a client can't write a marker", () => {
    const log = openLog(testRuntime());
    const append = (): unknown => log.appendAsLeader(marker("commit", 1, 0), 0);
    expect(append).toThrow(expect.objectContaining({ code: "INVALID_RECORD" }));
  });

  test("5.8 transactions: the producers' state knows who has a transaction open", () => {
    const log = openLog(testRuntime());
    expect(log.producers.hasOngoingTransaction(1)).toBe(false);
    log.appendAsLeader(part(1, 0), 0);
    expect(log.producers.hasOngoingTransaction(1)).toBe(true);
    end(log, "commit", 1);
    expect(log.producers.hasOngoingTransaction(1)).toBe(false);
  });

  test("5.8 transactions: a marker that can't be written leaves no entry in the transaction index [I6]", () => {
    const runtime = testRuntime();
    const log = openLog(runtime);
    log.appendAsLeader(part(1, 0), 0);
    for (const room of [10, 40]) {
      runtime.node.fillDisk(room);
      expect(() => end(log, "abort", 1)).toThrow(expect.objectContaining({ reason: "full" }));
      runtime.node.fillDisk(1000);
      expect(log.abortedTransactions(0, 10)).toEqual([]);
      expect([log.logEndOffset, log.firstUnstableOffset]).toEqual([1, 0]);
    }
    end(log, "commit", 1);
    log.onHighWatermarkUpdated(2);
    expect(consumed(log, true)).toEqual([100]);
  });

  test("5.8 transactions: the log start offset is never above the first unstable offset's place", () => {
    const log = openLog(testRuntime());
    log.appendAsLeader(part(1, 0), 0);
    log.appendAsLeader(part(1, 1), 0);
    log.incrementLogStartOffset(1);
    expect(log.firstUnstableOffset).toBe(1);
  });
});

describe("consumableBatches", () => {
  const at = (bytes: Uint8Array, baseOffset: number): Uint8Array => {
    bytes[7] = baseOffset; // the last byte of the base offset, outside of the checksum
    return bytes;
  };
  const lengths = (records: Uint8Array, aborted: { producerId: number; firstOffset: number }[] | null): number[] =>
    [...consumableBatches(records, aborted)].flatMap((each) => [...each.records()].map(({ value }) => value!.length));

  test("given: a producer's records are skipped from its aborted transaction's start to its marker", () => {
    const records = joined(
      at(part(1, 0), 10),
      at(part(2, 0), 11),
      at(part(1, 1), 12),
      at(marker("abort", 1, 0), 13),
      at(part(1, 2), 14),
    );
    expect(lengths(records, [{ producerId: 1, firstOffset: 10 }])).toEqual([200, 102]);
    expect(lengths(records, [])).toEqual([100, 200, 101, 102]);
    expect(lengths(records, null)).toEqual([100, 200, 101, 102]);
  });

  test("given: of the same producer two transactions, the second one aborted", () => {
    const records = joined(
      at(part(1, 0), 10),
      at(marker("commit", 1, 0), 11),
      at(part(1, 1), 12),
      at(marker("abort", 1, 0), 13),
    );
    expect(lengths(records, [{ producerId: 1, firstOffset: 12 }])).toEqual([100]);
  });

  test("given: the list need not be in order", () => {
    const records = joined(
      at(part(1, 0), 10),
      at(marker("abort", 1, 0), 11),
      at(part(2, 0), 12),
      at(marker("abort", 2, 0), 13),
    );
    const aborted = [
      { producerId: 2, firstOffset: 12 },
      { producerId: 1, firstOffset: 10 },
    ];
    expect(lengths(records, aborted)).toEqual([]);
  });

  test("given: a transaction that began before what was fetched", () => {
    const records = joined(at(part(1, 1), 12), at(marker("abort", 1, 0), 13));
    expect(lengths(records, [{ producerId: 1, firstOffset: 3 }])).toEqual([]);
  });

  test("given: what isn't transactional is never skipped", () => {
    const plain = batch({
      producerId: 1,
      producerEpoch: 0,
      baseSequence: 0,
      valueBytes: 9,
      timestamp: T0,
      baseOffset: 12,
    });
    expect(lengths(plain, [{ producerId: 1, firstOffset: 10 }])).toEqual([9]);
    expect(lengths(new Uint8Array(0), [])).toEqual([]);
  });

  test("5.8 transactions: no marker is among a consumer's batches", () => {
    const log = openLog(testRuntime());
    log.appendAsLeader(part(1, 0), 0);
    end(log, "commit", 1);
    const kinds = [...consumableBatches(readAll(log), null)].map(({ isControl }) => isControl);
    expect(kinds).toEqual([false]);
  });
});
