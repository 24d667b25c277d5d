import { describe, expect, test } from "vitest";
import { type DelayedOperation, Purgatory } from "#replication";
import { expectNothingLeaks, testRuntime } from "../support/sim.ts";

/** Completes once `isReady` says so; notes how it ended. */
class Probe implements DelayedOperation {
  readonly ends: string[] = [];
  tries = 0;
  isReady = false;

  tryComplete(): boolean {
    this.tries += 1;
    if (this.isReady) this.ends.push("completed");
    return this.isReady;
  }

  expire(): void {
    this.ends.push("expired");
  }
}

function setUp() {
  const runtime = testRuntime();
  const purgatory = new Purgatory<object>(runtime);
  return { runtime, purgatory, probe: new Probe() };
}

describe("Purgatory", () => {
  test("6.3 tryCompleteElseWatch: an operation that can complete at once does not wait", () => {
    const { runtime, purgatory, probe } = setUp();
    probe.isReady = true;
    purgatory.tryCompleteElseWatch(probe, [{}], 1000);
    expect(probe.ends, "how the operation has ended").toEqual(["completed"]);
    expect(purgatory.size, "operations that wait").toBe(0);
    expectNothingLeaks(runtime);
  });

  test("6.3 check: completes what can be, in a later turn and without any time passing", async () => {
    const { runtime, purgatory, probe } = setUp();
    const key = {};
    purgatory.tryCompleteElseWatch(probe, [key], 1000);
    probe.isReady = true;
    purgatory.check(key);
    expect(probe.ends, "how the operation has ended").toEqual([]);
    await runtime.advance(0);
    expect(probe.ends, "how the operation has ended").toEqual(["completed"]);
    expect(purgatory.size, "operations that wait").toBe(0);
    expectNothingLeaks(runtime);
  });

  test("6.3 tryCompleteElseWatch: without a check it is not looked at until its time is up", async () => {
    const { runtime, purgatory, probe } = setUp();
    purgatory.tryCompleteElseWatch(probe, [{}], 1000);
    probe.isReady = true;
    await runtime.advance(999);
    expect(probe, "times that it was looked at, and how it has ended").toMatchObject({ tries: 1, ends: [] });
    await runtime.advance(2);
    expect(probe, "times that it was looked at, and how it has ended").toMatchObject({ tries: 1, ends: ["expired"] });
    expectNothingLeaks(runtime);
  });

  test("6.3 check: who waits on another key is left alone", async () => {
    const { runtime, purgatory, probe } = setUp();
    purgatory.tryCompleteElseWatch(probe, [{}], 1000);
    purgatory.check({});
    await runtime.advance(10);
    expect(probe.tries, "times that it was looked at").toBe(1);
  });

  test("6.3 check: all who wait on a key are looked at", async () => {
    const { runtime, purgatory, probe } = setUp();
    const [key, second] = [{}, new Probe()];
    for (const one of [probe, second]) purgatory.tryCompleteElseWatch(one, [key], 1000);
    purgatory.check(key);
    await runtime.advance(1);
    expect([probe.tries, second.tries], "times that each was looked at").toEqual([2, 2]);
  });

  test("6.3 check: many checks in one turn look at it once", async () => {
    const { runtime, purgatory, probe } = setUp();
    const keys = [{}, {}];
    purgatory.tryCompleteElseWatch(probe, [keys[0]!], 1000);
    for (let i = 0; i < 100; i++) purgatory.check(keys[0]!);
    await runtime.advance(1);
    expect(probe.tries, "times that it was looked at").toBe(2);
  });

  test("6.3 check: an operation with several keys ends once", async () => {
    const { runtime, purgatory, probe } = setUp();
    const keys = [{}, {}, {}];
    purgatory.tryCompleteElseWatch(probe, keys, 50);
    probe.isReady = true;
    for (const key of keys) purgatory.check(key);
    await runtime.advance(100);
    expect(probe.ends, "how the operation has ended").toEqual(["completed"]);
    expect(purgatory.size, "operations that wait").toBe(0);
    expectNothingLeaks(runtime);
  });

  test("6.3 tryCompleteElseWatch: without time to wait it expires at once", () => {
    const { purgatory, probe } = setUp();
    purgatory.tryCompleteElseWatch(probe, [{}], 0);
    expect(probe.ends, "how the operation has ended").toEqual(["expired"]);
  });

  test("6.3 tryCompleteElseWatch: close ends all waiting, and nobody waits afterwards", async () => {
    const { runtime, purgatory, probe } = setUp();
    const [key, late] = [{}, new Probe()];
    purgatory.tryCompleteElseWatch(probe, [key, {}], 1000);
    purgatory.close();
    purgatory.tryCompleteElseWatch(late, [key], 1000);
    expect([probe.ends, late.ends], "how the two have ended").toEqual([["expired"], ["expired"]]);
    await runtime.advance(2000);
    expect([probe.ends, late.ends], "how the two have ended").toEqual([["expired"], ["expired"]]);
    expectNothingLeaks(runtime);
  });

  test("6.3 check: what has completed, or timed out, is not looked at again", async () => {
    const { runtime, purgatory, probe } = setUp();
    const [key, late] = [{}, new Probe()];
    purgatory.tryCompleteElseWatch(probe, [key], 1000);
    purgatory.tryCompleteElseWatch(late, [key], 50);
    probe.isReady = true;
    purgatory.check(key);
    await runtime.advance(100);
    purgatory.check(key);
    await runtime.advance(2000);
    expect([probe.ends, late.ends], "how the two have ended").toEqual([["completed"], ["expired"]]);
    expect([probe.tries, late.tries], "times that each was looked at").toEqual([2, 2]);
    expectNothingLeaks(runtime);
  });

  test("6.3 check: any of its keys will do", async () => {
    const { runtime, purgatory, probe } = setUp();
    const keys = [{}, {}];
    purgatory.tryCompleteElseWatch(probe, keys, 1000);
    probe.isReady = true;
    purgatory.check(keys[1]!);
    await runtime.advance(0);
    expect(probe.ends, "how the operation has ended").toEqual(["completed"]);
  });

  test("6.3 check: one that can't complete yet waits on, and is looked at the next time", async () => {
    const { runtime, purgatory, probe } = setUp();
    const key = {};
    purgatory.tryCompleteElseWatch(probe, [key], 1000);
    purgatory.check(key);
    await runtime.advance(1);
    expect(probe.ends, "how the operation has ended").toEqual([]);
    probe.isReady = true;
    purgatory.check(key);
    await runtime.advance(1);
    expect(probe, "times that it was looked at, and how it has ended").toMatchObject({ tries: 3, ends: ["completed"] });
  });

  test("6.3 tryCompleteElseWatch: whom nobody wants any more, ends without an answer", async () => {
    const { runtime, purgatory, probe } = setUp();
    const forget = purgatory.tryCompleteElseWatch(probe, [{}], 1000);
    expect(purgatory.size, "operations that wait").toBe(1);
    forget();
    await runtime.advance(2000);
    expect(probe, "times that it was looked at, and how it has ended").toMatchObject({ tries: 1, ends: [] });
    expect(purgatory.size, "operations that wait").toBe(0);
    expectNothingLeaks(runtime);
  });
});
