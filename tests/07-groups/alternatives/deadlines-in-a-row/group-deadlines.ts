// Different from the reference: all deadlines of a group are told by one generator, of which the next one is the least;
// and what is due is found before anything is changed.
import { type KafkaErrorName } from "#ground/errors";
import { type ClassicGroup, type ClassicGroupMember } from "#groups/given/classic-group";
import { type Reply } from "#groups/given/assembly/coordinator-shard";
import { type HeartbeatRequest, type JoinAnswer, type JoinRequest } from "#groups/given/assembly/group-requests";
import { type GroupTurn } from "#groups/given/group-turn";
import { completeJoin, joinAnswer, metadataOf, rebalance, selectProtocol, updateMember } from "#groups/group-join";
import { removeMember } from "#groups/group-sync";

export function heartbeat(group: ClassicGroup, request: HeartbeatRequest, nowMs: number): KafkaErrorName | null {
  const isOld = request.generationId !== group.generationId;
  const refused = group.refusalOf(request) ?? (isOld ? "ILLEGAL_GENERATION" : null);
  if (refused === null) group.members.get(request.memberId)!.keepAlive(nowMs);
  return refused ?? (group.state === "PreparingRebalance" ? "REBALANCE_IN_PROGRESS" : null);
}

export function mustBeHeardOf(member: ClassicGroupMember): boolean {
  const waits = member.awaitingJoin !== null || member.awaitingSync !== null;
  return member.isNew || !waits;
}

function* deadlinesOf(group: ClassicGroup): Generator<number> {
  yield group.joinDeadlineMs;
  yield group.syncDeadlineMs;
  if (group.initialDelay !== null) yield group.initialDelay.endsAtMs;
  yield* group.pendingMembers.values();
  for (const member of group.members.values()) if (mustBeHeardOf(member)) yield member.deadlineMs;
}

export function nextDeadline(group: ClassicGroup): number {
  return [...deadlinesOf(group)].reduce((least, one) => Math.min(least, one));
}

export function expire(group: ClassicGroup, turn: GroupTurn): void {
  const isDue = (deadlineMs: number): boolean => deadlineMs <= turn.nowMs;
  const forgotten = [...group.pendingMembers].filter(([, deadlineMs]) => isDue(deadlineMs));
  const silent = [...group.members.values()].filter((member) => mustBeHeardOf(member) && isDue(member.deadlineMs));
  for (const [memberId] of forgotten) group.pendingMembers.delete(memberId);
  takeOut(group, silent, turn);
  if (silent.length > 0 || group.state === "PreparingRebalance") rebalance(group, turn);

  if (isJoinOver(group, turn)) completeJoin(group, turn);

  if (!isDue(group.syncDeadlineMs)) return;
  group.syncDeadlineMs = Infinity;
  const late = [...group.members.values()].filter(({ hasSynced }) => !hasSynced);
  takeOut(group, late, turn);
  if (late.length > 0) rebalance(group, turn);
}

function takeOut(group: ClassicGroup, members: readonly ClassicGroupMember[], turn: GroupTurn): void {
  for (const { memberId } of members) removeMember(group, memberId, turn);
}

function isJoinOver(group: ClassicGroup, { nowMs, limits }: GroupTurn): boolean {
  if (group.initialDelay === null) return group.joinDeadlineMs <= nowMs;
  if (group.initialDelay.endsAtMs > nowMs) return false;
  return !extendInitialDelay(group, nowMs, limits.initialRebalanceDelayMs);
}

export function beginInitialDelay(group: ClassicGroup, { nowMs, limits }: GroupTurn): void {
  const { initialRebalanceDelayMs: delayMs } = limits;
  const budgetMs = Math.max(delayMs, group.rebalanceTimeoutMs);
  group.initialDelay = { endsAtMs: nowMs + delayMs, remainingMs: budgetMs - delayMs, hasNewMember: false };
}

export function extendInitialDelay(group: ClassicGroup, nowMs: number, delayMs: number): boolean {
  const delay = group.initialDelay!;
  const byMs = delay.hasNewMember ? Math.min(delayMs, delay.remainingMs) : 0;
  if (byMs === 0) return false;
  group.initialDelay = { endsAtMs: nowMs + byMs, remainingMs: delay.remainingMs - byMs, hasNewMember: false };
  return true;
}

export function rejoinStatic(
  group: ClassicGroup,
  member: ClassicGroupMember,
  memberId: string,
  request: JoinRequest,
  reply: Reply<JoinAnswer>,
  turn: GroupTurn,
): void {
  const leader = group.leaderId ?? "";
  const { awaitingJoin, awaitingSync } = member;
  Object.assign(member, { awaitingJoin: null, awaitingSync: null });
  if (awaitingJoin !== null) turn.refuse(awaitingJoin, "FENCED_INSTANCE_ID");
  if (awaitingSync !== null) turn.refuse(awaitingSync, "FENCED_INSTANCE_ID");
  group.rename(member, memberId);
  updateMember(member, request, reply, turn);
  member.keepAlive(turn.nowMs);
  const isUnnoticed = group.state === "Stable" && selectProtocol(group) === group.protocolName;
  if (isUnnoticed) comeBack(group, member, leader, request.supportsSkippingAssignment, reply, turn);
  else rebalance(group, turn);
}

function comeBack(
  group: ClassicGroup,
  member: ClassicGroupMember,
  leaderBefore: string,
  canSkip: boolean,
  reply: Reply<JoinAnswer>,
  turn: GroupTurn,
): void {
  member.awaitingJoin = null;
  const assignments = new Map<string, Uint8Array>();
  for (const { memberId, assignment } of group.members.values()) assignments.set(memberId, assignment);
  turn.write({ kind: "group-metadata", groupId: group.groupId, value: metadataOf(group, assignments) });
  const special = canSkip
    ? { skipAssignment: group.leaderId === member.memberId }
    : { leader: leaderBefore, members: [] };
  turn.answer(reply, { ...joinAnswer(group, member), ...special });
}
