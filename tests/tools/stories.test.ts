import { expect, test } from "vitest";
import { listChapters, ROOT } from "../../tools/course/chapters.ts";
import { listExercises } from "../../tools/course/exercises.ts";
import { captureNode } from "../../tools/run/capture.ts";
import { STORIES } from "../../tools/ui/stories/all.ts";
import { type Shown, type Step } from "../../tools/ui/stories/story.ts";
import { StoryWorld } from "../../tools/ui/stories/story-world.ts";

/** Each simulates a cluster, twice. */
const TIMEOUT_MS = 240_000;

interface Played {
  readonly steps: readonly Step[];
  readonly traceHash: number;
}

async function playOnce(number: number): Promise<Played> {
  const story = STORIES[number - 1]!;
  const world = await StoryWorld.open(story);
  const steps: Step[] = [];
  for await (const step of story.steps(world)) steps.push(step);
  return { steps, traceHash: world.cluster.world.traceHash };
}

/** What a story shows after its question: the same in each run, to the last event. */
async function outcomeOf(number: number): Promise<Shown> {
  const [first, second] = [await playOnce(number), await playOnce(number)];
  expect(second).toEqual(first);
  const asked = first.steps.findIndex(({ kind }) => kind === "prediction");
  const [question, outcome] = [first.steps[asked], first.steps[asked + 1]];
  if (question?.kind !== "prediction" || outcome?.kind !== "outcome") throw new Error("It asks, and shows at once.");
  expect(question.choices[outcome.right]).toBeDefined();
  return outcome;
}

/** The row of a measure: what it was before, and after. */
function row({ table }: Shown, name: string): readonly (string | number)[] {
  const found = table.find((one) => one[""] === name);
  return [found?.["before"] ?? "no such row", found?.["after"] ?? "no such row"];
}

test("story 1: of two left out of three one dies, the last is refused, and what was acknowledged can be read", {
  timeout: TIMEOUT_MS,
}, async () => {
  const outcome = await outcomeOf(1);
  expect(outcome.right).toBe(1);
  const [acknowledged] = row(outcome, "acknowledged");
  expect(row(outcome, "in sync")).toEqual(["1 2", "1"]);
  expect(row(outcome, "acknowledged")).toEqual([acknowledged, acknowledged]);
  expect(row(outcome, "acknowledged and readable")).toEqual([acknowledged, acknowledged]);
  expect(row(outcome, "refused")[1]).toBeGreaterThan(10);
});

test("story 2: acks=all waits for a slow follower as long as it is in sync", { timeout: TIMEOUT_MS }, async () => {
  const outcome = await outcomeOf(2);
  expect(outcome.right).toBe(1);
  expect(row(outcome, "in sync")).toEqual(["1 2 3", "1 2 3"]);
  const [before, after] = row(outcome, "ms until acknowledged");
  expect(Number(after)).toBeGreaterThan(100 * Number(before));
});

test("story 3: what no follower had fetched is gone after a failover, though acknowledged with acks=1", {
  timeout: TIMEOUT_MS,
}, async () => {
  const outcome = await outcomeOf(3);
  expect(outcome.right).toBe(1);
  const [told] = row(outcome, "acknowledged");
  const [readable] = row(outcome, "of them readable");
  expect(row(outcome, "of them readable")).toEqual([readable, readable]);
  expect(row(outcome, "lost")).toEqual([0, Number(told) - Number(readable)]);
  expect(row(outcome, "lost")[1]).toBeGreaterThan(0);
});

test("every story names exercises that there are", () => {
  const titles = new Set(
    listChapters(ROOT).flatMap((chapter) => listExercises(ROOT, chapter, "solutions").map(({ title }) => title)),
  );
  expect(STORIES.flatMap(({ exercises }) => exercises.filter((title) => !titles.has(title)))).toEqual([]);
  expect(STORIES.every(({ exercises }) => exercises.length > 0)).toBe(true);
});

test("npm run demo story 3 is told to its end where nobody can press a key", { timeout: TIMEOUT_MS }, async () => {
  const { code, stdout, stderr } = await captureNode(ROOT, ["tools/katafka.cjs", "demo", "story", "3"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
  expect(stdout).toMatch(/Story 3 of \d+: [^]*It is 2\.[^]*lost[^]*npm test 6\.3/);
});
