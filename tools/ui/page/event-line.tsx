/**
 * What has happened, the newest first; it can be filtered and stopped.
 *
 * @module
 */
import { useState } from "preact/hooks";
import { type ClusterEvent, type EventKind } from "../../../chapters/00-ground/events.ts";

const KINDS: readonly EventKind[] = [
  "broker", "controller", "leader", "isr", "log", "topic", "client", "group", "member",
];

export function EventLine({ events }: { readonly events: readonly ClusterEvent[] }) {
  const [hidden, setHidden] = useState<ReadonlySet<EventKind>>(new Set());
  const [stoppedAt, setStoppedAt] = useState<number | null>(null);
  const toggle = (kind: EventKind) => {
    const next = new Set(hidden);
    if (!next.delete(kind)) next.add(kind);
    setHidden(next);
  };
  const shown = events.filter(({ kind, timeMs }) => !hidden.has(kind) && (stoppedAt === null || timeMs <= stoppedAt));
  return (
    <footer>
      <div class="filters">
        <button onClick={() => setStoppedAt(stoppedAt === null ? (events.at(-1)?.timeMs ?? 0) : null)}>
          {stoppedAt === null ? "stop the line" : "go on"}
        </button>
        {KINDS.map((kind) => (
          <label key={kind}>
            <input type="checkbox" checked={!hidden.has(kind)} onChange={() => toggle(kind)} /> {kind}
          </label>
        ))}
      </div>
      <ol class="events">
        {shown.toReversed().map((event, i) => (
          <li key={shown.length - i} class={`event ${event.kind}-event`}>
            <time>{new Date(event.timeMs).toTimeString().slice(0, 8)}</time> <b>{event.subject}</b>{" "}
            {event.node !== "cluster" && <span class="node">({event.node})</span>} {event.before}{" "}
            {event.before !== "" && "→"} <b>{event.after === "" ? "gone" : event.after}</b>
          </li>
        ))}
        {shown.length === 0 && <li class="nothing">Nothing has happened yet.</li>}
      </ol>
    </footer>
  );
}
