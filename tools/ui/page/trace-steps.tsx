/**
 * The steps around the one that is shown, in words.
 *
 * @module
 */
import { type ClusterEvent } from "../../../chapters/00-ground/events.ts";
import { type TraceStep } from "../trace/trace.ts";
import { type Go } from "./trace-line.tsx";

const BEFORE = 9;
const AFTER = 4;
/** Told apart without colours, too. */
const SIGNS: Readonly<Partial<Record<ClusterEvent["kind"], string>>> = {
  violation: "✖", fault: "⚡", leader: "★", isr: "◐", append: "+", log: "✂", controller: "♛", broker: "●", node: "●",
  said: "”", group: "⚑", member: "⚑", topic: "▤", deed: "▸",
};

export function TraceSteps(props: { readonly steps: readonly TraceStep[]; readonly at: number; readonly go: Go }) {
  const { steps, at, go } = props;
  const from = Math.max(0, Math.min(at - BEFORE, steps.length - BEFORE - AFTER - 1));
  return (
    <ol class="steps">
      {steps.slice(from, from + BEFORE + AFTER + 1).map(({ events }, i) => {
        const index = from + i;
        const isNow = index === at;
        const shown = isNow ? events : events.slice(0, 1);
        return (
          <li key={index} class={isNow ? "now" : index > at ? "later" : ""} aria-current={isNow ? "step" : undefined}>
            <button onClick={() => go.to(index)} title={`step ${index + 1}`}>
              <time>{((events[0]?.timeMs ?? 0) / 1_000).toFixed(3)} s</time>
              {shown.map((event, n) => (
                <Words key={n} event={event} />
              ))}
              {events.length > shown.length && <span class="node"> and {events.length - shown.length} more</span>}
            </button>
          </li>
        );
      })}
    </ol>
  );
}

function Words({ event }: { readonly event: ClusterEvent }) {
  const { kind, node, subject, before, after } = event;
  const isOfNobody = kind === "fault" || kind === "violation";
  const isOwn = subject === node || isOfNobody;
  return (
    <span class={`words ${kind}-words`}>
      <i class="sign">{SIGNS[kind] ?? "·"}</i> {!isOfNobody && node !== "" && <b>{node}</b>} {!isOwn && subject}{" "}
      {before !== "" && <span class="was">{before} →</span>} {after === "" ? "gone" : after}
    </span>
  );
}
