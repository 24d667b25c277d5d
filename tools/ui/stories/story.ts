/**
 * What a story is made of. It is played in a simulated world by real brokers, producers and consumers, so all its
 * figures come from the run that is looked at.
 *
 * @module
 */
import { type Settings } from "../../simulate/replication/simulated-cluster.ts";
import { type Asked, type Shown, type Step, type Table, type Told } from "./steps.ts";
import { type StoryWorld } from "./story-world.ts";

/** The steps; the code between two of them lets things happen. */
export type Steps = AsyncGenerator<Step, void, void>;

/** One story. */
export interface Story {
  readonly title: string;
  /** What one knows afterwards. */
  readonly question: string;
  readonly brokers: number;
  /** Of the brokers, besides those that all stories have. */
  readonly settings: Settings;
  /** Those that build it: `6.1 LeaderState.nextHighWatermark`. */
  readonly exercises: readonly string[];
  steps(world: StoryWorld): Steps;
}

/** A step to read. */
export function tell(text: string): Told {
  return { kind: "text", text };
}

/** A step that asks. */
export function ask(question: string, ...choices: readonly string[]): Asked {
  return { kind: "prediction", question, choices };
}

/** A step that shows what has come of it. */
export function show(right: number, text: string, table: Table): Shown {
  return { kind: "outcome", right, text, table };
}
