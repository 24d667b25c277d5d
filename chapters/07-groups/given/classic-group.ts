/**
 * A group and its members, as data: what happens to them is decided elsewhere. Source: Kafka's `ClassicGroup`,
 * `ClassicGroupMember`.
 *
 * @module
 */
import { asBuffer } from "#ground/as-buffer";
import { type KafkaErrorName } from "#ground/errors";
import { CommittedOffsets } from "./committed-offsets.ts";
import { type Reply } from "./assembly/coordinator-shard.ts";
import {
  type JoinAnswer,
  type JoinedMember,
  type JoinRequest,
  type MemberIdentity,
  type MemberProtocol,
  type SyncAnswer,
} from "./assembly/group-requests.ts";

/**
 * - `Empty`: no members; perhaps offsets.
 * - `PreparingRebalance`: members join.
 * - `CompletingRebalance`: all have joined; the leader's assignment is awaited.
 * - `Stable`: all have, or can get, their assignment.
 * - `Dead`: the group is gone.
 */
export type GroupState = "Empty" | "PreparingRebalance" | "CompletingRebalance" | "Stable" | "Dead";

/** There is no assignment. */
export const NO_ASSIGNMENT: Uint8Array = new Uint8Array(0);

/** One member. */
export class ClassicGroupMember implements MemberIdentity {
  memberId: string;
  readonly groupInstanceId: string | null;
  clientId: string;
  clientHost: string;
  sessionTimeoutMs: number;
  /** How long the others wait for it in a rebalance. */
  rebalanceTimeoutMs: number;
  /** What it can do, the preferred one first. */
  protocols: readonly MemberProtocol[];
  /** Of the last sync. */
  assignment: Uint8Array = NO_ASSIGNMENT;
  /** Its JoinGroup, while it waits for the others. */
  awaitingJoin: Reply<JoinAnswer> | null = null;
  /** Its SyncGroup, while it waits for the leader. */
  awaitingSync: Reply<SyncAnswer> | null = null;
  /** Until its first join is answered it doesn't know its id, perhaps, and can't send heartbeats. */
  isNew = true;
  /** Whether it has asked for its assignment in this generation. */
  hasSynced = false;
  /** When it is taken for dead unless it is heard of, by the monotonic clock. */
  deadlineMs = Infinity;

  constructor(memberId: string, request: Omit<JoinRequest, "memberId" | "protocolType" | keyof JoinAbilities>) {
    this.memberId = memberId;
    this.groupInstanceId = request.groupInstanceId;
    this.clientId = request.clientId;
    this.clientHost = request.clientHost;
    this.sessionTimeoutMs = request.sessionTimeoutMs;
    this.rebalanceTimeoutMs = request.rebalanceTimeoutMs;
    this.protocols = request.protocols;
  }

  /** What it tells the leader under a protocol. */
  metadataFor(protocolName: string | null): Uint8Array {
    return this.protocols.find(({ name }) => name === protocolName)?.metadata ?? NO_ASSIGNMENT;
  }

  /** Whether these are the protocols that it has joined with, and it tells the same. */
  matches(protocols: readonly MemberProtocol[]): boolean {
    if (protocols.length !== this.protocols.length) return false;
    return this.protocols.every(({ name, metadata }, i) => {
      return protocols[i]!.name === name && asBuffer(metadata).equals(protocols[i]!.metadata);
    });
  }

  /** It was heard of. */
  keepAlive(nowMs: number): void {
    this.deadlineMs = nowMs + this.sessionTimeoutMs;
  }
}

type JoinAbilities = Pick<JoinRequest, "requiresKnownMemberId" | "supportsSkippingAssignment">;

/** The first rebalance of a group waits for those who are started at the same time. */
export interface InitialDelay {
  readonly endsAtMs: number;
  /** By how much it may be extended. */
  readonly remainingMs: number;
  /** Whether somebody has come in it. */
  hasNewMember: boolean;
}

/** One group. */
export class ClassicGroup {
  readonly groupId: string;
  readonly offsets = new CommittedOffsets();
  state: GroupState = "Empty";
  /** Since when, by wall time; -1 when that isn't known. */
  stateTimestampMs = -1;
  /** One more with each rebalance. */
  generationId = 0;
  /** Null of a group that has had no members yet: somebody only keeps offsets in it. */
  protocolType: string | null = null;
  /** The protocol that this generation uses. */
  protocolName: string | null = null;
  /** The member that assigns. */
  leaderId: string | null = null;
  /** By member id, in the order in which they have come. */
  readonly members = new Map<string, ClassicGroupMember>();
  /** Static members: their member ids by instance id. */
  readonly staticMembers = new Map<string, string>();
  /** Ids that were given out to members that haven't come with them yet, and until when (monotonic) they may. */
  readonly pendingMembers = new Map<string, number>();
  /** Not null during the first rebalance. */
  initialDelay: InitialDelay | null = null;
  /** When nobody is waited for to join any more. */
  joinDeadlineMs = Infinity;
  /** When all members must have asked for their assignment. */
  syncDeadlineMs = Infinity;

  constructor(groupId: string) {
    this.groupId = groupId;
  }

  /** How long the slowest member may take to join again. */
  get rebalanceTimeoutMs(): number {
    return Math.max(0, ...Array.from(this.members.values(), (member) => member.rebalanceTimeoutMs));
  }

  /** Whether a rebalance is under way, and everybody is there. */
  get hasAllJoined(): boolean {
    if (this.pendingMembers.size > 0) return false;
    for (const { awaitingJoin } of this.members.values()) if (awaitingJoin === null) return false;
    return true;
  }

  /** What the leader is told. */
  get joinedMembers(): JoinedMember[] {
    return Array.from(this.members.values(), (member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      metadata: member.metadataFor(this.protocolName),
    }));
  }

  isLeader(memberId: string): boolean {
    return this.leaderId === memberId;
  }

  transitionTo(state: GroupState, wallMs: number): void {
    this.state = state;
    this.stateTimestampMs = wallMs;
  }

  /** Protocols that all members have. */
  get commonProtocols(): ReadonlySet<string> {
    const [first, ...others] = this.members.values();
    const names = first?.protocols.map(({ name }) => name) ?? [];
    const isCommon = (name: string): boolean =>
      others.every(({ protocols }) => protocols.some((protocol) => protocol.name === name));
    return new Set(names.filter(isCommon));
  }

  /** Whether one with these protocols can be a member beside those that are. */
  supports({ protocolType, protocols }: Pick<JoinRequest, "protocolType" | "protocols">): boolean {
    if (this.members.size === 0) return protocolType !== "" && protocols.length > 0;
    const common = this.commonProtocols;
    return this.protocolType === protocolType && protocols.some(({ name }) => common.has(name));
  }

  /** Why somebody isn't taken for the member that it says it is; null when it is. */
  refusalOf({ memberId, groupInstanceId }: MemberIdentity): KafkaErrorName | null {
    if (groupInstanceId !== null) {
      const known = this.staticMembers.get(groupInstanceId);
      if (known === undefined) return "UNKNOWN_MEMBER_ID";
      if (known !== memberId) return "FENCED_INSTANCE_ID";
    }
    return this.members.has(memberId) ? null : "UNKNOWN_MEMBER_ID";
  }

  /** The first one leads. */
  add(member: ClassicGroupMember, protocolType: string): void {
    if (this.members.size === 0) this.protocolType = protocolType;
    this.leaderId ??= member.memberId;
    this.members.set(member.memberId, member);
    this.pendingMembers.delete(member.memberId);
    if (member.groupInstanceId !== null) this.staticMembers.set(member.groupInstanceId, member.memberId);
  }

  /** Another one leads, if it was the leader. */
  remove({ memberId, groupInstanceId }: MemberIdentity): void {
    this.members.delete(memberId);
    if (groupInstanceId !== null) this.staticMembers.delete(groupInstanceId);
    if (this.isLeader(memberId)) this.leaderId = this.members.keys().next().value ?? null;
  }

  /** A static member has come back: it gets another id, its place stays. */
  rename(member: ClassicGroupMember, memberId: string): void {
    const before = member.memberId;
    const members = [...this.members.values()];
    member.memberId = memberId;
    this.members.clear();
    for (const one of members) this.members.set(one.memberId, one);
    this.staticMembers.set(member.groupInstanceId!, memberId);
    if (this.isLeader(before)) this.leaderId = memberId;
  }
}
