import { expect, test } from "vitest";
import { listChapters, ROOT } from "../../tools/course/chapters.ts";
import { listExercises } from "../../tools/course/exercises.ts";
import { captureNode } from "../../tools/run/capture.ts";
import { STORIES } from "../../tools/ui/stories/all.ts";
import { type Shown, type Step } from "../../tools/ui/stories/steps.ts";
import { StoryRun } from "../../tools/ui/stories/story-run.ts";
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

/** What a story shows after its questions: the same in each run, to the last event. */
async function outcomesOf(number: number): Promise<Shown[]> {
  const [first, second] = [await playOnce(number), await playOnce(number)];
  expect(second).toEqual(first);
  const { steps } = first;
  return steps.flatMap((step, i) => {
    if (step.kind !== "prediction") return [];
    const outcome = steps[i + 1];
    if (outcome?.kind !== "outcome") throw new Error("After a question comes its outcome.");
    expect(step.choices[outcome.right]).toBeDefined();
    return [outcome];
  });
}

async function outcomeOf(number: number): Promise<Shown> {
  return (await outcomesOf(number))[0]!;
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
  expect(outcome.right).toBe(2);
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

test("story 4: a follower that cuts at the high watermark loses what acks=all acknowledged, by epochs it doesn't", {
  timeout: TIMEOUT_MS,
}, async () => {
  const { right, table } = await outcomeOf(4);
  expect(right).toBe(0);
  expect(table.map(({ topic, readable, lost }) => ({ topic, readable, lost }))).toEqual([
    { topic: "cut-at-hw", readable: 10, lost: 5 },
    { topic: "cut-by-epoch", readable: 15, lost: 0 },
  ]);
});

test("story 5: a batch that is sent again comes behind a later one, but not with one in flight, nor idempotent", {
  timeout: TIMEOUT_MS,
}, async () => {
  const { right, table } = await outcomeOf(5);
  expect(right).toBe(2);
  expect(table.map((one) => one["in order"])).toEqual(["no", "yes", "yes"]);
  expect(table.map(({ read }) => read)).toEqual([45, 45, 45]);
});

test("story 6: under load a batch is full before linger.ms is over", { timeout: TIMEOUT_MS }, async () => {
  const outcome = await outcomeOf(6);
  expect(outcome.right).toBe(2);
  const [slow, fast] = row(outcome, "ms until acknowledged").map(Number) as [number, number];
  expect(slow).toBeGreaterThan(25);
  expect(fast).toBeLessThan(slow / 5);
  expect(row(outcome, "bytes in a batch")[1]).toBeGreaterThan(4_000);
});

test("story 7: when the pool is full, who only sends has failures, and who waits for ready has none", {
  timeout: TIMEOUT_MS,
}, async () => {
  const outcome = await outcomeOf(7);
  expect(outcome.right).toBe(0);
  expect(row(outcome, "heedless: failed")[1]).toBeGreaterThan(100);
  expect(row(outcome, "careful: failed")).toEqual([0, 0]);
  expect(row(outcome, "careful: sent")[1]).toBeLessThan(Number(row(outcome, "heedless: sent")[1]));
});

test("story 8: with a skewed key one partition falls behind, though the group has time", {
  timeout: TIMEOUT_MS,
}, async () => {
  const outcome = await outcomeOf(8);
  expect(outcome.right).toBe(3);
  const [before, after] = row(outcome, "waiting, by partition").map((text) => String(text).split(", ").map(Number));
  expect(Math.max(...before!)).toBeLessThan(5);
  expect(after!.toSorted((a, b) => b - a)[0]).toBeGreaterThan(50);
  expect(after!.toSorted((a, b) => b - a)[1]).toBeLessThan(10);
});

test("story 9: a fifth member of four partitions has nothing, and a second group reads all", {
  timeout: TIMEOUT_MS,
}, async () => {
  const [fifth, second] = await outcomesOf(9);
  expect(fifth!.right).toBe(0);
  expect(fifth!.table.map(({ after }) => after)).toEqual(["0", "1", "2", "3", "nothing"]);
  expect(second!.right).toBe(1);
  const [billing, mailing] = second!.table;
  expect(billing!["after"]).toBeGreaterThan(300);
  expect(mailing!["after"]).toBe(billing!["after"]);
});

test("story 10: a member reads on in a cooperative rebalance, and stands still in an eager one", {
  timeout: TIMEOUT_MS,
}, async () => {
  const { right, table } = await outcomeOf(10);
  expect(right).toBe(2);
  const [eager, cooperative] = table.map((one) => parseFloat(String(one["of a's"]))) as [number, number];
  expect(eager).toBeGreaterThan(2);
  expect(cooperative).toBeLessThan(0.5);
  expect(table.map((one) => one["given up"])).toEqual([4, 1]);
});

test("story 11: what was done and not committed is done again, and nothing is left out", {
  timeout: TIMEOUT_MS,
}, async () => {
  const outcome = await outcomeOf(11);
  expect(outcome.right).toBe(0);
  const [done] = row(outcome, "orders done");
  const [committed] = row(outcome, "committed");
  expect(row(outcome, "done twice")).toEqual([0, Number(done) - Number(committed)]);
  expect(row(outcome, "done twice")[1]).toBeGreaterThan(0);
  expect(row(outcome, "left out")).toEqual([0, 0]);
});

test("story 12: unclean election is available and loses, clean election waits and loses nothing", {
  timeout: TIMEOUT_MS,
}, async () => {
  const { right, table } = await outcomeOf(12);
  expect(right).toBe(2);
  expect(table.map(({ topic, lost, "while broker 1 is down": then }) => ({ topic, lost, then }))).toEqual([
    { topic: "orders", lost: 0, then: "offline" },
    { topic: "clicks", lost: 5, then: "led by 2" },
  ]);
});

test("a story in the browser waits for a prediction, shows its cluster, and ends", {
  timeout: TIMEOUT_MS,
}, async () => {
  const run = new StoryRun(12);
  expect(run.look()).toBeNull();
  await run.next();
  expect(run.state.step?.kind).toBe("text");
  const { brokers, partitions } = (await run.look())!;
  expect(brokers.map(({ state }) => state)).toEqual(["up", "down"]);
  expect(partitions.map(({ topic }) => topic)).toEqual(["clicks", "orders"]);
  await run.next();
  const asked = run.state;
  await run.next();
  expect(run.state).toEqual(asked);
  await run.choose(1);
  const { step, chosen, isOver } = run.state;
  expect(step).toMatchObject({ kind: "outcome", right: 2 });
  expect({ chosen, isOver }).toEqual({ chosen: 1, isOver: false });
  await run.next();
  expect(run.state).toMatchObject({ isOver: true, failure: null });
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
