/**
 * What one broker knows at a moment, for who looks on: the picture in the browser and the metrics. It is read off when
 * somebody asks; nobody asking costs nothing.
 *
 * @module
 */
import { decodeAssignment } from "#ground/protocol/consumer-protocol";
import { type GroupCoordinator, type SeenGroup } from "#groups";
import { isInternalTopic, type Partition, type ReplicaManager } from "#replication";

/** How much of a broker a look shows. */
export interface LookLimits {
  /** Of more partitions than these it only says how many. */
  readonly partitions: number;
  readonly groups: number;
}

/** A picture is taken again and again: at a broker with thousands of partitions that must stay cheap. */
export const FOR_A_PICTURE: LookLimits = { partitions: 300, groups: 50 };

/** What counts, counts everything. */
export const WHOLE: LookLimits = { partitions: Infinity, groups: Infinity };

/** A segment of a log. */
export interface SegmentState {
  readonly baseOffset: number;
  readonly bytes: number;
}

/** What a leader knows of a follower. */
export interface FollowerState {
  readonly brokerId: number;
  /** -1: it has not fetched yet. */
  readonly logEndOffset: number;
  /** For how long it has been behind, in milliseconds; 0 when it has everything. */
  readonly lagMs: number;
}

/** One replica, at its broker. */
export interface ReplicaView {
  readonly topic: string;
  readonly partition: number;
  readonly role: "leader" | "follower" | "none";
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly partitionEpoch: number;
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
  readonly logStartOffset: number;
  readonly highWatermark: number;
  readonly logEndOffset: number;
  /** Since the broker started. */
  readonly bytesAppended: number;
  /** The oldest first; the last one is active. */
  readonly segments: readonly SegmentState[];
  /** Only a leader has any. */
  readonly followers: readonly FollowerState[];
}

/** A member of a group. */
export interface MemberView {
  readonly memberId: string;
  readonly clientId: string;
  /** `topic-partition` */
  readonly assigned: readonly string[];
}

/** A group, at its coordinator. */
export interface GroupView {
  readonly groupId: string;
  readonly state: string;
  readonly members: readonly MemberView[];
  /** By `topic-partition`: where the group would go on. */
  readonly committed: Readonly<Record<string, number>>;
}

/** What one broker knows. */
export interface BrokerState {
  readonly brokerId: number;
  readonly brokerEpoch: number;
  readonly clusterId: string;
  /** -1: none that it knows of. */
  readonly controllerId: number;
  readonly controllerEpoch: number;
  readonly rack: string | null;
  readonly partitions: readonly ReplicaView[];
  /** How many of its partitions are not told of here. */
  readonly omittedPartitions: number;
  readonly groups: readonly GroupView[];
}

/** What a look needs. */
export interface Looked {
  readonly brokerId: number;
  readonly brokerEpoch: number;
  readonly replicas: ReplicaManager;
  readonly groups: GroupCoordinator;
}

/** Looks at a broker. Nothing happens meanwhile: a simulated one goes on as if nobody had looked. */
export function brokerState(looked: Looked, most: LookLimits): BrokerState {
  const { brokerId, brokerEpoch, replicas, groups } = looked;
  const { image } = replicas;
  const partitions = [...replicas.partitions()];
  // Topics of the user first: the fifty partitions of __consumer_offsets interest later.
  const shown = partitions.sort((a, b) => rank(a) - rank(b)).slice(0, most.partitions);
  const nowMs = replicas.nowMs();
  return {
    brokerId,
    brokerEpoch,
    clusterId: image.clusterId,
    controllerId: image.controllerId,
    controllerEpoch: image.controllerEpoch,
    rack: image.brokers.get(brokerId)?.rack ?? null,
    partitions: shown.map((partition) => {
      const replicas = image.partition(partition.topic, partition.index)?.replicas ?? [];
      return replicaView(partition, replicas, nowMs);
    }),
    omittedPartitions: partitions.length - shown.length,
    groups: groups.seen.slice(0, most.groups).map(groupView),
  };
}

function rank({ topic }: Partition): number {
  return Number(isInternalTopic(topic));
}

function replicaView(partition: Partition, replicas: readonly number[], nowMs: number): ReplicaView {
  const { topic, index, role, leader, leaderEpoch, partitionEpoch, isr, log } = partition;
  const { logStartOffset, highWatermark, logEndOffset, bytesAppended } = partition;
  return {
    topic,
    partition: index,
    ...{ role, leader, leaderEpoch, partitionEpoch, replicas, isr },
    ...{ logStartOffset, highWatermark, logEndOffset, bytesAppended },
    segments: log.segments.all.map(({ baseOffset, size }) => ({ baseOffset, bytes: size })),
    followers: partition.followers.map((follower) => ({
      brokerId: follower.brokerId,
      logEndOffset: follower.logEndOffset,
      lagMs: follower.logEndOffset >= logEndOffset ? 0 : Math.max(0, nowMs - follower.lastCaughtUpMs),
    })),
  };
}

function groupView({ groupId, state, protocolType, members, offsets }: SeenGroup): GroupView {
  const committed: Record<string, number> = {};
  for (const { topic, partition, value } of offsets) committed[`${topic}-${partition}`] = Number(value.offset);
  return {
    groupId,
    state,
    members: members.map(({ memberId, clientId, assignment }) => ({
      memberId,
      clientId,
      assigned: protocolType === "consumer" ? assignedTo(assignment) : [],
    })),
    committed,
  };
}

/** Members may say what they like: what can't be read is shown as nothing. */
function assignedTo(assignment: Uint8Array): string[] {
  if (assignment.length === 0) return [];
  try {
    const { assignedPartitions } = decodeAssignment(assignment);
    return assignedPartitions.flatMap(({ topic, partitions }) => partitions.map((index) => `${topic}-${index}`));
  } catch {
    return [];
  }
}
