import { type Recording } from "../ui/trace/trace.ts";

/** What one seed was about. */
export interface Outcome {
  /** For people: what was drawn. */
  readonly about: string;
  /** Events of the simulated world. */
  readonly steps: number;
  /** How often each fault happened, by name. */
  readonly faults: ReadonlyMap<string, number>;
  /** Equal for equal runs. */
  readonly traceHash: number;
  /** If it was to be recorded. */
  readonly recording?: Recording;
}

/** An invariant was violated, or something broke; the message says all there is to say. */
export class ScenarioFailure extends Error {
  readonly outcome: Outcome;
  /** What happened before, newest last. */
  readonly timeline: readonly string[];

  constructor(outcome: Outcome, message: string, timeline: readonly string[], cause: Error) {
    super(message, { cause });
    this.outcome = outcome;
    this.timeline = timeline;
  }
}
