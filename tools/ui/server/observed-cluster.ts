/**
 * A cluster of ours, looked at: `npm start` tells of its brokers, and each broker of itself.
 *
 * @module
 */
import { ask } from "#cluster/main-cluster-control";
import { type ClusterMember } from "#cluster/main-cluster";
import { type ObservedState } from "#cluster/main-observer";
import { type ClusterSource } from "./cluster-source.ts";
import { beforeOf, type ClusterPicture, compose, NOTHING_BEFORE, type SeenBroker } from "./compose.ts";

/** A broker that doesn't answer for so long is shown as it was last seen. */
const PATIENCE_MS = 700;
/** Quicker than anybody reads; a look costs a broker a millisecond. */
const LOOK_MS = 250;

/** Looks at the cluster that runs over a data folder. */
export class ObservedCluster implements ClusterSource {
  readonly lookMs = LOOK_MS;
  readonly canAct = true;
  readonly isPartial = null;
  readonly #data: string;
  readonly #last = new Map<number, ObservedState>();
  #before = NOTHING_BEFORE;

  constructor(data: string) {
    this.#data = data;
  }

  /** Rejects when nothing runs over the folder. */
  async look(): Promise<ClusterPicture> {
    const seen = await Promise.all((await this.#members()).map((member) => this.#see(member)));
    const picture = compose(seen, this.#before, Date.now());
    this.#before = beforeOf(seen, picture);
    return picture;
  }

  act(command: string): Promise<string> {
    return ask(this.#data, command);
  }

  async metrics(brokerId: number): Promise<string | null> {
    const port = (await this.#members()).find(({ id }) => id === brokerId)?.observedAt ?? null;
    return port === null ? null : (await get(port, "/metrics"))?.text() ?? null;
  }

  async #members(): Promise<ClusterMember[]> {
    return JSON.parse(await ask(this.#data, "members observed")) as ClusterMember[];
  }

  async #see(member: ClusterMember): Promise<SeenBroker> {
    const state = member.observedAt === null ? null : await stateAt(member.observedAt);
    if (state !== null) this.#last.set(member.id, state);
    return { member, state: this.#last.get(member.id) ?? null, isCurrent: state !== null };
  }
}

async function stateAt(port: number): Promise<ObservedState | null> {
  return ((await get(port, "/state"))?.json() as Promise<ObservedState> | undefined) ?? null;
}

async function get(port: number, path: string): Promise<Response | null> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(PATIENCE_MS) });
    return response.ok ? response : null;
  } catch {
    return null;
  }
}
