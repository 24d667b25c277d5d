/**
 * Keeps a simulated run: at each event that says or changes something, the events and what they have changed in the
 * picture of the cluster. Looking changes nothing of the run.
 *
 * @module
 */
import { type ClusterEvent, type EventKind } from "#ground/events";
import { isInternalTopic } from "#replication";
import { hostOf, type SimulatedCluster } from "../../simulate/replication/simulated-cluster.ts";
import { type PartitionPicture, type ReplicaPicture } from "../picture.ts";
import { changesBetween } from "../server/changes.ts";
import { nameOf } from "../server/compose.ts";
import { SimulatedSource } from "../simulated/simulated-source.ts";
import { changeBetween, changed } from "./change.ts";
import { type KeptPicture, type Recording, type TraceStep } from "./trace.ts";

/** The end of a run is what people look at: of a longer one, the beginning is forgotten. */
const MOST_STEPS = 3_000;
/** A follower's lag is told so exactly, or each look would find another one. */
const LAG_MS = 500;
/** A broker that is so far ahead of its world does nothing until that has caught up. */
const FROZEN_MS = 100;
/** Of what two pictures differ in, the timeline doesn't tell this. */
const FROM_PICTURES: ReadonlySet<EventKind> = new Set(["controller", "topic", "group", "member"]);

/** See above. */
export class Recorder {
  readonly #cluster: SimulatedCluster;
  readonly #source: SimulatedSource;
  readonly #steps: TraceStep[] = [];
  readonly #sums = new Map<number, number>();
  #pending: ClusterEvent[] = [];
  /** Null before the first event: whoever looks earlier makes nodes that nobody has started. */
  #first: KeptPicture | null = null;
  #last: KeptPicture | null = null;
  #omitted = 0;

  constructor(cluster: SimulatedCluster) {
    this.#cluster = cluster;
    this.#source = new SimulatedSource(cluster);
  }

  /** Something was told that belongs to the event that just happens. */
  onEvent(event: ClusterEvent): void {
    this.#pending.push(event);
  }

  /** To be called after each event of the world. @param host - whose it was */
  afterEvent(host: string | null): void {
    const id = host === null ? undefined : this.#cluster.idOf(host);
    const hasMoved = id !== undefined && this.#hasMoved(id);
    if (hasMoved || this.#pending.length > 0) this.#keep();
  }

  /** The run is over. @param why - what was wrong; null if nothing was */
  end(why: ClusterEvent | null): Recording {
    if (why !== null) this.#pending.push(why);
    if (this.#pending.length > 0) this.#keep();
    return { first: this.#first, steps: this.#steps, omitted: this.#omitted };
  }

  #keep(): void {
    const picture = this.#look();
    this.#first ??= picture;
    this.#last ??= picture;
    const seen = changesBetween(this.#last, picture).filter(({ kind }) => FROM_PICTURES.has(kind));
    const moves = [...movesBetween(this.#last, picture), ...commitsBetween(this.#last, picture)];
    const events = [...this.#pending, ...seen, ...moves];
    this.#pending = [];
    // What nobody has a word for is part of the next step.
    if (events.length === 0) return;
    this.#steps.push({ events, change: changeBetween(this.#last, picture) });
    this.#last = picture;
    if (this.#steps.length >= 2 * MOST_STEPS) this.#forget(MOST_STEPS);
  }

  #forget(count: number): void {
    for (const { change } of this.#steps.splice(0, count)) this.#first = changed(this.#first, change) as KeptPicture;
    this.#omitted += count;
  }

  /** Whether a replica of a broker is another one than at the last look. Most events change none. */
  #hasMoved(id: number): boolean {
    let sum = 0;
    for (const partition of this.#cluster.broker(id)?.replicas?.partitions() ?? []) {
      const { logStartOffset, logEndOffset, highWatermark, leaderEpoch, isr } = partition;
      for (const n of [logStartOffset, logEndOffset, highWatermark, leaderEpoch, isr.length]) {
        sum = (Math.imul(sum, 31) + n) | 0;
      }
    }
    const isSame = this.#sums.get(id) === sum;
    this.#sums.set(id, sum);
    return !isSame;
  }

  #look(): KeptPicture {
    const picture = this.#source.picture();
    return {
      ...picture,
      timeMs: this.#cluster.world.nowMs,
      brokers: picture.brokers.map((broker) => {
        const isFrozen = broker.state === "up" && this.#cluster.node(broker.id).aheadMs >= FROZEN_MS;
        return { ...broker, ...(isFrozen && { state: "frozen" }), bytesPerSecond: null, cpuShare: null };
      }),
      partitions: picture.partitions.filter(({ topic }) => !isInternalTopic(topic)).map(withoutRates),
    };
  }
}

/** Rates and lags that change by themselves would hide what has changed. */
function withoutRates(partition: PartitionPicture): PartitionPicture {
  const replicas = partition.replicas.map((one) => {
    return { ...one, lagMs: one.lagMs === null ? null : Math.floor(one.lagMs / LAG_MS) * LAG_MS };
  });
  return { ...partition, recordsPerSecond: 0, replicas };
}

/** Records that have come to logs, and high watermarks that have moved. */
function movesBetween(before: KeptPicture, after: KeptPicture): ClusterEvent[] {
  const known = new Map(before.partitions.map((partition) => [nameOf(partition), partition]));
  return after.partitions.flatMap((partition) => {
    const subject = nameOf(partition);
    const last = new Map(known.get(subject)?.replicas.map((replica) => [replica.brokerId, replica]));
    return partition.replicas.flatMap((replica): ClusterEvent[] => {
      const was = last.get(replica.brokerId);
      const isCut = was !== undefined && was.logEndOffset > replica.logEndOffset;
      if (was === undefined || isCut || offsetsOf(was) === offsetsOf(replica)) return [];
      const node = hostOf(replica.brokerId);
      const words = { before: offsetsOf(was), after: offsetsOf(replica) };
      return [{ timeMs: after.timeMs, node, kind: "append", subject, ...words }];
    });
  });
}

/** What groups have committed. */
function commitsBetween(before: KeptPicture, after: KeptPicture): ClusterEvent[] {
  const known = new Map(before.groups.map((group) => [group.groupId, group]));
  return after.groups.flatMap(({ groupId, reads }) => {
    const last = new Map(known.get(groupId)?.reads.map(({ partition, committed }) => [partition, committed]));
    return reads.flatMap(({ partition, committed }): ClusterEvent[] => {
      const was = last.get(partition) ?? -1;
      if (was === committed) return [];
      const words = { before: was < 0 ? "" : `committed ${was}`, after: `committed ${committed}` };
      const subject = `${groupId} ${partition}`;
      return [{ timeMs: after.timeMs, node: "coordinator", kind: "commit", subject, ...words }];
    });
  });
}

function offsetsOf({ logStartOffset, logEndOffset, highWatermark }: ReplicaPicture): string {
  return `${logStartOffset === 0 ? "" : `start ${logStartOffset}, `}end ${logEndOffset}, HW ${highWatermark}`;
}
