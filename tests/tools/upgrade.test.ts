import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { upgrade } from "../../tools/commands/upgrade.ts";
import { SmallCourse } from "./small-course.ts";

const WORK = "chapters/01-sums/sums.ts";
const REFERENCE = "solutions/01-sums/sums.ts";
const STUB = 'throw new NotImplementedError("1.1 double");';
const WRITTEN = "return helper(value);";

let mine: SmallCourse;
let next: SmallCourse;
let said: string[];

beforeEach(() => {
  [mine, next] = [new SmallCourse(false), new SmallCourse(false)];
  for (const course of [mine, next]) {
    course.write("package.json", JSON.stringify({ ...JSON.parse(course.read("package.json")), name: "katafka" }));
    course.resetToStubs();
  }
  said = [];
  vi.spyOn(console, "log").mockImplementation((line: string) => void said.push(line));
});
afterEach(() => {
  vi.restoreAllMocks();
  for (const course of [mine, next]) course.remove();
});

/** The new version says more of `sum`. */
function changeSum(): void {
  next.edit(REFERENCE, " * Adds up all numbers.", " * Adds up all numbers, in any order.");
  next.resetToStubs();
}

/** Where what was replaced lies. */
function saved(): string {
  const folder = ".attempts/upgrade";
  return join(folder, readdirSync(join(mine.root, folder))[0]!);
}

describe("npm run upgrade", { timeout: 60_000 }, () => {
  test("what the learner wrote, and what is new in the same file, are brought together", () => {
    mine.edit(WORK, STUB, WRITTEN);
    const helper = "const helper = (n: number) => 2 * n;\n\n";
    mine.write(WORK, mine.read(WORK).replace("/**\n * Doubles", `${helper}/**\n * Doubles`));
    changeSum();
    expect(upgrade([next.root], mine.root)).toBe(0);
    const text = mine.read(WORK);
    for (const part of [WRITTEN, helper, "in any order"]) expect(text).toContain(part);
    expect(mine.read(join(saved(), WORK)), "as it was").toContain(WRITTEN);
    expect(mine.read(REFERENCE)).toBe(next.read(REFERENCE));
    expect(said).toContain(`  ${WORK} has what is new and what you wrote`);
  });

  test("a file that nobody touched is the new stub; one that the new version left alone stays the learner's", () => {
    changeSum();
    upgrade([next.root], mine.root);
    expect(mine.read(WORK)).toBe(next.read(WORK));
    mine.edit(WORK, STUB, WRITTEN);
    const written = mine.read(WORK);
    next.edit("tests/01-sums/sums.test.ts", "double(21)", "double(18 + 3)");
    upgrade([next.root], mine.root);
    expect(mine.read(WORK)).toBe(written);
    expect(mine.read("tests/01-sums/sums.test.ts")).toContain("double(18 + 3)");
  });

  test("where both changed the same lines the learner's file stays, and the new stub lies beside", () => {
    mine.edit(WORK, STUB, WRITTEN);
    mine.write(WORK, mine.read(WORK).replace("Adds up all numbers.", "My own words."));
    const written = mine.read(WORK);
    changeSum();
    expect(upgrade([next.root], mine.root)).toBe(1);
    expect(mine.read(WORK)).toBe(written);
    expect(mine.read(join(saved(), "new", WORK))).toBe(next.read(WORK));
  });

  test("what was taken from the reference is taken from the new one", () => {
    mine.write(WORK, mine.read(REFERENCE));
    changeSum();
    expect(upgrade([next.root], mine.root)).toBe(0);
    expect(mine.read(WORK)).toBe(next.read(REFERENCE));
  });

  test("what the new version no longer has is set aside; what no version ever had stays", () => {
    mine.write("tests/01-sums/old.test.ts", "// old");
    mine.write("hunts/1.1.test.ts", "// my hunt");
    mine.write("chapters/01-sums/notes.ts", "// my notes");
    mine.write("data/log", "records");
    upgrade([next.root], mine.root);
    expect(existsSync(join(mine.root, "tests/01-sums/old.test.ts"))).toBe(false);
    expect(mine.read(join(saved(), "tests/01-sums/old.test.ts"))).toBe("// old");
    const others = ["hunts/1.1.test.ts", "chapters/01-sums/notes.ts", "data/log"];
    expect(others.map((path) => existsSync(join(mine.root, path)))).toEqual([true, true, true]);
  });

  test("nothing that was made or installed comes along, and a second time there is nothing to do", () => {
    next.write("docs/api/index.html", "made");
    next.write("data/log", "theirs");
    changeSum();
    upgrade([next.root], mine.root);
    expect(["docs/api", "data"].map((path) => existsSync(join(mine.root, path)))).toEqual([false, false]);
    said.length = 0;
    upgrade([next.root], mine.root);
    expect(said[0]).toBe("0 files of the new version taken, 0 that it no longer has set aside.");
  });

  test.skipIf(spawnSync("zip", ["-v"]).error !== undefined)("a zip will do, with a folder in it", () => {
    changeSum();
    const zip = join(mine.root, "data/next.zip");
    mine.write("data/x", "");
    spawnSync("zip", ["-qry", zip, next.root.split("/").at(-1)!, "-x", "*/node_modules*"], { cwd: dirname(next.root) });
    expect(upgrade([zip], mine.root)).toBe(0);
    expect(mine.read(WORK)).toContain("in any order");
  });

  test("refuses what holds no course, what isn't there, and itself, before anything changes", () => {
    mine.write("data/empty/x", "");
    expect(() => upgrade(["data/nowhere"], mine.root)).toThrow("is not there");
    expect(() => upgrade([join(mine.root, "data/empty")], mine.root)).toThrow("holds no katafka");
    expect(() => upgrade([mine.root], mine.root)).toThrow("this folder itself");
    expect(() => upgrade([], mine.root)).toThrow("Upgrade from what?");
    expect(existsSync(join(mine.root, ".attempts/upgrade"))).toBe(false);
  });
});
