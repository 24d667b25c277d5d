/**
 * `npm run demo`: the whole story. `npm run demo 3`: the slice at work, narrated. `-- --mine` runs it on your chapter
 * 3, `-- --mine 1,3` on these, `-- --step` waits for a key. `npm run demo stories` lists the stories that stop for a
 * prediction, `npm run demo story 3` tells one.
 *
 * @module
 */
import { join } from "node:path";
import { filesUnder, listChapters, ROOT } from "../course/chapters.ts";
import { BadRequest, learnersChapters } from "../course/selection.ts";
import { takeMine } from "../run/mine.ts";
import { runNode } from "../run/run-node.ts";

/** What is shown when nothing is asked for. */
const STORY = "story";
/** The list of those that stop for a prediction. */
const STORIES = "stories";
const STORY_MAIN = "tools/ui/stories/terminal.ts";

/** @returns the exit code */
export async function demo(args: readonly string[], root: string = ROOT): Promise<number> {
  const learners = learnersChapters(root, listChapters(root)).map(({ number }) => number);
  // Of the chapter that is shown: who began with it has not written the others yet.
  const shown = learners.filter((number) => number === Number(args[0]));
  const { mine, rest } = takeMine(args, learners, shown.length > 0 ? shown : learners);
  const [word = STORY, which] = rest.filter((arg) => !arg.startsWith("--"));
  if (word === STORIES) return runNode({ root, script: STORY_MAIN, args: [], mine });
  if (word === STORY && which !== undefined) return runNode({ root, script: STORY_MAIN, args: [which], mine });
  const name = /^\d$/.test(word) ? `0${word}` : word;
  // What demos share lies in a folder of its own.
  const names = filesUnder(join(root, "tools/demos"), ".ts").filter((file) => !file.includes("/"));
  if (!names.includes(`${name}.ts`)) {
    const known = names.map((file) => file.replace(/\.ts$/, "").replace(/^0/, "")).join(", ");
    throw new BadRequest(`There is no demo "${word}". There are: ${known || "none yet"}. For example: npm run demo 1`);
  }
  const unknown = rest.find((arg) => arg.startsWith("--") && arg !== "--step");
  if (unknown !== undefined) throw new BadRequest(`demo knows --mine and --step, not ${unknown}.`);
  const step = rest.includes("--step") ? ["--step"] : [];
  return runNode({ root, script: "tools/run/demo-main.ts", args: [name, ...step], mine });
}
