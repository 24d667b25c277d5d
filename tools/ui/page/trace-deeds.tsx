/**
 * A timeline without brokers: who did what, and the state after it. So a test of one function shows what led to the
 * state that is wrong.
 *
 * @module
 */
import { useEffect, useRef } from "preact/hooks";
import { type TraceStep } from "../trace/trace.ts";
import { type Go } from "./trace-line.tsx";

export function TraceDeeds(props: {
  readonly steps: readonly TraceStep[];
  readonly at: number;
  readonly violation: string | null;
  readonly go: Go;
}) {
  const { steps, at, go, violation } = props;
  const now = useRef<HTMLTableRowElement>(null);
  useEffect(() => now.current?.scrollIntoView({ block: "nearest" }), [at]);
  const { before = "", after = "" } = steps[at]!.events[0] ?? {};
  return (
    <section class="deeds">
      <div class="states">
        <State title="before" state={before} other={after} />
        <span class="arrow">→</span>
        <State title="after" state={after} other={before} />
      </div>
      <table>
        <thead>
          <tr><th>who</th><th>what</th><th>state after</th></tr>
        </thead>
        <tbody>
          {steps.map(({ events }, i) => {
            const { node = "", subject = "", after: state = "", timeMs = 0 } = events[0] ?? {};
            return (
              <tr key={i} ref={i === at ? now : null} class={i === at ? "now" : i > at ? "later" : ""} onClick={() => go.to(i)}>
                <td>{node === "" ? `${timeMs} ms` : node}</td><td>{subject}</td><td>{state}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {violation !== null && <pre class="violated">{violation}</pre>}
    </section>
  );
}

/** A state in its parts; those that the other one hasn't are marked. */
function State({ title, state, other }: { title: string; state: string; other: string }) {
  const known = new Set(partsOf(other));
  return (
    <div class="state-box">
      <h3>{title}</h3>
      {partsOf(state).map((part) => <span key={part} class={known.has(part) ? "part" : "part changed"}>{part}</span>)}
      {state === "" && <span class="part">nothing</span>}
    </div>
  );
}

function partsOf(state: string): string[] {
  return state.split(/[,;:] /).filter((part) => part !== "");
}
