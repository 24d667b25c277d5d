import { beforeEach, describe, expect, test } from "vitest";
import { Membership } from "#cluster/membership";
import { parseBrokerConfig } from "#ground/config/broker-config";
import { parseListeners } from "#ground/config/listeners";
import { type Coordination, type CoordinationSession } from "#ground/coordination/coordination";
import { brokerPath } from "#ground/coordination/layout";
import { LocalCoordination } from "#ground/coordination/local-coordination";
import { after, Coordinated, loseAnswer, SESSION_MS } from "../06-replication/coordinated.ts";

const END_POINTS = parseListeners("PLAINTEXT://b1:9092");
const { config } = parseBrokerConfig({
  "broker.id": 1,
  listeners: "PLAINTEXT://:0",
  "zookeeper.session.timeout.ms": SESSION_MS,
});

describe("a broker whose session is over", () => {
  let cluster: Coordinated;
  let watcher: CoordinationSession;
  let membership: Membership;
  /** What happens to the session that is opened next. */
  let disturb: (session: CoordinationSession) => void;
  let sessions: CoordinationSession[];

  beforeEach(async () => {
    cluster = new Coordinated();
    watcher = await cluster.session(2);
    disturb = () => {};
    sessions = [];
    const node = cluster.world.node("b1");
    const local = new LocalCoordination(cluster.server, node.runtime);
    const coordination: Coordination = {
      connect: async (timeoutMs) => {
        const session = await local.connect(timeoutMs);
        sessions.push(session);
        disturb(session);
        disturb = () => {};
        return session;
      },
    };
    const options = { config, coordination, publish: () => Promise.resolve(), onExpired: () => {} };
    membership = new Membership(node.runtime, options);
    await cluster.run(membership.connect());
    await cluster.run(membership.join("cluster", END_POINTS));
  });

  /** The broker stands still for longer than its session lasts, and has a while for what it does then. */
  async function expire(): Promise<void> {
    cluster.world.node("b1").freeze(2 * SESSION_MS);
    await cluster.world.run(7 * SESSION_MS);
  }

  async function owner(): Promise<string | undefined> {
    return (await cluster.run(watcher.get(brokerPath(1))))?.owner ?? undefined;
  }

  test("joins again, with another session", async () => {
    await expire();
    expect(sessions).toHaveLength(2);
    expect(await owner()).toBe(sessions[1]!.id);
    expect(membership.controller?.isActive).toBe(true);
  });

  test("isn't kept out by itself: a session in which an answer was lost is given up", async () => {
    disturb = (session) => loseAnswer(session, "create");
    await expire();
    expect(await owner()).toBe(sessions.at(-1)!.id);
    expect(membership.controller?.isActive).toBe(true);
  });

  test("joins again once, if the next session ends while its controller starts", async () => {
    disturb = (session) => {
      // The registration is made; then nothing is heard of the broker once more.
      after(session, "create", () => cluster.world.node("b1").freeze(2 * SESSION_MS));
    };
    await expire();
    await cluster.world.run(5 * SESSION_MS);
    expect(sessions).toHaveLength(3);
    expect(await owner()).toBe(sessions[2]!.id);
    await cluster.run(membership.close());
    expect(await owner(), "who is registered after it has left").toBeUndefined();
  });
});
