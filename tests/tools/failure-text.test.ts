import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { type Diagnosis } from "../../tools/course/diagnosis.ts";
import { type Exercise } from "../../tools/course/exercises.ts";
import { type Failure, type TestReport } from "../../tools/run/events.ts";
import { failureText } from "../../tools/run/failure-text.ts";
import { whatHappened } from "../../tools/run/what-happened.ts";
import { property } from "../support/property.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "katafka-failures-")));
afterAll(() => rmSync(root, { recursive: true }));

const TEST = `test("1.1 f: is right", () => {
  check(f(1, "a"), 7);
  for (const n of [1, 2])
    expect(f(n)).toBe(n); // each
});
`;
mkdirSync(join(root, "tests/01-x"), { recursive: true });
writeFileSync(join(root, "tests/01-x/f.test.ts"), TEST);
const TEST_FILE = join(root, "tests/01-x/f.test.ts");

const exercises: Exercise[] = [
  { number: "1.1", name: "f", title: "1.1 f", file: "chapters/01-x/f.ts", line: 10 },
  { number: "1.1", name: "Pool.take", title: "1.1 Pool.take", file: "chapters/01-x/pool.ts", line: 20 },
  { number: "1.1", name: "Queue.take", title: "1.1 Queue.take", file: "chapters/01-x/queue.ts", line: 30 },
];

function textOf(
  failure: Partial<Failure>,
  title = "1.1 f: is right",
  changedGiven: readonly string[] = [],
  looksLike: Diagnosis | null = null,
): string {
  const failures = [{ name: "AssertionError", message: "m", frames: [], ...failure }];
  const report: TestReport = { file: TEST_FILE, title, index: 0, state: "failed", stubs: [], failures, durationMs: 0 };
  const known = { invariants: new Map(), looksLike, trace: null, logs: [] };
  const course = { root, codeFolder: "chapters/01-x", exercises, ...known };
  return failureText(report, { ...course, changedGiven }).join("\n");
}

function frame(file: string, line: number): Failure["frames"][number] {
  return { file: join(root, file), line, column: 1 };
}

/** What a failing assertion makes of itself, as vitest would hand it on. */
function lines(message: string, actual?: string, expected?: string, diff?: string): string[] {
  const values = { ...(actual !== undefined && { actual }), ...(expected !== undefined && { expected }) };
  const failure = { name: "AssertionError", message, ...values, ...(diff !== undefined && { diff }), frames: [] };
  return whatHappened(failure, 78);
}

describe("a known mistake", () => {
  const verdict = { exercise: "1.1 f", name: "squared", failing: {} };

  test("is named, with the command that shows it", () => {
    const text = textOf({}, undefined, [], { verdict, isExact: true });
    const [like, what] = ["“squared”.", "What is wrong about that: `npm run wrong-answers 1.1`"];
    expect(text).toContain(`  You fail exactly like ${like}\n  ${what}\n  Next: \`npm run hint 1.1\``);
  });

  test("that is only near is called so", () => {
    expect(textOf({}, undefined, [], { verdict, isExact: false })).toContain("You fail nearly like “squared”.\n");
  });
});

describe("your code", () => {
  test("is the function that the title names", () => {
    expect(textOf({})).toContain("your code  chapters/01-x/f.ts:10\n  the test");
  });

  test("is all that the title may mean", () => {
    const both = "your code  chapters/01-x/pool.ts:20  take\n             chapters/01-x/queue.ts:30  take\n  the test";
    expect(textOf({}, "1.1 take: gives one")).toContain(both);
  });

  test("is each of the functions that the title names", () => {
    const two = "your code  chapters/01-x/f.ts:10  f\n             chapters/01-x/pool.ts:20  take\n  the test";
    expect(textOf({}, "1.1 f, Pool.take: the same")).toContain(two);
  });

  test("is every function of the exercise where the title names none", () => {
    const all = /your code {2}chapters\/01-x\/f\.ts:10 {2}f\n *chapters\/01-x\/pool\.ts:20 {2}take\n.*queue\.ts:30/;
    expect(textOf({}, "1.1 both ways: the same")).toMatch(all);
  });

  test("is the line that threw, but never a given one", () => {
    const frames = [frame("chapters/01-x/given/helper.ts", 3), frame("chapters/01-x/pool.ts", 22)];
    expect(textOf({ name: "TypeError", frames })).toContain("your code  chapters/01-x/pool.ts:22\n");
    expect(textOf({ name: "TypeError", frames: frames.slice(0, 1) })).toContain("your code  chapters/01-x/f.ts:10\n");
  });
});

describe("the test", () => {
  test("is shown with the statement that has the inputs, not with the helper that compares", () => {
    const frames = [99, 2, 1].map((line) => frame("tests/01-x/f.test.ts", line));
    expect(textOf({ frames })).toContain('the test   tests/01-x/f.test.ts:2\n             check(f(1, "a"), 7);\n');
    expect(textOf({ frames: [frame("tests/01-x/f.test.ts", 3)] })).toContain(
      "             for (const n of [1, 2])\n               expect(f(n)).toBe(n); // each\n",
    );
  });

  test("says so when it was its own code that threw", () => {
    const text = textOf({ name: "TypeError", message: "x is null", frames: [frame("tests/support/fake.ts", 5)] });
    expect(text).toContain("  TypeError: x is null\n  Thrown by the test's own code, at tests/support/fake.ts:5:");
    expect(textOf({ name: "TypeError", frames: [frame("chapters/01-x/f.ts", 12)] })).not.toContain("own code");
  });
});

describe("a given file that has changed", () => {
  const changed = ["chapters/01-x/given/helper.ts"];

  test("is told as such when it doesn't load", () => {
    const frames = [frame("chapters/01-x/given/helper.ts", 3)];
    const text = textOf({ name: "SyntaxError", frames }, "the tests could not start", changed);
    expect(text).toContain("✗ a given file that has changed does not load, so the tests could not start");
    expect(text).toContain("given      chapters/01-x/given/helper.ts:3\n");
    expect(text).not.toContain("your code");
  });

  test("is told also when its chapter's tests fail: it may be the cause", () => {
    expect(textOf({}, "1.1 f: is right", changed)).toContain(`Changed, although given: ${changed[0]}\n`);
  });
});

describe("values", () => {
  test.each([
    ["a string and a number", "expected '8859' to be 8859", '"8859"', "8859", '8859 (a number)', '"8859" (a string)'],
    ["two strings of digits", "expected '1' to be '2' // Object.is equality", "1", "2", '"2"', '"1"'],
    ["a number and nothing", "expected undefined to be 3 // Object.is equality", "undefined", "3", "3", "undefined"],
    ["a limit", "expected 800 to be less than 5", undefined, undefined, "less than 5", "800"],
  ])("%s", (_, message, actual, expected, should, is) => {
    expect(lines(message, actual, expected)).toEqual([`expected  ${should}`, `got       ${is}`]);
  });

  test("small arrays stand beside each other, in a line each", () => {
    const actual = '[\n  1,\n  {\n    "a": 2,\n  },\n]';
    const shown = lines("about: expected [ 1, { …(1) } ] to deeply equal [ 2 ]", actual, "[\n  2,\n]");
    expect(shown).toEqual(["about", "expected  [2]", 'got       [1, { "a": 2 }]']);
  });

  test("a difference has its signs also when the types differ", () => {
    const many = `[\n${'  "a long line of text",\n'.repeat(4)}]`;
    const diff = `- Expected:\nnull\n\n+ Received:\n${many}`;
    expect(lines("expected [ …(4) ] to be null", many, "null", diff).slice(1)).toEqual([
      "- null", "+ [", '+   "a long line of text",', "+ … 3 more lines like this one", "+ ]",
    ]);
  });

  test("of long texts it is the part that differs", () => {
    const [expected, actual] = [`${"0".repeat(900)}ab`, `${"0".repeat(900)}ba`];
    const shown = lines(`expected '0…' to be '0…'`, actual, expected);
    const second = shown.slice(2).map((line) => line.trim());
    expect(second.join(" ")).toMatch(/^got {7}"0{59} … 0{20}ba" \(904 characters\)$/);
  });

  test("what a matcher adds for people who know it is left out", () => {
    const message = "expected { a: 1, b: 2 } to match object { a: 2 }\n(1 matching property omitted from actual)";
    expect(lines(message, "{\n  a: 1\n}", "{\n  a: 2\n}", "")[0]).not.toContain("omitted");
  });

  test("the input that led to them comes first", () => {
    expect(lines("For value = 128 (seed 1): expected 1 to be 2 // Object.is equality", "1", "2")).toEqual([
      "For value = 128 (seed 1)", "expected  2", "got       1",
    ]);
    const failure = { name: "TypeError", message: "For value = 128 (seed 1): x is null", frames: [] };
    expect(whatHappened(failure, 78)).toEqual(["For value = 128 (seed 1)", "TypeError: x is null"]);
  });

  test("what a simulation did last comes behind them", () => {
    expect(lines("expected 1 to be 2 // Object.is equality\n12 ms  broker-1  died", "1", "2")).toEqual([
      "expected  2", "got       1", "", "12 ms  broker-1  died",
    ]);
  });

  test("no line is wider than there is room for, whatever the texts", () => {
    const text = fc.string({ maxLength: 300 }).map((line) => line.replaceAll("\n", " "));
    property([text, text, fc.nat(1)], (actual, expected, strings) => {
      const quote = strings === 1 ? "'" : "";
      const all = lines(`expected ${quote}…${quote} to be ${quote}…${quote}`, actual, expected);
      for (const line of all) expect(line.length, line).toBeLessThanOrEqual(78);
    });
  });
});

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  return "no error";
}

describe("a test that asks for an error", () => {
  test.each<[string, () => unknown, string]>([
    ["a number", () => 7, "it returned 7"],
    ["nothing", () => {}, "it returned nothing"],
    ["bytes", () => new Uint8Array(3), "it returned 3 bytes"],
    ["a text", () => "ok", "it returned 'ok'"],
  ])("says what came instead: %s", (_, call, said) => {
    expect(messageOf(() => expect(call).toThrow(/x/))).toBe(`nothing was thrown, ${said}`);
    expect(messageOf(() => expect(call, "where").toThrow(RangeError))).toBe(`where: nothing was thrown, ${said}`);
    expect(lines(`where: nothing was thrown, ${said}`)).toEqual(["where", `nothing was thrown, ${said}`]);
  });

  test("still tells one error from another, whole", () => {
    const long = `${"a long way ".repeat(20)}to the decisive word`;
    const call = (): never => {
      throw new Error(long);
    };
    expect(messageOf(() => expect(call).toThrow(/x/))).toContain("to the decisive word");
    expect(messageOf(() => expect(call).not.toThrow())).toContain("to the decisive word");
    expect(messageOf(() => expect(call).toThrow(long))).toBe("no error");
  });
});

test("a property's failure calls the values by their names", () => {
  const failing = (value: number, name: string): void => expect(value, name).toBe(-1);
  const named = messageOf(() => property([fc.nat(), fc.constant("n")], failing));
  expect(named).toContain('For value = 0, name = "n" (seed ');
  const apart = messageOf(() => property([fc.constant({ a: 1 })], ({ a }) => expect(a).toBe(2)));
  expect(apart).toContain('For {"a":1} (seed ');
});
