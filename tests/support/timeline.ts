/**
 * What happened in a test, for its failure: who did what, and the state after it. A wrong state is understood by what
 * led to it.
 *
 * @module
 */

/** So many lines are shown: the last one led to the state that is wrong. */
const SHOWN = 5;

interface Line {
  readonly who: string;
  readonly what: string;
  readonly state: string;
}

/** The events of one test, oldest first. */
export class Timeline {
  readonly #stateOf: () => string;
  readonly #lines: Line[] = [];

  /** @param stateOf the state that a test is about, in a few words: `HW 4, end 5` */
  constructor(stateOf: () => string) {
    this.#stateOf = stateOf;
  }

  /** Notes what has just happened, with the state after it. */
  note(who: string, what: string): void {
    this.#lines.push({ who, what, state: this.#stateOf() });
  }

  /** For `expect(value, timeline.about("high watermark"))`: the last events, and what `value` is. */
  about(value: string): string {
    const shown = this.#lines.slice(-SHOWN);
    const width = (key: "who" | "what"): number => Math.max(key.length, ...shown.map((line) => line[key].length));
    const [who, what] = [width("who"), width("what")];
    const row = (mark: string, line: Line): string => {
      return `${mark} ${line.who.padEnd(who)}  ${line.what.padEnd(what)}  ${line.state}`.trimEnd();
    };
    const left = this.#lines.length - shown.length;
    return [
      row(" ", { who: "who", what: "what", state: "state after" }),
      ...(left > 0 ? [`  … ${left} earlier`] : []),
      ...shown.map((line, i) => row(i === shown.length - 1 ? ">" : " ", line)),
      "",
      value,
    ].join("\n");
  }
}
