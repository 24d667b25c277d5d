import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { type ClusterEvent, EVENTS_VERSION, type EventKind } from "#ground/events";
import { type TestReport } from "../../tools/run/events.ts";
import { keepTimeline } from "../../tools/run/keep-timeline.ts";
import { replicationScenario } from "../../tools/simulate/replication/scenario.ts";
import { changeBetween, changed } from "../../tools/ui/trace/change.ts";
import { placeForTrace, prepareTrace, readTrace, writeTrace } from "../../tools/ui/trace/trace-file.ts";
import { TraceServer } from "../../tools/ui/trace/trace-server.ts";
import { type KeptPicture, type Recording, type Trace, type TraceStep } from "../../tools/ui/trace/trace.ts";
import {
  beginningOf, isOnlyAppend, markOf, nextStep, openFaultsOf, picturesOf,
} from "../../tools/ui/trace/trace-view.ts";
import { property } from "../support/property.ts";

const RUN_MS = 300_000;
const folder = mkdtempSync(join(tmpdir(), "katafka-trace-"));
afterAll(() => rmSync(folder, { recursive: true }));

function step(...kinds: EventKind[]): TraceStep {
  const event = { timeMs: 1, node: "broker-1", subject: "orders-0", before: "", after: "x" };
  return { events: kinds.map((kind) => ({ ...event, kind })), change: null };
}

function traceOf(recording: Recording): Trace {
  const words = { title: "replication, seed 1", command: "npm run simulate", about: "", violation: null };
  return { eventsVersion: EVENTS_VERSION, ...words, ...recording };
}

describe("the change between two values", () => {
  test("leads from one to the other", () => {
    const plain = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown);
    property([plain, plain], (before, after) => {
      const change = JSON.parse(JSON.stringify(changeBetween(before, after))) as never;
      expect(changed(before, change)).toEqual(after);
    });
  });

  test("leaves what hasn't changed the same object, and the value before as it was", () => {
    const before = { brokers: [{ id: 1, state: "up" }, { id: 2, state: "up" }], groups: [] };
    const after = { brokers: [{ id: 1, state: "up" }, { id: 2, state: "down" }], groups: [] };
    const change = changeBetween(before, after);
    expect(change).toEqual({ in: { brokers: { in: { 1: { in: { state: { set: "down" } } } } } } });
    const made = changed(before, change) as typeof before;
    expect(made.brokers[0]).toBe(before.brokers[0]);
    expect(before.brokers[1]).toEqual({ id: 2, state: "up" });
  });
});

describe("going through a trace", () => {
  const steps = [step("said"), step("fault"), step("append"), step("leader"), step("fault", "violation")];

  test("a step is marked by what stands out most", () => {
    expect(steps.map(markOf)).toEqual([null, "fault", null, "leader", "violation"]);
  });

  test("appends can be skipped; where nothing is wanted one stays", () => {
    const isMore = (one: TraceStep): boolean => !isOnlyAppend(one);
    expect(nextStep(steps, 1, 1, isMore)).toBe(3);
    expect(nextStep(steps, 3, -1, isMore)).toBe(1);
    expect(nextStep(steps, 4, 1, isMore)).toBe(4);
  });

  test("it begins where an invariant was violated; at the first step if none was; a timeline at its end", () => {
    const recording = { first: { brokers: [] } as unknown as KeptPicture, steps, omitted: 0 };
    expect(beginningOf(traceOf(recording))).toBe(4);
    expect(beginningOf(traceOf({ ...recording, first: null, steps: steps.slice(0, 3) }))).toBe(2);
    expect(beginningOf(traceOf({ ...recording, steps: steps.slice(0, 3) }))).toBe(0);
  });
});

test("a fault is open until the same one is over, or all are; what is over at once never is", () => {
  const fault = (subject: string, before: string, after: string): TraceStep => {
    return { events: [{ timeMs: 1, node: "chaos", kind: "fault", subject, before, after }], change: null };
  };
  const steps = [
    fault("fault", "", "broker 1 is killed"), fault("fault at once", "", "broker 2 is frozen for 3 ms"),
    fault("fault", "", "connections break"), fault("fault", "broker 1 is killed", "over"),
    fault("fault at once", "", "all are over"),
  ];
  const [one, two] = ["broker 1 is killed", "connections break"];
  expect(openFaultsOf(steps)).toEqual([[one], [one], [one, two], [two], []]);
});

describe("a recorded run", { timeout: RUN_MS }, () => {
  test("is the run that it would have been, and the same file each time", async () => {
    const plain = await replicationScenario(1);
    const [first, second] = [await replicationScenario(1, true), await replicationScenario(1, true)];
    expect([first.traceHash, first.steps]).toEqual([plain.traceHash, plain.steps]);
    const files = [first, second].map(({ recording }, i) => {
      const path = join(folder, `${i}.json`);
      writeTrace(path, traceOf(recording!));
      return readFileSync(path, "utf8");
    });
    expect(files[0]).toBe(files[1]);
  });

  test("has each broker's state after each event, and what brought it there", async () => {
    const { recording } = await replicationScenario(2, true);
    const trace = traceOf(recording!);
    const pictures = picturesOf(trace);
    const last = pictures.at(-1)!;
    // At the end all is well again: that is what the scenario demands.
    expect(last.brokers.every(({ state }) => state === "up")).toBe(true);
    expect(last.partitions).toHaveLength(3);
    for (const { isr, replicas } of last.partitions) {
      expect(isr).toHaveLength(3);
      expect(new Set(replicas.map(({ logEndOffset }) => logEndOffset)).size).toBe(1);
    }
    const told = new Set(trace.steps.flatMap(({ events }) => events.map(({ kind }) => kind)));
    for (const kind of ["fault", "leader", "isr", "append", "broker", "said"] as const) expect(told).toContain(kind);
    trace.steps.forEach(({ events, change }, i) => {
      const { node, after } = events.find(({ kind }) => kind === "append") ?? { node: "", after: "" };
      if (node !== "") expect(change, `${node} ${after} in step ${i}`).not.toBeNull();
    });
  });
});

describe("a trace in a file", () => {
  test("is refused, in words, when it is none, or one of other events", () => {
    const path = join(folder, "bad.json");
    for (const [text, words] of [["{", "can't be read"], ["{}", "is no trace"], ['{"steps":[]}', "another katafka"]]) {
      writeFileSync(path, text!);
      expect(() => readTrace(path)).toThrow(words);
    }
  });

  test("that nobody gave a place goes into the project, or elsewhere if nothing can be written there", () => {
    const [open, closed] = [join(folder, "open"), join(folder, "closed")];
    expect(placeForTrace(open, "x.json")).toBe(join(open, ".cache/traces/x.json"));
    // Whoever is root may write to a folder that is only to be read: a file in its place stops everybody.
    mkdirSync(closed);
    writeFileSync(join(closed, ".cache"), "");
    const elsewhere = placeForTrace(closed, "x.json");
    expect(elsewhere.startsWith(closed)).toBe(false);
    writeTrace(elsewhere, traceOf({ first: null, steps: [step("said")], omitted: 0 }));
    expect(readTrace(elsewhere).steps).toHaveLength(1);
    rmSync(dirname(elsewhere), { recursive: true });
    const inVain = (): void => prepareTrace(join(closed, ".cache/x.json"));
    expect(inVain).toThrow(/^Nothing can be written to .+x\.json \(E\w+\)\.$/);
  });

  test("is made of a failed test's timeline, under the number of its exercise", () => {
    const events: ClusterEvent[] = [
      { timeMs: 0, node: "broker 2", kind: "deed", subject: "fetches from 3", before: "HW 2", after: "HW 3" },
    ];
    const message = "who what\n\nhigh watermark: expected 2 to be 3";
    const failures = [{ name: "AssertionError", message, frames: [] }];
    const title = "6.3 advance: waits";
    const report: TestReport = {
      file: "x.test.ts", title, index: 0, state: "failed", stubs: [], events, failures, durationMs: 0,
    };
    expect(keepTimeline(folder, report)).toBe(".cache/traces/6.3.json");
    const trace = readTrace(join(folder, ".cache/traces/6.3.json"));
    expect(trace).toMatchObject({ title, violation: "high watermark: expected 2 to be 3" });
    expect(trace.steps).toEqual([{ events, change: null }]);
    expect(keepTimeline(folder, { ...report, events: [] })).toBeNull();
  });

  test("is served to who asks by the printed name, and to nobody else", async () => {
    const server = new TraceServer(traceOf({ first: null, steps: [step("said")], omitted: 0 }));
    const address = new URL(await server.listen("127.0.0.1", 0));
    try {
      const got = await (await fetch(new URL("/trace.json", address))).json();
      expect(got).toMatchObject({ title: "replication, seed 1" });
      expect(await (await fetch(address)).text()).toContain("<title>katafka</title>");
      expect((await fetch(new URL("/../secret", address))).status).toBe(404);
      const { port, hostname: host } = address;
      const asked = request({ port, host, path: "/trace.json", headers: { host: "evil:80" } });
      const status = await new Promise((resolve) => asked.on("response", (response) => {
        response.resume();
        resolve(response.statusCode);
      }).end());
      expect(status).toBe(403);
    } finally {
      server.close();
    }
  });
});
