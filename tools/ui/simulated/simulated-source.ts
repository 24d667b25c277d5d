/**
 * A cluster in the simulated world, looked at as the live one is, and made to suffer.
 *
 * @module
 */
import { type NotImplementedError } from "#ground/errors";
import { WORLD_BEGAN_MS } from "#ground/sim/sim-scheduler";
import { hostOf, PORT, type SimulatedCluster } from "../../simulate/replication/simulated-cluster.ts";
import { type NetworkPicture } from "../picture.ts";
import { type ClusterSource } from "../server/cluster-source.ts";
import { PRODUCER } from "../server/load.ts";
import { beforeOf, type ClusterPicture, compose, NOTHING_BEFORE, type SeenBroker } from "../server/compose.ts";

/** Ten pictures a second. */
const LOOK_MS = 100;
/** Rates are those of so long a time, simulated. */
const RATE_MS = 500;
/** What a slow broker's network takes longer, each way, unless one says how long. */
const SLOW_MS = 300;

/** See above. */
export class SimulatedSource implements ClusterSource {
  readonly lookMs = LOOK_MS;
  readonly canAct = true;
  readonly isPartial = null;
  /** By broker: the exercise that it has met and that nobody has written yet. */
  readonly unwritten = new Map<number, string>();
  readonly #cluster: SimulatedCluster;
  readonly #last = new Map<number, SeenBroker["state"]>();
  #before = NOTHING_BEFORE;

  constructor(cluster: SimulatedCluster) {
    this.#cluster = cluster;
  }

  /** The cluster at this moment. Nothing happens meanwhile: the world goes on as if nobody had looked. */
  picture(): ClusterPicture {
    const seen = this.#cluster.ids.map((id) => this.#see(id));
    const picture = compose(seen, this.#before, WORLD_BEGAN_MS + this.#cluster.world.nowMs);
    if (picture.timeMs - this.#before.timeMs >= RATE_MS) this.#before = beforeOf(seen, picture);
    return picture;
  }

  look(): Promise<ClusterPicture> {
    return Promise.resolve(this.picture());
  }

  /**
   * Does something, at once: what follows from it happens when the world goes on. `kill`, `freeze`, `resume`, `start`,
   * `stop N` as for a live cluster; `cut N M`: nothing passes between the two, `cut N`: N is cut off from everybody;
   * `mend N M`, `mend N`; `slow N MS`: all that broker N sends or is sent takes so much longer; `lose N`: the next
   * answer of broker N to the producer is lost; `heal`: the network and the disks are well again.
   * @returns what has become of it, in a sentence
   */
  act(command: string): Promise<string> {
    return Promise.resolve(this.#do(command));
  }

  /** An exercise was met that isn't written: it is shown at the broker whose turn it was. @returns false: nobody's */
  metStub({ message }: NotImplementedError): boolean {
    const { turnOf } = this.#cluster.world;
    const id = turnOf === null ? undefined : this.#cluster.idOf(turnOf);
    if (id !== undefined) this.unwritten.set(id, message);
    return id !== undefined;
  }

  metrics(): Promise<null> {
    return Promise.resolve(null);
  }

  #do(command: string): string {
    const [verb, ...words] = command.trim().split(/\s+/);
    const [id = NaN, other] = words.map(Number);
    if (verb === "heal") return this.#heal();
    if (!this.#cluster.ids.includes(id)) return `There is no broker ${words[0] ?? ""}.`;
    const { network } = this.#cluster.world;
    switch (verb) {
      case "kill":
        this.#cluster.crash(id);
        return `broker ${id} was killed`;
      case "freeze":
        this.#cluster.node(id).suspend();
        return `broker ${id} is frozen`;
      case "resume":
        this.#cluster.node(id).resume();
        return `broker ${id} goes on`;
      case "start":
        this.#cluster.restart(id);
        return `broker ${id} starts`;
      case "stop":
        void this.#cluster.stop(id);
        return `broker ${id} ends in order`;
      case "cut":
        if (other === undefined) network.isolate(hostOf(id));
        else network.partition(hostOf(id), hostOf(other));
        return `nothing passes between broker ${id} and ${other === undefined ? "all others" : `broker ${other}`}`;
      case "mend":
        if (other === undefined) network.rejoin(hostOf(id));
        else network.mend(hostOf(id), hostOf(other));
        return `broker ${id} reaches ${other === undefined ? "all others" : `broker ${other}`} again`;
      case "slow":
        network.slow(hostOf(id), other ?? SLOW_MS);
        if (other === 0) return `broker ${id} is as quick as it was`;
        return `all that broker ${id} sends or is sent takes ${other ?? SLOW_MS} ms longer`;
      case "lose":
        network.loseNext(hostOf(id), PRODUCER);
        return `the next answer of broker ${id} to the producer is lost`;
      default:
        return `Unknown command: ${command}`;
    }
  }

  #heal(): string {
    const { world, ids } = this.#cluster;
    world.network.heal();
    for (const id of ids) {
      world.network.slow(hostOf(id), 0);
      this.#cluster.node(id).healDisk();
    }
    return "the network and the disks are well again";
  }

  #see(id: number): SeenBroker {
    const node = this.#cluster.node(id);
    const broker = node.isAlive ? this.#cluster.broker(id) : undefined;
    const told = node.isSuspended ? null : (broker?.state() ?? null);
    if (told !== null) this.#last.set(id, { ...told, rssBytes: null, cpuMs: null });
    const running = told === null ? "starting" : "up";
    const state = broker === undefined ? "down" : node.isSuspended ? "frozen" : running;
    const unwritten = this.unwritten.get(id) ?? null;
    const network = this.#networkOf(hostOf(id));
    const member = { id, state, address: `${hostOf(id)}:${PORT}`, code: null, unwritten, network } as const;
    return { member, state: this.#last.get(id) ?? null, isCurrent: told !== null };
  }

  #networkOf(host: string): NetworkPicture {
    const { network } = this.#cluster.world;
    return {
      isCut: network.isIsolated(host),
      slowMs: network.slowedByMs(host),
      losesNext: network.isLosingNext(host, PRODUCER),
    };
  }
}
