import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { chapterOf } from "../../tools/course/chapters.ts";
import { type Files, readSolution } from "../../tools/course/files.ts";
import { type TestReport } from "../../tools/run/events.ts";
import { ProgressFile } from "../../tools/run/progress.ts";
import { runTests, slowness } from "../../tools/run/run-tests.ts";
import { type OnlyTests, TestServer } from "../../tools/run/test-server.ts";
import { outcomes } from "../../tools/run/verdict.ts";
import { tryAlternatives } from "../../tools/verify/alternatives.ts";
import { tryChaff } from "../../tools/verify/chaff-trials.ts";
import { isWhole, Lab, type Trial } from "../../tools/verify/lab.ts";
import { Reach, traced } from "../../tools/verify/reach.ts";
import { titles } from "../../tools/verify/checks/titles.ts";
import { runMatrix } from "../../tools/verify/matrix.ts";
import { SmallCourse } from "./small-course.ts";

// Whole runs of other tests, one after the other.
const TIMEOUT_MS = 300_000;
/** On a loaded machine vitest alone takes seconds to start, and says nothing meanwhile. */
const STALL_MS = 6_000;
const WORK = "chapters/01-sums/sums.ts";
const TESTS = "tests/01-sums/sums.test.ts";
const chapter = chapterOf("01-sums");

let course: SmallCourse;
beforeAll(() => {
  course = new SmallCourse();
});
afterAll(() => course.remove());
beforeEach(() => course.resetToStubs());

describe("the watchdog", { timeout: TIMEOUT_MS }, () => {
  function runWith(lines: readonly string[], stallMs = STALL_MS): ReturnType<typeof runTests> {
    course.edit(WORK, 'throw new NotImplementedError("1.1 double");', lines.join("\n  "));
    return runTests({ root: course.root, paths: ["tests/01-sums/"], mine: [1], stallMs });
  }

  test("waits longer on a machine that has more to do than cores, but not for ever", () => {
    expect([slowness(0, 2), slowness(1, 2), slowness(6, 2), slowness(500, 2)]).toEqual([1, 1, 3, 10]);
  });

  test("ends an endless loop and names the test", async () => {
    const result = await runWith(["for (;;) {}"]);
    expect(result.broken).toBe("stalled");
    const [first] = outcomes(result).filter(({ state }) => state === "failed");
    expect(first!.title).toBe("1.1 double: is twice the number [I1]");
    expect(first!.failures[0]!.message).toContain("an endless loop?");
  });

  test("ends a loop of promises, in which no time-out is ever called", async () => {
    const spin = "const spin = (): Promise<void> => Promise.resolve().then(spin);";
    const result = await runWith([spin, "void spin();", "return 42;"]);
    expect(result.broken).toBe("stalled");
  });

  test("knows exhausted memory, and names the test", async () => {
    const body = ["const kept: unknown[] = [];", "for (;;) kept.push(new Array(10_000).fill(value));"];
    const result = await runWith(body, 60_000);
    expect(result.broken).toBe("out of memory");
    expect(outcomes(result)[0]!.title).toBe("1.1 double: is twice the number [I1]");
  });

  test("leaves nothing behind", async () => {
    const { TMPDIR } = process.env;
    const ours = mkdtempSync(join(tmpdir(), "katafka-empty-"));
    process.env["TMPDIR"] = ours;
    try {
      await runWith(["return value * 2;"]);
      expect(readdirSync(ours)).toEqual([]);
    } finally {
      rmSync(ours, { recursive: true });
      if (TMPDIR === undefined) delete process.env["TMPDIR"];
      else process.env["TMPDIR"] = TMPDIR;
    }
  });
});

describe("the test server", { timeout: TIMEOUT_MS }, () => {
  test("each run is as the first one, whatever became of the one before", async () => {
    const { root } = course;
    const progress = new ProgressFile();
    // Long: on a busy machine a run that is well must not pass for one that is stalled.
    const server = new TestServer({ root, paths: ["tests/01-sums/"], mine: [1], stallMs: 4 * STALL_MS }, progress);
    const stub = course.read(WORK);
    async function runWith(body: string): Promise<string> {
      course.write(WORK, stub.replace('throw new NotImplementedError("1.1 double");', body));
      const result = await server.run([join(root, WORK)]);
      const red = result.tests.filter(({ title, state }) => title.startsWith("1.1") && state === "failed");
      return `${result.broken ?? "whole"}, ${red.length} red, ${result.unhandled.length} outside of any test`;
    }
    const bodies = {
      good: "return value * 2;",
      wrong: "return value * 3;",
      endless: "for (;;) {}",
      unhandled: 'void Promise.reject(new Error("nobody awaits")); return value * 2;',
    };
    const seen: string[] = [];
    const order = ["good", "wrong", "good", "endless", "good", "unhandled", "good"] as const;
    for (const name of order) seen.push(`${name}: ${await runWith(bodies[name])}`);
    server.close();
    progress.remove();
    expect(progress.read()).toMatchObject({ pid: null, test: null });
    expect(seen.map((line) => line.replace(/[1-9] outside/, "some outside"))).toEqual([
      "good: whole, 0 red, 0 outside of any test",
      "wrong: whole, 1 red, 0 outside of any test",
      "good: whole, 0 red, 0 outside of any test",
      "endless: stalled, 0 red, 0 outside of any test",
      "good: whole, 0 red, 0 outside of any test",
      "unhandled: whole, 0 red, some outside of any test",
      "good: whole, 0 red, 0 outside of any test",
    ]);
  });
});

test("a title that names a function which is no more is found", { timeout: TIMEOUT_MS }, async () => {
  const tests = course.read(TESTS);
  course.write(TESTS, `${tests}test("1.2 sumOfAll: has another name now", () => void sum([]));\n`);
  const lab = new Lab(course.root);
  try {
    const { passed, failures, remark } = await titles.run({
      root: course.root, chapters: [chapter], learners: [chapter], lab, ci: false,
    });
    const said = "names sumOfAll, which nothing in its chapter is called";
    expect(failures).toEqual([`"1.2 sumOfAll: has another name now" ${said}`]);
    expect([passed, remark]).toEqual([6, "01 sums: 7 of 7"]);
  } finally {
    lab.close();
    course.write(TESTS, tests);
  }
});

describe("which tests a wrong answer can reach", { timeout: TIMEOUT_MS }, () => {
  const placeOf = (one: OnlyTests): string => `${one.file}: ${one.titles.length}`;

  test("is traced on the reference; the outcome of the others is the reference's", async () => {
    course.write("tests/01-sums/loads.test.ts", 'import { test } from "vitest";\n\ntest("given: loads", () => {});\n');
    const lab = new Lab(course.root);
    try {
      const solution = readSolution(course.root, chapter);
      const { tests } = await lab.try(chapter, traced(solution), isWhole);
      const reach = new Reach(tests);
      expect(reach.testsOf((title) => title === "1.1 double").map(placeOf)).toEqual([`${TESTS}: 2`]);
      expect(reach.testsOf((title) => title === "1.2 sum").map(placeOf)).toEqual([`${TESTS}: 4`]);
      const text = solution.get("sums.ts")!.replace("return twice(value)", "return value * value");
      const wrong = new Map([["sums.ts", text]]);
      const part = await lab.try(chapter, wrong, () => false, (title) => title === "1.1 double");
      const all = await lab.try(chapter, wrong, () => false);
      const untimed = (trial: Trial): object[] => trial.tests.map((one) => ({ ...one, durationMs: 0 }));
      expect(untimed(part)).toEqual(untimed(all));
      expect(part.tests.filter(({ state }) => state === "failed").map(({ title }) => title)).toEqual([
        "1.1 double: is twice the number [I1]",
      ]);
    } finally {
      lab.close();
      rmSync(join(course.root, "tests/01-sums/loads.test.ts"));
    }
  });

  test("is not known of what is entered outside of any test: then all of them run", () => {
    const ran = (title: string, exercises: string[], outside: string[]): TestReport => ({
      file: "a.test.ts", title, index: 0, state: "passed", stubs: [], failures: [], durationMs: 0,
      reached: { exercises, outside },
    });
    const reach = new Reach([ran("1.1 a", ["1.1 double"], []), ran("1.2 b", [], ["1.2 sum"])]);
    expect(reach.testsOf((title) => title === "1.1 double").map(placeOf)).toEqual(["a.test.ts: 1"]);
    expect(reach.testsOf((title) => title === "1.2 sum").map(placeOf)).toEqual(["a.test.ts: 2"]);
  });
});

describe("the red matrix", { timeout: TIMEOUT_MS }, () => {
  const good = (): string => course.read(TESTS);

  async function complaintsAfter(extra: string): Promise<string[]> {
    const tests = good();
    course.write(TESTS, tests + extra);
    const lab = new Lab(course.root);
    try {
      const rows = await runMatrix(course.root, chapter, lab);
      return rows.flatMap(({ name, complaints }) => complaints.map((complaint) => `${name}: ${complaint}`));
    } finally {
      lab.close();
      course.write(TESTS, tests);
    }
  }

  test("has nothing to say of good tests, and remembers that", async () => {
    expect(await complaintsAfter("")).toEqual([]);
    const startMs = performance.now();
    expect(await complaintsAfter("")).toEqual([]);
    expect(performance.now() - startMs).toBeLessThan(1_000);
  });

  test("finds an optional exercise that the core needs, unless the lesson says to solve it", async () => {
    const lesson = "chapters/01-sums/README.md";
    const before = course.read(lesson);
    const early = `\ntest("1.2 sum: needs the first one", () => void expect(sum([double(1)])).toBe(2));\n`;
    const name = "optional ones unwritten (1.1)";
    try {
      course.edit(lesson, "### 1.1 Double", "### 1.1 Double (5 min, optional)");
      expect(await complaintsAfter(early)).toContain(
        `${name}: "1.2 sum: needs the first one" is red: it needs 1.1 double`,
      );
      expect((await complaintsAfter("")).filter((text) => text.startsWith(name))).toEqual([]);
      course.edit(lesson, "(5 min, optional)", "(5 min, or solve it)");
      expect((await complaintsAfter(early)).filter((text) => text.startsWith("optional"))).toEqual([]);
    } finally {
      course.write(lesson, before);
    }
  });

  test("finds every kind of test that is red or green for the wrong reason", async () => {
    const complaints = await complaintsAfter(`
test("1.1 swallows: is green although it met a stub", () => {
  try {
    double(1);
  } catch {}
});
test("1.1 early: needs a later exercise", () => {
  expect(sum([1]) + double(1)).toBe(3);
});
test("1.2 idle: needs nothing", () => {
  expect(1).toBe(1);
});
test("given: claims to need nothing", () => {
  expect(double(1)).toBe(2);
});
test("no number at all", () => {});
`);
    expect(complaints).toContain(
      'only 1.1 unwritten: "1.1 swallows: is green although it met a stub" is green although 1.1 is not written',
    );
    expect(complaints).toContain('written up to 1.1: "1.1 early: needs a later exercise" is red: it needs 1.2 sum');
    expect(complaints).toContain(
      'nothing written: "1.1 early: needs a later exercise" asks for 1.2 sum first, which comes later',
    );
    expect(complaints).toContain('only 1.2 unwritten: "1.2 idle: needs nothing" is green although 1.2 is not written');
    expect(complaints).toContain(
      'only 1.1 unwritten: "given: claims to need nothing" is declared given, but needs 1.1 double',
    );
    expect(complaints.join("\n")).toContain('"no number at all" starts neither with an exercise');
  });
});

describe("wrong answers", { timeout: TIMEOUT_MS }, () => {
  async function complaintsOf(chaff: object[]): Promise<string[]> {
    course.write("tests/01-sums/chaff/2.ts", `export default ${JSON.stringify(chaff)};\n`);
    const lab = new Lab(course.root);
    try {
      const results = await tryChaff(course.root, chapter, lab);
      return results.slice(3).map(({ complaints }) => complaints.join("; "));
    } finally {
      lab.close();
    }
  }

  test("are caught, or it is said why not", async () => {
    const base = { exercise: "1.2 sum", why: "", caughtBy: "1.2 sum: adds up all of them" };
    const order = "1.2 sum: order does not matter";
    const complaints = await complaintsOf([
      { ...base, name: "starts at one", replace: [["let total = 0", "let total = 1"]] },
      { ...base, name: "harmless", replace: [["let i = 0", "let i = 0 + 0"]] },
      { ...base, name: "refused", replace: [["let total = 0", 'let total: number = "0"']] },
      { ...base, name: "wrong test", replace: [["let total = 0", "let total = -0.5"]], caughtBy: order },
      { ...base, name: "nowhere", replace: [["let nothing", ""]] },
      { ...base, name: "lookalike", body: "return values.slice(1).reduce((a, b) => a + b, 0);" },
    ]);
    expect(complaints).toEqual([
      "",
      "all tests are green: nothing catches it",
      "the compiler refuses it: Type 'string' is not assignable to type 'number'.",
      expect.stringMatching(/^not caught by "1.2 sum: order does not matter", but by "1.2 sum: adds up all of them", /),
      '"let nothing" occurs 0 times in the body, not once',
      "fails in just the same way as 1.2 sum: “the first is skipped”",
    ]);
  });

  test("are tried quickly with the tests that are recorded to fail, and the one that is to catch them", async () => {
    const lab = new Lab(course.root);
    const failing = { "1.2 sum: of none is zero": "value 1", "1.2 mean: is the sum over the count": "value 2" };
    const recorded = [{ exercise: "1.2 sum", name: "the first is skipped", failing }];
    const wanted = ({ name }: { name: string }): boolean => name === "the first is skipped";
    const failingOf = async (options: object): Promise<string[]> => {
      const [{ verdict } = { verdict: null }] = await tryChaff(course.root, chapter, lab, { wanted, ...options });
      return Object.keys(verdict!.failing);
    };
    try {
      const caught = ["1.2 sum: adds up all of them", "1.2 mean: is the sum over the count"];
      expect(await failingOf({ recorded, quick: true })).toEqual(caught);
      expect(await failingOf({ quick: true }), "nothing is recorded: all tests").toEqual([
        ...caught.slice(0, 1), "1.2 sum: order does not matter", ...caught.slice(1),
      ]);
    } finally {
      lab.close();
    }
  });

  test("a run that only asks whether they are caught ends with the first test that is red", async () => {
    const lab = new Lab(course.root);
    const solution = readSolution(course.root, chapter);
    const changed = (from: string, to: string): Files =>
      new Map([["sums.ts", solution.get("sums.ts")!.replace(from, to)]]);
    const isSum = (title: string): boolean => title === "1.2 sum";
    try {
      expect(await lab.anyFails(chapter, changed("let total = 0", "let total = 1"), isSum)).toBe(true);
      expect(await lab.anyFails(chapter, changed("let total = 0", "let total = 0 + 0"), isSum)).toBe(false);
      expect(await lab.anyFails(chapter, changed("let total = 0", "let total = 2"), null)).toBe(true);
    } finally {
      lab.close();
    }
  });
});

test("alternatives pass, replace a file, and say what is different", { timeout: TIMEOUT_MS }, async () => {
  const sums = course.read("solutions/01-sums/sums.ts");
  const folder = "tests/01-sums/alternatives";
  course.write(`${folder}/good/sums.ts`, sums.replace("return twice(value);", "return value + value;"));
  course.write(`${folder}/red/sums.ts`, sums.replace("return twice(value);", "return value + 1;"));
  course.write(`${folder}/silent/sums.ts`, sums.replace("/** Sums. @module */", ""));
  course.write(`${folder}/stray/other.ts`, "// other\n");
  const lab = new Lab(course.root);
  try {
    const results = await tryAlternatives(course.root, chapter, lab);
    expect(results.map(({ name, complaints }) => `${name}: ${complaints[0] ?? "passes"}`)).toEqual([
      "good: passes",
      expect.stringMatching(/^red: "1.1 double: is twice the number \[I1\]" is red: /),
      "silent: sums.ts doesn't begin with a comment that says what is different",
      "stray: other.ts replaces no file of the reference",
    ]);
  } finally {
    lab.close();
  }
});
