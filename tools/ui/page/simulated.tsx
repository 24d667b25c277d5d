/**
 * The page of a cluster that runs in this very tab.
 *
 * @module
 */
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { type RunState } from "../simulated/protocol.ts";
import { FIRST_SCENARIO, scenarioOf } from "../simulated/scenario.ts";
import { Page } from "./page.tsx";
import { Simulation } from "./simulation.tsx";
import { workerTransport } from "./worker-transport.ts";

const transport = workerTransport();
const open = () => transport.send({ do: "open", scenario: scenarioOf(location.hash) ?? FIRST_SCENARIO });

function SimulatedPage() {
  const [run, setRun] = useState<RunState | null>(null);
  useEffect(() => {
    transport.onRun = setRun;
    addEventListener("hashchange", open);
    open();
  }, []);
  const panel = run === null ? null : <Simulation run={run} send={transport.send} />;
  return <Page transport={transport} panel={panel} />;
}

render(<SimulatedPage />, document.getElementById("page")!);
