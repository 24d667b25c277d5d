import { expect, test } from "vitest";
import { checkAmbient } from "../../tools/lint/ambient.ts";
import { checkDirection } from "../../tools/lint/direction.ts";
import { checkModuleState } from "../../tools/lint/module-state.ts";
import { checkSizes } from "../../tools/lint/sizes.ts";
import { type Source } from "../../tools/lint/source.ts";
import { ROOT } from "../../tools/course/chapters.ts";
import { parse } from "../../tools/course/splice.ts";

function source(path: string, text: string): Source {
  return { path, text, tree: parse(path, text) };
}

test.each([
  ["solutions/01-serialization/a.ts", 'import { x } from "#log";', "chapter 5 is above chapter 1"],
  ["solutions/05-log/a.ts", 'import { x } from "#log/segment";', "inside a folder use a relative path"],
  ["chapters/05-log/given/a.ts", 'import { x } from "#log/given/b";', "inside a folder use a relative path"],
  ["chapters/05-log/given/a.ts", 'import { x } from "../segment.ts";', "across folders use a #name"],
  ["chapters/05-log/given/a.ts", 'import { x } from "#replication";', "chapter 6 is above chapter 5"],
  ["solutions/05-log/a.ts", 'export * from "../01-serialization/varint.ts";', "across folders use a #name"],
  ["solutions/05-log/a.ts", 'import { x } from "./b";', "relative imports end in .ts"],
  ["solutions/05-log/a.ts", 'import { x } from "vitest";', "not among the dependencies"],
  ["solutions/05-log/a.ts", 'const x = await import("#replication");', "chapter 6 is above chapter 5"],
  ["chapters/00-ground/a.ts", 'import { x } from "#serialization";', "chapter 1 is above chapter 0"],
  ["tests/05-log/a.test.ts", 'import { x } from "#replication";', "chapter 6 is above chapter 5"],
  ["tests/support/a.ts", 'import { x } from "#log";', "chapter 5 is above chapter 1"],
  ["tests/05-log/a.test.ts", 'import { x } from "../../solutions/05-log/a.ts";', "tests import #names"],
  ["solutions/05-log/a.ts", 'import { x } from "#nothing";', "no such name in package.json"],
])("direction: %s may not %s", (path, text, why) => {
  expect(checkDirection(ROOT, [source(path, text)])).toEqual([expect.stringContaining(`${path}:1: `)]);
  expect(checkDirection(ROOT, [source(path, text)])[0]).toContain(why);
});

test.each([
  ["solutions/05-log/a.ts", 'import { x } from "#serialization/varint";\nimport { y } from "./b.ts";'],
  ["solutions/05-log/a.ts", 'import { x } from "#log/given/b";'],
  ["chapters/05-log/given/a.ts", 'import { x } from "#log/segment";\nimport { y } from "./b.ts";'],
  ["solutions/05-log/a.ts", 'import { Buffer } from "node:buffer";\nimport { z } from "snappyjs";'],
  ["chapters/20-cluster/a.ts", 'import { x } from "#groups";\nimport { y } from "./b.ts";'],
  ["tests/05-log/a.test.ts", 'import { x } from "#log";\nimport { y } from "../support/sim.ts";'],
  ["tests/05-log/alternatives/x/log.ts", 'import { x } from "#log/segment";'],
  ["tests/tools/a.test.ts", 'import { x } from "../../tools/main.ts";'],
])("direction: %s may %s", (path, text) => {
  expect(checkDirection(ROOT, [source(path, text)])).toEqual([]);
});

test.each([
  "const t = Date.now();",
  "const d = new Date();",
  "const r = Math.random();",
  "setTimeout(() => {}, 1);",
  "const id = crypto.randomUUID();",
  "const e = process.env;",
  'import { readFileSync } from "node:fs";',
  'import { gzip } from "node:zlib";',
  "names.sort((a, b) => a.localeCompare(b));",
  "console.log(1);",
  "const p = { now: performance.now };",
])("ambient: %s is refused", (text) => {
  expect(checkAmbient([source("solutions/05-log/a.ts", text)])).toHaveLength(1);
  expect(checkAmbient([source("chapters/00-ground/node/a.ts", text)])).toEqual([]);
  expect(checkAmbient([source("chapters/20-cluster/main.ts", text)])).toEqual([]);
  expect(checkAmbient([source("tests/05-log/a.test.ts", text)])).toEqual([]);
  expect(checkAmbient([source("solutions/05-log/a.ts", `// allowed: a test says so\n${text}`)])).toEqual([]);
});

test.each([
  "const d = new Date(5).toISOString();",
  "function f(process: number): number { return process; }",
  "interface A { process: number; crypto(): void }",
  "const a = { performance: 1 }; a.performance;",
  'import { gzipSync, constants } from "node:zlib";',
  "runtime.clock.nowMs(); runtime.random.next();",
  "/** As {@link setTimeout}. */\nexport const a = 1;",
])("ambient: %s is fine", (text) => {
  expect(checkAmbient([source("solutions/05-log/a.ts", text)])).toEqual([]);
});

test.each([
  "let count = 0;",
  "export var x = 1;",
  "const cache = new Map<string, number>();",
  "const list: string[] = [];",
  "const seen = {};",
  "class A { static count = 0; }",
])("module state: %s is refused", (text) => {
  expect(checkModuleState([source("chapters/00-ground/a.ts", text)])).toHaveLength(1);
});

test.each([
  "const names = new Map([[1, 2]]);",
  "const NONE: readonly string[] = [];",
  "class A { static readonly MAX = 3; count = 0; }",
  "function f() { let i = 0; const m = new Map(); return [i, m]; }",
])("module state: %s is fine", (text) => {
  expect(checkModuleState([source("chapters/00-ground/a.ts", text)])).toEqual([]);
});

test("sizes: long files and long lines are named", () => {
  const long = source("solutions/05-log/a.ts", "\n".repeat(400));
  const wide = source("solutions/05-log/b.ts", `a;\n// ${"x".repeat(120)}\n`);
  expect(checkSizes([long, wide])).toEqual([
    "solutions/05-log/a.ts: 401 lines, 400 at most: split it",
    "solutions/05-log/b.ts:2: 123 columns, 120 at most",
  ]);
});
