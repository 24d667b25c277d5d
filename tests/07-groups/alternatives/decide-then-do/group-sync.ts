// Different from the reference: refusals stand in a table, in their order; who is answered is found before anybody is;
// and what is replayed is made ready before it takes the place of what was.
import { type KafkaErrorName } from "#ground/errors";
import { type ClassicGroup, ClassicGroupMember, NO_ASSIGNMENT } from "#groups/given/classic-group";
import { type Reply } from "#groups/given/assembly/coordinator-shard";
import { type GroupMetadata } from "#groups/given/group-records";
import {
  type LeaveAnswer,
  type MemberIdentity,
  type SyncAnswer,
  type SyncRequest,
} from "#groups/given/assembly/group-requests";
import { type GroupTurn } from "#groups/given/group-turn";
import { metadataOf, rebalance } from "#groups/group-join";

export function syncGroup(group: ClassicGroup, request: SyncRequest, reply: Reply<SyncAnswer>, turn: GroupTurn): void {
  const refused = group.refusalOf(request) ?? refusalOf(group, request);
  if (refused !== null) return turn.refuse(reply, refused);
  const member = group.members.get(request.memberId)!;
  member.hasSynced = true;
  if (group.state !== "Stable") return awaitLeader(group, member, request, reply, turn);
  handOut(group, member, reply, member.assignment, turn);
}

function refusalOf(group: ClassicGroup, request: SyncRequest): KafkaErrorName | null {
  const { generationId, protocolType, protocolName } = request;
  const table: readonly (readonly [boolean, KafkaErrorName])[] = [
    [generationId !== group.generationId, "ILLEGAL_GENERATION"],
    [protocolType !== null && protocolType !== group.protocolType, "INCONSISTENT_GROUP_PROTOCOL"],
    [protocolName !== null && protocolName !== group.protocolName, "INCONSISTENT_GROUP_PROTOCOL"],
    [group.state === "PreparingRebalance", "REBALANCE_IN_PROGRESS"],
  ];
  return table.find(([applies]) => applies)?.[1] ?? null;
}

function awaitLeader(
  group: ClassicGroup,
  member: ClassicGroupMember,
  request: SyncRequest,
  reply: Reply<SyncAnswer>,
  turn: GroupTurn,
): void {
  const earlier = member.awaitingSync;
  if (earlier !== null) turn.refuse(earlier, "REBALANCE_IN_PROGRESS");
  member.awaitingSync = reply;
  if (group.leaderId !== member.memberId) return;
  const parts = new Map<string, Uint8Array>();
  for (const { memberId, assignment } of request.assignments) parts.set(memberId, assignment);
  group.transitionTo(group.state, turn.wallMs);
  turn.write({ kind: "group-metadata", groupId: group.groupId, value: metadataOf(group, parts) });
  const waiting = [...group.members.values()].filter(({ awaitingSync }) => awaitingSync !== null);
  for (const one of waiting) {
    handOut(group, one, one.awaitingSync!, parts.get(one.memberId) ?? NO_ASSIGNMENT, turn);
    one.awaitingSync = null;
  }
}

function handOut(
  { protocolType, protocolName }: ClassicGroup,
  member: ClassicGroupMember,
  reply: Reply<SyncAnswer>,
  assignment: Uint8Array,
  turn: GroupTurn,
): void {
  member.keepAlive(turn.nowMs);
  turn.answer(reply, { protocolType, protocolName, assignment });
}

export function replayGroup(group: ClassicGroup, value: GroupMetadata): void {
  const next = value.members.map((written) => {
    const member = group.members.get(written.memberId) ?? read(written, value.protocol);
    member.assignment = written.assignment;
    return member;
  });
  group.members.clear();
  group.staticMembers.clear();
  for (const member of next) group.add(member, value.protocolType);
  const { generation, protocolType, protocol, leader, currentStateTimestamp } = value;
  [group.generationId, group.protocolType] = [generation, protocolType || null];
  [group.protocolName, group.leaderId] = [protocol, leader];
  group.transitionTo(next.length > 0 ? "Stable" : "Empty", Number(currentStateTimestamp));
}

function read(written: GroupMetadata["members"][number], protocol: string | null): ClassicGroupMember {
  const { memberId, groupInstanceId, clientId, clientHost, sessionTimeout, rebalanceTimeout, subscription } = written;
  const member = new ClassicGroupMember(memberId, {
    ...{ groupInstanceId, clientId, clientHost, sessionTimeoutMs: sessionTimeout },
    rebalanceTimeoutMs: rebalanceTimeout >= 0 ? rebalanceTimeout : sessionTimeout,
    protocols: protocol === null ? [] : [{ name: protocol, metadata: subscription }],
  });
  [member.isNew, member.hasSynced] = [false, true];
  return member;
}

export function leaveGroup(
  group: ClassicGroup,
  leaving: readonly MemberIdentity[],
  reply: Reply<LeaveAnswer>,
  turn: GroupTurn,
): void {
  let hasLost = false;
  const result: LeaveAnswer[number][] = [];
  for (const { memberId, groupInstanceId } of leaving) {
    const known = memberId === "" && groupInstanceId !== null ? group.staticMembers.get(groupInstanceId) : undefined;
    const id = known ?? memberId;
    const isPending = group.pendingMembers.has(id);
    const error = isPending ? null : group.refusalOf({ memberId: id, groupInstanceId });
    hasLost ||= error === null && !isPending;
    if (error === null) removeMember(group, id, turn);
    result.push({ memberId, groupInstanceId, error });
  }
  turn.answer(reply, result);
  if (hasLost || group.state === "PreparingRebalance") rebalance(group, turn);
}

export function removeMember(group: ClassicGroup, memberId: string, turn: GroupTurn): void {
  const member = group.members.get(memberId);
  if (member !== undefined) {
    const { awaitingJoin, awaitingSync } = member;
    if (awaitingJoin !== null) turn.refuse(awaitingJoin, "UNKNOWN_MEMBER_ID");
    if (awaitingSync !== null) turn.refuse(awaitingSync, "UNKNOWN_MEMBER_ID");
    group.remove(member);
  }
  group.pendingMembers.delete(memberId);
}
