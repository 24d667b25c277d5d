import { describe, expect, test } from "vitest";
import { createNodeRuntime } from "#ground/node/node-runtime";
import { formatLogLine } from "#ground/node/stderr-logger";
import { type Logger, randomUuid } from "#ground/runtime";

function collectingLogger(lines: string[]): Logger {
  const add = (message: string): void => void lines.push(message);
  return { debug: add, info: add, warn: add, error: add };
}

const runtime = createNodeRuntime({ log: collectingLogger([]) });
const { clock, scheduler } = runtime;

describe("clocks", () => {
  test("wall time is whole milliseconds since 1970; the monotonic clock has fractions and goes on", () => {
    const wallMs = clock.wallMs();
    expect(Number.isInteger(wallMs)).toBe(true);
    expect(wallMs).toBeGreaterThan(Date.UTC(2024, 0, 1));
    const before = clock.nowMs();
    expect(clock.nowMs()).toBeGreaterThanOrEqual(before);
  });
});

describe("scheduler", () => {
  test("a timer runs once, when the clock shows its deadline or a little later", async () => {
    for (let i = 0; i < 8; i++) {
      const deadlineMs = clock.nowMs() + i / 3;
      await new Promise<void>((resolve) => scheduler.at(deadlineMs, resolve));
      expect(clock.nowMs()).toBeGreaterThanOrEqual(deadlineMs);
    }
  });

  test("a cancelled timer does not run, however far away it is", async () => {
    const ran: string[] = [];
    const timers = [1, 0, -1, 2 ** 40, Infinity].map((delayMs) => {
      return scheduler.at(clock.nowMs() + delayMs, () => ran.push(String(delayMs)));
    });
    for (const timer of timers) timer.cancel();
    await new Promise<void>((resolve) => scheduler.at(clock.nowMs() + 5, resolve));
    expect(ran).toEqual([]);
    expect(() => scheduler.at(NaN, () => {})).toThrow(new RangeError("Nothing can happen at time NaN."));
  });

  test("soon is after this turn, and in order", async () => {
    const ran: number[] = [];
    scheduler.soon(() => ran.push(1));
    scheduler.soon(() => ran.push(2));
    await Promise.resolve();
    expect(ran).toEqual([]);
    await new Promise<void>((resolve) => scheduler.soon(resolve));
    expect(ran).toEqual([1, 2]);
  });

  test("a loop that fails is logged under its name", async () => {
    const lines: string[] = [];
    const own = createNodeRuntime({ log: collectingLogger(lines) });
    own.scheduler.spawn("log-cleaner", async () => {
      await Promise.resolve();
      throw new Error("no more brooms");
    });
    await new Promise<void>((resolve) => own.scheduler.at(own.clock.nowMs() + 5, resolve));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^log-cleaner failed: Error: no more brooms\n +at /);
  });
});

describe("random", () => {
  test("numbers lie in their range, and bytes are the caller's own", () => {
    const numbers = Array.from({ length: 1000 }, () => runtime.random.int(3));
    expect([...new Set(numbers)].sort()).toEqual([0, 1, 2]);
    expect(runtime.random.next()).toBeLessThan(1);
    expect(runtime.random.bytes(20)).toHaveLength(20);
    expect(randomUuid(runtime.random)).not.toEqual(randomUuid(runtime.random));
  });
});

describe("log lines", () => {
  test("that nobody reads any more end nothing: who follows a log may stop", () => {
    createNodeRuntime();
    process.stderr.emit("error", Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
    const listeners = process.stderr.listenerCount("error");
    createNodeRuntime();
    expect(process.stderr.listenerCount("error")).toBe(listeners);
  });

  const at = Date.UTC(2024, 6, 1, 12, 0, 0, 123);

  test("look like Kafka's", () => {
    expect(formatLogLine(at, "info", "started")).toBe("[2024-07-01 12:00:00,123] INFO started\n");
  });

  test("can't be forged, and can't talk to the terminal", () => {
    const hostile = "client x\n[2024-07-01 12:00:00,124] INFO \u001b[2Jall is well\r\u009b";
    expect(formatLogLine(at, "warn", hostile)).toBe(
      "[2024-07-01 12:00:00,123] WARN client x\n" +
        "    [2024-07-01 12:00:00,124] INFO \\x1b[2Jall is well\\x0d\\x9b\n",
    );
  });
});
