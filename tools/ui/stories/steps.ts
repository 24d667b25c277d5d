/**
 * The steps of a story, and how far one is told. Plain data: the page in the browser gets it, too.
 *
 * @module
 */

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

/** How far a story is told. */
export interface StoryState {
  /** From 1 on. */
  readonly number: number;
  /** Of all stories, the first first. */
  readonly titles: readonly string[];
  readonly question: string;
  /** Null: it has not begun. */
  readonly step: Step | null;
  /** What was chosen at the last question, from 0 on; null: nothing yet. */
  readonly chosen: number | null;
  /** Whether something happens just now: the next step comes by itself. */
  readonly isBusy: boolean;
  readonly isOver: boolean;
  /** Those that build it: `6.1 LeaderState.nextHighWatermark`. */
  readonly exercises: readonly string[];
  /** Why it can't go on; null: it can. */
  readonly failure: string | null;
}
