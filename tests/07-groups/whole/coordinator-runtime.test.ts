import { describe, expect, test } from "vitest";
import { type KafkaErrorName, refusal } from "#ground/errors";
import { CoordinatorRuntime } from "#groups";
import { type CoordinatorOptions } from "#groups/given/assembly/coordinator-partition";
import {
  answer,
  type CoordinatorShard,
  NO_PRODUCER,
  type RecordProducer,
  type Reply,
} from "#groups/given/assembly/coordinator-shard";
import { DEFAULT_LOG_CONFIG, UnifiedLog } from "#log";
import { type Partition } from "#replication";
import { RecordBatchBuilder } from "#serialization";
import { type TestRuntime, testRuntime } from "../../support/sim.ts";

/** A partition of `counters` with a log of its own, whose high watermark the test moves. */
class FakePartition {
  readonly topic: string;
  readonly index = 0;
  readonly log: UnifiedLog;
  leaderEpoch = 1;
  highWatermark = 0;
  /** Whether the high watermark moves with each append, as where there is one replica. */
  isAlone = true;
  refuses: KafkaErrorName | null = null;
  /** Reads so far. */
  reads = 0;

  constructor(runtime: TestRuntime, topic = "counters") {
    this.topic = topic;
    const topicPartition = { topic, partition: 0 };
    this.log = UnifiedLog.open({ runtime, folder: `/d/${topic}-0`, topicPartition, config: DEFAULT_LOG_CONFIG });
  }

  get name(): string {
    return `${this.topic}-0`;
  }

  get logStartOffset(): number {
    return this.log.logStartOffset;
  }

  get logEndOffset(): number {
    return this.log.logEndOffset;
  }

  read({ fetchOffset, maxBytes }: { fetchOffset: number; maxBytes: number }): { records: Uint8Array } {
    this.reads += 1;
    return this.log.read(fetchOffset, maxBytes);
  }

  appendAsLeader(records: Uint8Array): void {
    if (this.refuses !== null) throw refusal(this.refuses);
    this.log.appendAsLeader(records, this.leaderEpoch, { origin: "coordinator" });
    if (this.isAlone) this.highWatermark = this.logEndOffset;
  }

  asPartition(): Partition {
    return this as unknown as Partition;
  }
}

/** Adds up the numbers in its records. */
class Counter implements CoordinatorShard<number> {
  total = 0;
  readonly producers: RecordProducer[] = [];
  readonly ended: [producerId: number, isCommit: boolean][] = [];
  loaded = 0;
  unloaded = 0;

  replay(record: number, producer: RecordProducer): void {
    this.total += record;
    if (producer !== NO_PRODUCER) this.producers.push(producer);
  }

  replayEndTransactionMarker({ producerId }: RecordProducer, isCommit: boolean): void {
    this.ended.push([Number(producerId), isCommit]);
  }

  onLoaded(): void {
    this.loaded += 1;
  }

  onUnloaded(): void {
    this.unloaded += 1;
  }
}

const KEY = new Uint8Array([1]);

function setUp(changes: Partial<CoordinatorOptions<Counter, number>> = {}, runtime = testRuntime()) {
  const partition = new FakePartition(runtime);
  const shards: Counter[] = [];
  const coordinators = new CoordinatorRuntime<Counter, number>(runtime, {
    topic: "counters",
    serde: {
      encode: (record) => ({ key: KEY, value: new Uint8Array([record]) }),
      decode: ({ value }) => (value?.[0] === 99 ? null : value![0]!),
    },
    makeShard: () => {
      shards.push(new Counter());
      return shards.at(-1)!;
    },
    loadBufferBytes: 1_000,
    writeTimeoutMs: 5_000,
    compression: "none",
    ...changes,
  });
  const add = (...numbers: number[]): Promise<number> =>
    coordinators.write<number>(0, (shard, reply) => ({ records: numbers, answers: [answer(reply, shard.total)] }));
  return { runtime, partition, shards, coordinators, add };
}

/** As {@link setUp}, and this broker leads. */
async function leading(changes: Partial<CoordinatorOptions<Counter, number>> = {}) {
  const all = setUp(changes);
  all.coordinators.becameLeader(all.partition.asPartition());
  await all.runtime.advance(10);
  return all;
}

/** What becomes of a promise, as it stands. */
function outcomeOf(promise: Promise<unknown>): { state: unknown } {
  const outcome: { state: unknown } = { state: "waits" };
  promise.then(
    (value) => (outcome.state = value),
    (error: { code?: string }) => (outcome.state = error.code),
  );
  return outcome;
}

describe("a coordinator", () => {
  test("given: writes, replays and answers in one turn", async () => {
    const { add, shards, coordinators } = await leading();
    await add(1, 2);
    expect(shards[0]!.total).toBe(3);
    expect(await coordinators.read(0, ({ total }) => total)).toBe(3);
  });

  test("given: does nothing for what it doesn't lead, and says so while it loads", async () => {
    const { coordinators, partition, add } = setUp();
    await expect(add(1)).rejects.toMatchObject({ code: "NOT_COORDINATOR" });
    coordinators.becameLeader(partition.asPartition());
    await expect(add(1)).rejects.toMatchObject({ code: "COORDINATOR_LOAD_IN_PROGRESS" });
    expect(() => coordinators.indexes()).toThrow(expect.objectContaining({ code: "COORDINATOR_LOAD_IN_PROGRESS" }));
  });

  test("given: has nothing to do with partitions of other topics", async () => {
    const { runtime, coordinators, shards } = setUp();
    coordinators.becameLeader(new FakePartition(runtime, "others").asPartition());
    expect(shards).toEqual([]);
  });

  test("given: answers when all that it saw is below the high watermark, also where it only looked", async () => {
    const { add, coordinators, partition, runtime } = await leading();
    partition.isAlone = false;
    const written = outcomeOf(add(5));
    const looked = outcomeOf(coordinators.read(0, ({ total }) => total));
    const refused = outcomeOf(
      coordinators.read(0, () => {
        throw refusal("GROUP_ID_NOT_FOUND");
      }),
    );
    await runtime.advance(100);
    expect([written.state, looked.state, refused.state]).toEqual(["waits", "waits", "waits"]);
    partition.highWatermark = 1;
    coordinators.highWatermarkMoved(partition.asPartition());
    await runtime.advance(1);
    expect([written.state, looked.state, refused.state]).toEqual([0, 5, "GROUP_ID_NOT_FOUND"]);
  });

  test("given: answers each when its own end is reached, in order", async () => {
    const { add, coordinators, partition, runtime } = await leading();
    partition.isAlone = false;
    const outcomes = [outcomeOf(add(1)), outcomeOf(add(2)), outcomeOf(add(3))];
    partition.highWatermark = 2;
    coordinators.highWatermarkMoved(partition.asPartition());
    await runtime.advance(1);
    expect(outcomes.map(({ state }) => state)).toEqual([0, 1, "waits"]);
  });

  test("given: gives up on the replicas after a time: COORDINATOR_NOT_AVAILABLE; the record stays", async () => {
    const { add, partition, runtime, shards } = await leading();
    partition.isAlone = false;
    const first = outcomeOf(add(1));
    await runtime.advance(3_000);
    const second = outcomeOf(add(2));
    await runtime.advance(2_500);
    expect([first.state, second.state]).toEqual(["COORDINATOR_NOT_AVAILABLE", "waits"]);
    await runtime.advance(3_000);
    expect(second.state).toBe("COORDINATOR_NOT_AVAILABLE");
    expect(shards[0]!.total).toBe(3);
    expect(runtime.node.openResources.filter((name) => name.startsWith("timer"))).toEqual([]);
  });

  test.each([
    ["NOT_ENOUGH_REPLICAS", "COORDINATOR_NOT_AVAILABLE"],
    ["NOT_LEADER_OR_FOLLOWER", "NOT_COORDINATOR"],
    ["KAFKA_STORAGE_ERROR", "NOT_COORDINATOR"],
    ["MESSAGE_TOO_LARGE", "UNKNOWN_SERVER_ERROR"],
  ] as const)("given: what can't be appended (%s) is not replayed; the client hears %s", async (refuses, told) => {
    const { add, partition, shards } = await leading();
    partition.refuses = refuses;
    await expect(add(1)).rejects.toMatchObject({ code: told });
    expect(shards[0]!.total).toBe(0);
  });

  test("given: when the append fails, whoever was to be answered gets the error; who waits waits on", async () => {
    const { coordinators, partition, runtime } = await leading();
    const parked: Reply<string>[] = [];
    const park = (): Promise<string> =>
      coordinators.write<string>(0, (_, reply) => {
        parked.push(reply);
        return { records: [], answers: [] };
      });
    const [one, other] = [outcomeOf(park()), outcomeOf(park())];
    partition.refuses = "NOT_ENOUGH_REPLICAS";
    const third = outcomeOf(
      coordinators.write<string>(0, (_, reply) => ({
        records: [1],
        answers: [answer(parked[0]!, "a"), answer(reply, "c")],
      })),
    );
    await runtime.advance(1);
    const failed = "COORDINATOR_NOT_AVAILABLE";
    expect([one.state, other.state, third.state]).toEqual([failed, "waits", failed]);
    partition.refuses = null;
    await coordinators.write<string>(0, (_, reply) => ({
      records: [1],
      answers: [answer(parked[1]!, "b"), answer(reply, "d")],
    }));
    expect(other.state).toBe("b");
  });

  test("given: when the lead is lost, all who wait hear NOT_COORDINATOR, and the state is dropped", async () => {
    const { add, coordinators, partition, runtime, shards } = await leading();
    partition.isAlone = false;
    const deferred = outcomeOf(add(1));
    const parked = outcomeOf(coordinators.write(0, () => ({ records: [], answers: [] })));
    coordinators.becameFollower(partition.asPartition());
    await runtime.advance(1);
    expect([deferred.state, parked.state]).toEqual(["NOT_COORDINATOR", "NOT_COORDINATOR"]);
    expect(shards[0]!.unloaded).toBe(1);
    await expect(add(1)).rejects.toMatchObject({ code: "NOT_COORDINATOR" });
  });

  test("given: a partition that is gone, too, and the end of the broker", async () => {
    const { coordinators, partition, runtime, shards } = await leading();
    const parked = outcomeOf(coordinators.write(0, () => ({ records: [], answers: [] })));
    coordinators.stopped(partition.asPartition());
    await runtime.advance(1);
    expect(parked.state).toBe("NOT_COORDINATOR");
    coordinators.close();
    coordinators.becameLeader(partition.asPartition());
    expect(shards.length).toBe(1);
  });
});

describe("loading", () => {
  test("given: replays all that is in the log, bit by bit", async () => {
    const { add, coordinators, partition, runtime, shards } = await leading({ loadBufferBytes: 200 });
    for (let i = 1; i <= 20; i++) await add(i, 1);
    partition.leaderEpoch = 2;
    const before = partition.reads;
    coordinators.becameLeader(partition.asPartition());
    await runtime.advance(10);
    expect(shards.length).toBe(2);
    expect([shards[0]!.unloaded, shards[1]!.loaded]).toEqual([1, 1]);
    expect(shards[1]!.total).toBe(230);
    expect(partition.reads - before).toBeGreaterThan(5);
    expect(coordinators.indexes()).toEqual([0]);
  });

  test("given: leaves out records of a kind that isn't known", async () => {
    const { add, coordinators, partition, runtime, shards } = await leading();
    await add(1, 99, 2);
    partition.leaderEpoch = 2;
    coordinators.becameLeader(partition.asPartition());
    await runtime.advance(10);
    expect(shards[1]!.total).toBe(3);
  });

  test("given: passes on whose transaction a record belongs to, and how that ended", async () => {
    const { coordinators, partition, runtime, shards } = setUp();
    const producer = { producerId: 7, producerEpoch: 3 };
    const batch = new RecordBatchBuilder({ ...producer, baseSequence: 0, isTransactional: true });
    batch.append(1, KEY, new Uint8Array([4]));
    partition.appendAsLeader(batch.build());
    const marker = new RecordBatchBuilder({ ...producer, isTransactional: true, isControl: true });
    marker.append(2, new Uint8Array([0, 0, 0, 1]), new Uint8Array(6));
    partition.appendAsLeader(marker.build());
    coordinators.becameLeader(partition.asPartition());
    await runtime.advance(10);
    expect(shards[0]).toMatchObject({ total: 4, producers: [producer], ended: [[7, true]] });
  });

  test("given: writes in a transaction are marked as such", async () => {
    const { coordinators, partition, shards } = await leading();
    const producer = { producerId: 7, producerEpoch: 3 };
    await coordinators.write<null>(0, (_, reply) => ({ records: [4], answers: [answer(reply, null)], producer }));
    expect(shards[0]!.producers).toEqual([producer]);
    const { records } = partition.log.read(0, 1_000);
    expect([records[22]! & 0x10, Buffer.from(records).readBigInt64BE(43)]).toEqual([0x10, 7n]);
  });

  test("given: is given up when the lead is lost meanwhile, and begins anew in the next epoch", async () => {
    const { add, coordinators, partition, runtime, shards } = await leading();
    for (let i = 0; i < 50; i++) await add(1);
    partition.leaderEpoch = 2;
    coordinators.becameLeader(partition.asPartition());
    partition.leaderEpoch = 3;
    coordinators.becameLeader(partition.asPartition());
    await runtime.advance(100);
    expect(shards.map(({ loaded }) => loaded)).toEqual([1, 0, 1]);
    expect(shards[2]!.total).toBe(50);
  });

  test("given: that fails leaves the partition to nobody, with a line in the log", async () => {
    const { add, coordinators, partition, runtime } = await leading({
      serde: {
        encode: (record) => ({ key: KEY, value: new Uint8Array([record]) }),
        decode: () => {
          throw refusal("CORRUPT_MESSAGE");
        },
      },
    });
    await add(1);
    partition.leaderEpoch = 2;
    coordinators.becameLeader(partition.asPartition());
    await runtime.advance(10);
    await expect(add(1)).rejects.toMatchObject({ code: "NOT_COORDINATOR" });
    expect(runtime.world.traceTail()).toContain("counters-0 can't be loaded");
  });
});

describe("timers", () => {
  test("given: do their work while the broker coordinates, and not afterwards", async () => {
    let schedule: (atMs: number) => void = () => {};
    const shard = new Counter();
    const { coordinators, partition, runtime } = await leading({
      makeShard: (context) => {
        schedule = (atMs) => void context.schedule(atMs, () => ({ records: [1], answers: [] }));
        return shard;
      },
    });
    schedule(runtime.clock.nowMs() + 100);
    schedule(runtime.clock.nowMs() + 300);
    await runtime.advance(200);
    expect(shard.total).toBe(1);
    coordinators.becameFollower(partition.asPartition());
    await runtime.advance(200);
    expect(shard.total).toBe(1);
  });
});
