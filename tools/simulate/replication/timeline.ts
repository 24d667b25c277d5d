/**
 * What happened, for people: the lines of the trace that say something, and what the oracle has seen.
 *
 * @module
 */
const SAYS_SOMETHING = /^\S+ \S+ (log (info|warn|error) |crash|power loss|start \d|dies )/;
/** What was said a moment ago isn't said again. */
const FORGOTTEN_AFTER = 15;
/** So many lines are kept. */
const KEPT = 5_000;

/** Lines, oldest first. */
export class Timeline {
  readonly #lines: string[] = [];
  readonly #recent: string[] = [];

  /** A line of the trace: `12.345 broker-1 log info …`. */
  onLine(line: string): void {
    if (SAYS_SOMETHING.test(line)) this.#add(line.replace(/ log (info|warn|error) /, " "));
  }

  /** @param nowMs world time */
  note(nowMs: number, line: string): void {
    this.#add(`${nowMs.toFixed(3)} * ${line}`);
  }

  /** What there is, newest last. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  #add(line: string): void {
    const text = line.slice(line.indexOf(" "));
    if (this.#recent.includes(text)) return;
    this.#recent.push(text);
    if (this.#recent.length > FORGOTTEN_AFTER) this.#recent.shift();
    this.#lines.push(line);
    if (this.#lines.length >= 2 * KEPT) this.#lines.splice(0, KEPT);
  }
}
