import { describe, expect, test } from "vitest";
import { type CoordinationSession } from "#ground/coordination/coordination";
import { CoordinationServer, type SessionHolder } from "#ground/coordination/coordination-server";
import { Journal } from "#ground/coordination/journal";
import { LocalCoordination } from "#ground/coordination/local-coordination";
import { encodeTransaction } from "#ground/coordination/transaction-codec";
import { KafkaError } from "#ground/errors";
import { type Runtime } from "#ground/runtime";
import { SimWorld } from "#ground/sim/sim-world";
import { expectNothingLeaks, settled, testRuntime } from "../../support/sim.ts";
import { codeOf } from "./conformance.ts";

const FOLDER = "/data/coordination";
const TIMEOUT_MS = 1000;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

interface Service {
  readonly server: CoordinationServer;
  connect(): Promise<CoordinationSession>;
}

function start(runtime: Runtime, onFailure?: (error: Error) => void): Service {
  const server = CoordinationServer.open(runtime, FOLDER, onFailure);
  return { server, connect: () => new LocalCoordination(server, runtime).connect(TIMEOUT_MS) };
}

/** Runs `body`, and the world until it has ended. */
function within(world: SimWorld, body: () => Promise<void>): Promise<void> {
  return settled(world, body());
}

/** Everything below `path`, as `path=data@version`. */
async function dump(session: CoordinationSession, path = "/"): Promise<string[]> {
  const names = await session.children(path);
  const below = await Promise.all(names.map((name) => dump(session, path === "/" ? `/${name}` : `${path}/${name}`)));
  const node = (await session.get(path))!;
  return [`${path}=${new TextDecoder().decode(node.data)}@${node.version}`, ...below.flat()];
}

describe("after a restart", () => {
  test("persistent nodes are there, with their versions; ephemeral ones went with their session", async () => {
    const runtime = testRuntime();
    await within(runtime.world, async () => {
      const { server, connect } = start(runtime);
      const session = await connect();
      await session.create("/p", bytes("1"));
      await session.set("/p", bytes("2"));
      await session.create("/p/s-", bytes(""), { sequential: true });
      await session.create("/p/e", bytes(""), { ephemeral: true });
      const { czxid } = (await session.get("/p"))!;
      await server.close();

      const again = start(runtime);
      const later = await again.connect();
      expect(await dump(later)).toEqual(["/=@0", "/p=2@1", "/p/s-0000000000=@0"]);
      expect((await later.get("/p"))!.czxid).toBe(czxid);
      expect(await later.create("/p/s-", bytes(""), { sequential: true })).toBe("/p/s-0000000002");
      expect(later.id).not.toBe(session.id);
      expect(await codeOf(session.get("/p"))).toBe("CONNECTION_LOSS");
      await again.server.close();
    });
    expectNothingLeaks(runtime);
  });

  test("the state is the same when a snapshot lies in between, and the folder doesn't grow for ever", async () => {
    const runtime = testRuntime();
    await within(runtime.world, async () => {
      const { server, connect } = start(runtime);
      const session = await connect();
      await session.create("/n", bytes(""));
      const large = new Uint8Array(300_000);
      for (let i = 1; i <= 12; i += 1) await session.set("/n", large);
      await session.set("/n", bytes("last"));
      const sizes = runtime.disk.list(FOLDER).map((name) => runtime.disk.size(`${FOLDER}/${name}`));
      expect(sizes.reduce((a, b) => a + b)).toBeLessThan(3_000_000);
      expect(runtime.disk.exists(`${FOLDER}/snapshot`)).toBe(true);
      await server.close();
      const again = start(runtime);
      expect(await dump(await again.connect())).toEqual(["/=@0", "/n=last@13"]);
      await again.server.close();
    });
    expectNothingLeaks(runtime);
  });

  test("another process can't open the folder meanwhile", async () => {
    const runtime = testRuntime();
    const { server } = start(runtime);
    expect(() => start(runtime)).toThrow(KafkaError);
    await within(runtime.world, () => server.close());
    const again = start(runtime);
    await within(runtime.world, () => again.server.close());
  });
});

test("a journal that doesn't follow its snapshot is refused, and left as it is", async () => {
  const runtime = testRuntime();
  const { journal } = Journal.open(runtime.disk, FOLDER, () => 1);
  journal.append(encodeTransaction({ zxid: 1, transaction: { type: "openSession", session: "0x1", timeoutMs: 1 } }));
  journal.append(encodeTransaction({ zxid: 3, transaction: { type: "closeSession", session: "0x1" } }));
  journal.close();
  expect(() => start(runtime)).toThrow(`${FOLDER}: expected transaction 2 in the journal, got 3`);
  expectNothingLeaks(runtime);
});

const CHANGES = 2;

/** Makes some changes one after the other; what was answered goes into `answered`. */
async function work(session: CoordinationSession, answered: number[]): Promise<void> {
  for (let i = 0; i < CHANGES; i += 1) {
    await session.multi([
      { type: "create", path: `/n${i}`, data: bytes(`${i}`) },
      { type: "create", path: `/n${i}/c`, data: bytes("") },
      { type: "create", path: "/e-", data: bytes(""), sequential: true, ephemeral: true },
    ]);
    answered.push(i);
  }
}

/** The whole changes that are there. Fails on half a one. */
async function survivors(session: CoordinationSession): Promise<number[]> {
  const there = await dump(session);
  const done = Array.from({ length: CHANGES }, (_, i) => i).filter((i) => there.includes(`/n${i}=${i}@0`));
  const expected = done.flatMap((i) => [`/n${i}=${i}@0`, `/n${i}/c=@0`]);
  expect(there).toEqual(["/=@0", ...expected]);
  return done;
}

describe("a crash", () => {
  test("at any byte that is written loses nothing that was answered, and leaves no change half done", async () => {
    const outcomes = new Set<string>();
    // Not at each, for the time it takes: headers, payloads and the steps of opening are all hit.
    for (let crashAfter = 0, crashed = true; crashed; crashAfter += crashAfter < 20 ? 1 : 11) {
      const runtime = testRuntime();
      const answered: number[] = [];
      // Some bytes are written before the work begins, so that small numbers crash the opening itself.
      runtime.node.crashAfterWriting(crashAfter);
      try {
        const { connect } = start(runtime);
        void connect().then((session) => work(session, answered));
        await runtime.advance(50);
      } catch (error) {
        if (runtime.node.isAlive) throw error;
      }
      crashed = !runtime.node.isAlive;
      runtime.node.crashAfterWriting(Infinity);
      const next = runtime.node.restart();
      await within(runtime.world, async () => {
        const { server, connect } = start(next);
        const done = await survivors(await connect());
        // At most the change under way is there without having been answered.
        expect(done.slice(0, answered.length)).toEqual(answered);
        expect(done.length).toBeLessThanOrEqual(answered.length + 1);
        outcomes.add(String(done.length));
        await server.close();
      });
    }
    expect([...outcomes]).toEqual(["0", "1", "2"]);
  });

  test("of the machine, too: what was answered survives a power loss at any time", async () => {
    let lost = 0;
    for (let seed = 1; seed <= 40; seed += 1) {
      const world = new SimWorld(seed, { flushMs: 1 });
      const node = world.node("broker");
      const answered: number[] = [];
      void start(node.runtime)
        .connect()
        .then((session) => work(session, answered));
      await world.run(seed % 7);
      node.powerLoss();
      const next = node.restart();
      await within(world, async () => {
        const { server, connect } = start(next);
        const done = await survivors(await connect());
        expect(done.slice(0, answered.length)).toEqual(answered);
        if (done.length === answered.length && answered.length < CHANGES) lost += 1;
        await server.close();
      });
    }
    // The test has seen both: changes that were under way and are there, and such that are not.
    expect(lost).toBeGreaterThan(5);
    expect(lost).toBeLessThan(35);
  });

  test("of the machine around a snapshot loses nothing that was answered", async () => {
    // Two of them fill the journal: the snapshot comes before the third.
    const data = new Uint8Array(400_000);
    let snapshots = 0;
    for (const afterMs of [3, 4, 6, 8]) {
      const world = new SimWorld(afterMs, { flushMs: 1 });
      const node = world.node("broker");
      let answered = -1;
      const fill = async (session: CoordinationSession): Promise<void> => {
        for (let i = 0; i < 3; i += 1) {
          await session.create(`/n${i}`, data);
          answered = i;
        }
      };
      void start(node.runtime).connect().then(fill);
      await world.run(afterMs);
      node.powerLoss();
      const next = node.restart();
      snapshots += next.disk.exists(`${FOLDER}/snapshot`) ? 1 : 0;
      await within(world, async () => {
        const { server, connect } = start(next);
        const names = await (await connect()).children("/");
        expect(names).toEqual(["n0", "n1", "n2"].slice(0, names.length));
        expect(names.length).toBeGreaterThan(answered);
        await server.close();
      });
    }
    expect(snapshots).toBe(2);
  });

  test("leaves no answer without its flush: nothing is told before", async () => {
    const world = new SimWorld(1, { flushMs: 100 });
    const node = world.node("broker");
    const { server, connect } = start(node.runtime);
    const told: string[] = [];
    await within(world, async () => {
      const [a, b] = await Promise.all([connect(), connect()]);
      await b.watch("/n", "data", () => told.push("watch"));
      void a.create("/n", bytes("")).then(() => told.push("create"));
      void b.exists("/n").then((exists) => told.push(`b sees ${exists}`));
    });
    await world.run(99);
    expect(told).toEqual([]);
    await world.run(2);
    expect(told).toEqual(["watch", "create", "b sees true"]);
    await within(world, () => server.close());
  });

  test("requests that come during a flush share the next one", async () => {
    const world = new SimWorld(1, { flushMs: 10 });
    const node = world.node("broker");
    const { server, connect } = start(node.runtime);
    let answers = 0;
    await within(world, async () => {
      const session = await connect();
      for (let i = 0; i < 500; i += 1) void session.create(`/n${i}`, bytes("")).then(() => (answers += 1));
    });
    await world.run(11);
    expect(answers).toBe(1);
    await world.run(10);
    expect(answers).toBe(500);
    await within(world, () => server.close());
  });
});

describe("the service", () => {
  test("finishes what is under way before it closes, also what waits for the next flush", async () => {
    const world = new SimWorld(1, { flushMs: 10 });
    const node = world.node("broker");
    const { server, connect } = start(node.runtime);
    await within(world, async () => {
      const session = await connect();
      const codes = [codeOf(session.create("/a", bytes(""))), codeOf(session.create("/b", bytes("")))];
      const startMs = node.runtime.clock.nowMs();
      await server.close();
      expect(node.runtime.clock.nowMs() - startMs).toBe(20);
      expect(await Promise.all(codes)).toEqual(["none", "none"]);
      expect(await codeOf(session.exists("/a"))).toBe("CONNECTION_LOSS");
    });
    expectNothingLeaks(node);
  });

  test("takes any request for a sign of life", async () => {
    const runtime = testRuntime();
    const { server } = start(runtime);
    let expired = 0;
    const holder: SessionHolder = {
      deliver: (delivery) => runtime.scheduler.soon(delivery),
      onExpired: () => (expired += 1),
      onDisconnected: () => {},
    };
    await within(runtime.world, async () => {
      const id = await server.openSession(TIMEOUT_MS, holder);
      const wait = (ms: number): Promise<void> => {
        return new Promise((resolve) => runtime.scheduler.at(runtime.clock.nowMs() + ms, resolve));
      };
      for (let i = 0; i < 5; i += 1) {
        await wait(0.9 * TIMEOUT_MS);
        await server.read(id, "/", holder, () => {});
      }
      expect(expired).toBe(0);
      await wait(1.1 * TIMEOUT_MS);
      expect(expired).toBe(1);
      await server.close();
    });
    expectNothingLeaks(runtime);
  });
});

describe("a failing disk", () => {
  test("without room for a snapshot: the journal goes on, and the snapshot comes when there is room", async () => {
    const runtime = testRuntime();
    const large = new Uint8Array(300_000);
    await within(runtime.world, async () => {
      const { server, connect } = start(runtime);
      const session = await connect();
      await session.create("/n", large);
      await session.set("/n", large);
      runtime.node.fillDisk(500_000);
      await session.set("/n", large);
      expect(await session.set("/n", bytes("small"))).toBe(3);
      expect(runtime.disk.exists(`${FOLDER}/snapshot`)).toBe(false);
      runtime.node.healDisk();
      for (let i = 0; i < 5; i += 1) await session.set("/n", large);
      await session.set("/n", bytes("last"));
      expect(runtime.disk.exists(`${FOLDER}/snapshot`)).toBe(true);
      await server.close();
      const again = start(runtime);
      expect(await dump(await again.connect())).toEqual(["/=@0", "/n=last@9"]);
      await again.server.close();
    });
    expectNothingLeaks(runtime);
  });

  test("a write that the disk refuses ends in CONNECTION_LOSS, and changes nothing", async () => {
    const runtime = testRuntime();
    let failure: Error | undefined;
    await within(runtime.world, async () => {
      const { server, connect } = start(runtime, (error) => (failure = error));
      const session = await connect();
      await session.create("/before", bytes(""));
      let expired = false;
      session.onExpired(() => (expired = true));
      runtime.node.failDisk(FOLDER);
      expect(await codeOf(session.create("/n", bytes("")))).toBe("CONNECTION_LOSS");
      runtime.node.healDisk();
      await server.close();
      const again = start(runtime);
      expect(await dump(await again.connect())).toEqual(["/=@0", "/before=@0"]);
      expect(expired).toBe(false);
      await again.server.close();
      await session.close().catch(() => {});
    });
    expectNothingLeaks(runtime);
    expect(failure).toBeUndefined();
  });

  test("a flush that fails: whoever waits gets CONNECTION_LOSS, maybe applied, and the service stops", async () => {
    const world = new SimWorld(1, { flushMs: 10 });
    const node = world.node("broker");
    const failures: Error[] = [];
    await within(world, async () => {
      const { server, connect } = start(node.runtime, (error) => failures.push(error));
      const session = await connect();
      const first = codeOf(session.create("/n", bytes("")));
      const second = codeOf(session.exists("/n"));
      node.failDisk(FOLDER);
      expect(await first).toBe("CONNECTION_LOSS");
      expect(await second).toBe("CONNECTION_LOSS");
      expect(failures).toHaveLength(1);
      node.healDisk();
      expect(await codeOf(session.get("/n"))).toBe("CONNECTION_LOSS");
      expect(await codeOf(connect())).toBe("CONNECTION_LOSS");
      await session.close().catch(() => {});
      await server.close();
      const again = start(node.runtime);
      await again.connect();
      await again.server.close();
    });
    expect(failures).toHaveLength(1);
    expectNothingLeaks(node);
  });

  test("a full disk refuses changes, changes nothing, and is well again when there is room", async () => {
    const runtime = testRuntime();
    await within(runtime.world, async () => {
      const { server, connect } = start(runtime);
      const session = await connect();
      await session.create("/n", bytes("old"));
      let fired = false;
      await session.watch("/n", "data", () => (fired = true));
      runtime.node.fillDisk(10);
      expect(await codeOf(session.set("/n", bytes("new")))).toBe("CONNECTION_LOSS");
      expect(await dump(session)).toEqual(["/=@0", "/n=old@0"]);
      expect(fired).toBe(false);
      runtime.node.healDisk();
      expect(await session.set("/n", bytes("new"))).toBe(1);
      await session.exists("/n");
      expect(fired).toBe(true);
      await server.close();
      const again = start(runtime);
      expect(await dump(await again.connect())).toEqual(["/=@0", "/n=new@1"]);
      await again.server.close();
    });
    expectNothingLeaks(runtime);
  });

  test("a full disk doesn't keep the service from opening; old sessions end when there is room", async () => {
    const runtime = testRuntime();
    await within(runtime.world, async () => {
      const first = start(runtime);
      await (await first.connect()).create("/e", bytes(""), { ephemeral: true });
      await first.server.close();
      runtime.node.fillDisk(0);
      const { server } = start(runtime);
      runtime.node.healDisk();
      const session = await new LocalCoordination(server, runtime).connect(TIMEOUT_MS);
      expect(await session.exists("/e")).toBe(true);
      await new Promise<void>((resolve) => runtime.scheduler.at(runtime.clock.nowMs() + TIMEOUT_MS + 10, resolve));
      expect(await session.exists("/e")).toBe(false);
      await server.close();
    });
  });
});
