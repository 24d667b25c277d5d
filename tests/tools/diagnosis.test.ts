import { describe, expect, test } from "vitest";
import { listChapters, ROOT } from "../../tools/course/chapters.ts";
import { areAlike, diagnose, fingerprint, readVerdicts, type Verdict } from "../../tools/course/diagnosis.ts";
import { listExercises } from "../../tools/course/exercises.ts";
import { outcomeOf } from "../../tools/course/outcome.ts";
import { type Failure, type TestReport } from "../../tools/run/events.ts";
import { readUnseen } from "../../tools/verify/naming.ts";

const frames: Failure["frames"] = [];

/** `expect(actual).toBe(5)`, as vitest hands it on. */
function wrongValue(actual: string): Failure {
  const message = `expected ${actual} to be 5 // Object.is equality`;
  return { name: "AssertionError", message, actual, expected: "5", frames };
}

function green(title: string): TestReport {
  return { file: "t.ts", title, index: 0, state: "passed", stubs: [], failures: [], durationMs: 0 };
}

function red(title: string, failure: Failure | string, stubs: string[] = []): TestReport {
  const failures = [typeof failure === "string" ? wrongValue(failure) : failure];
  return { ...green(title), state: "failed", stubs, failures };
}

/** The wrong answer that makes of the tests what `tests` show. */
function verdict(name: string, tests: readonly TestReport[]): Verdict {
  return { exercise: `${tests[0]!.title.slice(0, 3)} f`, name, failing: fingerprint(tests) };
}

const offByOne = verdict("off by one", [red("1.1 a", "7"), red("1.1 b", "8"), red("1.1 c", "9")]);
const signLost = verdict("sign lost", [red("1.1 a", "-1"), red("1.1 d", "-2")]);
const verdicts = [offByOne, signLost];
const [a, b, c, d] = [red("1.1 a [I1]", "7"), red("1.1 b", "8"), red("1.1 c", "9"), green("1.1 d")];

describe("the name of a mistake", () => {
  test("is that of the wrong answer of which all tests fail alike", () => {
    expect(diagnose([a, b, c, d], verdicts)).toEqual({ verdict: offByOne, isExact: true });
  });

  test("is that of the nearest, if it is near and clearly nearer than the next", () => {
    expect(diagnose([a, b, red("1.1 c", "10"), d], verdicts)).toEqual({ verdict: offByOne, isExact: false });
    const nearly = verdict("nearly the same", [a, b, red("1.1 c", "11")]);
    expect(diagnose([a, b, red("1.1 c", "10"), d], [...verdicts, nearly])).toBeNull();
  });

  test("is not given when values, or tests, are others", () => {
    expect(diagnose([red("1.1 a", "1"), red("1.1 b", "2"), red("1.1 c", "3"), d], verdicts)).toBeNull();
    expect(diagnose([a, green("1.1 b"), green("1.1 c"), d], verdicts)).toBeNull();
    expect(diagnose([a, red("1.1 x", "0"), red("1.1 y", "0"), red("1.1 b", "0"), c, d], verdicts)).toBeNull();
    expect(diagnose([green("1.1 a"), d], verdicts)).toBeNull();
  });

  test("is not given when two fit equally well", () => {
    expect(diagnose([a, b, c, d], [...verdicts, { ...offByOne, name: "other" }])).toBeNull();
  });

  test("what isn't written yet, or did not run, says nothing either way", () => {
    const unwritten = red("1.1 b", "?", ["1.2 g"]);
    expect(diagnose([a, unwritten, d], verdicts)?.verdict).toBe(offByOne);
  });

  test("a second mistake, in a later exercise, hides none", () => {
    const later = ["p", "q", "r", "s"].map((name) => red(`1.2 ${name}`, "0"));
    expect(diagnose([a, b, c, d, ...later], verdicts)).toEqual({ verdict: offByOne, isExact: false });
    expect(diagnose(later, [verdict("later", later), ...verdicts])?.verdict.name).toBe("later");
  });

  test("is none when two wrong answers of an exercise can't be told apart", () => {
    expect(areAlike({ ...offByOne, name: "other" }, offByOne)).toBe(true);
    expect(areAlike(signLost, offByOne)).toBe(false);
  });
});

describe("how a test fails", () => {
  test("is told by values, by what the test expects, and by what it says", () => {
    const all = [
      wrongValue("7"),
      wrongValue("8"),
      { ...wrongValue("7"), expected: "6" },
      { ...wrongValue("7"), message: "for 3 records: expected 7 to be 5 // Object.is equality" },
    ];
    expect(new Set(all.map(outcomeOf)).size).toBe(4);
    expect(outcomeOf(wrongValue("7"))).toMatch(/^value \w{8}$/);
  });

  test("a learner's own words don't count", () => {
    const thrown = (message: string): Failure => ({ name: "KafkaError [CORRUPT_MESSAGE]", message, frames });
    expect(outcomeOf(thrown("cut off"))).toBe(outcomeOf(thrown("Oh no.")));
    const other = (words: string): Failure => {
      const message = `expected [Function] to throw error including 'CORRUPT' but got '${words}'`;
      return { name: "AssertionError", message, actual: words, expected: "CORRUPT", frames };
    };
    expect(outcomeOf(other("cut off"))).toBe(outcomeOf(other("Oh no.")));
    const listed = (words: string): Failure => wrongValue(`[\n  Error {\n    "message": "${words}",\n  },\n  3,\n]`);
    expect(outcomeOf(listed("cut off"))).toBe(outcomeOf(listed("Oh no.")));
    expect(outcomeOf(wrongValue("[TypeError: cut off]"))).toBe(outcomeOf(wrongValue("[TypeError: Oh no.]")));
    expect(outcomeOf(wrongValue("[TypeError: cut off]"))).not.toBe(outcomeOf(wrongValue("[RangeError: cut off]")));
  });

  test("the time that it took doesn't count", () => {
    const late = (ms: number): Failure => ({ name: "Error", message: `Test timed out in ${ms}ms.\nMore`, frames });
    expect([late(5000), late(15_000)].map(outcomeOf)).toEqual(["timed out", "timed out"]);
  });
});

describe("mistakes that nobody had seen", () => {
  test("are about exercises, and their names are those of wrong answers", { timeout: 120_000 }, () => {
    const chapters = listChapters(ROOT).filter((chapter) => readUnseen(ROOT, chapter).length > 0);
    expect(chapters.length).toBeGreaterThan(3);
    for (const chapter of chapters) {
      const titles = listExercises(ROOT, chapter, "solutions").map(({ title }) => title);
      const names = readVerdicts(ROOT, chapter).map(({ name }) => name);
      for (const { exercise, mistake, body, right } of readUnseen(ROOT, chapter)) {
        expect(titles, mistake).toContain(exercise);
        expect(body.trim(), mistake).not.toBe("");
        if (right !== null) expect(names, mistake).toContain(right);
      }
    }
  });
});
