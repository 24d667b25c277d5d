/**
 * The invariants of replication, looked at after each event: who sees all brokers at once can tell what no broker can.
 * What a check is called by its name in `Violation`s:
 *
 * - *CommittedNeverLost*, *ConsistentRead*: what any replica has ever called committed (below its high watermark) is
 *   the same everywhere and for ever; acknowledged is only what is committed (acks=all), and read, too.
 * - *LeaderCompleteness*: who begins to lead has all of it. *InSync*: so has everybody in the ISR.
 * - *OneLeader*: of an epoch, and of a record: in an epoch an offset is given once.
 * - *HighWatermark*: it never goes back within an epoch at its leader, and stands still below min.insync.replicas.
 * - *Registration*: what the controller has written down only moves on; a leader was in the ISR before.
 *
 * @module
 */
import { type Partition } from "#replication";
import { batches, type RecordBatch } from "#serialization";
import { type CommittedLog } from "./committed-log.ts";
import { type Ledger } from "./ledger.ts";
import { type Registrations } from "./registrations.ts";
import { hostOf, type SimulatedCluster } from "./simulated-cluster.ts";
import { type Tell } from "./timeline.ts";
import { demand } from "./violation.ts";

const READ_BYTES = 1 << 20;

/** What was last seen of one replica. */
interface Seen {
  readonly id: number;
  readonly log: CommittedLog;
  end: number;
  highWatermark: number;
  epoch: number;
  role: Partition["role"];
  /** Below, what it has is known to be what is committed. */
  verified: number;
}

/** Looks on. */
export class Oracle {
  readonly #cluster: SimulatedCluster;
  readonly #ledger: Ledger;
  readonly #registrations: Registrations;
  readonly #tell: Tell;
  readonly #seen = new WeakMap<Partition, Seen>();
  /** Who led, by partition and epoch. */
  readonly #leaders = new Map<string, number>();
  readonly #minInsync: number;

  /**
   * @param minInsync `min.insync.replicas` as it is in force
   * @param tell takes what the timeline shall have
   */
  constructor(
    cluster: SimulatedCluster,
    ledger: Ledger,
    registrations: Registrations,
    minInsync: number,
    tell: Tell,
  ) {
    this.#cluster = cluster;
    this.#ledger = ledger;
    this.#registrations = registrations;
    this.#minInsync = minInsync;
    this.#tell = tell;
  }

  /** To be called after each event. @param host whose it was @throws Violation */
  check(host: string | null): void {
    const failure = this.#cluster.failure ?? this.#ledger.violation;
    if (failure !== null) throw failure;
    const hasNewIsrs = this.#registrations.look();
    const id = host === null ? undefined : this.#cluster.idOf(host);
    if (id !== undefined) for (const partition of this.#partitionsOf(id)) this.#look(id, partition);
    if (hasNewIsrs) this.#checkInSync(null);
  }

  /** All replicas that live, by partition. */
  replicasOf(name: string): { readonly id: number; readonly partition: Partition }[] {
    return this.#cluster.ids.flatMap((id) => {
      const all = [...this.#partitionsOf(id)].filter((partition) => partition.name === name);
      return all.map((partition) => ({ id, partition }));
    });
  }

  #partitionsOf(id: number): Iterable<Partition> {
    return this.#cluster.broker(id)?.replicas?.partitions() ?? [];
  }

  #look(id: number, partition: Partition): void {
    let seen = this.#seen.get(partition);
    if (seen === undefined) {
      const log = this.#ledger.logs.get(partition.name);
      if (log === undefined) return;
      seen = { id, log, end: 0, highWatermark: 0, epoch: -1, role: "none", verified: 0 };
      this.#seen.set(partition, seen);
      this.#tell(hostOf(id), "log", partition.name, "", `opened: ${stateOf(partition)}`);
      this.#changed(partition, seen);
      if (this.#registrations.isInSync(partition.name, id)) this.#checkInSync(partition.name);
      return;
    }
    const { logEndOffset, highWatermark, leaderEpoch, role } = partition;
    const isSame = seen.end === logEndOffset && seen.highWatermark === highWatermark;
    if (isSame && seen.epoch === leaderEpoch && seen.role === role) return;
    if (partition.log.isClosed) return;
    this.#changed(partition, seen);
  }

  #changed(partition: Partition, seen: Seen): void {
    const { logEndOffset: end, highWatermark, leaderEpoch, role, name } = partition;
    const who = hostOf(seen.id);
    if (end < seen.end) {
      this.#tell(who, "log", name, `ended at ${seen.end}`, `cut at ${end}`);
      seen.verified = Math.min(seen.verified, end);
    }
    const from = Math.max(Math.min(seen.end, end), partition.logStartOffset);
    this.#each(seen.id, partition, from, end, (batch) => {
      if (batch.baseOffset >= from) seen.log.appended(batch, who);
    });
    const isNewRole = leaderEpoch !== seen.epoch || role !== seen.role;
    if (isNewRole) {
      const now = roleOf({ epoch: leaderEpoch, role });
      this.#tell(who, "leader", name, roleOf(seen), `${now}, ${stateOf(partition)}`);
    }
    const goesOn = !isNewRole && role === "leader";
    const text = (): string => `${name} at ${who}: from ${seen.highWatermark} to ${highWatermark}`;
    demand(!goesOn || highWatermark >= seen.highWatermark, () => `HighWatermark never goes back: ${text()}`);
    const mayMove = partition.isr.length >= this.#minInsync;
    const stands = highWatermark === seen.highWatermark || mayMove;
    demand(!goesOn || stands, () => `HighWatermark stands still below min.insync.replicas: ${text()}`);
    const isLeaderNow = role === "leader" && (isNewRole || seen.role !== "leader");
    Object.assign(seen, { end, highWatermark, epoch: leaderEpoch, role });
    const committedBefore = seen.log.end;
    this.#verify(partition, seen, Math.min(highWatermark, end), "CommittedNeverLost");
    if (seen.log.end > committedBefore) seen.log.reached(leaderEpoch);
    if (isLeaderNow) this.#checkLeader(partition, seen);
    if (seen.log.end > committedBefore) this.#checkInSync(name);
  }

  #checkLeader(partition: Partition, seen: Seen): void {
    const { name, leaderEpoch } = partition;
    const key = `${name}/${leaderEpoch}`;
    const other = this.#leaders.get(key);
    demand(other === undefined || other === seen.id, () => {
      return `OneLeader: of ${name} in epoch ${leaderEpoch} ${hostOf(seen.id)} is one, and ${hostOf(other!)} was`;
    });
    this.#leaders.set(key, seen.id);
    // A broker may hear late that it leads, when others have led and committed since.
    this.#demandComplete(partition, seen, seen.log.endBefore(leaderEpoch), "LeaderCompleteness");
  }

  /** Everybody in the ISR has all that is committed, apart from those whose disk may have lost it. */
  #checkInSync(name: string | null): void {
    for (const id of this.#cluster.ids) {
      for (const partition of this.#partitionsOf(id)) {
        const seen = this.#seen.get(partition);
        if (seen === undefined || partition.log.isClosed || (name !== null && partition.name !== name)) continue;
        if (!this.#registrations.isInSync(partition.name, id)) continue;
        this.#demandComplete(partition, seen, seen.log.end, "InSync");
      }
    }
  }

  #demandComplete(partition: Partition, seen: Seen, end: number, invariant: string): void {
    const has = partition.logEndOffset;
    demand(has >= end, () => {
      const state = `${hostOf(seen.id)} has ${partition.name} up to ${has}, committed is ${end}`;
      return `${invariant}: ${state}; it lacks ${seen.log.valueAt(has)}`;
    });
    this.#verify(partition, seen, end, invariant);
  }

  /** Compares what the replica has below `to` with what is committed, and adds to that. */
  #verify(partition: Partition, seen: Seen, to: number, invariant: string): void {
    const from = Math.max(seen.verified, partition.logStartOffset);
    if (to <= from) return;
    const text = `${invariant} (at ${hostOf(seen.id)})`;
    this.#each(seen.id, partition, from, to, (batch) => seen.log.check(batch, from, to, text));
    seen.verified = to;
  }

  #each(id: number, { log }: Partition, from: number, to: number, look: (batch: RecordBatch) => void): void {
    for (let at = from; at < to; ) {
      const read = this.#cluster.node(id).look(() => log.read(at, READ_BYTES, { maxOffset: to }));
      if (read.nextOffset <= at) return;
      for (const batch of batches(read.records)) look(batch);
      at = read.nextOffset;
    }
  }
}

/** As `leader in epoch 3`. */
function roleOf({ role, epoch }: Pick<Seen, "role" | "epoch">): string {
  return role === "none" ? "nothing" : `${role} in epoch ${epoch}`;
}

/** As `10 to 20, committed 18, ISR {1, 2}`. */
function stateOf({ logStartOffset, logEndOffset, highWatermark, isr }: Partition): string {
  return `${logStartOffset} to ${logEndOffset}, committed ${highWatermark}, ISR {${isr.join(", ")}}`;
}
