/**
 * What a broker does for consumer groups. Source: Kafka's `GroupCoordinatorService`.
 *
 * @module
 */
import { type BrokerConfig } from "#ground/config/broker-config";
import { compressionTypeForId } from "#ground/compression/compression";
import { type KafkaErrorName, refusal } from "#ground/errors";
import { type Runtime } from "#ground/runtime";
import { type TopicPartition } from "#ground/topic-partition";
import { type MetadataImage } from "#replication";
import { type ClassicGroup, type GroupState } from "../classic-group.ts";
import { type CommittedOffset } from "../committed-offsets.ts";
import { CoordinatorRuntime } from "./coordinator-runtime.ts";
import { type OffsetAndMetadata, GROUP_RECORD_SERDE, type GroupRecord } from "../group-records.ts";
import {
  type CommitAnswer,
  type CommitRequest,
  type HeartbeatRequest,
  type JoinAnswer,
  type JoinRequest,
  type LeaveAnswer,
  type MemberIdentity,
  type SyncAnswer,
  type SyncRequest,
} from "./group-requests.ts";
import { GroupShard } from "./group-shard.ts";
import { type GroupLimits } from "../group-turn.ts";
import { GROUP_METADATA_TOPIC_NAME, partitionForGroup } from "./partition-for-group.ts";

const MINUTE_MS = 60_000;

/** What a group coordinator is made of. */
export interface GroupCoordinatorOptions {
  readonly config: BrokerConfig;
  /** The cluster as the broker knows it: how many partitions the topic has. */
  readonly image: () => MetadataImage;
}

/** A group in a list. */
export interface ListedGroup {
  readonly groupId: string;
  readonly protocolType: string;
  readonly state: GroupState;
}

/** A group with its members, for the tools. */
export interface DescribedGroup extends ListedGroup {
  /** The protocol in use; "" unless it is Stable. */
  readonly protocolName: string;
  readonly members: readonly DescribedMember[];
}

/** A group with what it has committed, for who looks on. */
export interface SeenGroup extends DescribedGroup {
  readonly offsets: readonly CommittedOffset[];
}

/** A member, for the tools. */
export interface DescribedMember extends MemberIdentity {
  readonly clientId: string;
  readonly clientHost: string;
  /** Nothing unless the group is Stable. */
  readonly metadata: Uint8Array;
  readonly assignment: Uint8Array;
}

/** A committed offset; null: there is none. */
export interface FetchedOffset extends TopicPartition {
  readonly value: OffsetAndMetadata | null;
  /** Whether an open transaction has committed another one. */
  readonly isUnstable: boolean;
}

/**
 * The group coordinator of one broker: it answers for the groups whose partition of `__consumer_offsets` it leads. All
 * calls but {@link find} may reject with a KafkaError: COORDINATOR_LOAD_IN_PROGRESS, NOT_COORDINATOR,
 * COORDINATOR_NOT_AVAILABLE (each of them: look again who coordinates, and try again), and what they say themselves.
 */
export class GroupCoordinator {
  /** To be told what becomes of the partitions. */
  readonly runtime: CoordinatorRuntime<GroupShard, GroupRecord>;
  readonly #options: GroupCoordinatorOptions;

  constructor(runtime: Runtime, options: GroupCoordinatorOptions) {
    const { config } = options;
    this.#options = options;
    this.runtime = new CoordinatorRuntime<GroupShard, GroupRecord>(runtime, {
      topic: GROUP_METADATA_TOPIC_NAME,
      serde: GROUP_RECORD_SERDE,
      makeShard: (context) => new GroupShard(context, { limits: limitsOf(config), expiryCheckMs: checkMsOf(config) }),
      loadBufferBytes: config["offsets.load.buffer.size"],
      writeTimeoutMs: config["offsets.commit.timeout.ms"],
      compression: compressionTypeForId(config["offsets.topic.compression.codec"]),
    });
  }

  /** The broker that coordinates a group; null while there is none: the topic doesn't exist, or nobody leads. */
  find(groupId: string): number | null {
    const topic = this.#options.image().topics.get(GROUP_METADATA_TOPIC_NAME);
    if (topic === undefined) return null;
    const leader = topic.partitions[partitionForGroup(groupId, topic.partitions.length)]!.leader;
    return leader >= 0 ? leader : null;
  }

  /** @throws KafkaError INVALID_GROUP_ID, INVALID_SESSION_TIMEOUT, and the refusals of `joinGroup` */
  async join(groupId: string, request: JoinRequest): Promise<JoinAnswer> {
    requireGroupId(groupId);
    const { config } = this.#options;
    const { sessionTimeoutMs } = request;
    const [shortest, longest] = [config["group.min.session.timeout.ms"], config["group.max.session.timeout.ms"]];
    if (sessionTimeoutMs < shortest || sessionTimeoutMs > longest) throw refusal("INVALID_SESSION_TIMEOUT");
    return this.runtime.write(this.#indexOf(groupId), (shard, reply) => shard.join(groupId, request, reply));
  }

  /** @throws KafkaError INVALID_GROUP_ID, and the refusals of `syncGroup` */
  async sync(groupId: string, request: SyncRequest): Promise<SyncAnswer> {
    requireGroupId(groupId);
    return this.runtime.write(this.#indexOf(groupId), (shard, reply) => shard.sync(groupId, request, reply));
  }

  /** @throws KafkaError INVALID_GROUP_ID, and the refusals of `heartbeat` */
  async heartbeat(groupId: string, request: HeartbeatRequest): Promise<void> {
    requireGroupId(groupId);
    await this.runtime.write<null>(this.#indexOf(groupId), (shard, reply) => shard.heartbeat(groupId, request, reply));
  }

  /** @throws KafkaError INVALID_GROUP_ID; UNKNOWN_MEMBER_ID when there is no such group */
  async leave(groupId: string, members: readonly MemberIdentity[]): Promise<LeaveAnswer> {
    requireGroupId(groupId);
    return this.runtime.write(this.#indexOf(groupId), (shard, reply) => shard.leave(groupId, members, reply));
  }

  /** @throws KafkaError the refusals of `commitOffsets` */
  async commit(groupId: string, request: CommitRequest): Promise<CommitAnswer> {
    return this.runtime.write(this.#indexOf(groupId), (shard, reply) => shard.commit(groupId, request, reply));
  }

  /** The committed offsets of these partitions; of all that there are: null. */
  async fetchOffsets(groupId: string, partitions: readonly TopicPartition[] | null): Promise<FetchedOffset[]> {
    return this.runtime.read(this.#indexOf(groupId), ({ groups }) => {
      const offsets = groups.get(groupId)?.offsets;
      const wanted = partitions ?? (offsets === undefined ? [] : [...offsets]);
      return wanted.map(({ topic, partition }) => ({
        topic,
        partition,
        value: offsets?.get(topic, partition) ?? null,
        isUnstable: offsets?.isPending(topic, partition) ?? false,
      }));
    });
  }

  /** The groups that this broker coordinates. */
  async list(): Promise<ListedGroup[]> {
    const lists = this.runtime.indexes().map((index) => {
      return this.runtime.read(index, ({ groups }) => Array.from(groups.values(), listed));
    });
    return (await Promise.all(lists)).flat();
  }

  /** The groups that this broker coordinates, for who looks on: now, with what isn't committed yet. */
  get seen(): SeenGroup[] {
    const groups = this.runtime.shards.flatMap((shard) => [...shard.groups.values()]);
    return groups.map((group) => ({ ...described(group), offsets: [...group.offsets] }));
  }

  /** @throws KafkaError GROUP_ID_NOT_FOUND */
  async describe(groupId: string): Promise<DescribedGroup> {
    return this.runtime.read(this.#indexOf(groupId), ({ groups }) => {
      const group = groups.get(groupId);
      if (group === undefined) throw refusal("GROUP_ID_NOT_FOUND");
      return described(group);
    });
  }

  /** @throws KafkaError GROUP_ID_NOT_FOUND, NON_EMPTY_GROUP */
  async delete(groupId: string): Promise<void> {
    await this.runtime.write<null>(this.#indexOf(groupId), (shard, reply) => shard.deleteGroup(groupId, reply));
  }

  /** @returns what became of each. @throws KafkaError GROUP_ID_NOT_FOUND, NON_EMPTY_GROUP */
  async deleteOffsets(
    groupId: string,
    partitions: readonly TopicPartition[],
  ): Promise<readonly (KafkaErrorName | null)[]> {
    const index = this.#indexOf(groupId);
    return this.runtime.write(index, (shard, reply) => shard.deleteOffsets(groupId, partitions, reply));
  }

  /** @throws KafkaError NOT_COORDINATOR while there is no topic */
  #indexOf(groupId: string): number {
    const topic = this.#options.image().topics.get(GROUP_METADATA_TOPIC_NAME);
    if (topic === undefined) throw refusal("NOT_COORDINATOR");
    return partitionForGroup(groupId, topic.partitions.length);
  }
}

function requireGroupId(groupId: string): void {
  if (groupId === "") throw refusal("INVALID_GROUP_ID");
}

function limitsOf(config: BrokerConfig): GroupLimits {
  return {
    maxSize: config["group.max.size"],
    initialRebalanceDelayMs: config["group.initial.rebalance.delay.ms"],
    offsetMetadataMaxBytes: config["offset.metadata.max.bytes"],
    offsetsRetentionMs: config["offsets.retention.minutes"] * MINUTE_MS,
  };
}

function checkMsOf(config: BrokerConfig): number {
  return config["offsets.retention.check.interval.ms"];
}

function listed({ groupId, protocolType, state }: ClassicGroup): ListedGroup {
  return { groupId, protocolType: protocolType ?? "", state };
}

/** What members say of themselves means something only in a generation that has a protocol. */
function described(group: ClassicGroup): DescribedGroup {
  const isStable = group.state === "Stable";
  const nothing = new Uint8Array(0);
  return {
    ...listed(group),
    protocolName: isStable ? (group.protocolName ?? "") : "",
    members: Array.from(group.members.values(), (member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      metadata: isStable ? member.metadataFor(group.protocolName) : nothing,
      assignment: isStable ? member.assignment : nothing,
    })),
  };
}
