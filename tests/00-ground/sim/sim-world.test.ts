import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { NotImplementedError } from "#ground/errors";
import { SimWorld } from "#ground/sim/sim-world";
import { busyWorld } from "./busy-world.ts";
import { expectNothingLeaks, testRuntime, withSim } from "../../support/sim.ts";

let anotherProcess: Promise<{ stdout: string }>;

// It takes its time to start: so it does while the first tests run.
beforeAll(() => {
  const script = fileURLToPath(new URL("busy-world.ts", import.meta.url));
  anotherProcess = promisify(execFile)(process.execPath, ["--import", "tsx", script, "42"]);
  anotherProcess.catch(() => {});
});

describe("time", () => {
  test("timers run in the order of their deadlines, equal ones in the order in which they were set", async () => {
    const runtime = testRuntime();
    const ran: string[] = [];
    runtime.scheduler.at(20, () => ran.push("late"));
    runtime.scheduler.at(10, () => ran.push("first"));
    runtime.scheduler.at(10, () => ran.push("second"));
    runtime.scheduler.at(-5, () => ran.push("overdue"));
    expect(ran).toEqual([]);
    await runtime.advance(10);
    expect(ran).toEqual(["overdue", "first", "second"]);
    await runtime.advance(9.9);
    expect(ran).toHaveLength(3);
    await runtime.advance(0.1);
    expect(ran).toHaveLength(4);
    expectNothingLeaks(runtime);
  });

  test("a timer never runs before the clock shows its deadline, whatever the fractions", async () => {
    const world = new SimWorld(1);
    await world.run(0.1);
    const { clock, scheduler } = world.node("a").runtime;
    const early: number[] = [];
    for (let i = 1; i <= 500; i++) {
      const deadlineMs = i / 7;
      scheduler.at(deadlineMs, () => {
        if (clock.nowMs() < deadlineMs) early.push(deadlineMs);
      });
    }
    await world.run(100);
    expect(early).toEqual([]);
  });

  test("a cancelled timer does not run, and is no leak", async () => {
    const runtime = testRuntime();
    let ran = false;
    const timer = runtime.scheduler.at(5, () => (ran = true));
    expect(runtime.node.openResources).toEqual(["timer due at 5 ms"]);
    timer.cancel();
    timer.cancel();
    expectNothingLeaks(runtime);
    await runtime.advance(10);
    expect(ran).toBe(false);
  });

  test("everything that awaits has gone as far as it can before the next event", async () => {
    const runtime = testRuntime();
    let steps = 0;
    const walk = async (): Promise<void> => {
      for (let i = 0; i < 1000; i++) {
        await Promise.resolve();
        steps++;
      }
    };
    let seen = 0;
    runtime.scheduler.soon(() => void walk());
    runtime.scheduler.soon(() => (seen = steps));
    await runtime.advance(0);
    expect(seen).toBe(1000);
  });

  test("a blocking call moves the process's clocks within the turn, and delays its other events", async () => {
    const world = new SimWorld(1);
    const [a, b] = [world.node("a"), world.node("b")];
    const log: string[] = [];
    a.runtime.scheduler.at(10, () => {
      a.freeze(50);
      log.push(`a blocked until ${a.runtime.clock.nowMs()}`);
    });
    a.runtime.scheduler.at(30, () => log.push(`a 30 at ${a.runtime.clock.nowMs()}`));
    a.runtime.scheduler.at(20, () => log.push(`a 20 at ${a.runtime.clock.nowMs()}`));
    b.runtime.scheduler.at(30, () => log.push(`b 30 at ${b.runtime.clock.nowMs()}`));
    await world.run(100);
    expect(log).toEqual(["a blocked until 60", "b 30 at 30", "a 20 at 60", "a 30 at 60"]);
  });

  test("a test runtime's clocks can move at once; what fell due runs at the next advance", async () => {
    const runtime = testRuntime();
    const ran: string[] = [];
    runtime.scheduler.at(5, () => ran.push("timer"));
    runtime.elapse(10);
    expect([runtime.clock.nowMs(), ran]).toEqual([10, []]);
    await runtime.advance(0);
    expect([runtime.clock.nowMs(), ran]).toEqual([10, ["timer"]]);
    await runtime.advance(5);
    expect(runtime.clock.nowMs()).toBe(15);
  });

  test("wall time is a whole number, goes on over a restart, can be wrong; the other clock starts again", async () => {
    const world = new SimWorld(1);
    const node = world.node("a");
    await world.run(1000.25);
    expect(node.runtime.clock.wallMs()).toBe(Date.UTC(2024, 6, 1) + 1000);
    const clock = node.restart().clock;
    expect(clock.nowMs()).toBe(0);
    expect(clock.wallMs()).toBe(Date.UTC(2024, 6, 1) + 1000);
    node.setWallClockOffset(-3_600_000);
    expect(clock.wallMs()).toBe(Date.UTC(2024, 6, 1) + 1000 - 3_600_000);
    expect(clock.nowMs()).toBe(0);
  });

  test("runUntil stops at once when it is done, and says what happened when it is not", async () => {
    const world = new SimWorld(7);
    const { scheduler, log } = world.node("a").runtime;
    let count = 0;
    const tick = (): void => {
      log.info(`tick ${++count}`);
      scheduler.at(count * 10, tick);
    };
    tick();
    await world.runUntil(() => count === 3, 1000);
    expect(world.nowMs).toBe(20);
    const never = world.runUntil(() => count === 100, 50);
    await expect(never).rejects.toThrow(/within 50 ms[^]*Seed 7[^]*a log info tick 7/);
  });

  test("what an event throws reaches the one who runs the world, and time can go on", async () => {
    const runtime = testRuntime();
    runtime.scheduler.at(1, () => {
      throw new Error("from the event");
    });
    await expect(runtime.advance(5)).rejects.toThrow("from the event");
    await runtime.advance(5);
  });
});

describe("loops", () => {
  test("a loop that fails is logged under its name", async () => {
    const runtime = testRuntime();
    runtime.scheduler.spawn("log-cleaner", () => Promise.reject(new Error("no more brooms")));
    await runtime.advance(0);
    expect(runtime.world.traceTail()).toContain("log error log-cleaner failed: Error: no more brooms");
  });

  test("a loop that meets a stub is no failure to be logged", async () => {
    const runtime = testRuntime();
    runtime.scheduler.spawn("sender", () => Promise.reject(new NotImplementedError("4.2 Sender.run")));
    await expect(runtime.advance(1)).rejects.toThrow("4.2 Sender.run is yours to write");
  });
});

describe("crash", () => {
  test("nothing of a dead incarnation has any effect", async () => {
    const world = new SimWorld(1);
    const node = world.node("a");
    const dead = node.runtime;
    const effects: string[] = [];
    dead.disk.makeFolder("/data");
    const file = dead.disk.open("/data/f", { create: true });
    dead.scheduler.at(10, () => effects.push("timer"));
    dead.scheduler.soon(() => effects.push("turn"));
    void file.flush().then(() => effects.push("flush"));
    node.crash();
    dead.scheduler.at(20, () => effects.push("timer after death"));
    dead.scheduler.spawn("loop", async () => void effects.push("loop"));
    dead.log.error("still here");
    expect(() => file.append([Uint8Array.of(1)])).toThrow("this process of a is dead");
    expect(() => dead.disk.exists("/data")).toThrow("this process of a is dead");
    void dead.transport.connect("a", 1, 5).catch(() => effects.push("connect"));
    void dead.transport.listen("a", 1, () => {}).then(() => effects.push("listen"));
    await world.run(100);
    expect(effects).toEqual([]);
    expect(world.trace.join("\n")).not.toContain("still here");
    expectNothingLeaks(node);
    expect(node.restart().disk.exists("/data/f")).toBe(true);
  });

  test("restart kills an incarnation that is alive", async () => {
    const world = new SimWorld(1);
    const node = world.node("a");
    let ran = false;
    node.runtime.scheduler.at(1, () => (ran = true));
    node.restart();
    await world.run(10);
    expect(ran).toBe(false);
  });
});

describe("determinism", () => {
  test("the same seed gives the same trace, also after another seed and in another process", {
    timeout: 30_000,
  }, async () => {
    const first = await busyWorld(42);
    const other = await busyWorld(43);
    const again = await busyWorld(42);
    expect(first.trace.length).toBeGreaterThan(300);
    expect(again.trace.join("\n")).toBe(first.trace.join("\n"));
    expect(again.traceHash).toBe(first.traceHash);
    expect(other.traceHash).not.toBe(first.traceHash);
    expect(Number((await anotherProcess).stdout)).toBe(first.traceHash);
  });

  test("a failing test is told the seed and the last events", async () => {
    const failing = withSim(99, async (world) => {
      world.node("a").runtime.log.info("something odd");
      expect(1).toBe(2);
    });
    await expect(failing).rejects.toThrow(/expected 1 to be 2[^]*Seed 99[^]*a log info something odd/);
  });
});
