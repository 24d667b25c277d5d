/**
 * `npm test`, `npm test 3`, `npm test 3.2`: the learner's progress. Each chapter runs alone on the learner's code,
 * with the reference for every other; the display stops at the first failing test.
 *
 * @module
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import { forgetOldCompiled } from "../course/cache.ts";
import { type Chapter, filesUnder, listChapters, ROOT } from "../course/chapters.ts";
import { noteGivenFiles } from "../course/given-files.ts";
import { readLesson } from "../course/lesson.ts";
import { BadRequest, learnersChapters, oneWord, select, type Selection, wholeNumber } from "../course/selection.ts";
import { LiveLine } from "../run/bar.ts";
import { type RunEvent } from "../run/events.ts";
import { Memory } from "../run/known-outcome.ts";
import { chapterRun, type ChapterOutcome, hasTests, outcomeOf, runChapter } from "../run/run-chapter.ts";
import { type RunResult, runTests } from "../run/run-tests.ts";
import { chapterBar, greenText, isGreen, liveBar, looseLogs, redText } from "../run/show-chapter.ts";

const SAVED_POLL_MS = 300;

interface Asked {
  readonly upTo: string | null;
  readonly seed: number | undefined;
  readonly inspect: boolean;
  readonly core: boolean;
}

/** @returns the exit code: 0 when all that was asked for is green */
export async function test(args: readonly string[], root: string = ROOT): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      watch: { type: "boolean" },
      inspect: { type: "boolean" },
      core: { type: "boolean" },
      seed: { type: "string" },
    },
  });
  const all = listChapters(root).filter((chapter) => hasTests(root, chapter));
  const selection = select(root, all, oneWord(positionals));
  const seed = values.seed === undefined ? undefined : wholeNumber("A seed", values.seed);
  const { inspect = false, core = false } = values;
  const asked = { upTo: selection?.exercise ?? null, seed, inspect, core };
  if (values.watch === true) return watch(root, selection, asked);
  if (asked.inspect) announceInspector(selection);
  const learners = learnersChapters(root, all);
  noteGivenFiles(root);
  forgetOldCompiled(root);
  const chapters = selection?.chapters ?? all.filter((chapter) => chapter.number === 0 || learners.includes(chapter));
  console.log("");
  // Asked for by name, tests run; on the way to the first red chapter, what is known to be green needn't.
  const onTheWay = selection === null && asked.seed === undefined && !asked.core;
  for (const chapter of chapters) {
    const outcome = onTheWay ? await runUnlessGreen(root, chapter, asked) : await run(root, chapter, asked);
    if (outcome.result.broken === "interrupted") return 130;
    if (!show(root, outcome, asked)) return 1;
    if (selection !== null) print(["", ...greenText(root, outcome, asked.upTo)]);
  }
  if (selection === null) {
    print(["", "All chapters are done. Now put them together: `npm start -- --mine`"]);
    const [capstone] = all.filter((chapter) => !chapters.includes(chapter) && readLesson(root, chapter) !== "");
    if (capstone !== undefined) print([`The lesson: chapters/${capstone.folder}/README.md`]);
  }
  return 0;
}

async function runUnlessGreen(root: string, chapter: Chapter, asked: Asked): Promise<ChapterOutcome> {
  const memory = new Memory(root, chapter);
  const known = memory.outcome();
  return known !== undefined && isGreen(known) ? known : memory.keep(await run(root, chapter, asked));
}

async function run(root: string, chapter: Chapter, { upTo, seed, inspect, core }: Asked): Promise<ChapterOutcome> {
  const live = new LiveLine();
  let passed = 0;
  let collected = 0;
  const onEvent = (event: RunEvent): void => {
    if (event.kind === "collected") collected += event.tests;
    if (event.kind === "test" && event.report.state === "passed") passed += 1;
    live.show(liveBar(chapter, passed, collected));
  };
  const seeded = seed === undefined ? {} : { seed };
  const outcome = await runChapter(root, chapter, { upTo, core, inspect, onEvent, ...seeded });
  live.clear();
  return outcome;
}

/** Shows an outcome; returns whether it is green. */
function show(root: string, outcome: ChapterOutcome, { upTo, seed }: Asked): boolean {
  print([chapterBar(root, outcome)]);
  if (isGreen(outcome)) {
    print(looseLogs(root, outcome));
    return true;
  }
  print(["", ...redText(root, outcome, { upTo, seeded: seed !== undefined }), ""]);
  return false;
}

async function watch(root: string, selection: Selection | null, asked: Asked): Promise<number> {
  const chapter = selection?.chapters[0];
  if (chapter === undefined || selection!.chapters.length > 1) {
    throw new BadRequest("Which chapter shall be watched? For example: npm test 3 -- --watch");
  }
  const onEnd = (result: RunResult): void => {
    if (process.stdout.isTTY) process.stdout.write("\u001b[2J\u001b[H");
    const outcome = outcomeOf(chapter, result, asked.upTo, asked.core);
    print([""]);
    if (show(root, outcome, asked)) print(["", ...greenText(root, outcome, asked.upTo), ""]);
    print(["  Watching; runs again when you save. Ctrl-C ends it."]);
  };
  const { upTo, seed, core } = asked;
  const options = chapterRun(root, chapter, { upTo, core, ...(seed !== undefined && { seed }) });
  for (;;) {
    const before = lastSaved(root, chapter);
    const result = await runTests({ ...options, watch: true, onEnd });
    if (result.broken === "interrupted") return 130;
    const isGood = show(root, outcomeOf(chapter, result, upTo, core), asked);
    if (result.broken === null) return isGood ? 0 : 1;
    // An endless loop, or a crash: what watched has been ended with it.
    print(["  Watching; runs again when you save. Ctrl-C ends it."]);
    while (lastSaved(root, chapter) === before) await setTimeout(SAVED_POLL_MS);
  }
}

/** When something of a chapter was saved last. */
function lastSaved(root: string, { folder }: Chapter): number {
  const names = [`chapters/${folder}`, `tests/${folder}`].flatMap((parent) =>
    filesUnder(join(root, parent), ".ts").map((name) => join(root, parent, name)),
  );
  return Math.max(0, ...names.map((path) => statSync(path).mtimeMs));
}

function announceInspector(selection: Selection | null): void {
  if (selection === null) throw new BadRequest("Debug which exercise? For example: npm test 1.3 -- --inspect");
  print(["", "Open chrome://inspect, or attach your editor to 127.0.0.1:9229. The run waits for it; put `debugger;`"]);
  print(["where it shall stop."]);
}

function print(lines: readonly string[]): void {
  for (const line of lines) console.log(line);
}
