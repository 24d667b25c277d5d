import { request } from "node:http";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ReplicaView } from "#cluster/broker-state";
import { parseCommandLine } from "#cluster/command-line";
import { type Picture, type ProducerPicture } from "../../tools/ui/picture.ts";
import { changesBetween, changesOfProducer } from "../../tools/ui/server/changes.ts";
import { compose, NOTHING_BEFORE, type SeenBroker } from "../../tools/ui/server/compose.ts";
import { UiServer, type UiSource } from "../../tools/ui/server/ui-server.ts";

/** A replica of orders-0 as a broker tells of it. */
function replica(change: Partial<ReplicaView> = {}): ReplicaView {
  return {
    topic: "orders", partition: 0, role: "follower", leader: 1, leaderEpoch: 0, partitionEpoch: 0,
    replicas: [1, 2], isr: [1, 2], logStartOffset: 0, highWatermark: 10, logEndOffset: 10, bytesAppended: 0,
    segments: [{ baseOffset: 0, bytes: 100 }], followers: [], ...change,
  };
}

/** A broker that told this. */
function seen(id: number, partitions: readonly ReplicaView[], change: Partial<SeenBroker["member"]> = {}): SeenBroker {
  const address = `127.0.0.1:${id}`;
  const member = { id, state: "up" as const, address, pid: id, observedAt: id, code: null, ...change };
  const state = {
    brokerId: id, brokerEpoch: id, clusterId: "c", controllerId: 1, controllerEpoch: 3, rack: null,
    partitions, omittedPartitions: 0, groups: [], rssBytes: 1, cpuMs: 0,
  };
  return { member, state, isCurrent: member.state === "up" };
}

describe("the picture that brokers' words make", () => {
  test("of two brokers that differ the newer word counts", () => {
    const old = replica({ leader: 1, leaderEpoch: 0, partitionEpoch: 4, isr: [1, 2] });
    const newer = replica({ role: "leader", leader: 2, leaderEpoch: 1, partitionEpoch: 5, isr: [2] });
    const [partition] = compose([seen(1, [old]), seen(2, [newer])], NOTHING_BEFORE, 0).partitions;
    expect(partition).toMatchObject({ leader: 2, leaderEpoch: 1, isr: [2] });
  });

  test("a dead broker's replica is shown as it was last seen, and its word counts no more", () => {
    const dead = seen(1, [replica({ role: "leader", partitionEpoch: 9, logEndOffset: 12 })], { state: "down" });
    const alive = seen(2, [replica({ role: "leader", leader: 2, leaderEpoch: 1, partitionEpoch: 5, isr: [2] })]);
    const [partition] = compose([dead, alive], NOTHING_BEFORE, 0).partitions;
    expect(partition).toMatchObject({ leader: 2, isr: [2] });
    expect(partition!.replicas).toMatchObject([
      { brokerId: 1, isCurrent: false, logEndOffset: 12 },
      { brokerId: 2, isCurrent: true },
    ]);
  });

  test("what grew between two looks is a rate", () => {
    const first = compose([seen(1, [replica({ role: "leader", logEndOffset: 10 })])], NOTHING_BEFORE, 1_000);
    const before = { timeMs: 1_000, states: new Map(), partitions: new Map([["orders-0", first.partitions[0]!]]) };
    const [partition] = compose([seen(1, [replica({ role: "leader", logEndOffset: 60 })])], before, 1_500).partitions;
    expect(partition!.recordsPerSecond).toBe(100);
  });
});

describe("the event line", () => {
  const before = compose([seen(1, [replica({ role: "leader" })]), seen(2, [replica()])], NOTHING_BEFORE, 0);
  const told = (after: readonly SeenBroker[]): string[] => {
    const events = changesBetween(before, compose(after, NOTHING_BEFORE, 5));
    return events.map((event) => `${event.kind} ${event.subject}: ${event.before} → ${event.after}`);
  };

  test("says nothing of two pictures that are alike", () => {
    expect(told([seen(1, [replica({ role: "leader" })]), seen(2, [replica()])])).toEqual([]);
  });

  test("tells of a death, the election after it, and the smaller ISR", () => {
    const change = { role: "leader", leader: 2, leaderEpoch: 1, partitionEpoch: 1, isr: [2] } as const;
    expect(told([seen(1, [replica()], { state: "down" }), seen(2, [replica(change)])])).toEqual([
      "broker broker 1: up → down",
      "controller controller: broker 1, epoch 3 → none",
      "leader orders-0: leader 1, epoch 0 → leader 2, epoch 1",
      "isr orders-0: ISR {1, 2} → ISR {2}",
    ]);
  });

  test("tells of a log that lost segments, and of one that was compacted", () => {
    const [one, two] = [{ baseOffset: 0, bytes: 1 }, { baseOffset: 5, bytes: 1 }];
    const full = [{ ...one, bytes: 9 }, two];
    const from = compose([seen(1, [replica({ role: "leader", segments: full })])], NOTHING_BEFORE, 0);
    const words = (change: Partial<ReplicaView>): string[] => {
      const after = compose([seen(1, [replica({ role: "leader", ...change })])], NOTHING_BEFORE, 5);
      return changesBetween(from, after).map((event) => `${event.before} → ${event.after}`);
    };
    expect(words({ segments: [one, two] })).toEqual(["10 B → compacted to 2 B"]);
    expect(words({ segments: [two], logStartOffset: 5 })).toEqual(["began at 0 → begins at 5"]);
  });

  test("tells of a log that was cut, and of one that rolled", () => {
    const rolled = { role: "leader" as const, segments: [{ baseOffset: 0, bytes: 100 }, { baseOffset: 10, bytes: 1 }] };
    expect(told([seen(1, [replica(rolled)]), seen(2, [replica({ logEndOffset: 7 })])])).toEqual([
      "log orders-0:  → rolled at 10",
      "log orders-0: ended at 10 → cut at 7",
    ]);
  });
});

describe("the event line of the page's producer", () => {
  const picture = (failed: number, retried: number): ProducerPicture => ({
    settings: {
      topic: "orders", recordsPerSecond: 1, valueBytes: 1, skew: 0, acks: "all", lingerMs: 0, batchSize: 1_000,
    },
    ...{ sent: 9, acknowledged: 1, failed, lastError: "it took too long", p50Ms: 1, p99Ms: 1, queues: [] },
    metrics: { "record-retry-total": retried },
  });
  const told = (before: ProducerPicture | null, after: ProducerPicture | null): string[] => {
    return changesOfProducer(before, after, 5).map(({ after: words }) => words);
  };

  test("tells of what is sent again, and of what failed", () => {
    expect(told(picture(1, 2), picture(4, 7))).toEqual([
      "sends 5 records again: they were not acknowledged", "3 records failed: it took too long",
    ]);
  });

  test("says nothing when nothing went wrong, nor of another producer", () => {
    expect(told(picture(1, 2), picture(1, 2))).toEqual([]);
    expect(told(picture(4, 7), picture(0, 0))).toEqual([]);
    expect(told(null, picture(4, 7))).toEqual([]);
  });
});

describe("the server of the page", () => {
  let folder: string;
  let server: UiServer;
  let address: URL;
  let wishes: unknown[];
  let looks: number;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "katafka-"));
    writeFileSync(join(folder, "index.html"), "<p>the page");
    [wishes, looks] = [[], 0];
    const source: UiSource = {
      lookMs: 100,
      look: async () => ({ events: [], brokers: [++looks] }) as unknown as Picture,
      act: async (wish) => (wishes.push(wish), "done"),
      metrics: async (id) => (id === 2 ? "kafka_x 1\n" : null),
    };
    server = new UiServer(source, folder);
    address = new URL(await server.listen("127.0.0.1", 0));
  });
  afterEach(() => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const get = (path: string): Promise<Response> => fetch(new URL(path, address));
  const act = (body: string, headers: Record<string, string>): Promise<Response> => {
    return fetch(new URL("/act", address), { method: "POST", body, headers });
  };
  const token = (): Record<string, string> => ({ authorization: `Bearer ${address.hash.slice(1)}` });

  test("gives the page, and nothing beside its folder", async () => {
    expect(await (await get("/")).text()).toBe("<p>the page");
    expect((await get("/..%2fpackage.json")).status).toBe(404);
    expect((await get("/package.json")).status).toBe(404);
  });

  test("does what the page asks for", async () => {
    const response = await act('{"do":"kill","broker":2}', token());
    expect([response.status, await response.text(), wishes]).toEqual([200, "done", [{ do: "kill", broker: 2 }]]);
  });

  test.each<[string, () => Record<string, string>]>([
    ["without the token", () => ({})],
    ["with another token", () => ({ authorization: "Bearer 0123456789abcdef0123456789abcdef" })],
    ["from another page", () => ({ ...token(), origin: "http://elsewhere.example" })],
  ])("does nothing %s", async (_, headers) => {
    expect((await act('{"do":"kill","broker":2}', headers())).status).toBe(403);
    expect(wishes).toEqual([]);
  });

  test.each(["", "no JSON", `"${"x".repeat(20_000)}"`, "null"])("refuses a body that is no wish", async (body) => {
    expect((await act(body, token())).status).toBe(400);
    expect(wishes).toEqual([]);
  });

  test("answers only who calls it by its address: another name may be pointed here", async () => {
    const status = await new Promise((resolve, reject) => {
      const { port } = address;
      request({ port, path: "/picture", headers: { host: `elsewhere.example:${port}` } }, (response) => {
        resolve(response.statusCode);
        response.resume();
      }).once("error", reject).end();
    });
    expect(status).toBe(403);
  });

  test("looks at the cluster while somebody looks at the page, and no longer", async () => {
    expect(looks).toBe(0);
    const abort = new AbortController();
    const response = await fetch(new URL("/picture", address), { signal: abort.signal });
    const reader = response.body!.getReader();
    let text = "";
    while (!text.includes('"brokers":[2]')) text += Buffer.from((await reader.read()).value!).toString();
    abort.abort();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const before = looks;
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(looks).toBe(before);
  });

  test("passes a broker's metrics on", async () => {
    expect(await (await get("/metrics/2")).text()).toBe("kafka_x 1\n");
    expect((await get("/metrics/7")).status).toBe(503);
  });
});

describe("npm start -- --ui", () => {
  test("is off unless asked for; a port or a host asks for it, too", () => {
    expect(parseCommandLine([]).ui).toBeNull();
    expect(parseCommandLine(["--ui"]).ui).toEqual({ host: "127.0.0.1", port: 9090 });
    expect(parseCommandLine(["--ui-port", "0"]).ui).toEqual({ host: "127.0.0.1", port: 0 });
  });

  test("refuses one broker alone, and a port that is none", () => {
    expect(() => parseCommandLine(["--ui", "--brokers", "1"])).toThrow("--ui: one broker alone has no picture.");
    expect(() => parseCommandLine(["--ui-port", "x"])).toThrow("--ui-port: expected a whole number from 0 to 65535");
  });
});
