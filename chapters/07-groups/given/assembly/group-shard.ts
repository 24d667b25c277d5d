/**
 * All groups of one partition of `__consumer_offsets`. Source: Kafka's `GroupCoordinatorShard`.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { type KafkaErrorName, refusal } from "#ground/errors";
import { decodeSubscription } from "#ground/protocol/consumer-protocol";
import { type Timer } from "#ground/runtime";
import { type TopicPartition } from "#ground/topic-partition";
import { expire, heartbeat, nextDeadline } from "#groups/group-deadlines";
import { joinGroup } from "#groups/group-join";
import { commitOffsets, expiredOffsets, replayOffset, writeTombstones } from "#groups/group-offsets";
import { leaveGroup, replayGroup, syncGroup } from "#groups/group-sync";
import { ClassicGroup } from "../classic-group.ts";
import {
  type CoordinatorResult,
  type CoordinatorShard,
  type RecordProducer,
  type Reply,
  type ShardContext,
} from "./coordinator-shard.ts";
import { type GroupRecord } from "../group-records.ts";
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
  UNKNOWN_MEMBER_ID,
} from "./group-requests.ts";
import { type GroupLimits, GroupTurn } from "../group-turn.ts";

/** Tombstones that are written in one turn. */
const TOMBSTONES_AT_ONCE = 1000;
/** And then others have their turn. */
const EXPIRY_PAUSE_MS = 100;
/** The protocol type of consumers: their subscriptions can be read. */
const CONSUMER_PROTOCOL_TYPE = "consumer";

/** What a shard is made of. */
export interface GroupShardOptions {
  readonly limits: GroupLimits;
  /** `offsets.retention.check.interval.ms` */
  readonly expiryCheckMs: number;
}

/** Finds the group of a request, lets it decide, and wakes it when its next deadline has come. */
export class GroupShard implements CoordinatorShard<GroupRecord> {
  readonly #context: ShardContext<GroupShard, GroupRecord>;
  readonly #options: GroupShardOptions;
  readonly #groups = new Map<string, ClassicGroup>();
  /** When groups are looked at next. */
  readonly #alarms = new Map<ClassicGroup, { readonly atMs: number; readonly timer: Timer }>();

  constructor(context: ShardContext<GroupShard, GroupRecord>, options: GroupShardOptions) {
    this.#context = context;
    this.#options = options;
  }

  /** For a look: change nothing. */
  get groups(): ReadonlyMap<string, ClassicGroup> {
    return this.#groups;
  }

  replay(record: GroupRecord, producer: RecordProducer): void {
    const { groupId } = record;
    if (record.kind === "offset-commit") return replayOffset(this.#getOrCreate(groupId), record, producer);
    if (record.value !== null) return replayGroup(this.#getOrCreate(groupId), record.value);
    const group = this.#groups.get(groupId);
    if (group !== undefined) this.#forget(group);
  }

  replayEndTransactionMarker({ producerId }: RecordProducer, isCommit: boolean): void {
    for (const group of this.#groups.values()) {
      if (group.offsets.hasPending) group.offsets.endTransaction(producerId, isCommit);
    }
  }

  /** Members of before have a whole session from now on to be heard of. */
  onLoaded(): void {
    const { nowMs } = this.#turn();
    for (const group of this.#groups.values()) {
      for (const member of group.members.values()) member.keepAlive(nowMs);
      this.#setAlarm(group);
    }
    this.#expireLater(nowMs + this.#options.expiryCheckMs);
  }

  onUnloaded(): void {
    this.#groups.clear();
    this.#alarms.clear();
  }

  join(groupId: string, request: JoinRequest, reply: Reply<JoinAnswer>): CoordinatorResult<GroupRecord> {
    const known = this.#groups.get(groupId);
    // Only somebody new makes a group.
    if (known === undefined && request.memberId !== UNKNOWN_MEMBER_ID) throw refusal("UNKNOWN_MEMBER_ID");
    const group = this.#getOrCreate(groupId);
    return this.#inTurn(group, (turn) => joinGroup(group, request, reply, turn));
  }

  sync(groupId: string, request: SyncRequest, reply: Reply<SyncAnswer>): CoordinatorResult<GroupRecord> {
    const group = this.#groupOf(groupId, "UNKNOWN_MEMBER_ID");
    return this.#inTurn(group, (turn) => syncGroup(group, request, reply, turn));
  }

  leave(
    groupId: string,
    members: readonly MemberIdentity[],
    reply: Reply<LeaveAnswer>,
  ): CoordinatorResult<GroupRecord> {
    const group = this.#groupOf(groupId, "UNKNOWN_MEMBER_ID");
    return this.#inTurn(group, (turn) => leaveGroup(group, members, reply, turn));
  }

  heartbeat(groupId: string, request: HeartbeatRequest, reply: Reply<null>): CoordinatorResult<GroupRecord> {
    const group = this.#groupOf(groupId, "UNKNOWN_MEMBER_ID");
    const turn = this.#turn();
    // No deadline comes earlier for it: the alarm stays as it is.
    const refused = heartbeat(group, request, turn.nowMs);
    if (refused === null) turn.answer(reply, null);
    else turn.refuse(reply, refused);
    return turn;
  }

  commit(groupId: string, request: CommitRequest, reply: Reply<CommitAnswer>): CoordinatorResult<GroupRecord> {
    // Somebody in no group makes one that holds nothing but offsets.
    const known = this.#groups.get(groupId);
    if (known === undefined && request.generationId >= 0) throw refusal("ILLEGAL_GENERATION");
    const group = known ?? new ClassicGroup(groupId);
    const turn = this.#turn();
    commitOffsets(group, request, reply, turn);
    return turn;
  }

  /** Deletes a group with all its offsets. @throws KafkaError GROUP_ID_NOT_FOUND, NON_EMPTY_GROUP */
  deleteGroup(groupId: string, reply: Reply<null>): CoordinatorResult<GroupRecord> {
    const group = this.#groupOf(groupId, "GROUP_ID_NOT_FOUND");
    if (group.state !== "Empty") throw refusal("NON_EMPTY_GROUP");
    const turn = this.#turn();
    writeTombstones(group, [...group.offsets], true, turn);
    turn.answer(reply, null);
    return turn;
  }

  /**
   * Deletes single offsets.
   * @throws KafkaError GROUP_ID_NOT_FOUND; NON_EMPTY_GROUP when its members are no consumers, so that nobody can say
   *   what they use
   */
  deleteOffsets(
    groupId: string,
    partitions: readonly TopicPartition[],
    reply: Reply<readonly (KafkaErrorName | null)[]>,
  ): CoordinatorResult<GroupRecord> {
    const group = this.#groupOf(groupId, "GROUP_ID_NOT_FOUND");
    const isInUse = group.state !== "Empty";
    const subscribed = isInUse ? subscribedTopics(group) : new Set<string>();
    if (subscribed === null) throw refusal("NON_EMPTY_GROUP");
    const turn = this.#turn();
    const mayGo = partitions.filter(({ topic }) => !subscribed.has(topic));
    writeTombstones(group, mayGo, false, turn);
    const errors = partitions.map(({ topic }) => (subscribed.has(topic) ? "GROUP_SUBSCRIBED_TO_TOPIC" : null));
    turn.answer(reply, errors);
    return turn;
  }

  /** Forgets what nobody has used for long, bit by bit, and comes again later. */
  #expireOffsets(): CoordinatorResult<GroupRecord> {
    const turn = this.#turn();
    for (const group of this.#groups.values()) {
      if (turn.records.length >= TOMBSTONES_AT_ONCE) break;
      const expired = expiredOffsets(group, subscribedTopics(group), turn).slice(0, TOMBSTONES_AT_ONCE);
      writeTombstones(group, expired, true, turn);
    }
    const isDone = turn.records.length < TOMBSTONES_AT_ONCE;
    this.#expireLater(turn.nowMs + (isDone ? this.#options.expiryCheckMs : EXPIRY_PAUSE_MS));
    return turn;
  }

  #expireLater(atMs: number): void {
    this.#context.schedule(atMs, (shard) => shard.#expireOffsets());
  }

  #inTurn(group: ClassicGroup, decide: (turn: GroupTurn) => void): CoordinatorResult<GroupRecord> {
    const turn = this.#turn();
    decide(turn);
    if (isUnused(group)) this.#forget(group);
    else this.#setAlarm(group);
    return turn;
  }

  #turn(): GroupTurn {
    const { clock, random } = this.#context.runtime;
    const nextUuid = (): string => uuidText(random.bytes(16));
    return new GroupTurn(clock.nowMs(), clock.wallMs(), this.#options.limits, nextUuid);
  }

  #groupOf(groupId: string, otherwise: KafkaErrorName): ClassicGroup {
    const group = this.#groups.get(groupId);
    if (group === undefined) throw refusal(otherwise);
    return group;
  }

  #getOrCreate(groupId: string): ClassicGroup {
    const group = this.#groups.get(groupId) ?? new ClassicGroup(groupId);
    this.#groups.set(groupId, group);
    return group;
  }

  #forget(group: ClassicGroup): void {
    this.#groups.delete(group.groupId);
    this.#alarms.get(group)?.timer.cancel();
    this.#alarms.delete(group);
    group.state = "Dead";
  }

  /** An alarm that comes too early does no harm: the group is looked at, and another one is set. */
  #setAlarm(group: ClassicGroup): void {
    const known = this.#alarms.get(group);
    const atMs = nextDeadline(group);
    if (known !== undefined && known.atMs <= atMs) return;
    known?.timer.cancel();
    if (atMs === Infinity) return;
    const timer = this.#context.schedule(atMs, () => {
      this.#alarms.delete(group);
      return this.#inTurn(group, (turn) => expire(group, turn));
    });
    this.#alarms.set(group, { atMs, timer });
  }
}

/** The topics that the members of a group want to read; null when they don't say it in a way that we understand. */
function subscribedTopics(group: ClassicGroup): ReadonlySet<string> | null {
  if (group.protocolType !== CONSUMER_PROTOCOL_TYPE || group.protocolName === null) return null;
  try {
    const members = [...group.members.values()];
    return new Set(members.flatMap((member) => decodeSubscription(member.metadataFor(group.protocolName)).topics));
  } catch {
    return null;
  }
}

/** Whether there is nothing in the log of it, and nobody in it: somebody asked, and hasn't come. */
function isUnused({ state, generationId, pendingMembers, offsets }: ClassicGroup): boolean {
  const hasOffsets = offsets.size > 0 || offsets.hasPending;
  return state === "Empty" && generationId === 0 && pendingMembers.size === 0 && !hasOffsets;
}

/** As Java writes a UUID. */
function uuidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
