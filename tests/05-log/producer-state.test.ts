import { describe, expect, test } from "vitest";
import { type AppendOrigin, ProducerStateManager } from "#log";
import { batches } from "#serialization";
import { type TestRuntime, testRuntime } from "../support/sim.ts";
import { batch, type BatchSpec, joined, marker, T0 } from "./fixtures.ts";

const FOLDER = "/log/t-0";
const EXPIRATION_MS = 10_000;

function manager(runtime: TestRuntime = testRuntime()): ProducerStateManager {
  runtime.disk.makeFolder(FOLDER);
  return new ProducerStateManager(runtime.disk, FOLDER, runtime.log, EXPIRATION_MS);
}

/** Takes in batches as an append does, at the offsets that they have. */
function take(producers: ProducerStateManager, bytes: Uint8Array, origin: AppendOrigin = "client"): void {
  producers.commit(producers.prepare([...batches(bytes)], origin, "t-0"));
}

/** A batch of producer 5. */
function sent(baseSequence: number, options: BatchSpec = {}): Uint8Array {
  return batch({ producerId: 5, producerEpoch: 0, baseSequence, baseOffset: baseSequence, ...options });
}

describe("sequences", () => {
  test("5.8 checkSequence: an unknown producer may begin at any sequence", () => {
    const producers = manager();
    take(producers, sent(15));
    take(producers, sent(16));
    expect([producers.lastEntry(5)!.epoch, producers.lastEntry(5)!.lastSequence]).toEqual([0, 16]);
  });

  test("5.8 checkSequence: after that there are no gaps and no steps back", () => {
    const producers = manager();
    take(producers, sent(0, { records: 3 }));
    for (const sequence of [0, 2, 4]) {
      const append = (): void => take(producers, sent(sequence));
      expect(append).toThrow(expect.objectContaining({ code: "OUT_OF_ORDER_SEQUENCE_NUMBER" }));
    }
    take(producers, sent(3));
  });

  test("5.8 checkSequence: sequences wrap around after 2^31 − 1", () => {
    const producers = manager();
    const near = 0x7fff_fffe;
    take(producers, sent(near, { records: 2, baseOffset: 0 }));
    take(producers, sent(0, { baseOffset: 2 }));
    const over = manager();
    take(over, sent(near, { records: 4, baseOffset: 0 }));
    expect(over.lastEntry(5)!.lastSequence).toBe(1);
    const again = [...batches(sent(near, { records: 4, baseOffset: 9 }))][0]!;
    expect(over.lastEntry(5)!.findDuplicate(again)).toMatchObject({ lastOffset: 3 });
  });

  test("5.8 checkEpoch: a new epoch begins at 0, an old one is fenced", () => {
    const producers = manager();
    take(producers, sent(7));
    const late = (): void => take(producers, sent(8, { producerEpoch: 1 }));
    expect(late).toThrow(expect.objectContaining({ code: "OUT_OF_ORDER_SEQUENCE_NUMBER" }));
    take(producers, sent(0, { producerEpoch: 1 }));
    const old = (): void => take(producers, sent(8));
    expect(old).toThrow(expect.objectContaining({ code: "INVALID_PRODUCER_EPOCH" }));
  });

  test("5.8 findDuplicate: the last five batches are remembered, by their whole range", () => {
    const producers = manager();
    for (let i = 0; i < 6; i++) take(producers, sent(2 * i, { records: 2 }));
    const entry = producers.lastEntry(5)!;
    const known = (baseSequence: number, records = 2, producerEpoch = 0): number | undefined =>
      entry.findDuplicate([...batches(sent(baseSequence, { records, producerEpoch }))][0]!)?.lastOffset;
    expect([0, 2, 4, 6, 8, 10].map((sequence) => known(sequence))).toEqual([undefined, 3, 5, 7, 9, 11]);
    expect([known(2, 1), known(2, 4), known(2, 2, 1)]).toEqual([undefined, undefined, undefined]);
  });

  test("5.8 addBatch: what was checked by the leader is not checked again", () => {
    const producers = manager();
    take(producers, sent(4));
    take(producers, sent(9, { baseOffset: 5 }), "replication");
    take(producers, sent(0, { producerEpoch: -1, baseOffset: 6 }), "replication");
    expect(producers.mapEndOffset).toBe(7);
  });

  test("5.8 addBatch: nothing changes before the commit", () => {
    const producers = manager();
    const changes = producers.prepare([...batches(sent(0))], "client", "t-0");
    expect(producers.lastEntry(5)).toBeUndefined();
    producers.commit(changes);
    expect(producers.lastEntry(5)).toBeDefined();
  });

  test("given: producers without an id leave no trace", () => {
    const producers = manager();
    take(producers, batch({ baseOffset: 3 }));
    expect([producers.producers.size, producers.mapEndOffset]).toEqual([0, 4]);
  });
});

describe("transactions", () => {
  const part = (baseSequence: number, baseOffset: number, producerId = 5): Uint8Array =>
    sent(baseSequence, { baseOffset, producerId, isTransactional: true });
  const end = (kind: "commit" | "abort", baseOffset: number, producerId = 5): Uint8Array =>
    marker(kind, producerId, 0, { baseOffset });

  test("5.8 transactions: the first unstable offset is that of the oldest open transaction", () => {
    const producers = manager();
    take(producers, part(0, 10));
    take(producers, part(0, 11, 6));
    take(producers, part(1, 12));
    expect(producers.firstUnstableOffset).toBe(10);
    take(producers, end("commit", 13), "coordinator");
    producers.onHighWatermarkUpdated(14);
    expect(producers.firstUnstableOffset).toBe(11);
  });

  test("5.8 transactions: one is decided only when its marker is below the high watermark", () => {
    const producers = manager();
    take(producers, part(0, 10));
    take(producers, end("commit", 11), "coordinator");
    producers.onHighWatermarkUpdated(11);
    expect(producers.firstUnstableOffset).toBe(10);
    producers.onHighWatermarkUpdated(12);
    expect(producers.firstUnstableOffset).toBeNull();
  });

  test("5.8 transactions: with an aborted one goes where the next open one begins", () => {
    const producers = manager();
    take(producers, joined(part(0, 0), part(0, 1, 6)), "replication");
    const changes = producers.prepare([...batches(joined(end("abort", 2, 6), end("abort", 3)))], "replication", "t-0");
    expect(changes.aborted).toEqual([
      { producerId: 6, firstOffset: 1, lastOffset: 2, lastStableOffset: 0 },
      { producerId: 5, firstOffset: 0, lastOffset: 3, lastStableOffset: 4 },
    ]);
  });

  test("5.8 transactions: one may begin and end in one append, and the next one begin", () => {
    const producers = manager();
    take(producers, joined(part(0, 0), end("abort", 1), part(1, 2)), "replication");
    producers.onHighWatermarkUpdated(3);
    expect(producers.firstUnstableOffset).toBe(2);
  });

  test("5.8 setEpoch: a marker without a transaction changes the epoch, and nothing else", () => {
    const producers = manager();
    take(producers, sent(0));
    const changes = producers.prepare([...batches(marker("abort", 5, 3, { baseOffset: 1 }))], "coordinator", "t-0");
    expect([changes.completed, changes.aborted]).toEqual([[], []]);
    producers.commit(changes);
    const { epoch, isEmpty, coordinatorEpoch } = producers.lastEntry(5)!;
    expect([epoch, isEmpty, coordinatorEpoch]).toEqual([3, true, 0]);
  });

  test("5.8 transactions: in one only transactional batches are accepted", () => {
    const producers = manager();
    take(producers, part(0, 0));
    const append = (): void => take(producers, sent(1));
    expect(append).toThrow(expect.objectContaining({ code: "INVALID_TXN_STATE" }));
  });

  test("5.8 transactions: a coordinator that has been deposed can't end a transaction", () => {
    const producers = manager();
    take(producers, part(0, 0));
    take(producers, end("commit", 1), "coordinator");
    producers.lastEntry(5)!.coordinatorEpoch = 4;
    take(producers, part(1, 2));
    const append = (): void => take(producers, end("abort", 3), "coordinator");
    expect(append).toThrow(expect.objectContaining({ code: "TRANSACTION_COORDINATOR_FENCED" }));
  });
});

describe("snapshots and expiry", () => {
  const old = { timestamp: T0 };

  test("5.8 snapshots: the state is found again in the latest snapshot", () => {
    const runtime = testRuntime();
    const producers = manager(runtime);
    take(producers, sent(0, old));
    expect(producers.takeSnapshot()).toBe(`${FOLDER}/00000000000000000001.snapshot`);
    take(producers, sent(1, old));
    producers.takeSnapshot();
    const again = manager(runtime);
    again.truncateAndReload(0, 2, T0);
    expect([again.lastEntry(5)!.lastSequence, again.lastEntry(5)!.lastDataOffset]).toEqual([1, 1]);
    expect(again.mapEndOffset).toBe(2);
    const back = manager(runtime);
    back.truncateAndReload(0, 1, T0);
    expect(back.lastEntry(5)!.lastSequence).toBe(0);
    expect(back.snapshotOffsets).toEqual([1]);
  });

  test("5.8 snapshots: none is written when nothing has changed", () => {
    const producers = manager();
    expect(producers.takeSnapshot()).toBeNull();
    take(producers, sent(0, old));
    expect(producers.takeSnapshot()).not.toBeNull();
    expect(producers.takeSnapshot()).toBeNull();
  });

  test("5.8 snapshots: a damaged one is removed, and the one before is used", () => {
    const runtime = testRuntime();
    const producers = manager(runtime);
    take(producers, sent(0, old));
    producers.takeSnapshot();
    take(producers, sent(1, old));
    const path = producers.takeSnapshot()!;
    runtime.disk.writeFileAtomically(path, runtime.disk.readFile(path).fill(1, 20, 21));
    const again = manager(runtime);
    again.truncateAndReload(0, 2, T0);
    expect([again.lastEntry(5)!.lastSequence, again.mapEndOffset, again.snapshotOffsets]).toEqual([0, 1, [1]]);
    runtime.disk.writeFileAtomically(`${FOLDER}/00000000000000000001.snapshot`, new Uint8Array(3));
    const none = manager(runtime);
    none.truncateAndReload(0, 2, T0);
    expect([none.producers.size, none.mapEndOffset]).toEqual([0, 0]);
  });

  test("5.8 snapshots: an open transaction is found again", () => {
    const runtime = testRuntime();
    const producers = manager(runtime);
    take(producers, sent(0, { ...old, isTransactional: true, baseOffset: 7 }));
    producers.takeSnapshot();
    const again = manager(runtime);
    again.truncateAndReload(0, 8, T0 + 2 * EXPIRATION_MS);
    expect(again.firstUnstableOffset).toBe(7);
  });

  test("5.8 producers: one that was silent for producer.id.expiration.ms is forgotten", () => {
    const runtime = testRuntime();
    const producers = manager(runtime);
    take(producers, sent(0, old));
    producers.takeSnapshot();
    producers.removeExpiredProducers(T0 + EXPIRATION_MS - 1);
    expect(producers.producers.size).toBe(1);
    producers.removeExpiredProducers(T0 + EXPIRATION_MS);
    expect(producers.producers.size).toBe(0);
    const again = manager(runtime);
    again.truncateAndReload(0, 1, T0 + EXPIRATION_MS);
    expect(again.producers.size).toBe(0);
  });

  test("5.8 producers: unless it is in the middle of a transaction", () => {
    const producers = manager();
    take(producers, sent(0, { ...old, isTransactional: true }));
    producers.removeExpiredProducers(T0 + 10 * EXPIRATION_MS);
    expect(producers.producers.size).toBe(1);
  });

  test("given: snapshots that begin no segment go, but for one at the log's end", () => {
    const runtime = testRuntime();
    const producers = manager(runtime);
    for (const offset of [4, 9, 12, 20]) {
      producers.mapEndOffset = offset;
      producers.takeSnapshot();
    }
    producers.removeStraySnapshots([0, 9, 15]);
    expect(producers.snapshotOffsets).toEqual([9, 20]);
    producers.removeStraySnapshots([0, 9, 25]);
    expect(producers.snapshotOffsets).toEqual([9]);
    expect(runtime.disk.list(FOLDER)).toEqual(["00000000000000000009.snapshot"]);
  });

  test("5.8 snapshots: a full disk leaves no broken snapshot that counts", () => {
    const runtime = testRuntime();
    const producers = manager(runtime);
    take(producers, sent(0, old));
    runtime.node.fillDisk(20);
    expect(() => producers.takeSnapshot()).toThrow(expect.objectContaining({ reason: "full" }));
    runtime.node.fillDisk(1000);
    producers.takeSnapshot();
    const again = manager(runtime);
    again.truncateAndReload(0, 1, T0);
    expect(again.producers.size).toBe(1);
  });
});
