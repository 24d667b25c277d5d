import { describe, expect, test } from "vitest";
import { CoordinationError, type CoordinationSession } from "#ground/coordination/coordination";
import { type SeededRandom } from "#ground/sim/seeded-random";
import { bytes, TcpWorld, text, TIMEOUT_MS } from "./tcp-fixtures.ts";

const SEEDS = Array.from({ length: 3 }, (_, i) => i + 1);
const FAULTS = 6;

/** What one client has done, and what it knows for certain. */
class Worker {
  readonly made: string[] = [];
  /** Calls that were lost, and that were not applied when the session was resumed: they never may be. */
  readonly never: string[] = [];
  seen = "";
  isStopped = false;
  readonly #fixture: TcpWorld;
  readonly #name: string;
  #count = 0;

  constructor(fixture: TcpWorld, name: string) {
    this.#fixture = fixture;
    this.#name = name;
  }

  async run(): Promise<void> {
    while (!this.isStopped) {
      const session = await this.#tried(() => this.#fixture.connect(this.#name));
      const over = new AbortController();
      session.onExpired(() => over.abort());
      this.#follow(session);
      while (!over.signal.aborted && !this.isStopped) await this.#makeOne(session);
      await session.close();
    }
  }

  /** Makes a node; when the answer is lost, looks whether it was made. */
  async #makeOne(session: CoordinationSession): Promise<void> {
    const path = `/${this.#name}-${(this.#count += 1)}`;
    try {
      await session.create(path, bytes(""));
      this.made.push(path);
    } catch (error) {
      if (!isCode(error, "CONNECTION_LOSS")) return;
      const isMade = await this.#tried(() => session.exists(path)).catch(() => null);
      if (isMade !== null) (isMade ? this.made : this.never).push(path);
    }
    await this.#fixture.pass(100);
  }

  /** Watch, then read: what is read last is what is there. */
  #follow(session: CoordinationSession): void {
    const again = async (): Promise<void> => {
      await this.#tried(() => session.watch("/value", "data", () => this.#follow(session)));
      this.seen = text((await this.#tried(() => session.get("/value")))?.data);
    };
    again().catch(() => {});
  }

  async #tried<Result>(call: () => Promise<Result>): Promise<Result> {
    for (;;) {
      try {
        return await call();
      } catch (error) {
        if (!isCode(error, "CONNECTION_LOSS")) throw error;
        await this.#fixture.pass(10);
      }
    }
  }
}

function isCode(error: unknown, code: string): boolean {
  if (!(error instanceof CoordinationError)) throw error;
  return error.code === code;
}

/** Does something bad, and ends it. */
async function fault(fixture: TcpWorld, random: SeededRandom): Promise<void> {
  const { network } = fixture.world;
  const client = `client-${random.int(3)}`;
  const ms = random.int(2 * TIMEOUT_MS);
  switch (random.int(5)) {
    case 0:
      network.partition(client, "service");
      break;
    case 1:
      network.dropProbability = 0.05;
      break;
    case 2:
      fixture.world.node(client).freeze(ms);
      break;
    case 3:
      fixture.service.freeze(ms);
      break;
    default:
      fixture.service.crash();
  }
  await fixture.pass(ms);
  network.heal();
  network.dropProbability = 0;
  if (!fixture.service.isAlive) {
    fixture.service.restart();
    await fixture.start();
  }
  await fixture.pass(random.int(TIMEOUT_MS));
}

describe("whatever happens to the network and to processes", { timeout: 60_000 }, () => {
  test.each(SEEDS)("what was answered holds, what was lost is decided, no change is missed: seed %d", async (seed) => {
    await TcpWorld.run(
      async (fixture) => {
        const random = fixture.world.random("faults");
        await (await fixture.connect("judge")).create("/value", bytes("0"));
        const workers = [0, 1, 2].map((i) => new Worker(fixture, `client-${i}`));
        const runs = workers.map((worker) => worker.run());
        for (let i = 0; i < FAULTS; i += 1) await fault(fixture, random);
        await fixture.pass(2 * TIMEOUT_MS);
        const judge = await fixture.connect("last-judge");
        await judge.set("/value", bytes("last"));
        await fixture.pass(100);
        expect(workers.map(({ seen }) => seen)).toEqual(["last", "last", "last"]);
        for (const worker of workers) worker.isStopped = true;
        await Promise.all(runs);
        const there = new Set((await judge.children("/")).map((name) => `/${name}`));
        for (const { made, never } of workers) {
          expect(made.length).toBeGreaterThan(20);
          expect(made.filter((path) => !there.has(path))).toEqual([]);
          expect(never.filter((path) => there.has(path))).toEqual([]);
        }
      },
      {},
      seed,
    );
  });
});
