/**
 * What happened in a test, for its failure: who did what, and the state after it. A wrong state is understood by what
 * led to it. It is kept as events, so that a failure can also be gone through in the browser: `npm run ui -- --trace`.
 *
 * @module
 */
import { type ClusterEvent } from "#ground/events";

/** So many lines are shown: the last one led to the state that is wrong. */
const SHOWN = 5;
/** So many events are kept for the browser. */
const KEPT = 500;

/** Of the timeline that was made or added to last: it is what the test that runs is about. */
let latest: readonly ClusterEvent[] = [];

/** The events of the timeline that was last added to since {@link forgetTimelines}; none when there is no timeline. */
export function latestEvents(): readonly ClusterEvent[] {
  return latest.slice(-KEPT);
}

/** Another test begins. */
export function forgetTimelines(): void {
  latest = [];
}

/** The events of one test, oldest first. */
export class Timeline {
  readonly events: ClusterEvent[] = [];
  readonly #stateOf: () => string;

  /** @param stateOf the state that a test is about, in a few words: `HW 4, end 5` */
  constructor(stateOf: () => string) {
    this.#stateOf = stateOf;
    latest = this.events;
  }

  /**
   * Notes what has just happened, with the state after it.
   * @param who - or when, in milliseconds, where nobody else does anything
   */
  note(who: string | number, what: string): void {
    const [timeMs, node] = typeof who === "number" ? [who, ""] : [this.events.at(-1)?.timeMs ?? 0, who];
    const before = this.events.at(-1)?.after ?? "";
    this.events.push({ timeMs, node, kind: "deed", subject: what, before, after: this.#stateOf() });
    latest = this.events;
  }

  /** For `expect(value, timeline.about("high watermark"))`: the last events, and what `value` is. */
  about(value: string): string {
    const shown = this.events.slice(-SHOWN).map(({ node, timeMs, subject, after }) => {
      return { who: node === "" ? `${timeMs} ms` : node, what: subject, state: after };
    });
    const width = (key: "who" | "what"): number => Math.max(key.length, ...shown.map((line) => line[key].length));
    const [who, what] = [width("who"), width("what")];
    const row = (mark: string, line: (typeof shown)[number]): string => {
      return `${mark} ${line.who.padEnd(who)}  ${line.what.padEnd(what)}  ${line.state}`.trimEnd();
    };
    const left = this.events.length - shown.length;
    return [
      row(" ", { who: "who", what: "what", state: "state after" }),
      ...(left > 0 ? [`  … ${left} earlier`] : []),
      ...shown.map((line, i) => row(i === shown.length - 1 ? ">" : " ", line)),
      "",
      value,
    ].join("\n");
  }
}
