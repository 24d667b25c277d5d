/**
 * What a story is made of. It is played in a simulated world by real brokers, producers and consumers, so all its
 * figures come from the run that is looked at.
 *
 * @module
 */
import { type Settings } from "../../simulate/replication/simulated-cluster.ts";
import { type StoryWorld } from "./story-world.ts";

/** Something to read; what it speaks of has happened. */
export interface Told {
  readonly kind: "text";
  readonly text: string;
}

/** Stops before the decisive event, and asks how it will end. */
export interface Asked {
  readonly kind: "prediction";
  readonly question: string;
  /** Two to four. */
  readonly choices: readonly string[];
}

/** The decisive event has happened: the answer to the last question. */
export interface Shown {
  readonly kind: "outcome";
  /** The choice that has come true, from 0 on: the run decides. */
  readonly right: number;
  /** Why. */
  readonly text: string;
  /** Rows with the same keys: what was measured, before and after. */
  readonly table: Table;
}

/** Rows with the same keys. */
export type Table = readonly Readonly<Record<string, string | number>>[];

/** One step of a story: whoever shows it goes on when its readers want to. */
export type Step = Told | Asked | Shown;

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
