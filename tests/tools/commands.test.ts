import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ROOT } from "../../tools/course/chapters.ts";
import { SmallCourse } from "./small-course.ts";

// Each of these starts processes, as a person would: they take seconds, not milliseconds.
const TIMEOUT_MS = 300_000;
const WORK = "chapters/01-sums/sums.ts";
const STUB = 'throw new NotImplementedError("1.1 double");';

let course: SmallCourse;
beforeAll(() => {
  course = new SmallCourse();
});
afterAll(() => course.remove());
beforeEach(() => course.resetToStubs());

describe("npm test", { timeout: TIMEOUT_MS }, () => {
  test("on a fresh clone: the setup works, then chapter 1 is yours to write", async () => {
    expect(await course.run("test")).toEqual({
      code: 1,
      out: `
  00 ground          ████████████████████  1 of 1  your setup works
  01 sums            ██░░░░░░░░░░░░░░░░░░  1 of 7

Chapter 1 is yours to write. The lesson: chapters/01-sums/README.md

○ 1.1 double is yours to write
  chapters/01-sums/sums.ts:9

  waits for it  1.1 double: is twice the number

  Next: write it, then \`npm test 1.1\`. Stuck? \`npm run hint 1.1\`

`,
    });
  });

  test("shows only the first failure: title, invariant, difference, places, next step", async () => {
    course.edit(WORK, STUB, "return value * value;");
    const { code, out } = await course.run("test 1");
    expect(code).toBe(1);
    expect(out).toBe(`
  01 sums            █████░░░░░░░░░░░░░░░  2 of 7

✗ 1.1 double: is twice the number
  guards I1. The double of a number is even.

  expected  42
  got       441

  your code  chapters/01-sums/sums.ts:9
  the test   tests/01-sums/sums.test.ts:7
             expect(double(21)).toBe(42);

  Next: \`npm run hint 1.1\`

`);
  });

  test.each([
    ["a slip in the syntax", "return value * (2;", ":"],
    ["an import of what isn't there", "return value * 2;\n}\nimport \"./nowhere.ts\";\n{", ""],
  ])("tells %s from a broken course", async (_, body, line) => {
    course.edit(WORK, STUB, body);
    const { code, out } = await course.run("test 1");
    expect(code).toBe(1);
    expect(out).toContain("✗ your file does not load, so the tests could not start");
    expect(out).toContain(`your code  chapters/01-sums/sums.ts${line}`);
    expect(out).not.toContain("Has a given file changed?");
  });

  test("tells a given file that was changed from the learner's own", async () => {
    const helper = "chapters/01-sums/given/helper.ts";
    await course.run("solve 1");
    const before = course.read(helper);
    try {
      course.write(helper, before.replace("n * 2", "n * (2"));
      const unreadable = (await course.run("test 1")).out;
      expect(unreadable).toContain("✗ a given file that has changed does not load, so the tests could not start");
      expect(unreadable).not.toContain("your code");
      course.write(helper, before.replace("n * 2", "n * 3"));
      const wrong = (await course.run("test 1")).out;
      expect(wrong).toContain(`Changed, although given: ${helper}\n`);
    } finally {
      course.write(helper, before);
    }
  });

  test("says which known mistake it looks like", async () => {
    expect((await course.run("verdicts 1")).out).toContain("3 wrong answers caught, 0 not as declared");
    course.edit(WORK, STUB, "return value ** 2;");
    expect((await course.run("test 1")).out).toContain(
      "  You fail exactly like “squared”.\n  What is wrong about that: `npm run wrong-answers 1.1`\n",
    );
    expect((await course.run("test 1 --seed 7")).out).not.toContain("You fail exactly like");
  });

  test("the wrong answers of one exercise alone can be tried, or those with a part of a name", async () => {
    const verdicts = "tests/01-sums/chaff/verdicts.json";
    const known = { exercise: "1.1 double", name: "squared", failing: { "left alone": "timed out" } };
    course.write(verdicts, JSON.stringify({ tests: "k", verdicts: [known, { ...known, name: "is no more" }] }));
    const { code, out } = await course.run("verdicts 1.2 skipped");
    expect(out).toContain("✓ 1.2 sum: “the first is skipped”");
    expect(out).toContain("1.2: 1 wrong answers caught, 0 not as declared");
    expect(code).toBe(0);
    expect(JSON.parse(course.read(verdicts))).toEqual({
      tests: "k",
      verdicts: [known, expect.objectContaining({ name: "the first is skipped" })],
    });
    const nobody = (await course.run("verdicts 1.2 nobody")).out;
    expect(nobody).toContain('1.2 has no wrong answer with "nobody" in its name');
  });

  test("of one exercise is green while the next is unwritten, and names it", async () => {
    course.edit(WORK, STUB, "return value * 2;");
    const { code, out } = await course.run("test 1.1");
    expect(out).toContain("3 of 3");
    expect(out).toContain("1.1 is done. Next: 1.2 sum\n  chapters/01-sums/sums.ts:18\n");
    expect(code).toBe(0);
    expect((await course.run("test 1")).out).toContain("○ 1.2 sum is yours to write\n  chapters/01-sums/sums.ts:18");
    await course.run("solve 1");
    expect((await course.run("test 1.2")).out).toContain("1.2 is done, the last of chapter 1. Next: npm test 1\n");
    expect((await course.run("test 1")).out).toContain(`Chapter 1 is done.
See it work on your code: npm run demo 1 -- --mine 1
All of it on your code: npm start -- --mine
`);
  });

  test("an error inside the learner's code is shown at its line", async () => {
    course.edit(WORK, STUB, "return (null as unknown as number[])[value]!;");
    const { out } = await course.run("test 1");
    expect(out).toContain("TypeError: Cannot read properties of null");
    expect(out).toContain("your code  chapters/01-sums/sums.ts:10");
    expect(out).not.toContain("node_modules");
  });

  test("code that doesn't parse is shown, not a stack", async () => {
    course.edit(WORK, STUB, "return value *;");
    const { code, out } = await course.run("test 1");
    expect(code).toBe(1);
    expect(out).toContain("chapters/01-sums/sums.ts:10");
    expect(out).toContain("return value *;");
    expect(out).not.toContain("node_modules");
  });

  test("what the learner logs is shown", async () => {
    course.edit(WORK, STUB, 'console.log("value", value);\n  return 1;');
    expect((await course.run("test 1.1")).out).toMatch(/console\n {4}value 21\n/);
  });

  test("a promise that nobody awaits is red, too", async () => {
    course.edit(WORK, STUB, "void Promise.reject(new Error('late'));\n  return value * 2;");
    const { code, out } = await course.run("test 1.1");
    expect(code).toBe(1);
    expect(out).toContain(`✗ outside of any test

  late

  your code  chapters/01-sums/sums.ts:10
  the test   tests/01-sums/sums.test.ts:7
             expect(double(21)).toBe(42);

  Nobody has caught it. Is there a promise that nobody awaits, or a callback
  that throws?
`);
  });

  test.each([
    ["throw { code: 7 };", "What was thrown is no Error: { code: 7 }\n"],
    ["throw null;", "null\n"],
    ["void Promise.reject({ code: 7 });\n  return value * 2;", "What was thrown is no Error: { code: 7 }\n"],
    ["void Promise.reject(null);\n  return value * 2;", "null\n"],
  ])("whatever is thrown is shown: %s", async (body, text) => {
    course.edit(WORK, STUB, body);
    const { code, out } = await course.run("test 1.1");
    expect(code).toBe(1);
    expect(out).toContain(text);
  });

  test("inside a chapter's folder is about that chapter", async () => {
    const { out } = await course.run("test", "chapters/01-sums");
    expect(out).toContain("01 sums");
    expect(out).not.toContain("00 ground");
  });

  test("all green leads on", async () => {
    await course.run("solve 1");
    const { code, out } = await course.run("test");
    expect(out).toContain("7 of 7");
    expect(out).toContain("All chapters are done");
    expect(code).toBe(0);
    expect((await course.run("test:mine")).code).toBe(0);
  });

  test("test:mine ends with the end-to-end tests, on your code", async () => {
    const lines = [
      'import { expect, test } from "vitest";',
      'test("runs on mine", () => expect(process.env["KATAFKA_MINE"]).toBe("1"));',
      'test("breaks", () => expect(1).toBe(2));',
    ];
    course.write("tests/e2e/all.test.ts", lines.join("\n"));
    await course.run("solve 1");
    const { code, out } = await course.run("test:mine");
    rmSync(join(course.root, "tests/e2e"), { recursive: true });
    expect(code).toBe(1);
    expect(out).toContain("1 of 2");
    expect(out).toContain("This test is given, and runs on all of your chapters at once.");
  });

  test.each([
    ["test 9", "There is no chapter 9; there are 0, 1."],
    ["test 1.7", "There is no exercise 1.7; chapter 1 has 1.1, 1.2."],
    ["test 1.1 1.2", "One chapter or exercise at a time, such as 1.1; got 2: 1.1 1.2."],
    ["test abc", '"abc" is neither a chapter, such as 3, nor an exercise, such as 3.2.'],
    ["test 1 --seed x", 'A seed is a whole number, such as 42, not "x".'],
    ["test --watch", "Which chapter shall be watched?"],
    ["test 1 --wacth", "Unknown option '--wacth'"],
    ["hint 1", "A hint for which exercise?"],
    ["demo 7", 'There is no demo "7". There are: 1.'],
    ["demo", 'There is no demo "story". There are: 1.'],
    ["frobnicate", 'There is no command "frobnicate".'],
  ])("%s is answered with a sentence", async (command, sentence) => {
    const { code, out } = await course.run(command);
    expect(out).toContain(sentence);
    expect(out).not.toContain("    at ");
    expect(code).not.toBe(0);
  });
});

describe("help for the learner", { timeout: TIMEOUT_MS }, () => {
  test("status shows every exercise, where one is, and what changed where it shouldn't", async () => {
    course.edit(WORK, STUB, "return value * 2;");
    rmSync(join(course.root, ".attempts/given-files.json"), { force: true });
    const first = await course.run("status");
    expect(first.out).toContain("◐ 01 sums\n  ✓ 1.1   double\n  ○ 1.2   sum  ← you are here");
    expect(first.out).not.toContain("not yours to change");
    course.write("tests/01-sums/mine.txt", "x");
    expect((await course.run("status")).out).toContain("not yours to change");
  });

  test("reset and solve save what was there", async () => {
    course.edit(WORK, STUB, "return 12345;");
    const { out } = await course.run("reset 1");
    expect(out).toContain("chapters/01-sums: 1 file reset\n");
    const saved = /\.attempts\/01-sums\/\S+/.exec(out)![0];
    expect(course.read(`${saved}/sums.ts`)).toContain("12345");
    expect(existsSync(join(course.root, saved, "README.md"))).toBe(true);
    expect(course.read(WORK)).not.toContain("12345");
    const before = readdirSync(join(course.root, ".attempts/01-sums")).length;
    expect((await course.run("reset 1")).out).toContain("as new already");
    expect(readdirSync(join(course.root, ".attempts/01-sums"))).toHaveLength(before);
  });

  test("solve 1.2 takes one exercise with its helpers and leaves the rest as it is", async () => {
    course.edit(WORK, STUB, "return value + value; // mine");
    expect((await course.run("solve 1.2")).code).toBe(0);
    const work = course.read(WORK);
    expect(work).toContain("// mine");
    expect(work).toContain("total = add(total, values[i]!)");
    expect(work).toContain("function add(");
    expect((await course.run("test 1")).code).toBe(0);
    expect((await course.run("solve 1.1")).code).toBe(0);
    expect(course.read(WORK)).toContain('import { twice } from "#sums/given/helper";');
    expect((await course.run("test 1")).code).toBe(0);
  });

  test("reset 1.1 unwrites one exercise", async () => {
    await course.run("solve 1");
    expect((await course.run("reset 1.1")).code).toBe(0);
    expect(course.read(WORK)).toContain(STUB);
    expect(course.read(WORK)).toContain("total = add(total, values[i]!)");
    expect((await course.run("test 1")).out).toContain("○ 1.1 double is yours to write");
  });

  test("diff shows yours against the reference", async () => {
    const { out } = await course.run("diff 1.1");
    expect(out).toContain('-   throw new NotImplementedError("1.1 double");\n+   return twice(value);');
    expect(out).not.toContain("1.2 sum");
    await course.run("solve 1");
    expect((await course.run("diff 1")).out).toContain("The same as the reference.");
  });

  test("hints come one by one", async () => {
    expect((await course.run("hint 1.1")).out).toContain("Hint 1 of 3 for 1.1\n\nWhat is added to itself?");
    expect((await course.run("hint 1.1")).out).toContain("Hint 2 of 3 for 1.1\n\nTwice.");
  });

  test("grade counts points, also as JSON", async () => {
    course.edit(WORK, STUB, "return value * 2;");
    expect((await course.run("grade")).out).toContain("total   10 of 20");
    expect(JSON.parse((await course.run("grade --json")).out)).toMatchObject({
      points: 10,
      of: 20,
      exercises: [{ exercise: "1.1", points: 10 }, { exercise: "1.2", points: 0, tests: 4 }],
    });
  });

  test("with --core what is optional is left out", async () => {
    const lesson = "chapters/01-sums/README.md";
    const before = course.read(lesson);
    course.edit(WORK, STUB, "return value * 2;");
    course.edit(lesson, "### 1.2 Sum", "### 1.2 Sum (40 min, optional)");
    try {
      expect((await course.run("status")).out).toContain("○ 1.2   sum  40 min, optional  ← you are here");
      expect((await course.run("status --core")).out).not.toContain("1.2");
      const { code, out } = await course.run("test 1 --core");
      expect(out).toContain("3 of 3");
      expect(code).toBe(0);
      course.edit(lesson, "(40 min, optional)", "(40 min, or solve it)");
      expect((await course.run("status --core")).out).toContain("○ 1.2   sum  40 min, or solve it");
    } finally {
      course.write(lesson, before);
    }
  });

  const LOOP = "for (;;) {}";
  const SUM_STUB = 'throw new NotImplementedError("1.2 sum");';
  /** Two runs that are ended, on a busy machine. */
  const patience = { timeout: 3 * TIMEOUT_MS };
  async function grades(): Promise<{ points: number; exercises: { points: number; remark?: string }[] }> {
    return JSON.parse((await course.run("grade --json")).out) as never;
  }

  test("an endless loop costs its own exercise, and grade and status say so", patience, async () => {
    course.edit(WORK, STUB, `${LOOP}`);
    course.edit(WORK, SUM_STUB, "return values.reduce((a, b) => a + b, 0);");
    const { points, exercises } = await grades();
    expect(points).toBe(10);
    expect(exercises[0]).toMatchObject({ points: 0, remark: expect.stringContaining("an endless loop?") as string });
    expect(exercises[1]!.points).toBe(10);
  });

  test("what can't be read costs its own exercise", async () => {
    course.edit(WORK, STUB, "return value * 2;");
    course.edit(WORK, SUM_STUB, "for (const one of values { return one; }");
    const { points, exercises } = await grades();
    expect([points, exercises[0]!.points]).toEqual([10, 10]);
    expect(exercises[1]!.remark).toMatch(/^its file does not load: line \d+: /);
    const { out } = await course.run("status");
    expect(out).toContain("✓ 1.1   double\n  ○ 1.2   sum  ← you are here\n          its file does not load: line");
  });

  test("what throws while it loads costs the exercises of its file; a missing file, too", async () => {
    course.write(WORK, `${course.read(WORK)}\nthrow new Error("thrown at the top");\n`);
    expect((await grades()).exercises.map(({ remark }) => remark)).toEqual(
      Array(2).fill("sums.ts: its file does not load: thrown at the top"),
    );
    rmSync(join(course.root, WORK));
    const remarks = (await grades()).exercises.map(({ remark }) => remark);
    expect(remarks).toEqual(Array(2).fill("sums.ts: its file is missing"));
  });

  test("an exercise with skipped or missing tests is not done", async () => {
    await course.run("solve 1");
    const [tests, verdicts] = ["tests/01-sums/sums.test.ts", "tests/01-sums/chaff/verdicts.json"];
    const before = course.read(tests);
    const failing = { "1.1 double: is twice the number": "timed out", "1.2 sum: of none is zero": "timed out" };
    course.write(verdicts, JSON.stringify({ tests: "", verdicts: [{ exercise: "1.1 double", name: "x", failing }] }));
    try {
      const skipped = before.replace('test("1.1 double: zero', 'test.skip("1.1 double: zero');
      course.write(tests, skipped.replace("of none", "of no"));
      const { exercises } = await grades();
      expect(exercises[0]).toMatchObject({ points: 5, testsPassed: 1, tests: 2 });
      expect(exercises[1]).toMatchObject({ points: 8, tests: 5, remark: "1 of its tests is missing" });
      expect((await course.run("status")).out).toContain("◐ 1.2   sum  4 of 5 tests");
    } finally {
      course.write(tests, before);
      rmSync(join(course.root, verdicts));
    }
  });

  test("a copy of a file beside it misleads nobody", async () => {
    course.write("chapters/01-sums/a-copy.ts", course.read(WORK).replace(STUB, "return 0;"));
    const { out } = await course.run("test 1");
    expect(out).toContain("○ 1.1 double is yours to write\n  chapters/01-sums/sums.ts:");
    rmSync(join(course.root, "chapters/01-sums/a-copy.ts"));
  });

  test("in a folder that can't be written everything is graded all the same", async () => {
    course.edit(WORK, STUB, "return value * 2;");
    // A file where the folder would be made: also who may do everything can't write into it.
    rmSync(join(course.root, ".cache"), { recursive: true, force: true });
    course.write(".cache", "");
    try {
      expect((await grades()).points).toBe(10);
    } finally {
      rmSync(join(course.root, ".cache"));
    }
  });

  test("hunt: a test of one's own, on right and wrong answers", patience, async () => {
    const hunt = "hunts/1.1.test.ts";
    expect((await course.run("hunt 1.1")).out).toContain(`Write your test into ${hunt}`);
    expect(course.read(hunt)).toContain('import { double } from "#sums/sums";');
    course.edit(hunt, "expect(1).toBe(1)", "expect(double(2)).toBe(4)");
    const none = await course.run("hunt 1.1");
    expect(none.out).toContain("✗ missed: “squared” in double");
    expect(none.out).toContain("Caught 0 of 1 wrong answers.");
    course.edit(hunt, "double(2)).toBe(4)", "double(3)).toBe(6)");
    expect((await course.run("hunt 1.1")).out).toContain("Caught 1 of 1 wrong answers.");
    course.edit(hunt, "toBe(6)", "toBe(7)");
    const strict = await course.run("hunt 1.1");
    expect(strict.out).toContain("It is red on the reference, which is right: “1.1 …”: expected 6 to be 7");
    expect(strict.code).toBe(1);
    rmSync(join(course.root, "hunts"), { recursive: true });
  });

  test("who reads only the beginning of a demo sees no stack at its end", () => {
    const command = `${process.execPath} tools/katafka.cjs demo 5 | head -3`;
    const { stdout, stderr } = spawnSync("sh", ["-c", command], { cwd: ROOT, encoding: "utf8" });
    expect([stdout.split("\n").length, stderr]).toEqual([4, ""]);
  });

  test("a demo plays on the reference, and on your code up to the first stub", async () => {
    const { code, out } = await course.run("demo 1");
    expect(code).toBe(0);
    expect(out).toBe(`
Doubling.
  twice 21             42
  bytes                01 ab
   n  name
   1  one
  10  ten
`);
    const mine = await course.run("demo 1 --mine");
    expect(mine.code).toBe(1);
    expect(mine.out).toContain("○ 1.1 double is yours to write");
  });
});

describe("npm run mutate", { timeout: TIMEOUT_MS }, () => {
  test("shows the changes to an exercise that no test notices", async () => {
    const solution = "solutions/01-sums/sums.ts";
    const before = course.read(solution);
    course.edit(solution, "  let total = 0;", "  if (values.length < 1) return 0;\n  let total = 0;");
    try {
      expect((await course.run("mutate 1.2")).out).toBe(`01 sums: 11 changes, 5 of them unnoticed
${[
  ["values.length < 1", "(false as boolean)"],
  ["<", "<="],
  ["1", "2"],
  ["1", "0"],
  ["return 0;", "{}"],
]
  .map(([from, to]) => `\n  1.2 sum  solutions/01-sums/sums.ts:19\n  - ${from}\n  + ${to}\n`)
  .join("")}`);
    } finally {
      course.write(solution, before);
    }
  });

  test("asks which chapter", async () => {
    expect((await course.run("mutate")).out).toContain("For example: npm run mutate 3");
  });
});

describe("what makes no sense", { timeout: TIMEOUT_MS }, () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    scripts: Readonly<Record<string, string>>;
  };
  // `npm start` and Kafka's tools are no commands of ours; the programs behind these need the real chapters, see below.
  const programs = ["simulate", "chaos", "cluster"];
  const commands = Object.keys(scripts).filter((name) => {
    return scripts[name]!.startsWith("node tools/katafka.cjs") && !programs.includes(name);
  });

  test("each command says so in a sentence, and does nothing", async () => {
    const ran = await Promise.all(commands.map((name) => course.run(`${name} --nonsense`)));
    for (const [i, { code, out }] of ran.entries()) {
      expect([commands[i], code, out.trimEnd().split("\n").length]).toEqual([commands[i], 2, 1]);
    }
  });

  test.each([
    ["simulate", "--scenario producer --seeds many", "The number of seeds is a whole number"],
    ["simulate", "--scenario producer --seeds 0", "Nothing is tried with 0 seeds"],
    ["chaos", "--minutes many", "--minutes: a number above 0"],
    ["chaos", "--nonsense", "Unknown option '--nonsense'"],
    ["simulate", "--scenario producer --lines many", "The number of lines is a whole number"],
    ["bench", "consumer --records many", "The number of records is a whole number"],
    ["bench", "e2e --rate many", "The rate is a whole number"],
    ["simulate", "--scenario groups --seed 1 --trace package.json/x", "Nothing can be written to .+ \\(E\\w+\\)"],
    ["simulate", "--mistakes --mine 6", "--mistakes are those of the reference"],
    ["simulate", "--nonsense", "Unknown option '--nonsense'"],
    ["cluster", "--nonsense", "Do what\\? npm run cluster -- status"],
    ["bench", "producer --only nobody", "--only nobody: there are katafka,"],
    ["bench", "codec --nonsense", "Unknown option '--nonsense'"],
  ])("npm run %s -- %s", (command, flags, sentence) => {
    const args = ["tools/katafka.cjs", command, ...flags.split(" ")];
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: "utf8" });
    expect(stderr).toMatch(new RegExp(`^${sentence}.*\n$`));
    expect(status).toBe(2);
  });

  test.each([["mine", "--mine "], ["port", "--port 9093"]])("npm start that lost --%s to npm", (flag, expected) => {
    const env = { PATH: process.env["PATH"], [`npm_config_${flag}`]: "true" };
    const { status, stderr } = spawnSync("sh", ["tools/start.sh", ...expected.split(" ").slice(1)], {
      cwd: ROOT, env, encoding: "utf8",
    });
    expect([status, stderr]).toEqual([
      2, `npm kept --${flag} for itself. Flags come after a lone --, like this: npm start -- ${expected}\n`,
    ]);
  });
});

describe("npm run wrong-answers", { timeout: TIMEOUT_MS }, () => {
  test("tells what the course knows of an exercise, from its wrong answers themselves", async () => {
    expect(await course.run("wrong-answers 1.2")).toEqual({
      code: 0,
      out: `
1.2 sum
  the first is skipped
    Counting from 1.
    shown by 1.2 sum: adds up all of them
  never ends
    The index stays.
    shown by 1.2 sum: adds up all of them

`,
    });
  });
});
