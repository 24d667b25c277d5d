/**
 * A small course in a temporary folder: the real tools and test set-up, one chapter of three exercises, no git.
 * Commands run in it as a person would run them.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { chapterOf, ROOT } from "../../tools/course/chapters.ts";
import { readSolution } from "../../tools/course/files.ts";
import { stubsOf } from "../../tools/course/stubs.ts";
import { writeChapter } from "../../tools/course/work.ts";

const SUMS = `/** Sums. @module */
import { twice } from "#sums/given/helper";

/**
 * Doubles a number.
 *
 * @exercise 1.1 double
 */
export function double(value: number): number {
  return twice(value);
}

/**
 * Adds up all numbers.
 *
 * @exercise 1.2 sum
 */
export function sum(values: readonly number[]): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total = add(total, values[i]!);
  return total;
}

/** @solution */
function add(a: number, b: number): number {
  return a + b;
}

/** The mean, on top of yours. */
export function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}
`;

const TESTS = `import { expect, test } from "vitest";
import { double, mean, sum } from "#sums";
import { property } from "../support/property.ts";
import fc from "fast-check";

test("1.1 double: is twice the number [I1]", () => {
  expect(double(21)).toBe(42);
});

test("1.1 double: zero stays zero", () => {
  expect(double(0)).toBe(0);
});

test("1.2 sum: adds up all of them", () => {
  expect(sum([1, 2, 4])).toBe(7);
});

test("1.2 sum: of none is zero", () => {
  expect(sum([])).toBe(0);
});

test("1.2 sum: order does not matter", () => {
  property([fc.array(fc.integer({ min: -99, max: 99 }))], (values) => {
    expect(sum(values)).toBe(sum([...values].reverse()));
  });
});

test("1.2 mean: is the sum over the count", () => {
  expect(mean([2, 4])).toBe(3);
});

test("given: the name is there", () => {
  expect(double.name).toBe("double");
});
`;

const READY = `import { expect, test } from "vitest";

test("ready", () => {
  expect(1).toBe(1);
});
`;

const CHAFF = `import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "1.1 double",
    name: "squared",
    why: "Two is the only number for which it is the same.",
    caughtBy: "1.1 double: is twice the number",
    body: "return value * value;",
  },
  {
    exercise: "1.2 sum",
    name: "the first is skipped",
    why: "Counting from 1.",
    caughtBy: "1.2 sum: adds up all of them",
    replace: [["let i = 0", "let i = 1"]],
  },
  {
    exercise: "1.2 sum",
    name: "never ends",
    why: "The index stays.",
    caughtBy: "1.2 sum: adds up all of them",
    replace: [["i++", "i += 0"]],
  },
]);
`;

const LESSON = `# 01 sums

## Invariants

- **I1.** The double of a number
  is even.

## Exercises

### 1.1 Double

### 1.2 Sum
`;

const HINTS = `# Hints

## 1.1

1. What is added to itself?
2. Twice.
3. value + value.

## 1.2

1. A?
2. B.
3. C.
`;

/** What a command printed. */
export interface Ran {
  readonly code: number | null;
  readonly out: string;
}

/** The course; paths are relative to its root. */
export class SmallCourse {
  readonly root: string = realpathSync(mkdtempSync(join(tmpdir(), "katafka-small-")));

  /** @param runs - whether commands are to be run in it: else the tools stay out */
  constructor(runs: boolean = true) {
    const needed = ["tools", "tests/support", "chapters/00-ground", "vitest.config.ts", "tsconfig.json"];
    for (const path of runs ? needed : []) {
      cpSync(join(ROOT, path), join(this.root, path), { recursive: true });
    }
    rmSync(join(this.root, "tools/demos"), { recursive: true, force: true });
    symlinkSync(join(ROOT, "node_modules"), join(this.root, "node_modules"));
    const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: object };
    const imports = {
      "#ground/*": "./chapters/00-ground/*.ts",
      "#sums": "./chapters/01-sums/given/index.ts",
      "#sums/given/*": "./chapters/01-sums/given/*.ts",
      "#sums/*": { "solution-01": "./solutions/01-sums/*.ts", default: "./chapters/01-sums/*.ts" },
    };
    this.write("package.json", JSON.stringify({ type: "module", scripts, imports, dependencies: {} }));
    this.write("solutions/tsconfig.json", readFileSync(join(ROOT, "solutions/tsconfig.json"), "utf8"));
    this.write("solutions/01-sums/sums.ts", SUMS);
    this.write("chapters/01-sums/given/helper.ts", "export const twice = (n: number): number => n * 2;\n");
    this.write("chapters/01-sums/given/index.ts", 'export { double, mean, sum } from "#sums/sums";\n');
    this.write("tests/01-sums/sums.test.ts", TESTS);
    this.write("tests/01-sums/chaff/1.ts", CHAFF);
    this.write("tests/01-sums/hints.md", HINTS);
    this.write("tests/00-ground/ready.test.ts", READY);
    this.write("chapters/01-sums/README.md", LESSON);
    this.write("tools/demos/01.ts", DEMO);
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), text);
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), "utf8");
  }

  /** Changes the one place in a file where `from` stands. */
  edit(path: string, from: string, to: string): void {
    const text = this.read(path);
    if (text.split(from).length !== 2) throw new Error(`${path} holds ${JSON.stringify(from)} not once`);
    this.write(path, text.replace(from, () => to));
  }

  /** Runs one of our commands, as npm would; `folder` is where the person stands. */
  run(command: string, folder: string = "."): Promise<Ran> {
    // A clean environment: that of the test run which this is part of would mislead the run inside.
    const { PATH, HOME, TMPDIR } = process.env;
    const env = { PATH, HOME, TMPDIR, NO_COLOR: "1", INIT_CWD: join(this.root, folder) };
    const child = spawn(process.execPath, ["tools/katafka.cjs", ...command.split(" ")], { cwd: this.root, env });
    let out = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => (out += text));
    }
    return new Promise((resolve) => child.on("close", (code) => resolve({ code, out })));
  }

  /** The chapter as on a fresh clone; quicker than the command. */
  resetToStubs(): void {
    const chapter = chapterOf("01-sums");
    writeChapter(this.root, chapter, stubsOf(readSolution(this.root, chapter)));
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

const DEMO = `import { double } from "#sums";
import { type Stage } from "../stage.ts";

export default async function demo(stage: Stage): Promise<void> {
  stage.say("Doubling.");
  stage.show("twice 21", double(21));
  stage.show("bytes", new Uint8Array([1, 171]));
  stage.table([{ n: 1, name: "one" }, { n: 10, name: "ten" }]);
  await stage.pause();
}
`;
