/**
 * The process in which a story is told on a terminal, for the projector: `node … tools/ui/stories/terminal.ts 3`. `→`
 * or enter goes on, a number chooses, `q` ends. Where nobody can press a key it goes on by itself.
 *
 * @module
 */
import { onStubMet } from "#ground/errors";
import { BadRequest } from "../../course/selection.ts";
import { answer, endWhenNobodyReads } from "../../run/answer.ts";
import { bold, cyan, dim } from "../../run/colours.ts";
import { tellStub } from "../../run/missing-exercise.ts";
import { lineWidth, wrap } from "../../run/wrap.ts";
import { createStage, type Stage } from "../../stage.ts";
import { STORIES } from "./all.ts";
import { type Asked, type Shown } from "./steps.ts";
import { type Story } from "./story.ts";
import { StoryWorld } from "./story-world.ts";

const GO_ON = new Set(["\u001b[C", "\r", "\n", " "]);
/** An arrow is three characters; who types quickly sends several keys at once. */
const KEYS = /\u001b\[[A-D]|[^]/g;
const CTRL_C = "\u0003";
const INTERRUPTED = 130;

async function main([number]: readonly string[]): Promise<number> {
  endWhenNobodyReads();
  if (number === undefined) return list();
  const index = Number(number) - 1;
  if (STORIES[index] === undefined) throw new BadRequest(`There is no story "${number}". See: npm run demo stories`);
  const isSeen = process.stdin.isTTY && process.stdout.isTTY;
  const press = isSeen ? keyOf : () => Promise.resolve(null);
  const stage = createStage((line) => console.log(line), async () => {});
  try {
    await play(stage, STORIES[index]!, index + 1, press);
    return 0;
  } catch (error) {
    if (error instanceof Ended) return 0;
    if (!tellStub(error)) throw error;
    return 1;
  }
}

function list(): number {
  STORIES.forEach(({ title, question }, i) => {
    console.log(`${String(i + 1).padStart(2)}  ${bold(title)}`);
    for (const line of wrap(question, lineWidth() - 4)) console.log(`    ${dim(line)}`);
  });
  console.log(`\nTell one: ${cyan("npm run demo story 1")}. It stops to ask you before the decisive event.`);
  return 0;
}

/** A key that was pressed, one of `wanted`; null where nobody is. */
type Press = (wanted: ReadonlySet<string>, prompt: string) => Promise<string | null>;

async function play(stage: Stage, story: Story, number: number, press: Press): Promise<void> {
  console.log(bold(`Story ${number} of ${STORIES.length}: ${story.title}`));
  stage.say(story.question);
  let chosen: number | null = null;
  await press(GO_ON, "→ goes on, q ends");
  const world = new StoryWorld(story);
  onStubMet((stub) => world.metStub(stub));
  await world.start();
  for await (const step of story.steps(world)) {
    if (step.kind === "prediction") {
      chosen = await choose(stage, step, press);
      continue;
    }
    if (step.kind === "outcome") showOutcome(stage, step, chosen);
    else stage.say(step.text);
    await press(GO_ON, "→");
  }
  stage.say(`You build it in ${story.exercises.join(", ")}:`);
  const numbers = new Set(story.exercises.map((title) => title.split(" ")[0]));
  for (const exercise of numbers) console.log(`  ${cyan(`npm test ${exercise}`)}`);
  const chapters = new Set([...numbers].map((exercise) => exercise!.split(".")[0]));
  const mine = `npm run demo story ${number} -- --mine ${[...chapters].join(",")}`;
  console.log(`  ${cyan(mine)}   this story, on your code`);
}

async function choose(stage: Stage, { question, choices }: Asked, press: Press): Promise<number | null> {
  stage.say(`${bold("?")} ${question}`);
  console.log("");
  for (const [i, choice] of choices.entries()) {
    const [first, ...rest] = wrap(choice, lineWidth() - 5);
    console.log(`  ${bold(String(i + 1))}  ${first}`);
    for (const line of rest) console.log(`     ${line}`);
  }
  const keys = choices.map((_, i) => String(i + 1));
  const key = await press(new Set(keys), `What do you think? ${keys.join(", ")}`);
  return key === null ? null : Number(key) - 1;
}

function showOutcome(stage: Stage, { right, text, table }: Shown, chosen: number | null): void {
  const verdict = chosen === null ? "" : chosen === right ? "As you said. " : `You said ${chosen + 1}. `;
  stage.say(`${bold(`${verdict}It is ${right + 1}.`)} ${text}`);
  console.log("");
  stage.table(table);
}

/** Whoever looks on has had enough. */
class Ended extends Error {}

async function keyOf(wanted: ReadonlySet<string>, prompt: string): Promise<string> {
  process.stdout.write(`\n${dim(`  … ${prompt} `)}`);
  process.stdin.setRawMode(true).resume();
  try {
    for (;;) {
      const typed = await new Promise<string>((resolve) => process.stdin.once("data", (data) => resolve(String(data))));
      for (const key of typed.match(KEYS) ?? []) {
        if (key === CTRL_C) process.exit(INTERRUPTED);
        if (key === "q") throw new Ended();
        if (wanted.has(key)) return key;
      }
    }
  } finally {
    process.stdin.setRawMode(false).pause();
    process.stdout.write("\r\u001b[2K");
  }
}

// A stub may also be met where nobody waits: in what a simulated broker does by itself.
process.on("uncaughtException", (error) => {
  if (!tellStub(error)) console.error(error);
  process.exit(1);
});
process.exitCode = await answer(() => main(process.argv.slice(2)));
