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
  said: "”", group: "⚑", member: "⚑", commit: "✓", topic: "▤", deed: "▸",
};

export function TraceSteps(props: {
  readonly steps: readonly TraceStep[];
  readonly at: number;
  readonly isShown: (step: TraceStep) => boolean;
  readonly go: Go;
}) {
  const { steps, at, isShown, go } = props;
  return (
    <ol class="steps">
      {around(steps, at, isShown).map((index) => {
        const { events } = steps[index]!;
        const isNow = index === at;
        const shown = isNow ? events : events.slice(0, 1);
        return (
          <li key={index} class={isNow ? "now" : index > at ? "later" : ""} aria-current={isNow ? "step" : undefined}>
            <button onClick={() => go.to(index)} title={`step ${index + 1}`}>
              <time>{((events[0]?.timeMs ?? 0) / 1_000).toFixed(3)} s</time>
              {shown.map((event, n) => (
                <Words key={n} event={event} isWhole={isNow} />
              ))}
              {events.length > shown.length && <span class="node"> and {events.length - shown.length} more</span>}
            </button>
          </li>
        );
      })}
    </ol>
  );
}

/** The steps around one, as far as they are to be shown; that one always is. */
function around(steps: readonly TraceStep[], at: number, isShown: (step: TraceStep) => boolean): number[] {
  const found = [at];
  for (let i = at - 1; i >= 0 && found.length <= BEFORE; i--) if (isShown(steps[i]!)) found.unshift(i);
  const before = found.length;
  for (let i = at + 1; i < steps.length && found.length - before < AFTER; i++) if (isShown(steps[i]!)) found.push(i);
  return found;
}

/** @param props - `isWhole`: also what was before */
function Words({ event, isWhole }: { readonly event: ClusterEvent; readonly isWhole: boolean }) {
  const { kind, node, subject, before, after } = event;
  const isOfNobody = kind === "fault" || kind === "violation";
  const isOwn = subject === node || isOfNobody;
  return (
    <span class={`words ${kind}-words`}>
      <i class="sign">{SIGNS[kind] ?? "·"}</i> {!isOfNobody && node !== "" && <b>{node}</b>} {!isOwn && subject}{" "}
      {before !== "" && (isWhole || kind === "fault") && <span class="was">{before} →</span>} {after === "" ? "gone" : after}
    </span>
  );
}
