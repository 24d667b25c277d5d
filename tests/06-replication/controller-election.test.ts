import { describe, expect, test } from "vitest";
import { type CoordinationSession } from "#ground/coordination/coordination";
import { CONTROLLER_EPOCH_PATH, CONTROLLER_PATH } from "#ground/coordination/layout";
import { decodeController, decodeControllerEpoch } from "#ground/coordination/node-data";
import { ControllerElection } from "#replication";
import { after, Coordinated, loseAnswer, SESSION_MS } from "./coordinated.ts";

interface Member {
  readonly session: CoordinationSession;
  readonly election: ControllerElection;
  /** The controller epochs that it has won. */
  readonly won: number[];
}

async function join(cluster: Coordinated, brokerId: number): Promise<Member> {
  const session = await cluster.session(brokerId);
  const won: number[] = [];
  const onElected = async (epoch: number): Promise<void> => void won.push(epoch);
  const election = new ControllerElection(cluster.runtimeOf(brokerId), { brokerId, session, onElected });
  return { session, election, won };
}

async function two() {
  const cluster = new Coordinated();
  return { cluster, one: await join(cluster, 1), other: await join(cluster, 2) };
}

/** What stands in the coordination service. */
async function written(cluster: Coordinated, { session }: Member) {
  const [controller, epoch] = [
    await cluster.run(session.get(CONTROLLER_PATH)),
    await cluster.run(session.get(CONTROLLER_EPOCH_PATH)),
  ];
  return {
    controller: controller && decodeController(controller.data).brokerId,
    owner: controller?.owner,
    epoch: epoch && decodeControllerEpoch(epoch.data),
    version: epoch?.version,
  };
}

/** Wins, and is gone again. */
async function winAndGo({ election, session }: Member): Promise<void> {
  await election.tryToWin();
  election.close();
  await session.close();
}

const SAID = "what the coordination service has";

describe("ControllerElection.tryToWin", () => {
  test("6.7 tryToWin: the first one of all is the controller in epoch 1, as long as its session lives", async () => {
    const { cluster, one, other } = await two();
    expect(await cluster.run(one.election.tryToWin()), "whether broker 1 has won").toBe(true);
    expect(await written(cluster, one), SAID).toEqual({ controller: 1, owner: one.session.id, epoch: 1, version: 0 });
    expect(one.election.epochVersion, "version of the epoch, at broker 1").toBe(0);
    await cluster.run(one.session.close());
    expect(await written(cluster, other), SAID).toEqual({ controller: null, owner: undefined, epoch: 1, version: 0 });
  });

  test("6.7 tryToWin: each election has the next epoch [I6]", async () => {
    const { cluster, one, other } = await two();
    await cluster.run(winAndGo(one));
    expect(await cluster.run(other.election.tryToWin()), "whether broker 2 has won").toBe(true);
    expect(await written(cluster, other), SAID).toMatchObject({ controller: 2, epoch: 2, version: 1 });
    expect(other.election.epochVersion, "version of the epoch, at broker 2").toBe(1);
  });

  test("6.7 tryToWin: while there is a controller nothing changes, and nothing is thrown [I6]", async () => {
    const { cluster, one, other } = await two();
    await cluster.run(one.election.tryToWin());
    expect(await cluster.run(other.election.tryToWin()), "whether broker 2 has won").toBe(false);
    expect(await written(cluster, other), SAID).toMatchObject({ controller: 1, epoch: 1, version: 0 });
    expect(other.election.isActive, "whether broker 2 is the controller").toBe(false);
  });

  test("6.7 tryToWin: of two at the same moment one wins [I6]", async () => {
    const { cluster, one, other } = await two();
    const results = await cluster.run(Promise.all([one.election.tryToWin(), other.election.tryToWin()]));
    expect(results).toEqual([true, false]);
    expect(await written(cluster, one), SAID).toMatchObject({ controller: 1, epoch: 1, version: 0 });
  });

  test("6.7 tryToWin: who read the epoch before another election can't win with it [I6]", async () => {
    const cluster = new Coordinated();
    const [first, one, other] = [await join(cluster, 1), await join(cluster, 2), await join(cluster, 3)];
    await cluster.run(winAndGo(first));
    after(one.session, "get", () => winAndGo(other));
    expect(await cluster.run(one.election.tryToWin()), "whether broker 1 has won").toBe(false);
    expect(await written(cluster, one), SAID).toMatchObject({ controller: null, epoch: 2 });
    // Now it knows better.
    expect(await cluster.run(one.election.tryToWin()), "whether broker 1 has won").toBe(true);
    expect(await written(cluster, one), SAID).toMatchObject({ controller: 2, epoch: 3, version: 2 });
  });

  test("6.7 tryToWin: an answer that is lost is the caller's to know: it may be the controller or not", async () => {
    const { cluster, one } = await two();
    loseAnswer(one.session, "multi");
    await expect(cluster.run(one.election.tryToWin())).rejects.toMatchObject({ code: "CONNECTION_LOSS" });
  });

  test("6.7 tryToWin: an attempt whose answer was lost may have succeeded: it is the controller [I6]", async () => {
    const { cluster, one, other } = await two();
    await cluster.run(winAndGo(other));
    loseAnswer(one.session, "multi");
    await cluster.run(one.election.tryToWin().catch(stubOrNull));
    expect(await cluster.run(one.election.tryToWin()), "wins").toBe(true);
    expect(one.election.epochVersion, "version of the epoch").toBe(1);
    expect(await written(cluster, one), SAID).toMatchObject({ controller: 1, epoch: 2, version: 1 });
  });

  test("6.7 tryToWin: whoever is elected takes over once, in that epoch, whatever was lost", async () => {
    const { cluster, one } = await two();
    loseAnswer(one.session, "multi");
    await cluster.run(one.election.run());
    expect(one.won, "epochs that broker 1 has won").toEqual([1]);
  });
});

describe("ControllerElection.awaitVacancy", () => {
  test("6.7 awaitVacancy: when the controller goes, there is another try", async () => {
    const { cluster, one, other } = await two();
    await cluster.run(one.election.run());
    expect(await cluster.run(other.election.awaitVacancy()), "whether there is somebody to wait for").toBe(true);
    await cluster.world.run(100);
    expect([one.won, other.won], "epochs that brokers 1 and 2 have won").toEqual([[1], []]);
    await cluster.run(one.session.close());
    await cluster.world.run(100);
    expect(other.won, "epochs that broker 2 has won").toEqual([2]);
  });

  test("6.7 awaitVacancy: when it has gone already there is nobody to wait for", async () => {
    const { cluster, other } = await two();
    expect(await cluster.run(other.election.awaitVacancy()), "whether there is somebody to wait for").toBe(false);
  });

  test("6.7 awaitVacancy: one that goes while this one looks is missed by nobody", async () => {
    for (const call of ["watch", "exists"] as const) {
      const { cluster, one, other } = await two();
      await cluster.run(one.election.tryToWin());
      after(other.session, call, () => one.session.close());
      await cluster.run(other.election.run());
      await cluster.world.run(1_000);
      // Once only, though it is told by both.
      expect(other.won, `epochs won, when it goes right after ${call}`).toEqual([2]);
    }
  });

  test("6.7 awaitVacancy: a controller that is frozen is replaced when its session is over", async () => {
    const { cluster, one, other } = await two();
    await cluster.run(one.election.run());
    await cluster.run(other.election.run());
    cluster.world.node("b1").freeze(10 * SESSION_MS);
    await cluster.world.run(2 * SESSION_MS);
    expect(other.won, "epochs that broker 2 has won").toEqual([2]);
  });
});

describe("ControllerElection.write", () => {
  const create = (path: string) => ({ type: "create" as const, path, data: new Uint8Array([1]) });

  test("6.7 write: the controller's steps are done, all or none", async () => {
    const { cluster, one } = await two();
    await cluster.run(one.election.tryToWin());
    await cluster.run(one.election.write([create("/a"), create("/b")]));
    await cluster.run(one.election.write([create("/c"), create("/a")]).catch(stubOrNull));
    const there = await cluster.run(Promise.all(["/a", "/b", "/c"].map((path) => one.session.exists(path))));
    expect(there).toEqual([true, true, false]);
  });

  test("6.7 write: one that was replaced without knowing it changes nothing, and gives up [I6]", async () => {
    const { cluster, one, other } = await two();
    await cluster.run(one.election.tryToWin());
    // As if its session had ended, and it hadn't heard of it.
    await cluster.run(one.session.delete(CONTROLLER_PATH));
    await cluster.run(other.election.tryToWin());
    const error = await cluster.run(one.election.write([create("/a")]).catch(errorOf));
    expect(error, "the error").toMatchObject({ code: "NOT_CONTROLLER" });
    expect(await cluster.run(one.session.exists("/a")), "written").toBe(false);
    expect(one.election.isActive, "still active").toBe(false);
  });

  test("6.7 write: who has resigned waits for its next chance", async () => {
    const { cluster, one, other } = await two();
    await cluster.run(one.election.tryToWin());
    await cluster.run(one.session.delete(CONTROLLER_PATH));
    await cluster.run(other.election.tryToWin());
    await cluster.run(one.election.write([create("/a")]).catch(stubOrNull));
    await cluster.run(other.session.close());
    await cluster.world.run(100);
    expect(one.won, "epochs that broker 1 has won").toEqual([3]);
  });

  test("6.7 write: who isn't the controller asks for nothing", async () => {
    const { cluster, one } = await two();
    const error = await cluster.run(one.election.write([create("/a")]).catch(errorOf));
    expect(error, "the error").toMatchObject({ code: "NOT_CONTROLLER" });
    expect(await cluster.run(one.session.exists("/a")), "whether /a was written").toBe(false);
  });

  test("6.7 write: when the session is over, so is its time as the controller [I6]", async () => {
    const { cluster, one } = await two();
    await cluster.run(one.election.tryToWin());
    await cluster.run(one.session.close());
    const error = await cluster.run(one.election.write([create("/a")]).catch(errorOf));
    expect(error, "the error").toMatchObject({ code: "NOT_CONTROLLER" });
    expect(one.election.isActive, "whether broker 1 is the controller").toBe(false);
  });

  test("6.7 write: steps that don't fit are no sign of being replaced", async () => {
    const { cluster, one } = await two();
    await cluster.run(one.election.tryToWin());
    await cluster.run(one.session.create("/a", new Uint8Array(0)));
    const step = { type: "set" as const, path: "/a", data: new Uint8Array(1), expectedVersion: 7 };
    const error = await cluster.run(one.election.write([step]).catch(errorOf));
    expect(error, "the error").toMatchObject({ code: "REQUEST_TIMED_OUT" });
    expect(one.election.isActive, "whether broker 1 is the controller").toBe(true);
  });

  test("6.7 write: a lost answer is REQUEST_TIMED_OUT: it may have been done", async () => {
    const { cluster, one } = await two();
    await cluster.run(one.election.tryToWin());
    loseAnswer(one.session, "multi");
    const error = await cluster.run(one.election.write([create("/a")]).catch(errorOf));
    expect(error, "the error").toMatchObject({ code: "REQUEST_TIMED_OUT" });
    expect(one.election.isActive, "whether broker 1 is the controller").toBe(true);
    expect(await cluster.run(one.session.exists("/a")), "whether /a was written").toBe(true);
  });
});

/** What was thrown, unless it is that something isn't written yet. */
function errorOf(error: unknown): unknown {
  if ((error as Error).name === "NotImplementedError") throw error;
  return error;
}

function stubOrNull(error: unknown): null {
  errorOf(error);
  return null;
}

