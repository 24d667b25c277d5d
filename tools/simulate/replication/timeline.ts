/**
 * What happened, for people and for the picture: the lines of the trace that say something, and what the oracle has
 * seen.
 *
 * @module
 */
import { type ClusterEvent, eventLine, type EventKind } from "#ground/events";

const SAYS_SOMETHING = /^(\S+) (\S+) (?:log (?:info|warn|error) (.*)|((?:crash|power loss|start \d|dies ).*))$/s;
/** What was said a moment ago isn't said again. */
const FORGOTTEN_AFTER = 15;
/** So many events are kept. */
const KEPT = 5_000;

/** Takes what the oracle has seen: node, kind, subject, before, after. */
export type Tell = (node: string, kind: EventKind, subject: string, before: string, after: string) => void;

/** Events, oldest first. */
export class Timeline {
  readonly #events: ClusterEvent[] = [];
  readonly #recent: string[] = [];
  readonly #onEvent: ((event: ClusterEvent) => void) | null;

  /** @param onEvent - is told of each at once */
  constructor(onEvent: ((event: ClusterEvent) => void) | null = null) {
    this.#onEvent = onEvent;
  }

  /** A line of the trace: `12.345 broker-1 log info …`. */
  onLine(line: string): void {
    const [, time, node = "", said, happened] = SAYS_SOMETHING.exec(line) ?? [];
    if (time === undefined) return;
    const what = happened === undefined ? words(node, said!) : life(node, happened);
    this.add({ timeMs: Number(time), node, ...what });
  }

  /** What has just happened. */
  add(event: ClusterEvent): void {
    const line = eventLine(event);
    const text = line.slice(line.indexOf(" "));
    if (this.#recent.includes(text)) return;
    this.#recent.push(text);
    if (this.#recent.length > FORGOTTEN_AFTER) this.#recent.shift();
    this.#events.push(event);
    if (this.#events.length >= 2 * KEPT) this.#events.splice(0, KEPT);
    this.#onEvent?.(event);
  }

  /** What there is, newest last. */
  get lines(): readonly string[] {
    return this.#events.map(eventLine);
  }
}

type What = Pick<ClusterEvent, "kind" | "subject" | "before" | "after">;

/** A node starts or ends. */
function life(node: string, happened: string): What {
  const kind = node.startsWith("broker-") ? "broker" : "node";
  return { kind, subject: node, before: "", after: happened };
}

/** What a node has logged; faults are logged by whoever makes them. */
function words(node: string, said: string): What {
  const fault = /^fault: (over: |at once: |)(.*)$/s.exec(said);
  if (fault === null) return { kind: "said", subject: node, before: "", after: said };
  const [, how, what = ""] = fault;
  if (how === "over: ") return { kind: "fault", subject: "fault", before: what, after: "over" };
  return { kind: "fault", subject: how === "" ? "fault" : "fault at once", before: "", after: what };
}
