/**
 * The page: it shows the newest picture, and asks for what buttons say.
 *
 * @module
 */
import { type ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import { type ClusterEvent } from "../../../chapters/00-ground/events.ts";
import { type Picture } from "../picture.ts";
import { Charts, type Sample } from "./charts.tsx";
import { Controls } from "./controls.tsx";
import { EventLine } from "./event-line.tsx";
import { FollowedRecord } from "./followed.tsx";
import { Groups } from "./groups.tsx";
import { Legend } from "./legend.tsx";
import { Matrix } from "./matrix.tsx";
import { followTheme, type Theme } from "./theme.ts";
import { type Transport } from "./transport.ts";
import "./page.css";

const MOST_EVENTS = 400;
const MOST_SAMPLES = 480;

/** What the page has seen. */
interface Seen {
  readonly picture: Picture | null;
  readonly events: readonly ClusterEvent[];
  readonly samples: readonly Sample[];
  readonly isGone: boolean;
}

const NOTHING_SEEN: Seen = { picture: null, events: [], samples: [], isGone: false };

/** @param panel - what stands above all else, if anything */
export function Page({ transport, panel }: { readonly transport: Transport; readonly panel?: ComponentChildren }) {
  const [seen, setSeen] = useState<Seen>(NOTHING_SEEN);
  const [{ said, how }, setSaid] = useState({ said: "", how: "" });
  // Charts take their colours when they are made.
  const [theme, setTheme] = useState<Theme>("light");
  useLayoutEffect(() => followTheme(setTheme), []);
  useEffect(() => {
    return transport.listen({
      onPicture: (picture) => {
        setSeen(({ events, samples }) => ({
          picture,
          events: [...events, ...picture.events].slice(-MOST_EVENTS),
          samples: [...samples, sampleOf(picture)].slice(-MOST_SAMPLES),
          isGone: false,
        }));
      },
      onPast: (events) => setSeen((last) => ({ ...last, events })),
      onGone: () => setSeen((last) => ({ ...last, isGone: true })),
      onAnew: () => setSeen(NOTHING_SEEN),
    });
  }, [transport]);
  const act = async (wish: object, how = "") => setSaid({ said: await transport.act(wish), how });
  const { picture, events, samples, isGone } = seen;
  if (picture === null) {
    return (
      <>
        {panel}
        <p class="waiting">{isGone ? "The cluster is gone." : "Looking …"}</p>
      </>
    );
  }
  return (
    <div class={isGone ? "page gone" : "page"}>
      <header>
        <h1>katafka</h1>
        {picture.clusterId !== "" && <span class="cluster" title={picture.clusterId}>cluster {picture.clusterId}</span>}
        {picture.canAct && <span>{controllerOf(picture)}</span>}
        <span class="said" role="status">
          {isGone ? "The cluster doesn't answer." : said} {how !== "" && <code>{how}</code>}
        </span>
        {picture.isPartial !== null && <span class="legend" title={picture.isPartial}>through the protocol</span>}
        <Legend />
      </header>
      {panel}
      <main>
        <Matrix picture={picture} act={act} />
        <FollowedRecord followed={picture.followed} />
      </main>
      <aside>
        <Controls picture={picture} act={act} />
        <Charts key={theme} samples={samples} />
        <Groups picture={picture} act={act} />
      </aside>
      <EventLine events={events} />
    </div>
  );
}

function controllerOf({ brokers, controllerEpoch }: Picture): string {
  const controller = brokers.find(({ isController }) => isController);
  return controller === undefined ? "no controller" : `controller: broker ${controller.id}, epoch ${controllerEpoch}`;
}

function sampleOf({ timeMs, partitions, groups, producer }: Picture): Sample {
  return {
    timeMs,
    recordsPerSecond: partitions.reduce((sum, one) => sum + one.recordsPerSecond, 0),
    p99Ms: producer?.p99Ms ?? null,
    lag: groups.reduce((sum, { reads }) => sum + reads.reduce((all, { lag }) => all + lag, 0), 0),
  };
}
