/**
 * What the controllers have written down about the partitions, looked at in the coordination service itself.
 *
 * @module
 */
import { partitionStatePath } from "#ground/coordination/layout";
import { decodePartitionState, type PartitionState } from "#ground/coordination/node-data";
import { COORDINATOR, type SimulatedCluster } from "./simulated-cluster.ts";
import { type Tell } from "./timeline.ts";
import { demand } from "./violation.ts";

/** One partition, as it was last seen. */
interface Known {
  readonly path: string;
  readonly name: string;
  readonly state: PartitionState | null;
  readonly version: number;
}

/** Follows the registrations of some partitions. */
export class Registrations {
  readonly #cluster: SimulatedCluster;
  readonly #tell: Tell;
  readonly #known = new Map<string, Known>();
  /** Brokers in an ISR whose disk may have lost what was not flushed; by partition. Until they have left the ISR. */
  readonly #doubtful = new Map<string, Set<number>>();
  #server: unknown = null;
  #zxid = -1;

  constructor(
    cluster: SimulatedCluster,
    partitions: readonly { readonly topic: string; readonly index: number }[],
    tell: Tell,
  ) {
    this.#cluster = cluster;
    this.#tell = tell;
    for (const { topic, index } of partitions) {
      const name = `${topic}-${index}`;
      const path = partitionStatePath(topic, index);
      this.#known.set(name, { path, name, state: null, version: -1 });
      this.#doubtful.set(name, new Set());
    }
  }

  /** The ISR and the leader that are written down. */
  of(name: string): PartitionState | null {
    return this.#known.get(name)?.state ?? null;
  }

  /** Whether a broker is in the ISR, and hasn't lost power since it came there. */
  isInSync(name: string, id: number): boolean {
    return this.of(name)?.isr.includes(id) === true && this.#doubtful.get(name)?.has(id) !== true;
  }

  /** Whether every partition has at least one broker in sync besides this one. */
  areInSyncWithout(id: number): boolean {
    const all = [...this.#known.values()];
    return all.every(({ name, state }) => state?.isr.some((other) => other !== id && this.isInSync(name, other)));
  }

  /** A broker loses power. */
  lostPower(id: number): void {
    for (const { name, state } of this.#known.values()) {
      if (state?.isr.includes(id) === true) this.#doubtful.get(name)!.add(id);
    }
  }

  /** Whether a broker that lost power is still in an ISR where it was before. */
  isDoubtful(id: number): boolean {
    return [...this.#doubtful.values()].some((ids) => ids.has(id));
  }

  /** @returns whether anything has changed @throws Violation */
  look(): boolean {
    const server = this.#cluster.coordinator;
    if (server === null) return false;
    // A service that comes back may have lost what it had told nobody.
    const isAnother = server !== this.#server;
    if (!isAnother && server.zxid === this.#zxid) return false;
    this.#server = server;
    this.#zxid = server.zxid;
    let changed = false;
    for (const known of this.#known.values()) {
      const node = server.peek(known.path);
      if (node === null || node.version === known.version) continue;
      this.#changed(known, decodePartitionState(node.data), node.version, isAnother);
      changed = true;
    }
    return changed;
  }

  #changed(known: Known, state: PartitionState, version: number, isAnother: boolean): void {
    const { name, state: before } = known;
    const kind = before?.leaderEpoch === state.leaderEpoch ? "isr" : "leader";
    const epochs = `partition epoch ${version}, controller epoch ${state.controllerEpoch}`;
    this.#tell(COORDINATOR, kind, name, before === null ? "" : textOf(before), `${textOf(state)} (${epochs})`);
    if (before !== null && !isAnother) this.#checkChange(name, before, state);
    this.#known.set(name, { ...known, state, version });
    const doubtful = this.#doubtful.get(name)!;
    for (const id of doubtful) if (!state.isr.includes(id)) doubtful.delete(id);
  }

  #checkChange(name: string, before: PartitionState, after: PartitionState): void {
    const refuse = (why: string): string => `Registration of ${name}: ${why}`;
    demand(after.controllerEpoch >= before.controllerEpoch, () => refuse("a controller of before has written it"));
    demand(after.leaderEpoch >= before.leaderEpoch, () => refuse("the leader epoch went back"));
    const isOther = after.leader !== before.leader;
    demand(!isOther || after.leaderEpoch > before.leaderEpoch, () => refuse("another leader, the same epoch"));
    demand(after.isr.length > 0, () => refuse("the ISR is empty"));
    const wasInSync = after.leader < 0 || before.isr.includes(after.leader);
    demand(wasInSync, () => refuse(`${after.leader} leads, and was not in sync`));
  }
}

/** As `leader 2 in epoch 3, ISR {2, 3}`. */
function textOf({ leader, leaderEpoch, isr }: PartitionState): string {
  return `leader ${leader} in epoch ${leaderEpoch}, ISR {${isr.join(", ")}}`;
}
