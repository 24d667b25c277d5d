/**
 * Tests on the reference: of every chapter, of the tools themselves, and end to end with real clients.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { filesUnder } from "../../course/chapters.ts";
import { type Failure, type TestReport } from "../../run/events.ts";
import { type RunOptions, runTests } from "../../run/run-tests.ts";
import { outcomes } from "../../run/verdict.ts";
import { type Check, type Findings, findings, together } from "../check.ts";

/** Real clients, real restarts: slow steps without any test ending in between. */
const E2E_STALL_MS = 180_000;
/** A test of the tools waits for whole runs of other tests. */
const TOOLS_STALL_MS = 120_000;

/** All chapters' tests, together, on the reference. */
export const referenceTests: Check = {
  name: "tests on the reference",
  aboutExercises: false,
  async run({ root, chapters }) {
    const paths = chapters.map(({ folder }) => `tests/${folder}/`).filter((path) => existsSync(join(root, path)));
    return testFindings({ root, paths, mine: [], stallMs: 30_000 });
  },
};

/** The tests of the machinery itself. */
export const toolsTests: Check = {
  name: "tests of the tools",
  aboutExercises: false,
  async run({ root }) {
    // Side by side: the tests of the commands take as long as all others.
    const others = filesUnder(join(root, "tests/tools"), ".test.ts").filter((name) => !name.startsWith("commands"));
    const halves = [["commands.test.ts"], others].map((names) => names.map((name) => `tests/tools/${name}`));
    const run = (paths: string[]): Promise<Findings> =>
      testFindings({ root, paths, mine: [], stallMs: TOOLS_STALL_MS });
    return together(await Promise.all(halves.map(run)));
  },
};

/** Real clients against the reference. */
export const endToEnd: Check = {
  name: "end to end",
  aboutExercises: false,
  async run({ root }) {
    return testFindings({ root, paths: ["tests/e2e/"], mine: [], stallMs: E2E_STALL_MS });
  },
};

/** Runs tests; every test counts. A folder without tests is no failure, but is said. */
async function testFindings(options: RunOptions): Promise<Findings> {
  if (!options.paths.some((path) => existsSync(join(options.root, path)))) {
    return findings(0, [], [`there is no ${options.paths.join(", ") || "test"} yet`]);
  }
  const result = await runTests(options);
  const tests = outcomes(result);
  const failures = [
    ...tests.filter(({ state }) => state === "failed").map((test) => describe(options.root, test)),
    ...result.failedFiles.map(({ file, failures: errors }) => `${file}: ${messageOf(errors)}`),
    ...(result.unhandled.length > 0 ? [`outside of any test: ${messageOf(result.unhandled)}`] : []),
  ];
  const passed = tests.filter(({ state }) => state === "passed").length;
  if (tests.length === 0 && failures.length === 0) failures.push(`no test ran: ${result.output.trim()}`);
  const skipped = tests.filter(({ state }) => state === "skipped").map(({ title }) => title);
  return { passed, failures: failures.map((text) => text.replaceAll(`${options.root}/`, "")), skipped };
}

function describe(root: string, { file, title, failures }: TestReport): string {
  const path = file.replace(`${root}/`, "");
  return `${path}: ${title === "" ? "outside of any test" : title}\n${messageOf(failures)}`;
}

function messageOf(failures: readonly Failure[]): string {
  return failures.flatMap(({ name, message, diff = "" }) => [`${name}: ${message}`, diff].filter(Boolean)).join("\n");
}
