/**
 * The page of a cluster that runs in this very tab.
 *
 * @module
 */
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { type RunState } from "../simulated/protocol.ts";
import { FIRST_SCENARIO, scenarioOf } from "../simulated/scenario.ts";
import { type StoryState } from "../stories/steps.ts";
import { Page } from "./page.tsx";
import { Simulation } from "./simulation.tsx";
import { type StoryDeeds, storyOf, StoryPanel } from "./story.tsx";
import { workerTransport } from "./worker-transport.ts";

const transport = workerTransport();
const deeds: StoryDeeds = {
  next: () => transport.send({ do: "story-next" }),
  choose: (choice) => transport.send({ do: "story-choose", choice }),
};

/** Begins what the address names: a story, or a run. */
function open(): void {
  const number = storyOf(location.hash);
  if (number === null) transport.send({ do: "open", scenario: scenarioOf(location.hash) ?? FIRST_SCENARIO });
  else transport.send({ do: "story", number });
}

function SimulatedPage() {
  const [run, setRun] = useState<RunState | null>(null);
  const [story, setStory] = useState<StoryState | null>(null);
  useEffect(() => {
    transport.onRun = (now) => {
      setRun(now);
      setStory(null);
    };
    transport.onStory = setStory;
    addEventListener("hashchange", open);
    open();
  }, []);
  if (story !== null) return <Page transport={transport} panel={<StoryPanel story={story} deeds={deeds} />} />;
  const panel = run === null ? null : <Simulation run={run} send={transport.send} />;
  return <Page transport={transport} panel={panel} />;
}

render(<SimulatedPage />, document.getElementById("page")!);
