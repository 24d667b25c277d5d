/**
 * The worker of the page: a whole cluster in the simulated world, as fast as real time, or as one steps.
 *
 * @module
 */
import "./browser/buffer.ts";
import { NotImplementedError, onStubMet } from "#ground/errors";
import { type SimWorld } from "#ground/sim/sim-world";
import { STORIES } from "../stories/all.ts";
import { StoryRun } from "../stories/story-run.ts";
import { type FromWorker, type RunState, type ToWorker } from "./protocol.ts";
import { FIRST_SCENARIO } from "./scenario.ts";
import { SimulatedRun } from "./simulated-run.ts";

/** What a worker's global is, as far as it is used here. */
interface WorkerScope {
  postMessage(message: FromWorker): void;
  addEventListener(type: "message", listen: (event: { readonly data: ToWorker }) => void): void;
  addEventListener(type: "unhandledrejection", listen: (event: Rejection) => void): void;
}
interface Rejection {
  readonly reason: unknown;
  preventDefault(): void;
}

/** Ten pictures a second, at most. */
const LOOK_MS = 100;
/** The simulated time that passes at once: between two such slices wishes are heard. */
const SLICE_MS = 10;
/** When the machine is slower than wanted, no more than this is caught up with. */
const MOST_BEHIND_MS = 200;
const IDLE_MS = 15;
/** Simulated time for real time, in a story: nobody wants to wait for a session to time out. */
const STORY_SPEED = 2;
const MOST_STEPS = 200_000;
/** A speed is measured over so long. */
const MEASURED_MS = 1_000;

const scope = globalThis as unknown as WorkerScope;
/** Null until the page says what it wants to see, and while a story is told. */
let run: SimulatedRun | null = null;
const wishes: ToWorker[] = [];
let speed = 1;
let isPaused = false;
let story: StoryRun | null = null;
let storyDueMs = 0;
let failure: string | null = null;
let slowedTo: number | null = null;
let wakeUp = (): void => {};

onStubMet((stub) => (story ?? run)?.metStub(stub));
scope.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  failed(event.reason);
});
scope.addEventListener("message", ({ data }) => {
  wishes.push(data);
  wakeUp();
});
void work();

async function work(): Promise<void> {
  let dueMs = performance.now();
  let lookedMs = -Infinity;
  let measured = { atMs: dueMs, nowMs: 0 };
  for (;;) {
    for (const wish of wishes.splice(0)) await guarded(() => answer(wish));
    const atMs = performance.now();
    if (isPaused || run === null || failure !== null) dueMs = atMs;
    dueMs = Math.max(dueMs, atMs - MOST_BEHIND_MS);
    if (atMs - lookedMs >= LOOK_MS) {
      lookedMs = atMs;
      await show();
    }
    if (atMs - measured.atMs >= MEASURED_MS) {
      const nowMs = run?.world.nowMs ?? 0;
      const reached = (nowMs - measured.nowMs) / (atMs - measured.atMs);
      slowedTo = isPaused || reached > 0.9 * speed ? null : Math.max(0, reached);
      measured = { atMs, nowMs };
    }
    if (run !== null && dueMs < atMs) {
      dueMs += SLICE_MS / speed;
      const going = run;
      await guarded(() => going.advance(SLICE_MS));
    } else {
      await new Promise<void>((resolve) => {
        wakeUp = resolve;
        setTimeout(resolve, IDLE_MS);
      });
    }
  }
}

async function answer(wish: ToWorker): Promise<void> {
  switch (wish.do) {
    case "open":
      story = null;
      run = new SimulatedRun(wish.scenario);
      failure = null;
      break;
    case "act":
      await run?.act(wish.wish, (text) => tell({ tells: "said", number: wish.number, text }));
      break;
    case "story":
      story = STORIES[wish.number - 1] === undefined ? null : new StoryRun(wish.number, pass);
      run = story === null ? new SimulatedRun(FIRST_SCENARIO) : null;
      failure = null;
      break;
    case "story-next":
      void story?.next();
      break;
    case "story-choose":
      void story?.choose(wish.choice);
      break;
    case "pause":
    case "go":
      isPaused = wish.do === "pause";
      break;
    case "speed":
      speed = Math.min(10, Math.max(0.1, wish.speed));
      break;
    case "step":
      isPaused = true;
      await run?.step();
      await show();
      break;
    case "next":
      isPaused = true;
      await show();
      for (let i = 0; i < MOST_STEPS && run?.hasChanged() === false; i++) await run.step();
      await show();
  }
}

async function show(): Promise<void> {
  if (story !== null) return tell({ tells: "story", picture: await story.look(), story: story.state });
  if (run === null) return;
  const { world, scenario, unwrittenAtClients: unwritten } = run;
  const { nowMs, steps, traceHash } = world;
  const lastLine = world.trace.at(-1) ?? "";
  const how = { speed, slowedTo, isPaused, lastLine, unwritten, failure };
  const state: RunState = { scenario, nowMs, steps, traceHash, ...how };
  tell({ tells: "picture", picture: await run.look(), run: state });
}

function tell(message: FromWorker): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker's has none
  scope.postMessage(message);
}

/** What happens in a story is looked at: it takes its time. */
async function pass(world: SimWorld, forMs: number): Promise<void> {
  const untilMs = world.nowMs + forMs;
  while (world.nowMs < untilMs) {
    const sliceMs = Math.min(SLICE_MS, untilMs - world.nowMs);
    await world.run(sliceMs);
    storyDueMs = Math.max(storyDueMs, performance.now() - MOST_BEHIND_MS) + sliceMs / STORY_SPEED;
    if (storyDueMs > performance.now()) await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
  }
}

async function guarded(work: () => Promise<void>): Promise<void> {
  try {
    await work();
    failure ??= run?.failure ?? null;
  } catch (error) {
    failed(error);
  }
}

/** What isn't written yet is shown at its broker. All else is a fault of ours, or of the learner. */
function failed(error: unknown): void {
  if (error instanceof NotImplementedError) return;
  if (story !== null) return story.fail(error);
  failure ??= error instanceof Error ? (error.stack ?? error.message) : String(error);
}
