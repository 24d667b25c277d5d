// Different from the reference: what becomes of a JoinGroup is decided first, without changing anything, and then done.
// Who has joined, and who is full, is asked of lists.
import { type KafkaErrorName } from "#ground/errors";
import { type ClassicGroup, ClassicGroupMember, NO_ASSIGNMENT } from "#groups/given/classic-group";
import { type Reply } from "#groups/given/assembly/coordinator-shard";
import { type GroupMetadata } from "#groups/given/group-records";
import {
  type JoinAnswer,
  type JoinRequest,
  type MemberIdentity,
  UNKNOWN_MEMBER_ID,
} from "#groups/given/assembly/group-requests";
import { type GroupTurn } from "#groups/given/group-turn";
import { beginInitialDelay, rejoinStatic } from "#groups/group-deadlines";

type Fate =
  | { readonly is: "refused"; readonly error: KafkaErrorName }
  | { readonly is: "told its id" | "new" | "expected" }
  | { readonly is: "back" | "informed" | "joining again"; readonly member: ClassicGroupMember };

export function selectProtocol(group: ClassicGroup): string | null {
  const common = group.commonProtocols;
  const ballots = [...group.members.values()].flatMap(({ protocols }) => {
    return protocols.filter(({ name }) => common.has(name)).slice(0, 1).map(({ name }) => name);
  });
  const votesFor = (candidate: string): number => ballots.filter((vote) => vote === candidate).length;
  // The sort is stable: of as many votes the first one stays first.
  const [winner] = [...new Set(ballots)].sort((a, b) => votesFor(b) - votesFor(a));
  return winner ?? null;
}

export function joinGroup(group: ClassicGroup, request: JoinRequest, reply: Reply<JoinAnswer>, turn: GroupTurn): void {
  const fate = fateOf(group, request, turn.limits.maxSize);
  const nextId = (): string => turn.newMemberId(request.groupInstanceId ?? request.clientId);
  switch (fate.is) {
    case "refused":
      if (fate.error === "GROUP_MAX_SIZE_REACHED") group.pendingMembers.delete(request.memberId);
      turn.refuse(reply, fate.error);
      break;
    case "told its id":
      turn.answer(reply, expectMember(group, nextId(), turn.nowMs + request.sessionTimeoutMs));
      break;
    case "new":
      admit(group, new ClassicGroupMember(nextId(), request), request.protocolType, reply, turn);
      break;
    case "expected":
      admit(group, new ClassicGroupMember(request.memberId, request), request.protocolType, reply, turn);
      break;
    case "back":
      rejoinStatic(group, fate.member, nextId(), request, reply, turn);
      break;
    case "informed":
      turn.answer(reply, joinAnswer(group, fate.member));
      break;
    case "joining again":
      updateMember(fate.member, request, reply, turn);
      rebalance(group, turn);
  }
}

function fateOf(group: ClassicGroup, request: JoinRequest, maxSize: number): Fate {
  const { memberId, groupInstanceId, requiresKnownMemberId } = request;
  if (isFull(group, memberId, maxSize)) return { is: "refused", error: "GROUP_MAX_SIZE_REACHED" };
  if (!group.supports(request)) return { is: "refused", error: "INCONSISTENT_GROUP_PROTOCOL" };
  if (memberId === UNKNOWN_MEMBER_ID) {
    const before = group.members.get(group.staticMembers.get(groupInstanceId ?? "") ?? "");
    if (groupInstanceId !== null && before !== undefined) return { is: "back", member: before };
    return { is: requiresKnownMemberId && groupInstanceId === null ? "told its id" : "new" };
  }
  if (group.pendingMembers.has(memberId)) return { is: "expected" };
  const error = group.refusalOf(request);
  if (error !== null) return { is: "refused", error };
  const member = group.members.get(memberId)!;
  return { is: disturbs(group, member, request) ? "joining again" : "informed", member };
}

function isFull({ members, state }: ClassicGroup, memberId: string, maxSize: number): boolean {
  const all = [...members.values()];
  const inside = state === "PreparingRebalance" ? all.filter(({ awaitingJoin }) => awaitingJoin !== null) : all;
  return inside.length >= maxSize && inside.every((one) => one.memberId !== memberId);
}

function disturbs(group: ClassicGroup, member: ClassicGroupMember, { protocols }: JoinRequest): boolean {
  if (group.state === "PreparingRebalance" || !member.matches(protocols)) return true;
  return group.state === "Stable" && group.leaderId === member.memberId;
}

function expectMember(group: ClassicGroup, memberId: string, untilMs: number): JoinAnswer {
  group.pendingMembers.set(memberId, untilMs);
  const nothing = { generationId: -1, protocolType: null, protocolName: null, leader: "", members: [] };
  return { error: "MEMBER_ID_REQUIRED", memberId, skipAssignment: false, ...nothing };
}

function admit(
  group: ClassicGroup,
  member: ClassicGroupMember,
  protocolType: string,
  reply: Reply<JoinAnswer>,
  turn: GroupTurn,
): void {
  group.add(member, protocolType);
  if (group.initialDelay !== null) group.initialDelay.hasNewMember = true;
  member.deadlineMs = turn.nowMs + 300_000;
  member.awaitingJoin = reply;
  rebalance(group, turn);
}

export function updateMember(
  member: ClassicGroupMember,
  request: JoinRequest,
  reply: Reply<JoinAnswer>,
  turn: GroupTurn,
): void {
  const earlier = member.awaitingJoin;
  const { protocols, sessionTimeoutMs, rebalanceTimeoutMs, clientId, clientHost } = request;
  Object.assign(member, { protocols, sessionTimeoutMs, rebalanceTimeoutMs, clientId, clientHost, awaitingJoin: reply });
  if (earlier !== null) turn.refuse(earlier, "REBALANCE_IN_PROGRESS");
}

export function joinAnswer(group: ClassicGroup, { memberId }: MemberIdentity): JoinAnswer {
  const { generationId, protocolType, protocolName, leaderId } = group;
  const members = leaderId === memberId ? group.joinedMembers : [];
  const told = { generationId, protocolType, protocolName, leader: leaderId ?? "", members };
  return { error: null, memberId, skipAssignment: false, ...told };
}

export function rebalance(group: ClassicGroup, turn: GroupTurn): void {
  const isFirst = group.state === "Empty";
  if (group.state !== "PreparingRebalance") begin(group, isFirst, turn);
  if (group.initialDelay === null && (isFirst || group.hasAllJoined)) completeJoin(group, turn);
}

function begin(group: ClassicGroup, isFirst: boolean, turn: GroupTurn): void {
  const waiting = [...group.members.values()].filter(({ awaitingSync }) => awaitingSync !== null);
  for (const member of waiting) {
    turn.refuse(member.awaitingSync!, "REBALANCE_IN_PROGRESS");
    member.awaitingSync = null;
  }
  group.transitionTo("PreparingRebalance", turn.wallMs);
  group.syncDeadlineMs = Infinity;
  const hasDelay = isFirst && turn.limits.initialRebalanceDelayMs > 0;
  if (hasDelay) beginInitialDelay(group, turn);
  else group.joinDeadlineMs = turn.nowMs + group.rebalanceTimeoutMs;
}

export function completeJoin(group: ClassicGroup, turn: GroupTurn): void {
  group.initialDelay = null;
  const all = [...group.members.values()];
  const present = all.filter(({ awaitingJoin }) => awaitingJoin !== null);
  const leader = present.find(({ memberId }) => group.isLeader(memberId)) ?? present[0];
  for (const one of all) if (!present.includes(one) && one.groupInstanceId === null) group.remove(one);
  const isWaitedForAgain = leader === undefined && group.members.size > 0;
  group.joinDeadlineMs = isWaitedForAgain ? turn.nowMs + Math.max(group.rebalanceTimeoutMs, 100) : Infinity;
  if (isWaitedForAgain) return;
  group.generationId++;
  group.leaderId = leader?.memberId ?? null;
  group.protocolName = selectProtocol(group);
  group.transitionTo(leader === undefined ? "Empty" : "CompletingRebalance", turn.wallMs);
  if (leader === undefined) {
    turn.write({ kind: "group-metadata", groupId: group.groupId, value: metadataOf(group, new Map()) });
    return;
  }
  group.syncDeadlineMs = turn.nowMs + group.rebalanceTimeoutMs;
  for (const member of present) turn.answer(member.awaitingJoin!, joinAnswer(group, member));
  for (const member of group.members.values()) {
    Object.assign(member, { awaitingJoin: null, isNew: false, hasSynced: false });
    member.keepAlive(turn.nowMs);
  }
}

export function metadataOf(group: ClassicGroup, assignments: ReadonlyMap<string, Uint8Array>): GroupMetadata {
  const members = [...group.members.values()].map((member) => {
    const { memberId, groupInstanceId, clientId, clientHost } = member;
    return {
      ...{ memberId, groupInstanceId, clientId, clientHost },
      rebalanceTimeout: member.rebalanceTimeoutMs,
      sessionTimeout: member.sessionTimeoutMs,
      subscription: member.metadataFor(group.protocolName),
      assignment: assignments.get(memberId) ?? NO_ASSIGNMENT,
    };
  });
  const { generationId: generation, protocolName: protocol, leaderId: leader, stateTimestampMs } = group;
  const protocolType = group.protocolType ?? "";
  return { protocolType, generation, protocol, leader, currentStateTimestamp: stateTimestampMs, members };
}
