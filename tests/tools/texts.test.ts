import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { ChaffError, spliceChaff } from "../../tools/course/chaff.ts";
import { compareNumbers } from "../../tools/course/exercises.ts";
import { parseHints, SeenHints } from "../../tools/course/hints.ts";
import { invariantsIn, placeInLesson } from "../../tools/course/lesson.ts";
import { lineDiff } from "../../tools/course/line-diff.ts";
import { brokenIn, paste, pastedIn } from "../../tools/course/pasted.ts";
import { parseTitle } from "../../tools/course/titles.ts";
import { type TestReport } from "../../tools/run/events.ts";
import { takeMine } from "../../tools/run/mine.ts";
import { firstRed } from "../../tools/run/show-chapter.ts";
import { swallowedFlag } from "../../tools/run/swallowed-flags.ts";
import { countOf, fold, lineWidth, reflow } from "../../tools/run/wrap.ts";
import { createStage } from "../../tools/stage.ts";
import { addedUp } from "../../tools/verify/check.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "katafka-texts-")));
afterAll(() => rmSync(folder, { recursive: true }));

describe("titles", () => {
  test("name the exercise and the invariant", () => {
    expect(parseTitle("3.10 allocate: waits [I2]")).toEqual({
      exercise: "3.10",
      given: false,
      invariant: "I2",
      text: "3.10 allocate: waits",
    });
    expect(parseTitle("given: varlong: comes back")).toMatchObject({ exercise: null, given: true, invariant: null });
  });

  test("3.2 comes before 3.10", () => {
    expect(["3.10", "3.2", "2.9"].sort(compareNumbers)).toEqual(["2.9", "3.2", "3.10"]);
  });
});

describe("chaff", () => {
  const solution = new Map([
    ["a.ts", "/** @exercise 3.1 f */\nexport function f(n: number): number {\n  return n + n;\n}\n"],
  ]);
  const base = { exercise: "3.1 f", name: "x", why: "y", caughtBy: "z" };

  test("replaces inside the body", () => {
    expect(spliceChaff(solution, { ...base, replace: [["n + n", "n"]] })).toEqual({
      file: "a.ts",
      text: "/** @exercise 3.1 f */\nexport function f(n: number): number {\n  return n;\n}\n",
    });
  });

  test("takes a whole body, and `$` in it for itself", () => {
    const { text } = spliceChaff(solution, { ...base, body: 'const text = "$&";\nreturn text.length;' });
    expect(text).toContain('{\n  const text = "$&";\n  return text.length;\n}\n');
  });

  test.each([
    ["from occurs twice", { ...base, replace: [["n", "m"]] as const }, /"n" occurs 3 times/],
    ["from occurs only outside of the body", { ...base, replace: [["number", "string"]] as const }, /occurs 0 times/],
    ["the exercise is unknown", { ...base, exercise: "3.2 g", body: "" }, /there is no exercise "3.2 g"/],
    ["neither is given", base, /either replace or body/],
    ["nothing changes", { ...base, replace: [["n + n", "n + n"]] as const }, /changes nothing/],
  ])("is refused when %s", (_, chaff, message) => {
    expect(() => spliceChaff(solution, chaff)).toThrow(ChaffError);
    expect(() => spliceChaff(solution, chaff)).toThrow(message);
  });
});

function report(title: string, state: TestReport["state"], stubs: string[] = []): TestReport {
  const failures = state === "failed" ? [{ name: "AssertionError", message: "m", frames: [] }] : [];
  return { file: "t.ts", title, index: 0, state, stubs, failures, durationMs: 0 };
}

describe("what is shown first", () => {
  const unwritten = (title: string): TestReport => report(title, "failed", [title]);

  test("is the first red test", () => {
    const tests = [report("1.1 a", "passed"), report("1.1 b", "failed"), report("1.2 c", "failed")];
    expect(firstRed({ tests })?.title).toBe("1.1 b");
    expect(firstRed({ tests: tests.slice(0, 1) })).toBeUndefined();
  });

  test("is what is wrong, before what isn't written yet, but not that of a later exercise", () => {
    expect(firstRed({ tests: [unwritten("1.1 a"), report("1.1 b", "failed")] })?.title).toBe("1.1 b");
    expect(firstRed({ tests: [unwritten("1.1 a"), report("1.2 b", "failed")] })?.title).toBe("1.1 a");
  });

  test("of what isn't written yet, is what the lesson names first", () => {
    const exercises = ["1.1 b", "1.1 a"].map((title) => ({ number: "1.1", name: title, title, file: "f.ts", line: 1 }));
    expect(firstRed({ tests: [unwritten("1.1 a"), unwritten("1.1 b")] }, exercises)?.title).toBe("1.1 b");
  });
});

describe("lessons", () => {
  test("invariants are read from lists and paragraphs", () => {
    const lesson = `# Log

I9. is not one.

## Invariants

Always true:

- **I1.** First, over
  two lines.
- **I2**. Second **bold**.

I3. Third.

## Exercises

I4. is not one.
`;
    expect([...invariantsIn(lesson)]).toEqual([
      ["I1", "First, over two lines."],
      ["I2", "Second bold."],
      ["I3", "Third."],
    ]);
  });

  test("hints are lists of three", () => {
    const first = "## 1.1\n\n1. A?\n   More.\n2. B\n\n   `code`\n3. C\n";
    const hints = parseHints(`# Hints\n\n${first}\n## 1.10 Title\n\n1. D\n`);
    expect(hints.get("1.1")).toEqual(["A?\nMore.", "B\n\n`code`", "C"]);
    expect(hints.get("1.10")).toEqual(["D"]);
  });

  test("the hints seen are counted over runs, and stay at the last", () => {
    expect([1, 2, 3, 4].map(() => new SeenHints(folder).next("1.1"))).toEqual([1, 2, 3, 3]);
    expect(new SeenHints(folder).next("1.2")).toBe(1);
  });

  test("what comes next is what the lesson names next: by file, then by function", () => {
    const lesson = "### 1.2 All\n\n`b.ts`: `second`, `Pool.take` · `a.ts`: five methods\n\n### 1.3\n\n`give`\n";
    const placeOf = (file: string, name: string): [number, number] => placeInLesson(lesson, "1.2", file, name);
    expect(placeOf("b.ts", "second")[1]).toBeLessThan(placeOf("b.ts", "Pool.take")[1]);
    expect(placeOf("b.ts", "Pool.give")).toEqual([placeOf("b.ts", "second")[0], Infinity]);
    expect(placeOf("a.ts", "first")[0]).toBeGreaterThan(placeOf("b.ts", "second")[0]);
    expect(placeInLesson(lesson, "1.4", "b.ts", "second")).toEqual([Infinity, Infinity]);
  });

  const block = (comment: string, text: string): string => `<!-- ${comment} -->\n\`\`\`text\n${text}\`\`\`\n`;
  const lessonWith = (output: string, failure: string): string =>
    `a\n${block("output: npm run demo 1", output)}b\n${block("failure: 1.1 sign lost", failure)}`;

  test("outputs are filled in between the fences", () => {
    const lesson = lessonWith("old\n", "");
    const blocks = pastedIn(lesson);
    expect(blocks.map(({ kind, what, text }) => [kind, what, text])).toEqual([
      ["output", "npm run demo 1", "old\n"],
      ["failure", "1.1 sign lost", ""],
    ]);
    expect(paste(lesson, blocks, ["new $1\n", "red\n"])).toBe(lessonWith("new $1\n", "red\n"));
    expect(brokenIn(`${lesson}<!-- output: npm test -->\n\n\`\`\`text\n`)).toEqual(["<!-- output: npm test -->"]);
  });
});

describe("lines that fit", () => {
  test("are as wide as the terminal, within reason, and 80 columns where there is none", () => {
    expect([undefined, 0, 80, 93, 300, 20].map((columns) => lineWidth(columns))).toEqual([80, 80, 80, 93, 100, 40]);
  });

  test("hints are broken anew, lists and code stay what they are", () => {
    const hint = "One two\nthree four.\n\n- a b\n- c\n\n    const code = here;\n\n```text\nlong line in code\n```";
    expect(reflow(hint, 12)).toEqual([
      "One two", "three four.", "", "- a b", "- c", "", "    const code = here;", "",
      "```text", "long line in code", "```",
    ]);
  });

  test("a value is carried over at a blank, or where there is none anywhere", () => {
    expect(fold("one two three", 8, "  ")).toEqual(["one two", "  three"]);
    expect(fold("abcdefghij", 6, "  ")).toEqual(["abcdef", "  ghij"]);
  });

  test("a table's widest column is folded", () => {
    const lines: string[] = [];
    const stage = createStage((line) => lines.push(line), async () => {});
    stage.table([{ n: 1, what: "word ".repeat(20).trim() }, { n: 2, what: "b" }]);
    stage.say("word ".repeat(20).trim());
    stage.show("label", "x".repeat(100));
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(lines.slice(0, 4).map((line) => line.trim().slice(0, 6))).toEqual(["n  wha", "1  wor", "word w", "2  b"]);
  });

  test("one is one", () => {
    expect([0, 1, 2].map((count) => countOf(count, "file"))).toEqual(["0 files", "1 file", "2 files"]);
  });
});

test("a line diff shows what changed and a little around", () => {
  const first = Array.from({ length: 20 }, (_, i) => `line ${i}`);
  const second = first.with(10, "changed");
  expect(lineDiff(first.join("\n"), second.join("\n"))).toEqual([
    "  line 7", "  line 8", "  line 9", "- line 10", "+ changed", "  line 11", "  line 12", "  line 13",
  ]);
  expect(lineDiff("a\nb", "a\nb")).toEqual([]);
});

test("a flag that npm kept for itself is noticed", () => {
  const env = { npm_config_watch: "true", npm_lifecycle_event: "test" };
  expect(swallowedFlag(env, ["3"])).toContain("like this: npm test 3 -- --watch");
  expect(swallowedFlag(env, ["3", "--watch"])).toBeNull();
  const demo = { npm_lifecycle_event: "demo", npm_config_mine: "true" };
  expect(swallowedFlag(demo, ["1"])).toContain("like this: npm run demo 1 -- --mine");
  const simulate = { npm_lifecycle_event: "simulate", npm_config_scenario: "true" };
  expect(swallowedFlag(simulate, ["producer"])).toContain("like this: npm run simulate -- --scenario producer");
  const ui = { npm_lifecycle_event: "ui", npm_config_ui_port: "true" };
  expect(swallowedFlag(ui, ["9191"])).toContain("like this: npm run ui -- --ui-port 9191");
  expect(swallowedFlag({ npm_lifecycle_event: "test" }, ["3"])).toBeNull();
});

test("--mine is taken out of the arguments", () => {
  expect(takeMine(["--mine", "5,6", "x"], [1, 5, 6])).toEqual({ mine: [5, 6], rest: ["x"] });
  expect(takeMine(["--mine", "--port", "1"], [1, 5])).toEqual({ mine: [1, 5], rest: ["--port", "1"] });
  expect(takeMine(["5", "--mine"], [1, 5], [5])).toEqual({ mine: [5], rest: ["5"] });
  expect(takeMine(["--mine=5"], [5])).toEqual({ mine: [5], rest: [] });
  expect(takeMine(["x"], [5])).toEqual({ mine: [], rest: ["x"] });
  expect(() => takeMine(["--mine", "9"], [5])).toThrow(/chapter 9 is not yours/);
});

test("verify adds up over the chapters what is called the same", () => {
  const caught = { what: "wrong answers caught", count: 3, of: 4 };
  const tests = { what: "tests", count: 7 };
  expect(addedUp([caught, tests, { ...caught, count: 2, of: 2 }, { ...tests, count: 5 }])).toEqual([
    { what: "wrong answers caught", count: 5, of: 6 },
    { what: "tests", count: 12 },
  ]);
});
