/**
 * From which broker a partition is read: its leader, or for a while a replica that the leader has named because it is
 * closer (KIP-392).
 *
 * Source: `SubscriptionState.preferredReadReplica`, `AbstractFetch.selectReadReplica`.
 *
 * @module
 */
import { type Node, type PartitionInfo } from "#ground/cluster";
import { type Metadata } from "#sender";
import { type PartitionState } from "../partition-state.ts";

/** A replica that is read instead of the leader. */
interface Lease {
  readonly nodeId: number;
  /** Then the leader is asked again: another replica may be better by now. */
  readonly untilMs: number;
  /** Another leader has its own opinion. */
  readonly leaderEpoch: number;
  /** Whether a connection to it is being made. */
  isConnecting: boolean;
}

/** The replicas that one consumer reads from. */
export class ReadReplicas {
  readonly #metadata: Metadata;
  readonly #leaseMs: number;
  readonly #leases = new WeakMap<PartitionState, Lease>();

  /** @param leaseMs `metadata.max.age.ms` */
  constructor(metadata: Metadata, leaseMs: number) {
    this.#metadata = metadata;
    this.#leaseMs = leaseMs;
  }

  /** Where to fetch; `leader` unless it has named another one. */
  nodeFor(state: PartitionState, info: PartitionInfo, leader: Node, now: number): Node {
    const lease = this.#leases.get(state);
    if (lease === undefined) return leader;
    if (now > lease.untilMs || lease.leaderEpoch !== info.leaderEpoch) {
      this.forget(state);
      return leader;
    }
    const node = this.#metadata.cluster.nodeById(lease.nodeId);
    if (node !== undefined && info.offlineReplicas.every(({ id }) => id !== lease.nodeId)) return node;
    this.forget(state);
    this.#metadata.requestUpdate();
    return leader;
  }

  /** The leader of this epoch has named a replica. */
  prefer(state: PartitionState, nodeId: number, leaderEpoch: number, now: number): void {
    this.#leases.set(state, { nodeId, leaderEpoch, untilMs: now + this.#leaseMs, isConnecting: false });
  }

  /** It is read from the leader again. @returns whether it wasn't until now */
  forget(state: PartitionState): boolean {
    return this.#leases.delete(state);
  }

  /**
   * A fetch can't be sent as there is no connection. If one to a replica could not be made, the leader is asked again.
   * @param delayMs how long until one may try; Infinity while it is being made
   */
  waits(state: PartitionState, delayMs: number): void {
    const lease = this.#leases.get(state);
    if (lease === undefined) return;
    if (delayMs === Infinity) lease.isConnecting = true;
    else if (lease.isConnecting) this.forget(state);
  }
}
