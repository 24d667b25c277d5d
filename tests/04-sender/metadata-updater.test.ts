import { describe, expect, test } from "vitest";
import { type Node } from "#ground/cluster";
import { KafkaError, type KafkaErrorName } from "#ground/errors";
import { type MetadataResponse } from "#ground/protocol/messages/03-metadata";
import { type RequestHandler } from "#sender/given/assembly/network-request";
import { bootstrapCluster } from "#sender/given/assembly/bootstrap-servers";
import { Metadata } from "#sender/metadata";
import { MetadataUpdater } from "#sender/metadata-updater";
import { type NetworkClient } from "#sender/network-client";
import { testRuntime } from "../support/sim.ts";
import { metadataAnswer, steadyBackoff } from "./fixtures.ts";

interface Asked {
  readonly node: number;
  readonly topics: readonly string[] | null;
  readonly handler: RequestHandler<MetadataResponse>;
}

/** An updater whose client does as the test says. Its metadata begin with the addresses −1 and −2. */
class Bench {
  readonly metadata: Metadata;
  readonly updater: MetadataUpdater;
  /** Requests that were sent. */
  readonly asked: Asked[] = [];
  /** Nodes that the client was asked to connect to. */
  readonly connected: number[] = [];
  /** Nodes that can take a request, in the order in which the client would choose them. */
  ready: number[] = [-1];
  /** Nodes that are being connected to: chosen when none is ready. */
  connecting: number[] = [];
  /** How long until one may connect to a node. */
  delays: Record<number, number> = {};
  /** When `onUpdate` was called. */
  readonly updates: number[] = [];

  constructor(rebootstrap = true) {
    const bootstrap = bootstrapCluster(["broker-1:9092", "broker-2:9092"]);
    this.metadata = new Metadata({ bootstrap, maxAgeMs: 300_000, maxIdleMs: 60_000, backoff: steadyBackoff() });
    const options = {
      allowAutoTopicCreation: true,
      rebootstrap,
      onUpdate: (now: number): void => void this.updates.push(now),
    };
    this.updater = new MetadataUpdater(this.metadata, this.#client(), options, testRuntime().log);
  }

  #client(): NetworkClient {
    const client = {
      leastLoadedNode: (nodes: readonly Node[]): Node | null => {
        const ids = [...this.ready, ...this.connecting];
        const id = ids.find((one) => nodes.some((node) => node.id === one));
        return nodes.find((node) => node.id === id) ?? null;
      },
      ready: ({ id }: Node): boolean => {
        this.connected.push(id);
        return this.ready.includes(id);
      },
      connectionDelayMs: (id: number): number => this.delays[id] ?? Infinity,
      isAnyWithinReach: (nodes: readonly Node[]): boolean => nodes.some(({ id }) => !(id in this.delays)),
      send: (node: number, _api: unknown, request: { topics: { name: string }[] | null }, handler: never): void => {
        this.asked.push({ node, topics: request.topics?.map(({ name }) => name) ?? null, handler });
      },
    };
    return client as unknown as NetworkClient;
  }

  /** Who was asked, in order. */
  get nodes(): number[] {
    return this.asked.map(({ node }) => node);
  }

  /** Asks node −1, whose answer says that there are the brokers 1 to 3, and knows "orders". */
  learn(now = 0): void {
    this.metadata.use("orders", now);
    this.updater.maybeUpdate(now);
    this.asked.at(-1)!.handler.onResponse(metadataAnswer({ orders: [1] }), now);
  }
}

/** An answer that is an error as a whole. */
function refusal(code: KafkaErrorName): MetadataResponse {
  return { ...metadataAnswer({}), errorCode: new KafkaError(code).errorCode };
}

describe("maybeUpdate", () => {
  test("4.5 maybeUpdate: when it is time, one node is asked about all topics in use", () => {
    const bench = new Bench();
    bench.metadata.use("orders", 0);
    bench.metadata.use("clicks", 0);
    expect(bench.updater.maybeUpdate(0)).toBe(Infinity);
    expect(bench.asked).toMatchObject([{ node: -1, topics: ["orders", "clicks"] }]);
  });

  test("4.5 maybeUpdate: before it is time nobody is asked, and nobody connected to", () => {
    const bench = new Bench();
    bench.learn(1_000);
    bench.connected.length = 0;
    expect(bench.updater.maybeUpdate(11_000)).toBe(290_000);
    expect([bench.nodes, bench.connected]).toEqual([[-1], []]);
  });

  test("4.5 maybeUpdate: while an answer is waited for nobody else is asked, whatever is wanted", () => {
    const bench = new Bench();
    bench.updater.maybeUpdate(0);
    bench.metadata.use("clicks", 5);
    expect(bench.updater.maybeUpdate(5)).toBe(Infinity);
    expect(bench.nodes).toEqual([-1]);
  });

  test("4.5 maybeUpdate: a node that is only being connected to is asked when it is there", () => {
    const bench = new Bench();
    bench.ready = [];
    bench.connecting = [-2];
    expect(bench.updater.maybeUpdate(0), "it will say when it is connected").toBe(Infinity);
    expect([bench.nodes, bench.connected]).toEqual([[], [-2]]);
    bench.ready = [-2];
    bench.updater.maybeUpdate(3);
    expect(bench.nodes).toEqual([-2]);
  });

  test("4.5 maybeUpdate: of the brokers that are known, and no more of the first addresses", () => {
    const bench = new Bench();
    bench.learn();
    bench.metadata.requestUpdate();
    bench.ready = [-1, 3];
    bench.updater.maybeUpdate(10);
    expect(bench.nodes).toEqual([-1, 3]);
  });

  test("4.5 maybeUpdate: when no node can be asked, until one may connect to the first of them again", () => {
    const bench = new Bench(false);
    bench.ready = [];
    bench.delays = { "-1": 80, "-2": 30 };
    expect(bench.updater.maybeUpdate(0)).toBe(30);
    expect(bench.asked).toEqual([]);
  });

  test("4.5 maybeUpdate: when all known brokers are out of reach, a first address is asked at once", () => {
    const bench = new Bench();
    bench.learn();
    bench.metadata.requestUpdate();
    bench.delays = { 1: 50, 2: 50, 3: 50 };
    bench.ready = [-2];
    expect(bench.updater.maybeUpdate(10)).toBe(Infinity);
    expect(bench.nodes).toEqual([-1, -2]);
  });

  test("4.5 maybeUpdate: not while one of them is within reach: it is waited for", () => {
    const bench = new Bench();
    bench.learn();
    bench.metadata.requestUpdate();
    bench.delays = { 1: 50, 3: 70 };
    bench.ready = [-2];
    expect(bench.updater.maybeUpdate(10)).toBe(50);
    expect(bench.nodes).toEqual([-1]);
  });

  test("4.5 maybeUpdate: nor when metadata.recovery.strategy is none", () => {
    const bench = new Bench(false);
    bench.learn();
    bench.metadata.requestUpdate();
    bench.delays = { 1: 50, 2: 60, 3: 70 };
    bench.ready = [-2];
    expect(bench.updater.maybeUpdate(10)).toBe(50);
    expect(bench.nodes).toEqual([-1]);
  });
});

describe("onAnswer", () => {
  test("4.5 onAnswer: what it says is known from now on, and whoever waits for it is told", () => {
    const bench = new Bench();
    bench.metadata.use("orders", 0);
    bench.updater.maybeUpdate(0);
    bench.asked[0]!.handler.onResponse(metadataAnswer({ orders: [2] }), 7);
    expect(bench.metadata.cluster.leaderFor("orders", 0)?.id).toBe(2);
    expect([bench.metadata.lastSuccessMs, bench.updates]).toEqual([7, [7]]);
  });

  test("4.5 onAnswer: a topic that became known while it was on its way is asked about next [I3]", () => {
    const bench = new Bench();
    bench.metadata.use("orders", 0);
    bench.updater.maybeUpdate(0);
    bench.metadata.use("clicks", 5);
    bench.asked[0]!.handler.onResponse(metadataAnswer({ orders: [2] }), 7);
    bench.ready = [1];
    bench.updater.maybeUpdate(7);
    expect(bench.asked[1]).toMatchObject({ node: 1, topics: ["orders", "clicks"] });
  });

  test("4.5 onAnswer: one that is an error was in vain: a pause, then somebody is asked again", () => {
    const bench = new Bench();
    bench.updater.maybeUpdate(0);
    bench.asked[0]!.handler.onResponse(refusal("UNKNOWN_SERVER_ERROR"), 10);
    expect(bench.updates, "nothing is known").toEqual([]);
    expect([10, 60].map((now) => bench.updater.maybeUpdate(now))).toEqual([100, 50]);
    bench.updater.maybeUpdate(110);
    expect(bench.nodes).toEqual([-1, -1]);
  });

  test("4.5 onAnswer: one that names no broker says nothing either: what was known stays", () => {
    const bench = new Bench();
    bench.updater.maybeUpdate(0);
    bench.updater.onAnswer(metadataAnswer({}, { brokers: [] }), bench.metadata.wishes, 10);
    expect(bench.metadata.nodesToAsk.map(({ id }) => id)).toEqual([-1, -2]);
    expect([bench.updates, bench.updater.maybeUpdate(10)]).toEqual([[], 100]);
  });

  test("4.5 onAnswer: a broker that demands it has the first addresses asked, and only them; after a pause", () => {
    const bench = new Bench();
    bench.learn();
    bench.updater.onAnswer(refusal("REBOOTSTRAP_REQUIRED"), bench.metadata.wishes, 10);
    expect(bench.metadata.nodesToAsk.map(({ id }) => id)).toEqual([-1, -2]);
    expect(bench.updater.maybeUpdate(10)).toBe(100);
  });

  test("4.5 onAnswer: but not when metadata.recovery.strategy is none; nor for another error", () => {
    for (const [strategy, code] of [[false, "REBOOTSTRAP_REQUIRED"], [true, "UNKNOWN_SERVER_ERROR"]] as const) {
      const bench = new Bench(strategy);
      bench.learn();
      bench.updater.onAnswer(refusal(code), bench.metadata.wishes, 10);
      expect(bench.metadata.nodesToAsk.map(({ id }) => id), code).toEqual([1, 2, 3]);
    }
  });
});
