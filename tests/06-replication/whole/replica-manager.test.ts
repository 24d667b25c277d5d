import { afterEach, describe, expect, test, vi } from "vitest";
import { parseBrokerConfig } from "#ground/config/broker-config";
import { type AnswerPlace, ANYWHERE } from "#ground/network/received-request";
import { type PartitionRecords } from "#replication/given/partition-reads";
import { DEFAULT_LOG_CONFIG, LogManager } from "#log";
import {
  type AppendRequest,
  type FetchPartition,
  type FetchRequest,
  type LeaderEndPoint,
  MetadataImage,
  ReplicaManager,
  type TopicImage,
} from "#replication";
import { crc32c } from "#serialization";
import { expectNothingLeaks, type TestRuntime, testRuntime } from "../../support/sim.ts";
import { batchOf, valuesOf } from "../batches.ts";
import { image, partition, topic } from "../images.ts";

const { config } = parseBrokerConfig({ listeners: "PLAINTEXT://:0" });
const orders = topic("orders", 1);
let close: () => Promise<void> = async () => {};
afterEach(() => close());

/** The way to another broker: there is none. */
const NOBODY: LeaderEndPoint = {
  brokerId: 2,
  fetch: () => new Promise(() => {}),
  earliestOffset: () => new Promise(() => {}),
  latestOffset: () => new Promise(() => {}),
  close: () => {},
};

function start(runtime: TestRuntime, ...topics: readonly TopicImage[]) {
  return startIn(["/d"], runtime, ...topics);
}

async function startIn(logDirs: readonly string[], runtime: TestRuntime, ...topics: readonly TopicImage[]) {
  let logs: LogManager | undefined;
  void LogManager.start({
    runtime,
    logDirs,
    configFor: () => DEFAULT_LOG_CONFIG,
    onDirFailure: (_, partitions) => replicas.giveUp(partitions),
  }).then((started) => (logs = started));
  await runtime.world.runUntil(() => logs !== undefined, 60_000);
  const replicas = new ReplicaManager(runtime, {
    brokerId: 1,
    config,
    logs: logs!,
    sendAlterPartition: () => new Promise(() => {}),
    connectLeader: () => NOBODY,
  });
  await replicas.applyImage(image(0, ...topics));
  close = async () => {
    close = async () => {};
    replicas.close();
    let isDown = false;
    void logs!.shutdown().then(() => (isDown = true));
    await runtime.world.runUntil(() => isDown, 60_000);
    expectNothingLeaks(runtime);
  };
  return { replicas, logs: logs! };
}

/** The batch, with a checksum that fits what is in it now. */
function withRightCrc(batch: Uint8Array): Uint8Array {
  new DataView(batch.buffer, batch.byteOffset).setUint32(17, crc32c(batch, 21, batch.length));
  return batch;
}

function placeWith(changes: Partial<AnswerPlace>): AnswerPlace {
  return { ...ANYWHERE, ...changes };
}

function withCode(code: string): unknown {
  return expect.objectContaining({ code });
}

function appendOf(values: readonly string[], changes: Partial<AppendRequest> = {}): AppendRequest {
  const partitions = [{ topic: "orders", index: 0, records: batchOf(values) }];
  return { requiredAcks: 1, timeoutMs: 1000, origin: "client", transactionalId: null, partitions, ...changes };
}

type PlainFetch = FetchRequest & { readonly partitions: readonly FetchPartition[] };

function fetchOf(fetchOffset: number, changes: Partial<PlainFetch> = {}): PlainFetch {
  const noEpochs = { currentLeaderEpoch: -1, lastFetchedEpoch: -1, logStartOffset: -1 };
  const wanted = { topic: "orders", index: 0, fetchOffset, maxBytes: 1e6, ...noEpochs };
  return {
    replicaId: -1,
    replicaEpoch: -1,
    mayReadFollower: false,
    preferredReplica: null,
    isolation: "high_watermark",
    maxWaitMs: 500,
    minBytes: 1,
    maxBytes: 1e6,
    partitions: [wanted],
    ...changes,
  };
}

/** Notes what a fetch gives: the values, or the error's name. */
function watch(results: ReturnType<ReplicaManager["fetch"]>): { got: string[] | null; isLater: boolean } {
  const seen: { got: string[] | null; isLater: boolean } = { got: null, isLater: results instanceof Promise };
  const answered = Promise.resolve(results).then((all) => {
    seen.got = all.flatMap(({ error, found }) => (error === null ? valuesOf(found.records) : [error.code]));
  });
  answered.catch(() => {});
  return seen;
}

describe("ReplicaManager: append", () => {
  test("6.3 each partition succeeds or fails on its own", async () => {
    const { replicas } = await start(testRuntime(), orders);
    const results = await replicas.append(
      appendOf([], {
        partitions: [
          { topic: "orders", index: 0, records: batchOf(["a"]) },
          { topic: "orders", index: 7, records: batchOf(["b"]) },
          { topic: "orders", index: 0, records: null },
          { topic: "orders", index: 0, records: batchOf(["c"]) },
        ],
      }),
    );
    expect(results.map(({ error, baseOffset }) => error?.code ?? baseOffset)).toEqual([
      0,
      "UNKNOWN_TOPIC_OR_PARTITION",
      "INVALID_RECORD",
      1,
    ]);
  });

  test.each([2, -2, 100])("6.1 acks=%i is refused", async (requiredAcks) => {
    const { replicas } = await start(testRuntime(), orders);
    const [result] = await replicas.append(appendOf(["a"], { requiredAcks }));
    expect(result).toMatchObject({ error: { code: "INVALID_REQUIRED_ACKS" }, baseOffset: -1, logStartOffset: -1 });
  });

  test("6.3 alone in the ISR, acks=all is answered at once", async () => {
    const { replicas } = await start(testRuntime(), orders);
    expect(replicas.append(appendOf(["a"], { requiredAcks: -1 }))).not.toBeInstanceOf(Promise);
  });

  test("6.8 acks=all waits for the other in-sync replicas, acks=1 does not", async () => {
    const runtime = testRuntime();
    const { replicas } = await start(runtime, topic("orders", 1, [partition([1, 2])]));
    expect(replicas.append(appendOf(["a"]))).not.toBeInstanceOf(Promise);
    let answered: string | null = null;
    const later = replicas.append(appendOf(["b"], { requiredAcks: -1 }));
    void Promise.resolve(later).then(([result]) => (answered = result!.error?.code ?? "ok"));
    await runtime.advance(100);
    expect(answered).toBeNull();
    await replicas.fetch(fetchOf(2, { replicaId: 2, maxWaitMs: 0 }));
    await runtime.advance(1);
    expect(answered).toBe("ok");
  });

  test("6.3 a follower that doesn't come in time is REQUEST_TIMED_OUT; the record stays", async () => {
    const runtime = testRuntime();
    const { replicas } = await start(runtime, topic("orders", 1, [partition([1, 2])]));
    let code: string | undefined;
    const later = replicas.append(appendOf(["a"], { requiredAcks: -1, timeoutMs: 300 }));
    void Promise.resolve(later).then(([result]) => (code = result!.error?.code)).catch(() => {});
    await runtime.advance(301);
    expect(code).toBe("REQUEST_TIMED_OUT");
    expect(replicas.partition("orders", 0).log.logEndOffset).toBe(1);
  });

  test("6.3 a produce that waits learns that the leader has changed", async () => {
    const runtime = testRuntime();
    const old = topic("orders", 1, [partition([1, 2])]);
    const { replicas } = await start(runtime, old);
    let code: string | undefined;
    const later = replicas.append(appendOf(["a"], { requiredAcks: -1 }));
    void Promise.resolve(later).then(([result]) => (code = result!.error?.code)).catch(() => {});
    const moved = partition([1, 2], { leader: 2, leaderEpoch: 1, partitionEpoch: 1 });
    await replicas.applyImage(image(1, { ...old, partitions: [moved] }));
    await runtime.advance(1);
    expect(code).toBe("NOT_LEADER_OR_FOLLOWER");
  });
});

describe("ReplicaManager: batches that inflate to much", () => {
  const four = topic("orders", 1, Array.from({ length: 4 }, () => partition([1])));
  const bomb = batchOf([Buffer.alloc(17 << 20).toString()], { compression: "gzip", capacity: 18 << 20 });

  function appendTo(records: readonly Uint8Array[]): AppendRequest {
    return appendOf([], { partitions: records.map((each, index) => ({ topic: "orders", index, records: each })) });
  }

  test("6.3 others have their turn between them, but not those that follow from the same client", async () => {
    const runtime = testRuntime();
    const { replicas } = await start(runtime, four);
    const order: string[] = [];
    for (let index = 0; index < 4; index++) {
      const { log } = replicas.partition("orders", index);
      const append = log.appendAsLeader.bind(log);
      log.appendAsLeader = (...call) => {
        order.push(`append ${index}`);
        runtime.scheduler.soon(() => order.push("another"));
        return append(...call);
      };
    }
    const place = placeWith({
      holdBack: () => {
        order.push("hold back");
        return () => order.push("let on");
      },
    });
    const small = batchOf(["a"]);
    const results = replicas.append(appendTo([small, bomb.slice(), bomb.slice(), small.slice()]), place);
    await runtime.advance(10);
    expect((await results).map(({ error }) => error)).toEqual([null, null, null, null]);
    expect(order).toEqual([
      "append 0", "append 1", "hold back", "another", "another", "append 2", "another", "append 3", "let on", "another",
    ]);
  });

  test("6.3 all of a request may inflate to so much; of what is refused, only the text is kept", async () => {
    const runtime = testRuntime();
    const { replicas } = await start(runtime, four);
    const broken = batchOf(["a"], { compression: "gzip" });
    // A batch that can't be inflated counts as if it had been inflated to the end: 128 MiB.
    const damaged = withRightCrc(broken.fill(0xff, 65));
    const sent = [...Array.from({ length: 4 }, () => damaged.slice()), batchOf(["a"], { compression: "gzip" })];
    const partitions = [...sent, batchOf(["a"])].map((records) => ({ topic: "orders", index: 0, records }));
    const appending = replicas.append(appendOf([], { partitions }));
    await runtime.advance(10);
    const results = await appending;
    const codes = results.map(({ error }) => error?.code ?? null);
    const unforeseen = "UNKNOWN_SERVER_ERROR";
    expect(codes).toEqual([unforeseen, unforeseen, unforeseen, unforeseen, "MESSAGE_TOO_LARGE", null]);
    expect(results.some(({ error }) => error instanceof Error)).toBe(false);
  });
});

describe("ReplicaManager: fetch", () => {
  test("6.8 answers at once when there is enough", async () => {
    const { replicas } = await start(testRuntime(), orders);
    await replicas.append(appendOf(["a", "b"]));
    expect(replicas.fetch(fetchOf(0))).not.toBeInstanceOf(Promise);
  });

  test("6.8 waits at the end of the log, and is woken by an append without any time passing", async () => {
    const runtime = testRuntime();
    const { replicas } = await start(runtime, orders);
    const seen = watch(replicas.fetch(fetchOf(0)));
    await runtime.advance(400);
    expect(seen).toEqual({ got: null, isLater: true });
    await replicas.append(appendOf(["a"]));
    await runtime.advance(0);
    expect(seen.got).toEqual(["a"]);
  });

  test("6.8 gives nothing when the time is up", async () => {
    const runtime = testRuntime();
    const { replicas } = await start(runtime, orders);
    const seen = watch(replicas.fetch(fetchOf(0)));
    await runtime.advance(501);
    expect(seen.got).toEqual([]);
  });

  test("6.8 waits until minBytes have come, over several appends", async () => {
    const runtime = testRuntime();
    const { replicas } = await start(runtime, orders);
    const size = batchOf(["a"]).length;
    const seen = watch(replicas.fetch(fetchOf(0, { minBytes: 3 * size })));
    for (const value of ["a", "b"]) {
      await replicas.append(appendOf([value]));
      await runtime.advance(1);
      expect(seen.got).toBeNull();
    }
    await replicas.append(appendOf(["c"]));
    await runtime.advance(1);
    expect(seen.got).toEqual(["a", "b", "c"]);
  });

  test("6.8 gives what there is when minBytes don't come in time", async () => {
    const runtime = testRuntime();
    const { replicas } = await start(runtime, orders);
    const seen = watch(replicas.fetch(fetchOf(0, { minBytes: 10_000 })));
    await replicas.append(appendOf(["a"]));
    await runtime.advance(501);
    expect(seen.got).toEqual(["a"]);
  });

  test("6.8 an error is told at once, whatever else there is to wait for", async () => {
    const { replicas } = await start(testRuntime(), orders);
    const [wanted] = fetchOf(0).partitions;
    const partitions = [wanted!, { ...wanted!, index: 3 }, { ...wanted!, fetchOffset: 9 }];
    const seen = watch(replicas.fetch(fetchOf(0, { partitions })));
    await Promise.resolve();
    expect(seen).toEqual({ got: ["UNKNOWN_TOPIC_OR_PARTITION", "OFFSET_OUT_OF_RANGE"], isLater: false });
  });

  test("6.8 a fetch that waits learns that its topic was deleted", async () => {
    const runtime = testRuntime();
    const { replicas } = await start(runtime, orders);
    const seen = watch(replicas.fetch(fetchOf(0)));
    await replicas.applyImage(image(1));
    await runtime.advance(1);
    expect(seen.got).toEqual(["UNKNOWN_TOPIC_OR_PARTITION"]);
  });

  test("6.8 a fetch that nobody wants any more waits no longer", async () => {
    const runtime = testRuntime();
    const { replicas } = await start(runtime, orders);
    let abandon: () => void = () => {};
    const seen = watch(replicas.fetch(fetchOf(0), placeWith({ onGone: (call) => (abandon = call) })));
    const timers = () => runtime.node.openResources.filter((name) => name.startsWith("timer")).length;
    const before = timers();
    abandon();
    abandon();
    expect(timers()).toBe(before - 1);
    await runtime.advance(1000);
    expect(seen.got).toBeNull();
  });

  test("6.8 while there is no room for its answer nothing is read; it comes as soon as there is some", async () => {
    const runtime = testRuntime();
    const { replicas } = await start(runtime, orders);
    await replicas.append(appendOf(["a"]));
    let room = 0;
    const held: number[] = [];
    const calls: (() => void)[] = [];
    const place = placeWith({
      room: () => room,
      onRoom: (call) => calls.push(call),
      hold: (bytes) => held.push(bytes),
    });
    const reads = vi.spyOn(replicas.partition("orders", 0), "read");
    const seen = watch(replicas.fetch(fetchOf(0), place));
    await replicas.append(appendOf(["b"]));
    await runtime.advance(100);
    expect([seen.got, held]).toEqual([null, []]);
    expect(reads.mock.results.every(({ value }) => (value as PartitionRecords).records.length === 0)).toBe(true);
    room = 10;
    for (const call of calls) call();
    await runtime.advance(0);
    // The first batch is whole, however little the room.
    expect(seen.got).toEqual(["a"]);
    expect(held).toEqual([batchOf(["a"]).length]);
  });

  test("6.8 without room until the time is up the answer is empty, and the reader asks again", async () => {
    const runtime = testRuntime();
    const { replicas } = await start(runtime, orders);
    await replicas.append(appendOf(["a"]));
    const seen = watch(replicas.fetch(fetchOf(0), placeWith({ room: () => 0 })));
    await runtime.advance(499);
    expect(seen.got).toBeNull();
    await runtime.advance(2);
    expect(seen.got).toEqual([]);
  });

  test("6.8 the first batch is whole, later partitions get what the limit leaves", async () => {
    const two = topic("orders", 1, [partition([1]), partition([1])]);
    const { replicas } = await start(testRuntime(), two);
    for (const index of [0, 1]) {
      const partitions = [{ topic: "orders", index, records: batchOf(["x".repeat(500)]) }];
      await replicas.append(appendOf([], { partitions }));
    }
    const [wanted] = fetchOf(0).partitions;
    const results = await replicas.fetch(fetchOf(0, { maxBytes: 10, partitions: [wanted!, { ...wanted!, index: 1 }] }));
    expect(results.map(({ found }) => found!.records.length > 0)).toEqual([true, false]);
  });

  test("6.8 a fetch whose limits leave records unread doesn't wait for minBytes", async () => {
    const { replicas } = await start(testRuntime(), orders);
    for (const value of ["a", "b"]) await replicas.append(appendOf([value.repeat(600)]));
    const limited = fetchOf(0, { minBytes: 1000, maxBytes: 1000 });
    expect(replicas.fetch(limited)).not.toBeInstanceOf(Promise);
    expect(replicas.fetch({ ...limited, ...fetchOf(1), minBytes: 1000 })).toBeInstanceOf(Promise);
  });

  test("6.8 a follower's fetch counts only if its epochs are right", async () => {
    const led = (leaderEpoch: number) => partition([1, 2], { leaderEpoch, partitionEpoch: leaderEpoch });
    const { replicas } = await start(testRuntime(), topic("orders", 1, [led(0)]));
    const [wanted] = fetchOf(0).partitions;
    const fetchAsFollower = (fetchOffset: number, currentLeaderEpoch: number, lastFetchedEpoch: number) =>
      replicas.fetch(
        fetchOf(0, {
          replicaId: 2,
          maxWaitMs: 0,
          partitions: [{ ...wanted!, fetchOffset, currentLeaderEpoch, lastFetchedEpoch }],
        }),
      );
    for (const value of ["a", "b", "c"]) await replicas.append(appendOf([value]));
    await replicas.applyImage(image(1, topic("orders", 1, [led(1)])));
    for (const value of ["d", "e", "f"]) await replicas.append(appendOf([value]));
    const { log } = replicas.partition("orders", 0);
    // Its record 3 is one of epoch 0, which the leader never had.
    const [parted] = await fetchAsFollower(4, 1, 0);
    expect(parted!.found!.divergingEpoch).toEqual({ epoch: 0, endOffset: 3 });
    const [fenced] = await fetchAsFollower(6, 0, 0);
    expect(fenced!.error!.code).toBe("FENCED_LEADER_EPOCH");
    expect(replicas.partition("orders", 0).highWatermark).toBe(0);
    await fetchAsFollower(3, 1, 0);
    expect([replicas.partition("orders", 0).highWatermark, log.highWatermark]).toEqual([3, 3]);
  });

  test("6.8 a consumer gets what it waits for as soon as it is committed", async () => {
    const runtime = testRuntime();
    const { replicas } = await start(runtime, topic("orders", 1, [partition([1, 2])]));
    for (const value of ["a", "b"]) await replicas.append(appendOf([value]));
    const first = watch(replicas.fetch(fetchOf(0)));
    const second = watch(replicas.fetch(fetchOf(1)));
    await replicas.fetch(fetchOf(1, { replicaId: 2, maxWaitMs: 0 }));
    await runtime.advance(0);
    expect([first.got, second.got]).toEqual([["a"], null]);
    await replicas.fetch(fetchOf(2, { replicaId: 2, maxWaitMs: 0 }));
    await runtime.advance(0);
    expect(second.got).toEqual(["b"]);
  });

  test("6.8 close answers everything that waits", async () => {
    const runtime = testRuntime();
    const { replicas } = await start(runtime, orders);
    const seen = watch(replicas.fetch(fetchOf(0)));
    replicas.close();
    await runtime.advance(0);
    expect(seen.got).toEqual([]);
  });
});

describe("ReplicaManager: images", () => {
  test("6.3 an older or repeated image changes nothing", async () => {
    const { replicas } = await start(testRuntime(), orders);
    await replicas.applyImage(image(5));
    expect(() => replicas.partition("orders", 0)).toThrow(withCode("UNKNOWN_TOPIC_OR_PARTITION"));
    await replicas.applyImage(image(4, orders));
    await replicas.applyImage(image(5, orders));
    expect(() => replicas.partition("orders", 0)).toThrow(withCode("UNKNOWN_TOPIC_OR_PARTITION"));
  });

  test("6.3 a topic made anew under the same name is empty", async () => {
    const { replicas } = await start(testRuntime(), orders);
    await replicas.append(appendOf(["old"]));
    await replicas.applyImage(image(1, topic("orders", 2)));
    expect(replicas.partition("orders", 0).log.logEndOffset).toBe(0);
  });

  test("6.3 other settings hold from the next append on", async () => {
    const { replicas } = await start(testRuntime(), orders);
    await replicas.applyImage(image(1, { ...orders, configs: { "max.message.bytes": "70" } }));
    const [result] = await replicas.append(appendOf(["x".repeat(100)]));
    expect(result!.error?.code).toBe("MESSAGE_TOO_LARGE");
  });

  test("given: partitions of other brokers are NOT_LEADER_OR_FOLLOWER", async () => {
    const { replicas } = await start(testRuntime(), topic("orders", 1, [partition([2])]));
    expect(() => replicas.partition("orders", 0)).toThrow(withCode("NOT_LEADER_OR_FOLLOWER"));
  });

  test("6.3 logs of topics that are gone at the first image are deleted, others are kept", async () => {
    const runtime = testRuntime();
    const first = await start(runtime, orders, topic("clicks", 2));
    await first.replicas.append(appendOf(["a"]));
    await close();
    const { replicas, logs } = await start(runtime, orders);
    expect(logs.all.map(({ topicPartition }) => topicPartition.topic)).toEqual(["orders"]);
    expect(replicas.partition("orders", 0).highWatermark).toBe(1);
  });

  test("6.3 high watermarks are kept over a restart", async () => {
    const runtime = testRuntime();
    const led = topic("orders", 1, [partition([1])]);
    const first = await start(runtime, led);
    await first.replicas.append(appendOf(["a", "b"]));
    first.replicas.checkpointHighWatermarks();
    await close();
    // Now another broker leads: this one begins where it was.
    const moved = partition([2, 1], { leaderEpoch: 1, partitionEpoch: 1 });
    const { replicas } = await start(runtime, topic("orders", 1, [moved]));
    expect(replicas.partition("orders", 0)).toMatchObject({ isLeader: false, highWatermark: 2 });
  });

  test("6.3 a log dir that fails takes its partitions offline", async () => {
    const runtime = testRuntime();
    const { replicas } = await start(runtime, orders);
    runtime.node.failDisk("/d");
    const [result] = await replicas.append(appendOf(["a"]));
    expect(result!.error?.code).toBe("KAFKA_STORAGE_ERROR");
    await runtime.advance(1);
    expect(() => replicas.partition("orders", 0)).toThrow(withCode("KAFKA_STORAGE_ERROR"));
  });

  test.each(["full", "descriptors"] as const)(
    "6.3 a topic that can't be opened (%s) comes back by itself",
    async (why) => {
      const runtime = testRuntime();
      const { replicas } = await start(runtime);
      runtime.node.failDisk("/d/orders-0", why);
      await replicas.applyImage(image(1, orders, topic("clicks", 2)));
      expect(replicas.isWaitingToOpen("orders", 0)).toBe(true);
      const [result] = await replicas.append(appendOf(["a"]));
      expect(result!.error).toMatchObject({ code: "KAFKA_STORAGE_ERROR" });
      expect(result!.error!.message).toMatch(why === "full" ? "no space left" : "ulimit -n");
      expect(replicas.partition("clicks", 0).isLeader).toBe(true);
      await runtime.advance(20_000);
      expect(replicas.isWaitingToOpen("orders", 0)).toBe(true);
      runtime.node.healDisk();
      await runtime.advance(6_000);
      expect(replicas.isWaitingToOpen("orders", 0)).toBe(false);
      expect((await replicas.append(appendOf(["a"])))[0]).toMatchObject({ error: null, baseOffset: 0 });
    },
  );

  test("6.3 a log that couldn't be loaded for want of descriptors comes back with its records", async () => {
    const runtime = testRuntime();
    const first = await start(runtime, orders);
    await first.replicas.append(appendOf(["kept"]));
    await close();
    runtime.node.failDisk("/d/orders-0/00000000000000000000.log", "descriptors");
    const { replicas } = await start(runtime, orders);
    expect(() => replicas.partition("orders", 0)).toThrow("ulimit -n");
    runtime.node.healDisk();
    await runtime.advance(6_000);
    expect(replicas.partition("orders", 0)).toMatchObject({ isLeader: true, highWatermark: 1 });
  });

  test("given: a topic that couldn't be opened and was deleted meanwhile doesn't come back", async () => {
    const runtime = testRuntime();
    const { replicas, logs } = await start(runtime);
    runtime.node.failDisk("/d/orders-0/00000000000000000000.log", "descriptors");
    await replicas.applyImage(image(1, orders));
    await replicas.applyImage(image(2));
    runtime.node.healDisk();
    await runtime.advance(20_000);
    expect(logs.all).toEqual([]);
    expect(() => replicas.partition("orders", 0)).toThrow(withCode("UNKNOWN_TOPIC_OR_PARTITION"));
  });

  test("6.3 a log dir that fails when a topic is deleted keeps nothing else from being done", async () => {
    const runtime = testRuntime();
    const two = topic("orders", 1, [partition([1]), partition([1])]);
    const { replicas, logs } = await startIn(["/a", "/b"], runtime, two);
    for (const index of [0, 1]) {
      const partitions = [{ topic: "orders", index, records: batchOf(["old"]) }];
      await replicas.append(appendOf([], { partitions }));
    }
    runtime.node.failDisk("/a");
    await replicas.applyImage(image(1, topic("clicks", 3)));
    await runtime.advance(1);
    expect(logs.offlineDirs).toEqual(["/a"]);
    expect(replicas.partition("clicks", 0).log.folder).toBe("/b/clicks-0");
    // A topic of that name begins anew, in the dir that works.
    await replicas.applyImage(image(2, topic("orders", 2, two.partitions)));
    for (const index of [0, 1]) expect(replicas.partition("orders", index).log.logEndOffset).toBe(0);
  });

  test("6.3 a topic whose log dir has failed can be deleted and made anew", async () => {
    const runtime = testRuntime();
    const { replicas } = await startIn(["/a", "/b"], runtime, orders);
    runtime.node.failDisk("/a");
    await replicas.append(appendOf(["x"]));
    await runtime.advance(1);
    expect(() => replicas.partition("orders", 0)).toThrow(withCode("KAFKA_STORAGE_ERROR"));
    await replicas.applyImage(image(1));
    await replicas.applyImage(image(2, topic("orders", 2)));
    expect(replicas.partition("orders", 0).log.folder).toBe("/b/orders-0");
  });

  test("6.1 a topic whose log can't be loaded can be deleted and made anew", async () => {
    for (const isDeletedMeanwhile of [true, false]) {
      const runtime = testRuntime();
      runtime.disk.makeFolder("/d/orders-0");
      runtime.disk.writeFileAtomically("/d/orders-0/partition.metadata", Buffer.from("nonsense"));
      const { replicas } = await start(runtime, ...(isDeletedMeanwhile ? [] : [orders]));
      if (!isDeletedMeanwhile) {
        expect(() => replicas.partition("orders", 0)).toThrow(withCode("KAFKA_STORAGE_ERROR"));
        await replicas.applyImage(image(1));
      }
      await replicas.applyImage(image(2, topic("orders", 2)));
      expect(replicas.partition("orders", 0).log.logEndOffset).toBe(0);
      await close();
    }
  });

  test("given: the empty image is what a broker begins with", async () => {
    const { replicas } = await start(testRuntime());
    expect(replicas.image.isNewerThan(MetadataImage.empty(""))).toBe(true);
    expect([...replicas.partitions()]).toEqual([]);
  });
});
