/**
 * The page over a run that was kept: forward, back, to a fault, to what was violated. Each step shows every broker as
 * it was after it, and what has changed.
 *
 * @module
 */
import { useEffect, useLayoutEffect, useMemo, useState } from "preact/hooks";
import { type Trace } from "../trace/trace.ts";
import { beginningOf, isOnlyAppend, markOf, nextStep, openFaultsOf, picturesOf } from "../trace/trace-view.ts";
import { Groups } from "./groups.tsx";
import { Legend } from "./legend.tsx";
import { Matrix } from "./matrix.tsx";
import { followTheme } from "./theme.ts";
import { TraceDeeds } from "./trace-deeds.tsx";
import { type Go, TraceLine } from "./trace-line.tsx";
import { TraceSteps } from "./trace-steps.tsx";
import "./trace.css";

const NOBODY_ACTS = () => Promise.resolve();

/** Asks for the trace, and shows it. */
export function TracePage() {
  const [trace, setTrace] = useState<Trace | null>(null);
  const [trouble, setTrouble] = useState("Looking …");
  useLayoutEffect(() => followTheme(() => {}), []);
  useEffect(() => {
    fetch("/trace.json")
      .then((response) => response.json())
      .then((got: Trace) => setTrace(got))
      .catch((error: unknown) => setTrouble(`The trace can't be read: ${String(error)}`));
  }, []);
  if (trace === null) return <p class="waiting">{trouble}</p>;
  return <Run trace={trace} />;
}

function Run({ trace }: { readonly trace: Trace }) {
  const { steps, title, about, violation, omitted } = trace;
  const pictures = useMemo(() => picturesOf(trace), [trace]);
  const openFaults = useMemo(() => openFaultsOf(steps), [steps]);
  const last = steps.length - 1;
  const [at, setAt] = useState(() => Math.min(last, wantedStep() ?? beginningOf(trace)));
  const [isPlaying, setPlaying] = useState(false);
  const [perSecond, setPerSecond] = useState(4);
  const [skipsAppends, setSkipsAppends] = useState(true);
  const isWanted = (step: Trace["steps"][number]) => !skipsAppends || !isOnlyAppend(step);
  const go: Go = {
    to: (step) => setAt(step),
    forward: () => setAt((now) => nextStep(steps, now, 1, isWanted)),
    back: () => setAt((now) => nextStep(steps, now, -1, isWanted)),
    fault: (by) => setAt((now) => nextStep(steps, now, by, (step) => markOf(step) === "fault")),
    violation: () => setAt(beginningOf(trace)),
    play: () => setPlaying((was) => !was),
  };
  useEffect(() => history.replaceState(null, "", `#${at}`), [at]);
  useEffect(() => {
    if (!isPlaying) return;
    const timer = setInterval(go.forward, 1_000 / perSecond);
    return () => clearInterval(timer);
  }, [isPlaying, perSecond, skipsAppends]);
  useEffect(() => {
    if (at === last) setPlaying(false);
  }, [at]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => press(event, go, last);
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [skipsAppends]);
  if (last < 0) return <p class="waiting">Nothing has happened in this run.</p>;
  const picture = pictures[at + 1]!;
  return (
    <div class={picture === null ? "page trace alone" : "page trace"}>
      <header>
        <h1>katafka</h1>
        <span class="title" title={about}>{title}</span>
        {omitted > 0 && <span class="legend">{omitted} steps before are not kept</span>}
        {picture !== null && <Legend hasChanges />}
      </header>
      <main>
        <Verdict trace={trace} at={at} />
        {openFaults[at]!.length > 0 && <p class="verdict open-faults">⚡ {openFaults[at]!.join("; ")}</p>}
        {picture === null ? (
          <TraceDeeds steps={steps} at={at} violation={violation} go={go} />
        ) : (
          <Matrix picture={picture} before={pictures[at]} act={NOBODY_ACTS} />
        )}
      </main>
      {picture !== null && (
        <aside>
          <TraceSteps steps={steps} at={at} isShown={isWanted} go={go} />
          <Groups picture={picture} act={NOBODY_ACTS} />
        </aside>
      )}
      <TraceLine
        {...{ steps, at, go, isPlaying, perSecond, setPerSecond, skipsAppends, setSkipsAppends }}
        command={trace.command}
      />
    </div>
  );
}

/** What the end of the address asks for: so that a step can be sent to somebody. */
function wantedStep(): number | null {
  const wanted = /^#(\d+)$/.exec(location.hash);
  return wanted === null ? null : Number(wanted[1]);
}

function press(event: KeyboardEvent, go: Go, last: number): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const keys: Readonly<Record<string, () => void>> = {
    ArrowRight: go.forward, ArrowLeft: go.back, " ": go.play, Home: () => go.to(0), End: () => go.to(last),
    f: () => go.fault(1), F: () => go.fault(-1), v: go.violation,
  };
  const does = keys[event.key];
  if (does === undefined || event.target instanceof HTMLSelectElement) return;
  event.preventDefault();
  does();
}

function Verdict({ trace, at }: { trace: Trace; at: number }) {
  const { violation, steps } = trace;
  const where = beginningOf(trace);
  const isThere = steps[where] !== undefined && markOf(steps[where]) === "violation";
  if (violation === null) return <p class="verdict">No invariant is violated in this run.</p>;
  if (!isThere) return null;
  if (at === where) return <p class="verdict violated" role="status">✖ {violation}</p>;
  const far = Math.abs(where - at);
  return (
    <p class="verdict" role="status">
      {far} {far === 1 ? "step" : "steps"} {at < where ? "before" : "after"} the violation
    </p>
  );
}
