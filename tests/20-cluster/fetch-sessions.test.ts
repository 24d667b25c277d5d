import { afterEach, describe, expect, test, vi } from "vitest";
import { FetchSessionHandler } from "#ground/fetch-session-handler";
import { KafkaError, ERRORS } from "#ground/errors";
import { type BrokerConnection } from "#ground/network/broker-connection";
import { Fetch, type FetchResponse } from "#ground/protocol/messages/01-fetch";
import { DeleteTopics } from "#ground/protocol/messages/20-delete-topics";
import { DeleteRecords } from "#ground/protocol/messages/21-delete-records";
import { Partition } from "#replication";
import { valuesOf } from "../06-replication/batches.ts";
import { createTopic, produce } from "./clients.ts";
import { SimBroker } from "./sim-broker.ts";

interface Session {
  readonly sessionId?: number;
  readonly sessionEpoch: number;
}

interface Limits {
  readonly maxWaitMs?: number;
  readonly minBytes?: number;
  readonly maxBytes?: number;
}

/** A broker with one topic of three partitions, and a client of it. */
async function withTopic(config: Record<string, unknown> = {}): Promise<{ sim: SimBroker; client: BrokerConnection }> {
  const sim = await SimBroker.started(1, config);
  const client = await sim.connect();
  await sim.run(createTopic(client, "orders", {}, 3));
  return { sim, client };
}

/** Fetches: partition → offset, of those that are named; `forgotten` are taken out of the session. */
function fetchIn(
  client: BrokerConnection,
  session: Session,
  offsets: Readonly<Record<number, number>>,
  { forgotten = [], replicaId = -1, ...limits }: Limits & { forgotten?: readonly number[]; replicaId?: number } = {},
): Promise<FetchResponse> {
  const partitions = Object.entries(offsets).map(([partition, fetchOffset]) => {
    return { partition: Number(partition), fetchOffset, partitionMaxBytes: 1 << 20 };
  });
  const topics = partitions.length === 0 ? [] : [{ topic: "orders", partitions }];
  const forgottenTopicsData = forgotten.length === 0 ? [] : [{ topic: "orders", partitions: forgotten }];
  const request = { replicaId, maxWaitMs: 100, minBytes: 1, ...limits, ...session, topics, forgottenTopicsData };
  return client.send(Fetch, request, { version: 12 });
}

/** What an answer has: partition → values. */
function told({ responses }: FetchResponse): Record<number, string[]> {
  const partitions = responses.flatMap((topic) => topic.partitions);
  return Object.fromEntries(partitions.map(({ partitionIndex, records }) => [partitionIndex, valuesOf(records!)]));
}

const ALL = { 0: 0, 1: 0, 2: 0 };

describe("a fetch session", () => {
  test("is answered first with all partitions, then only with those that have news", async () => {
    const { sim, client } = await withTopic();
    const first = await sim.run(fetchIn(client, { sessionEpoch: 0 }, ALL));
    expect(told(first)).toEqual({ 0: [], 1: [], 2: [] });
    const { sessionId } = first;
    expect(told(await sim.run(fetchIn(client, { sessionId, sessionEpoch: 1 }, {})))).toEqual({});
    await sim.run(produce(client, "orders", ["a"], -1, 1));
    expect(told(await sim.run(fetchIn(client, { sessionId, sessionEpoch: 2 }, {})))).toEqual({ 1: ["a"] });
    // The reader has gone on: nothing new there, until the next record.
    expect(told(await sim.run(fetchIn(client, { sessionId, sessionEpoch: 3 }, { 1: 1 })))).toEqual({});
    await sim.run(produce(client, "orders", ["b"], -1, 2));
    const news = await sim.run(fetchIn(client, { sessionId, sessionEpoch: 4 }, {}, { forgotten: [2] }));
    expect(told(news)).toEqual({});
  });

  test("that is unknown or out of step is refused; a full request that names it ends it", async () => {
    const { sim, client } = await withTopic();
    const { sessionId } = await sim.run(fetchIn(client, { sessionEpoch: 0 }, ALL));
    const code = async (session: Session): Promise<number> => (await sim.run(fetchIn(client, session, {}))).errorCode;
    expect(await code({ sessionId, sessionEpoch: 2 })).toBe(ERRORS.INVALID_FETCH_SESSION_EPOCH[0]);
    expect(await code({ sessionId: sessionId + 1, sessionEpoch: 1 })).toBe(ERRORS.FETCH_SESSION_ID_NOT_FOUND[0]);
    const next = await sim.run(fetchIn(client, { sessionId, sessionEpoch: 0 }, ALL));
    expect(next.sessionId).not.toBe(sessionId);
    expect(await code({ sessionId, sessionEpoch: 1 })).toBe(ERRORS.FETCH_SESSION_ID_NOT_FOUND[0]);
  });

  test("is not begun when there is no room; a session that nobody used for two minutes makes room", async () => {
    const { sim, client } = await withTopic({ "max.incremental.fetch.session.cache.slots": 1 });
    expect((await sim.run(fetchIn(client, { sessionEpoch: 0 }, ALL))).sessionId).not.toBe(0);
    const refused = await sim.run(fetchIn(client, { sessionEpoch: 0 }, ALL));
    expect(refused.sessionId).toBe(0);
    expect(told(refused)).toEqual({ 0: [], 1: [], 2: [] });
    await sim.world.run(121_000);
    expect((await sim.run(fetchIn(client, { sessionEpoch: 0 }, ALL))).sessionId).not.toBe(0);
  });

  test("with two errors in it is told of both each time", async () => {
    const { sim, client } = await withTopic();
    const first = await sim.run(fetchIn(client, { sessionEpoch: 0 }, { 0: 5, 1: 0, 7: 0 }));
    const next = await sim.run(fetchIn(client, { sessionId: first.sessionId, sessionEpoch: 1 }, {}));
    const errors = next.responses.flatMap(({ partitions }) => partitions.map((one) => one.errorCode));
    expect(errors).toEqual([ERRORS.OFFSET_OUT_OF_RANGE[0], ERRORS.UNKNOWN_TOPIC_OR_PARTITION[0]]);
  });
});

describe("a fetch in a session", () => {
  /** A session in which all three partitions rest: the reader has been told all. */
  async function resting(config: Record<string, unknown> = {}) {
    const { sim, client } = await withTopic(config);
    const { sessionId } = await sim.run(fetchIn(client, { sessionEpoch: 0 }, ALL));
    let sessionEpoch = 0;
    const next = (offsets: Readonly<Record<number, number>> = {}, limits: Limits = {}): Promise<FetchResponse> => {
      return fetchIn(client, { sessionId, sessionEpoch: ++sessionEpoch }, offsets, limits);
    };
    await sim.run(next());
    return { sim, client, next };
  }

  /** The partitions that are read from now on. */
  function reads(): number[] {
    const indexes: number[] = [];
    const read = Partition.prototype.read;
    vi.spyOn(Partition.prototype, "read").mockImplementation(function (this: Partition, asked) {
      if (this.topic === "orders") indexes.push(this.index);
      return read.call(this, asked);
    });
    return indexes;
  }

  afterEach(() => void vi.restoreAllMocks());

  test("costs what has changed: partitions in which nothing happens are not looked at", async () => {
    const { sim, client, next } = await resting();
    const read = reads();
    expect(told(await sim.run(next()))).toEqual({});
    expect(read).toEqual([]);
    await sim.run(produce(client, "orders", ["a"], -1, 1));
    expect(told(await sim.run(next()))).toEqual({ 1: ["a"] });
    expect(told(await sim.run(next({ 1: 1 })))).toEqual({});
    expect(new Set(read)).toEqual(new Set([1]));
  });

  test("that waits sees what comes meanwhile, also together, in partitions that rested", async () => {
    const { sim, client, next } = await resting();
    const other = await sim.connect();
    const waiting = next({}, { minBytes: 130, maxWaitMs: 5_000 });
    let answered = false;
    void waiting.then(() => (answered = true));
    await sim.run(produce(other, "orders", ["a"], -1, 0));
    await sim.world.run(50);
    expect(answered).toBe(false);
    await sim.run(produce(other, "orders", ["b"], -1, 2));
    expect(told(await sim.run(waiting))).toEqual({ 0: ["a"], 2: ["b"] });
    client.close();
  });

  test("has all partitions in turn, when not all fit into one answer", async () => {
    const { sim, client, next } = await resting();
    const offsets = [0, 0, 0];
    for (const index of [0, 1, 2]) {
      for (let i = 0; i < 4; i++) await sim.run(produce(client, "orders", [`${index}${i}`], -1, index));
    }
    const seen: number[] = [];
    let asked: Record<number, number> = {};
    for (let i = 0; i < 6; i++) {
      const [[index] = []] = Object.entries(told(await sim.run(next(asked, { maxBytes: 1 }))));
      const at = Number(index);
      seen.push(at);
      asked = { [at]: ++offsets[at]! };
    }
    expect(seen).toEqual([0, 1, 2, 0, 1, 2]);
  });

  test("is told that the log begins later, though nothing was appended", async () => {
    const { sim, client, next } = await resting();
    await sim.run(produce(client, "orders", ["a", "b"], -1, 1));
    await sim.run(next());
    await sim.run(next({ 1: 2 }));
    await sim.run(next());
    const partitions = [{ partitionIndex: 1, offset: 1n }];
    await sim.run(client.send(DeleteRecords, { topics: [{ name: "orders", partitions }], timeoutMs: 1_000 }));
    const { responses } = await sim.run(next());
    expect(responses[0]!.partitions[0]).toMatchObject({ partitionIndex: 1, logStartOffset: 1 });
  });

  test("is told that the topic was deleted", async () => {
    const { sim, client, next } = await resting();
    const other = await sim.connect();
    const waiting = next({}, { maxWaitMs: 60_000 });
    await sim.run(other.send(DeleteTopics, { topics: [{ name: "orders" }], timeoutMs: 1_000 }));
    const { responses } = await sim.run(waiting);
    const codes = responses.flatMap(({ partitions }) => partitions.map((one) => one.errorCode));
    expect(codes.length).toBeGreaterThan(0);
    expect(new Set(codes)).toEqual(new Set([ERRORS.UNKNOWN_TOPIC_OR_PARTITION[0]]));
    client.close();
  });
});

describe("a reader's side of a session", () => {
  test("told bit by bit, says only what has changed since the last request", () => {
    const session = new FetchSessionHandler<string>((one, other) => one === other);
    for (const name of ["a", "b", "c"]) session.want(name, `${name}0`);
    expect(session.next()).toMatchObject({ changed: ["a0", "b0", "c0"], forgotten: [] });
    session.answered(5);
    session.want("a", "a0");
    session.want("b", "b1");
    session.forget("c");
    expect(session.next()).toMatchObject({ sessionEpoch: 1, changed: ["b1"], forgotten: ["c0"] });
    session.answered(5);
    expect(session.next()).toMatchObject({ changed: [], forgotten: [] });
    session.forget("b");
    session.want("b", "b1");
    session.failed(new KafkaError("FETCH_SESSION_ID_NOT_FOUND"));
    expect(session.next()).toMatchObject({ sessionEpoch: 0, changed: ["a0", "b1"], forgotten: [] });
  });

  test("says all first, then what has changed and what is forgotten; and all again after an error", () => {
    const session = new FetchSessionHandler<string>((one, other) => one === other);
    const next = (wanted: Readonly<Record<string, string>>): ReturnType<typeof session.next> => {
      return session.next(new Map(Object.entries(wanted)));
    };
    expect(next({ a: "a0", b: "b0" })).toMatchObject({ sessionEpoch: 0, changed: ["a0", "b0"], forgotten: [] });
    session.answered(5);
    const second = next({ a: "a1", c: "c0" });
    expect(second).toEqual({ sessionId: 5, sessionEpoch: 1, changed: ["a1", "c0"], forgotten: ["b0"] });
    session.failed(new KafkaError("INVALID_FETCH_SESSION_EPOCH"));
    expect(next({ a: "a1" })).toEqual({ sessionId: 5, sessionEpoch: 0, changed: ["a1"], forgotten: [] });
    session.failed(new KafkaError("FETCH_SESSION_ID_NOT_FOUND"));
    expect(next({ a: "a1" })).toEqual({ sessionId: 0, sessionEpoch: 0, changed: ["a1"], forgotten: [] });
  });
});
