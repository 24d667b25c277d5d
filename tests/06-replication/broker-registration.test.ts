import { describe, expect, test } from "vitest";
import { parseListeners } from "#ground/config/listeners";
import { type CoordinationSession } from "#ground/coordination/coordination";
import { brokerPath } from "#ground/coordination/layout";
import { decodeBroker } from "#ground/coordination/node-data";
import { type Runtime } from "#ground/runtime";
import { registerBroker } from "#replication";
import { Coordinated, loseAnswer, SESSION_MS } from "./coordinated.ts";

const PATIENCE_MS = 2 * SESSION_MS;

function register(session: CoordinationSession, runtime: Runtime, patienceMs = PATIENCE_MS): Promise<number> {
  const endPoints = parseListeners("PLAINTEXT://b1:9092");
  return registerBroker(runtime, session, { brokerId: 1, endPoints, rack: null, timestampMs: 5 }, patienceMs);
}

describe("registerBroker", () => {
  test("6.7 registerBroker: its node is there as long as its session, and each one has a later epoch", async () => {
    const cluster = new Coordinated();
    const [session, watcher] = [await cluster.session(1), await cluster.session(2)];
    const epoch = await cluster.run(register(session, cluster.runtimeOf(1)));
    const node = (await cluster.run(watcher.get(brokerPath(1))))!;
    expect(node).toMatchObject({ owner: session.id, czxid: epoch });
    expect(decodeBroker(node.data)).toMatchObject({ endpoints: ["PLAINTEXT://b1:9092"], timestampMs: 5 });
    await cluster.run(session.close());
    expect(await cluster.run(watcher.exists(brokerPath(1)))).toBe(false);
    const again = await cluster.run(register(await cluster.session(1), cluster.runtimeOf(1)));
    expect(again).toBeGreaterThan(epoch);
  });

  test("6.7 registerBroker: a node that this very session has made, and no answer came, is its own", async () => {
    const cluster = new Coordinated();
    const session = await cluster.session(1);
    loseAnswer(session, "create");
    const lost = cluster.run(register(session, cluster.runtimeOf(1)));
    await expect(lost).rejects.toMatchObject({ code: "CONNECTION_LOSS" });
    const { czxid } = (await cluster.run(session.get(brokerPath(1))))!;
    expect(await cluster.run(register(session, cluster.runtimeOf(1), 0))).toBe(czxid);
  });

  test("6.7 registerBroker: after a crash it waits until the session of its earlier life is over", async () => {
    const cluster = new Coordinated();
    const node = cluster.world.node("b1");
    const before = await cluster.run(register(await cluster.session(1), node.runtime));
    node.crash();
    const runtime = node.restart();
    const session = await cluster.session(1, runtime);
    const startMs = cluster.world.nowMs;
    const now = await cluster.run(register(session, runtime));
    expect(now).toBeGreaterThan(before);
    expect(cluster.world.nowMs - startMs, "milliseconds waited").toBeLessThan(SESSION_MS + 1_000);
    expect((await cluster.run(session.get(brokerPath(1))))!.owner).toBe(session.id);
  });

  test("6.7 registerBroker: another broker with the same id that lives on is no earlier life", async () => {
    const cluster = new Coordinated();
    const owner = await cluster.session(1);
    await cluster.run(register(owner, cluster.runtimeOf(1)));
    const twin = await cluster.session(2);
    const startMs = cluster.world.nowMs;
    const refused = cluster.run(register(twin, cluster.runtimeOf(2)));
    await expect(refused).rejects.toMatchObject({ code: "DUPLICATE_BROKER_REGISTRATION" });
    expect(Math.round((cluster.world.nowMs - startMs) / 1_000), "seconds waited").toBe(PATIENCE_MS / 1_000);
    expect((await cluster.run(twin.get(brokerPath(1))))!.owner).toBe(owner.id);
  });
});
