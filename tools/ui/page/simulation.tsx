/**
 * The time of a simulated cluster: it can be stopped, stepped, slowed down, begun anew, and kept as a link.
 *
 * @module
 */
import { useState } from "preact/hooks";
import { linkOf, type ScenarioSettings } from "../simulated/scenario.ts";
import { type RunState, type ToWorker } from "../simulated/protocol.ts";
import { count } from "./format.ts";

const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 5, 10];

export function Simulation({ run, send }: { readonly run: RunState; readonly send: (wish: ToWorker) => void }) {
  const { scenario, isPaused, speed, slowedTo, nowMs, steps, traceHash, lastLine, unwritten, failure } = run;
  const tell = (what: "pause" | "go" | "step" | "next") => () => send({ do: what });
  return (
    <section class="simulation">
      <div class="row">
        <button onClick={tell(isPaused ? "go" : "pause")} title="Time stands still; nothing is lost by it.">
          {isPaused ? "▶ go on" : "❚❚ pause"}
        </button>
        <button onClick={tell("step")} title="One event: a packet arrives, a timer is due, a disk has flushed.">
          step
        </button>
        <button onClick={tell("next")} title="On to the next entry of the event line: an election, an ISR, a rebalance.">
          to the next change
        </button>
        <label title="Simulated time for real time.">
          speed
          <select value={speed} onChange={(event) => send({ do: "speed", speed: Number(event.currentTarget.value) })}>
            {SPEEDS.map((one) => (
              <option key={one} value={one}>
                {one}×
              </option>
            ))}
          </select>
        </label>
        {slowedTo !== null && <span class="missing">this machine reaches {slowedTo.toFixed(2)}×</span>}
        <span class="clock" title={`${count(steps)} events so far. Equal runs have equal traces.`}>
          {(nowMs / 1_000).toFixed(isPaused ? 3 : 1)} s, trace {traceHash.toString(16).padStart(8, "0")}
        </span>
        <Link run={run} />
        <a href="#story=1" title="Twelve of them: each stops before the decisive event, and asks.">stories</a>
        <Beginning key={linkOf({ ...scenario, actions: [] })} run={run} send={send} />
      </div>
      {unwritten.map((text) => <b key={text} class="missing">{text}</b>)}
      {isPaused && <code class="last">{lastLine}</code>}
      {failure !== null && <pre class="missing">{failure}</pre>}
    </section>
  );
}

function Link({ run }: { readonly run: RunState }) {
  const [isCopied, setCopied] = useState(false);
  const copy = () => {
    const link = `${location.href.split("#")[0]}#${linkOf(run.scenario)}`;
    history.replaceState(null, "", link);
    // A page from a file may not write to the clipboard: then the link is in the address line, to be taken from there.
    void navigator.clipboard?.writeText(link).catch(() => {});
    setCopied(true);
    setTimeout(() => setCopied(false), 2_000);
  };
  const actions = run.scenario.actions.length;
  return (
    <button onClick={copy} title={`Opened, it shows the same again: the seed, the settings, ${actions} actions.`}>
      {isCopied ? "in the address line" : "link to this run"}
    </button>
  );
}

/** What one chooses before a cluster begins. */
function Beginning({ run, send }: { readonly run: RunState; readonly send: (wish: ToWorker) => void }) {
  const [seed, setSeed] = useState(run.scenario.seed);
  const [settings, setSettings] = useState(run.scenario.settings);
  const number = (key: keyof ScenarioSettings, min: number, max: number) => ({
    type: "number" as const, min, max, value: settings[key],
    onInput: (event: { currentTarget: HTMLInputElement }) => {
      setSettings({ ...settings, [key]: Number(event.currentTarget.value) });
    },
  });
  const begin = (event: Event) => {
    event.preventDefault();
    history.replaceState(null, "", `#${linkOf({ seed, settings, actions: [] })}`);
    send({ do: "open", scenario: { seed, settings, actions: [] } });
  };
  return (
    <details>
      <summary>begin anew</summary>
      <form onSubmit={begin}>
        <label title="What is left to chance follows from it: the same seed, the same run.">
          seed{" "}
          <input
            type="number" min={0} value={seed}
            onInput={(event) => setSeed(Number(event.currentTarget.value))}
          />
        </label>
        <label>
          brokers <input {...number("brokers", 1, 5)} />
        </label>
        <label title="num.partitions">
          partitions <input {...number("partitions", 1, 12)} />
        </label>
        <label>
          min.insync.replicas <input {...number("minInsyncReplicas", 1, 5)} />
        </label>
        <label>
          replica.lag.time.max.ms <input {...number("lagTimeMaxMs", 100, 60_000)} />
        </label>
        <label title="The active segment of a log rolls when it is as large.">
          log.segment.bytes <input {...number("segmentBytes", 1_024, 2 ** 30)} />
        </label>
        <label title="Old segments of a log are deleted above it; -1: none.">
          log.retention.bytes <input {...number("retentionBytes", -1, 2 ** 40)} />
        </label>
        <button type="submit">begin</button>
      </form>
    </details>
  );
}
