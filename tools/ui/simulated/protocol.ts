/**
 * What page and worker say to each other. Plain data: it is cloned on its way.
 *
 * @module
 */
import { type Picture, type Wish } from "../picture.ts";
import { type StoryState } from "../stories/steps.ts";
import { type Scenario } from "./scenario.ts";

/** What the page asks for. */
export type ToWorker =
  /** Begins anew. */
  | { readonly do: "open"; readonly scenario: Scenario }
  | { readonly do: "act"; readonly number: number; readonly wish: Wish }
  /** `step`: one event; `next`: until something has changed that the event line tells of. */
  | { readonly do: "pause" | "go" | "step" | "next" }
  /** Tells a story, from 1 on. */
  | { readonly do: "story"; readonly number: number }
  | { readonly do: "story-next" }
  | { readonly do: "story-choose"; readonly choice: number }
  /** Simulated time for real time: 0.1 to 10. */
  | { readonly do: "speed"; readonly speed: number };

/** How the run stands. */
export interface RunState {
  readonly scenario: Scenario;
  readonly nowMs: number;
  readonly steps: number;
  readonly traceHash: number;
  readonly speed: number;
  /** How fast it really goes, if that is slower than wanted; null: as wanted. */
  readonly slowedTo: number | null;
  readonly isPaused: boolean;
  /** The newest line of the trace. */
  readonly lastLine: string;
  /** Exercises that clients have met and that nobody has written: `producer: 3.2 … is yours to write`. */
  readonly unwritten: readonly string[];
  /** Why it can't go on; null: it can. */
  readonly failure: string | null;
}

/** What the worker tells. */
export type FromWorker =
  | { readonly tells: "picture"; readonly picture: Picture; readonly run: RunState }
  /** Picture: null while the story's cluster isn't there yet. */
  | { readonly tells: "story"; readonly picture: Picture | null; readonly story: StoryState }
  | { readonly tells: "said"; readonly number: number; readonly text: string };
