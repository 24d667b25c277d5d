/**
 * The line of time: where one is in the run, with marks where something stands out, and the buttons to go along it.
 *
 * @module
 */
import { useMemo } from "preact/hooks";
import { type TraceStep } from "../trace/trace.ts";
import { type Mark, markOf } from "../trace/trace-view.ts";

/** Where one can go. */
export interface Go {
  to(step: number): void;
  forward(): void;
  back(): void;
  /** To the next fault, or the one before. */
  fault(by: 1 | -1): void;
  violation(): void;
  play(): void;
}

const SPEEDS = [1, 4, 16];

export function TraceLine(props: {
  readonly steps: readonly TraceStep[];
  readonly at: number;
  readonly go: Go;
  readonly isPlaying: boolean;
  readonly perSecond: number;
  readonly setPerSecond: (speed: number) => void;
  readonly skipsAppends: boolean;
  readonly setSkipsAppends: (skips: boolean) => void;
  readonly command: string;
}) {
  const { steps, at, go, isPlaying, perSecond, skipsAppends } = props;
  const marks = useMemo(() => steps.map(markOf), [steps]);
  const has = (mark: Mark) => marks.includes(mark);
  const hasAppends = useMemo(() => steps.some(({ events }) => events.some(({ kind }) => kind === "append")), [steps]);
  const last = steps.length - 1;
  return (
    <footer class="trace-line">
      <div class="marks" aria-hidden="true">
        {marks.map((mark, i) => mark !== null && <i key={i} class={mark} style={{ left: `${(i / Math.max(1, last)) * 100}%` }} />)}
      </div>
      <input
        type="range"
        aria-label="step"
        min={0}
        max={last}
        value={at}
        onInput={(event) => go.to(Number(event.currentTarget.value))}
      />
      <div class="transport">
        <button onClick={() => go.to(0)} title="Home">|◀ first</button>
        <button onClick={go.back} title="←">◀ back</button>
        <button onClick={go.play} title="space">{isPlaying ? "■ stop" : "▶ play"}</button>
        <button onClick={go.forward} title="→">forward ▶</button>
        <button onClick={() => go.to(last)} title="End">last ▶|</button>
        {has("fault") && <button onClick={() => go.fault(-1)} title="F">⚡ fault before</button>}
        {has("fault") && <button onClick={() => go.fault(1)} title="f">⚡ next fault</button>}
        {has("violation") && <button class="violation" onClick={go.violation} title="v">✖ to the violation</button>}
        <label>
          steps/s{" "}
          <select value={perSecond} onChange={(event) => props.setPerSecond(Number(event.currentTarget.value))}>
            {SPEEDS.map((speed) => <option key={speed}>{speed}</option>)}
          </select>
        </label>
        {hasAppends && (
          <label>
            <input type="checkbox" checked={skipsAppends} onChange={() => props.setSkipsAppends(!skipsAppends)} /> skip
            appends and commits
          </label>
        )}
        <span class="place">step {at + 1} of {steps.length}</span>
      </div>
      <code class="command">{props.command}</code>
    </footer>
  );
}
