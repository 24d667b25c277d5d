/**
 * The scenes of the pictures in README and lessons: runs in the simulated world, up to a moment. The same each time.
 *
 * @module
 */
import { type LoadSettings, type Wish } from "../../tools/ui/picture.ts";
import { type FromWorker, type RunState } from "../../tools/ui/simulated/protocol.ts";
import { type ScenarioAction } from "../../tools/ui/simulated/scenario.ts";
import { SimulatedRun } from "../../tools/ui/simulated/simulated-run.ts";
import { StoryRun } from "../../tools/ui/stories/story-run.ts";

/** One picture. */
export interface PictureScene {
  /** Of its files: `NAME-light.webp` and `NAME-dark.webp`. */
  readonly name: string;
  /** What it says, in the page's words: what the texts beside it speak of. */
  readonly shows: readonly (string | RegExp)[];
  /** What the page is told on the way there, the newest last. */
  messages(): Promise<readonly FromWorker[]>;
}

const LOOK_MS = 250;
const ORDERS: LoadSettings = {
  topic: "orders", recordsPerSecond: 200, valueBytes: 100, skew: 0.2, acks: "all", lingerMs: 5, batchSize: 16_384,
};
const MEMBER: Wish = { do: "add-member", topic: "orders", isCooperative: true };

/** All of them. */
export const SCENES: readonly PictureScene[] = [
  {
    name: "picture",
    shows: ["broker 3", "leader", "in sync", "ISR 1 2 3", "member-2", "acknowledged: offset", "poll() of member-"],
    messages: () => run(9_400, [[100, produce(ORDERS)], [1_500, MEMBER], [3_500, MEMBER], [9_000, FOLLOW]]),
  },
  {
    name: "killed",
    shows: ["down", "as last seen", "out 2"],
    messages: () => run(9_000, [[100, produce(ORDERS)], [1_500, MEMBER], [5_000, { do: "kill", broker: 2 }]]),
  },
  {
    name: "group",
    shows: ["member-1", "member-3", "Stable", "PreparingRebalance", "committed", /lag \d/],
    messages: () => run(11_000, [[100, produce(ORDERS)], [1_500, MEMBER], [4_000, MEMBER], [8_000, MEMBER]]),
  },
  {
    name: "slow-follower",
    shows: ["is cut off from the leader", "not in sync", /out [23]/, "takes it out of the ISR: 1 "],
    messages: () => story(2, 4, 2),
  },
  {
    name: "truncation",
    shows: ["cut-at-hw", "cut-by-epoch", "end 10, HW 10", "end 15, HW 15", "it threw away committed orders"],
    messages: () => story(4, 4, 0),
  },
];

const FOLLOW: Wish = { do: "follow", topic: "orders" };

function produce(settings: LoadSettings): Wish {
  return { do: "produce", settings };
}

/** A cluster to which this is done, until that time. */
async function run(untilMs: number, deeds: readonly (readonly [number, Wish])[]): Promise<FromWorker[]> {
  // No log rolls: what is done to the cluster stands in the line of events.
  const logs = { segmentBytes: 2 ** 30, retentionBytes: -1 };
  const settings = { brokers: 3, partitions: 3, minInsyncReplicas: 2, lagTimeMaxMs: 2_000, ...logs };
  const actions = deeds.map(([atMs, wish]): ScenarioAction => ({ atMs: START_MS + atMs, wish }));
  const simulated = new SimulatedRun({ seed: 1, settings, actions });
  const messages: FromWorker[] = [];
  for (let atMs = 0; atMs < START_MS + untilMs; atMs += LOOK_MS) {
    await simulated.advance(Math.min(LOOK_MS, START_MS + untilMs - atMs));
    const { scenario, world } = simulated;
    const { nowMs, steps, traceHash, trace } = world;
    const state: RunState = {
      scenario, nowMs, steps, traceHash, speed: 1, slowedTo: null, isPaused: true, lastLine: trace.at(-1) ?? "",
      unwritten: simulated.unwrittenAtClients, failure: simulated.failure,
    };
    messages.push({ tells: "picture", picture: await simulated.look(), run: state });
  }
  return messages;
}

/** By then all brokers serve. */
const START_MS = 3_000;

/** A story after so many steps. @param choice - at its question, from 0 on */
async function story(number: number, steps: number, choice: number): Promise<FromWorker[]> {
  const messages: FromWorker[] = [];
  const look = async (): Promise<void> => {
    const picture = await told.look();
    if (picture !== null) messages.push({ tells: "story", picture, story: told.state });
  };
  let lookedMs = 0;
  const told = new StoryRun(number, async (world, forMs) => {
    await world.run(forMs);
    if (world.nowMs - lookedMs < LOOK_MS) return;
    lookedMs = world.nowMs;
    await look();
  });
  for (let i = 0; i < steps; i++) {
    if (told.state.step?.kind === "prediction") await told.choose(choice);
    else await told.next();
  }
  await look();
  return messages;
}
