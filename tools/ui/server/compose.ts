/**
 * Puts together what brokers tell of themselves: the newest word about each partition counts, as they may differ.
 *
 * @module
 */
import { type BrokerState, type GroupView, type ReplicaView } from "#cluster/broker-state";
import { type ClusterMember } from "#cluster/main-cluster";
import { isInternalTopic } from "#replication";
import {
  type BrokerPicture,
  type GroupPicture,
  type PartitionPicture,
  type Picture,
  type ReplicaPicture,
} from "../picture.ts";

/** The part of a picture that brokers tell. */
export type ClusterPicture = Pick<
  Picture,
  "timeMs" | "clusterId" | "controllerEpoch" | "brokers" | "partitions" | "omittedPartitions" | "groups"
>;

/** What a broker tells. */
export interface ToldState extends BrokerState {
  /** Null: it has no process of its own. */
  readonly rssBytes: number | null;
  readonly cpuMs: number | null;
}

/** A broker and what it last told. */
export interface SeenBroker {
  readonly member: Pick<ClusterMember, "id" | "state" | "address" | "code"> &
    Partial<Pick<BrokerPicture, "unwritten" | "network">>;
  /** Null: it has never told anything. */
  readonly state: ToldState | null;
  /** Whether it told it just now. */
  readonly isCurrent: boolean;
}

/** What a rate is computed from: the picture before, and what the brokers had told. */
export interface Before {
  readonly timeMs: number;
  readonly states: ReadonlyMap<number, ToldState>;
  readonly partitions: ReadonlyMap<string, PartitionPicture>;
}

/** Nothing was seen yet. */
export const NOTHING_BEFORE: Before = { timeMs: 0, states: new Map(), partitions: new Map() };

/** What a look leaves to the next one. */
export function beforeOf(seen: readonly SeenBroker[], { timeMs, partitions }: ClusterPicture): Before {
  const current = seen.filter(({ isCurrent }) => isCurrent);
  return {
    timeMs,
    states: new Map(current.flatMap(({ member, state }) => (state === null ? [] : [[member.id, state]]))),
    partitions: new Map(partitions.map((one) => [nameOf(one), one])),
  };
}

/** @param timeMs - of the look, by wall time */
export function compose(seen: readonly SeenBroker[], before: Before, timeMs: number): ClusterPicture {
  const seconds = Math.max(0.001, (timeMs - before.timeMs) / 1_000);
  const current = seen.flatMap(({ state, isCurrent }) => (isCurrent && state !== null ? [state] : []));
  const newest = current.toSorted((a, b) => b.controllerEpoch - a.controllerEpoch)[0];
  const partitions = withRates(partitionsOf(seen), before.partitions, seconds);
  return {
    timeMs,
    clusterId: newest?.clusterId ?? "",
    controllerEpoch: newest?.controllerEpoch ?? -1,
    brokers: seen.map((one) => brokerOf(one, newest?.controllerId ?? -1, before, seconds)),
    partitions,
    omittedPartitions: Math.max(0, ...current.map(({ omittedPartitions }) => omittedPartitions)),
    groups: groupsOf(seen, partitions),
  };
}

/** `topic-partition` */
export function nameOf({ topic, index }: { readonly topic: string; readonly index: number }): string {
  return `${topic}-${index}`;
}

/** The partitions with what has come since the look before. */
export function withRates(
  partitions: readonly PartitionPicture[],
  before: ReadonlyMap<string, PartitionPicture>,
  seconds: number,
): PartitionPicture[] {
  return partitions.map((one) => {
    const last = before.get(nameOf(one));
    const grown = last === undefined ? 0 : endOf(one) - endOf(last);
    return { ...one, recordsPerSecond: Math.max(0, grown) / seconds };
  });
}

/** Where a partition's log ends: at its leader, if it has one. */
function endOf(partition: PartitionPicture): number {
  return atLeader(partition, ({ logEndOffset }) => logEndOffset);
}

/** An offset of a partition as its leader knows it; without one, the largest that a replica knows. */
function atLeader({ replicas, leader }: PartitionPicture, read: (replica: ReplicaPicture) => number): number {
  const leading = replicas.find(({ brokerId }) => brokerId === leader);
  return leading === undefined ? Math.max(0, ...replicas.map(read)) : read(leading);
}

function brokerOf(
  { member, state, isCurrent }: SeenBroker,
  controllerId: number,
  before: Before,
  seconds: number,
): BrokerPicture {
  const last = before.states.get(member.id);
  const told = isCurrent ? state : null;
  const isSameLife = last !== undefined && told !== null && last.brokerEpoch === told.brokerEpoch;
  return {
    id: member.id,
    state: member.state,
    address: member.address,
    rack: state?.rack ?? null,
    code: member.code,
    unwritten: member.unwritten ?? null,
    network: member.network ?? null,
    isController: member.id === controllerId && member.state !== "down",
    leads: told?.partitions.filter(({ role, topic }) => role === "leader" && !isInternalTopic(topic)).length ?? 0,
    rssBytes: told?.rssBytes ?? null,
    cpuShare: isSameLife ? shareOf(told, last, seconds) : null,
    bytesPerSecond: isSameLife ? Math.max(0, bytesOf(told) - bytesOf(last)) / seconds : null,
  };
}

function shareOf(told: ToldState, last: ToldState, seconds: number): number | null {
  if (told.cpuMs === null || last.cpuMs === null) return null;
  return Math.max(0, (told.cpuMs - last.cpuMs) / 1_000 / seconds);
}

function bytesOf({ partitions }: ToldState): number {
  return partitions.reduce((sum, { bytesAppended }) => sum + bytesAppended, 0);
}

function partitionsOf(seen: readonly SeenBroker[]): PartitionPicture[] {
  const all = new Map<string, { view: ReplicaView; isCurrent: boolean; brokerId: number }[]>();
  for (const { member, state, isCurrent } of seen) {
    for (const view of state?.partitions ?? []) {
      const name = `${view.topic}-${view.partition}`;
      const views = all.get(name) ?? [];
      views.push({ view, isCurrent: isCurrent && member.state === "up", brokerId: member.id });
      all.set(name, views);
    }
  }
  const partitions = Array.from(all.values(), (views): PartitionPicture => {
    const told = views.filter(({ isCurrent }) => isCurrent);
    const believed = told.length > 0 ? told : views;
    const { view } = believed.toSorted((a, b) => b.view.partitionEpoch - a.view.partitionEpoch)[0]!;
    const leading = told.find((one) => one.view.role === "leader" && one.view.leaderEpoch === view.leaderEpoch);
    return {
      topic: view.topic,
      index: view.partition,
      leader: view.leader,
      leaderEpoch: view.leaderEpoch,
      assigned: view.replicas,
      isr: view.isr,
      replicas: views
        .filter(({ brokerId }) => view.replicas.includes(brokerId))
        .map((one) => replicaOf(one, leading?.view))
        .sort((a, b) => a.brokerId - b.brokerId),
      recordsPerSecond: 0,
    };
  });
  return partitions.sort((a, b) => (a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.index - b.index));
}

function replicaOf(
  { view, isCurrent, brokerId }: { readonly view: ReplicaView; readonly isCurrent: boolean; readonly brokerId: number },
  leading: ReplicaView | undefined,
): ReplicaPicture {
  const { role, leaderEpoch, logStartOffset, highWatermark, logEndOffset, segments } = view;
  const lagMs = leading?.followers.find((one) => one.brokerId === brokerId)?.lagMs ?? null;
  return { brokerId, role, leaderEpoch, logStartOffset, highWatermark, logEndOffset, segments, isCurrent, lagMs };
}

/** A coordinator that was only slow to answer still has its groups, unless another one tells of them. */
function groupsOf(seen: readonly SeenBroker[], partitions: readonly PartitionPicture[]): GroupPicture[] {
  const committable = new Map(partitions.map((one) => [nameOf(one), highWatermarkOf(one)]));
  const views = new Map<string, GroupView>();
  for (const { state, member } of seen.toSorted((a, b) => Number(a.isCurrent) - Number(b.isCurrent))) {
    if (member.state !== "up") continue;
    for (const group of state?.groups ?? []) views.set(group.groupId, group);
  }
  return [...views.values()]
    .sort((a, b) => (a.groupId < b.groupId ? -1 : 1))
    .map(({ committed, ...view }) => groupPicture(view, new Map(Object.entries(committed)), committable));
}

/**
 * @param committed - by `topic-partition`
 * @param ends - by `topic-partition`: up to where there is something to read
 */
export function groupPicture(
  { groupId, state, members }: Pick<GroupPicture, "groupId" | "state" | "members">,
  committed: ReadonlyMap<string, number>,
  ends: ReadonlyMap<string, number>,
): GroupPicture {
  const owned = members.flatMap(({ memberId, assigned }) => assigned.map((name) => [name, memberId] as const));
  const owners = new Map(owned);
  const names = [...new Set([...owners.keys(), ...committed.keys()])].sort();
  const reads = names.map((partition) => {
    const at = committed.get(partition) ?? -1;
    const lag = Math.max(0, (ends.get(partition) ?? at) - Math.max(0, at));
    return { partition, owner: owners.get(partition) ?? null, committed: at, lag };
  });
  return { groupId, state, members, reads };
}

/** Up to where consumers may read a partition. */
export function highWatermarkOf(partition: PartitionPicture): number {
  return atLeader(partition, ({ highWatermark }) => highWatermark);
}
