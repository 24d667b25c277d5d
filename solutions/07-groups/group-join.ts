/**
 * Who is in a group: a state machine. Members join, the leader's assignment is handed out, members leave; each time the
 * group goes through a rebalance to its next generation. Here: how they join. (`group-sync.ts` has the rest.)
 *
 *     Empty → PreparingRebalance → CompletingRebalance → Stable
 *       ↑___________|  ↑_________________|_________________|
 *
 * Every function here takes the group, a request and a turn, and says in the turn who is answered what, and what is to
 * be written. Nothing else happens: no clock is looked at, nothing is sent.
 * Source: the classic group of Kafka's `GroupMetadataManager` (`classicGroupJoin` and what follows).
 *
 * @module
 */
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
import { beginInitialDelay, rejoinStatic } from "./group-deadlines.ts";

/** A new member that waits for its first rebalance sends no heartbeats. After so long its client must have retried. */
const NEW_MEMBER_JOIN_TIMEOUT_MS = 5 * 60 * 1000;

/** Members that may take no time at all to join must not keep the broker busy. */
const SHORTEST_WAIT_MS = 100;

/**
 * The protocol for the next generation: one that all members have. Each member votes for the one of these that it
 * prefers, the first in its list; most votes win, and of several with as many votes the one that was voted for first.
 *
 * @returns null when the group has no members
 * @exercise 7.3 selectProtocol
 */
export function selectProtocol(group: ClassicGroup): string | null {
  const common = group.commonProtocols;
  const votes = new Map<string, number>();
  for (const { protocols } of group.members.values()) {
    const vote = protocols.find(({ name }) => common.has(name))?.name;
    if (vote !== undefined) votes.set(vote, (votes.get(vote) ?? 0) + 1);
  }
  let winner: string | null = null;
  for (const [name, count] of votes) if (winner === null || count > votes.get(winner)!) winner = name;
  return winner;
}

/**
 * A member wants to be in the group, or in its next generation. Its answer comes when all have joined.
 *
 * Refused, in this order:
 * - GROUP_MAX_SIZE_REACHED: the group has `limits.maxSize` members and this is none of them. (While members join, those
 *   that have joined again are counted.) Where it was one that had been given an id, the id is forgotten.
 * - INCONSISTENT_GROUP_PROTOCOL: {@link ClassicGroup.supports} says no.
 * - UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID: it says who it is, and isn't ({@link ClassicGroup.refusalOf}).
 *
 * One that doesn't say who it is is new, and gets a member id that begins with its client id (a static member: with
 * its instance id; one whose instance id is known takes its place: {@link rejoinStatic}). If
 * `requiresKnownMemberId`, and it isn't static, it is only told the id for now, MEMBER_ID_REQUIRED: it is pending for
 * as long as its session lasts. (A client that times out and asks again would become another member each time.)
 *
 * A new member must have joined a generation within `NEW_MEMBER_JOIN_TIMEOUT_MS`: its `deadlineMs`. If the group
 * waits for its first members, somebody has come: `initialDelay.hasNewMember`.
 *
 * A member that joins, new or known, starts a rebalance, if none is under way. Two needn't: one that asks in
 * CompletingRebalance with what it had said before, and one that does so in Stable and isn't the leader. They missed
 * the answer, and get it again.
 *
 * @exercise 7.3 joinGroup
 */
export function joinGroup(group: ClassicGroup, request: JoinRequest, reply: Reply<JoinAnswer>, turn: GroupTurn): void {
  const { memberId } = request;
  if (!hasRoomFor(group, memberId, turn.limits.maxSize)) {
    group.pendingMembers.delete(memberId);
    return turn.refuse(reply, "GROUP_MAX_SIZE_REACHED");
  }
  if (!group.supports(request)) return turn.refuse(reply, "INCONSISTENT_GROUP_PROTOCOL");
  if (memberId === UNKNOWN_MEMBER_ID) return joinNew(group, request, reply, turn);
  if (group.pendingMembers.has(memberId)) return addMember(group, memberId, request, reply, turn);
  const refused = group.refusalOf(request);
  if (refused !== null) return turn.refuse(reply, refused);
  const member = group.members.get(memberId)!;
  const hasNews = !member.matches(request.protocols);
  const mustRebalance = group.state === "PreparingRebalance" || (group.state === "Stable" && group.isLeader(memberId));
  if (!hasNews && !mustRebalance) return turn.answer(reply, joinAnswer(group, member));
  updateMember(member, request, reply, turn);
  rebalance(group, turn);
}

/** @solution */
function hasRoomFor(group: ClassicGroup, memberId: string, maxSize: number): boolean {
  const { members, state } = group;
  if (state !== "PreparingRebalance") return members.has(memberId) || members.size < maxSize;
  if (members.get(memberId)?.awaitingJoin) return true;
  return [...members.values()].filter(({ awaitingJoin }) => awaitingJoin !== null).length < maxSize;
}

/** @solution */
function joinNew(group: ClassicGroup, request: JoinRequest, reply: Reply<JoinAnswer>, turn: GroupTurn): void {
  const { groupInstanceId, clientId } = request;
  const memberId = turn.newMemberId(groupInstanceId ?? clientId);
  const known = groupInstanceId === null ? undefined : group.staticMembers.get(groupInstanceId);
  if (known !== undefined) return rejoinStatic(group, group.members.get(known)!, memberId, request, reply, turn);
  if (groupInstanceId !== null || !request.requiresKnownMemberId) {
    return addMember(group, memberId, request, reply, turn);
  }
  group.pendingMembers.set(memberId, turn.nowMs + request.sessionTimeoutMs);
  turn.answer(reply, {
    error: "MEMBER_ID_REQUIRED",
    memberId,
    generationId: -1,
    protocolType: null,
    protocolName: null,
    leader: UNKNOWN_MEMBER_ID,
    skipAssignment: false,
    members: [],
  });
}

/** @solution */
function addMember(
  group: ClassicGroup,
  memberId: string,
  request: JoinRequest,
  reply: Reply<JoinAnswer>,
  turn: GroupTurn,
): void {
  const member = new ClassicGroupMember(memberId, request);
  member.awaitingJoin = reply;
  member.deadlineMs = turn.nowMs + NEW_MEMBER_JOIN_TIMEOUT_MS;
  group.add(member, request.protocolType);
  if (group.initialDelay !== null) group.initialDelay.hasNewMember = true;
  rebalance(group, turn);
}

/** Takes over what a member says of itself now. It waits for the others from now on. */
export function updateMember(
  member: ClassicGroupMember,
  request: JoinRequest,
  reply: Reply<JoinAnswer>,
  turn: GroupTurn,
): void {
  // An earlier request of it can only come from a connection that is gone.
  if (member.awaitingJoin !== null) turn.refuse(member.awaitingJoin, "REBALANCE_IN_PROGRESS");
  member.awaitingJoin = reply;
  member.protocols = request.protocols;
  member.sessionTimeoutMs = request.sessionTimeoutMs;
  member.rebalanceTimeoutMs = request.rebalanceTimeoutMs;
  member.clientId = request.clientId;
  member.clientHost = request.clientHost;
}

/** What a member is told of the present generation. */
export function joinAnswer(group: ClassicGroup, { memberId }: MemberIdentity): JoinAnswer {
  return {
    error: null,
    memberId,
    generationId: group.generationId,
    protocolType: group.protocolType,
    protocolName: group.protocolName,
    leader: group.leaderId ?? UNKNOWN_MEMBER_ID,
    skipAssignment: false,
    members: group.isLeader(memberId) ? group.joinedMembers : [],
  };
}

/**
 * A rebalance is needed: begins one, unless one is under way; and if nobody is waited for (any more), the join phase is
 * over: {@link completeJoin}.
 *
 * - Whoever waits for its assignment is told REBALANCE_IN_PROGRESS, and will join again.
 * - The others have {@link ClassicGroup.rebalanceTimeoutMs} from now on to join again: `joinDeadlineMs`. Nobody need
 *   ask for an assignment meanwhile: `syncDeadlineMs`.
 * - A group that was Empty is different: more members are about to be started, perhaps, so it waits for them
 *   ({@link beginInitialDelay}), unless `limits.initialRebalanceDelayMs` is 0; then the first to come makes the first
 *   generation, alone.
 *
 * @exercise 7.3 rebalance
 */
export function rebalance(group: ClassicGroup, turn: GroupTurn): void {
  if (group.state === "PreparingRebalance") {
    if (group.initialDelay === null && group.hasAllJoined) completeJoin(group, turn);
    return;
  }
  const isFirst = group.state === "Empty";
  refuseSyncs(group, "REBALANCE_IN_PROGRESS", turn);
  group.syncDeadlineMs = Infinity;
  group.transitionTo("PreparingRebalance", turn.wallMs);
  if (isFirst && turn.limits.initialRebalanceDelayMs > 0) return beginInitialDelay(group, turn);
  group.joinDeadlineMs = turn.nowMs + group.rebalanceTimeoutMs;
  if (isFirst || group.hasAllJoined) completeJoin(group, turn);
}

/** @solution */
function refuseSyncs(group: ClassicGroup, error: KafkaErrorName, turn: GroupTurn): void {
  for (const member of group.members.values()) {
    if (member.awaitingSync !== null) turn.refuse(member.awaitingSync, error);
    member.awaitingSync = null;
  }
}

/**
 * Nobody is waited for any more, so nothing is left of the deadlines of joining (`joinDeadlineMs`, `initialDelay`).
 * Those who have joined are the next generation.
 *
 * - Members that haven't joined again are out. Not static ones: they are away, and keep their place until their session
 *   ends.
 * - The leader stays the same, if it has joined; else the first member that has leads. If there are members, but none
 *   of them has joined, nothing can be done: they are waited for once more ({@link ClassicGroup.rebalanceTimeoutMs},
 *   but `SHORTEST_WAIT_MS` at least).
 * - With members: the next generation, with the protocol of {@link selectProtocol}, is in CompletingRebalance. All who
 *   wait are answered ({@link joinAnswer}). All members are heard of just now, and new no longer. They have the
 *   rebalance time-out to ask for their assignment; nobody has yet.
 * - Without: the next generation is Empty, and has no protocol. That is written down ({@link metadataOf}).
 *
 * @exercise 7.3 completeJoin
 */
export function completeJoin(group: ClassicGroup, turn: GroupTurn): void {
  group.joinDeadlineMs = Infinity;
  group.initialDelay = null;
  for (const member of [...group.members.values()]) {
    if (member.awaitingJoin === null && member.groupInstanceId === null) group.remove(member);
  }
  if (group.members.size === 0) return becomeEmpty(group, turn);
  if (!electLeader(group)) {
    group.joinDeadlineMs = turn.nowMs + Math.max(group.rebalanceTimeoutMs, SHORTEST_WAIT_MS);
    return;
  }
  group.generationId += 1;
  group.protocolName = selectProtocol(group);
  group.transitionTo("CompletingRebalance", turn.wallMs);
  group.syncDeadlineMs = turn.nowMs + group.rebalanceTimeoutMs;
  for (const member of group.members.values()) {
    if (member.awaitingJoin !== null) turn.answer(member.awaitingJoin, joinAnswer(group, member));
    member.awaitingJoin = null;
    member.isNew = false;
    member.hasSynced = false;
    member.keepAlive(turn.nowMs);
  }
}

/** @solution */
function electLeader(group: ClassicGroup): boolean {
  const hasJoined = (member: ClassicGroupMember | undefined): boolean => (member?.awaitingJoin ?? null) !== null;
  if (group.leaderId !== null && hasJoined(group.members.get(group.leaderId))) return true;
  const next = [...group.members.values()].find(hasJoined);
  if (next !== undefined) group.leaderId = next.memberId;
  return next !== undefined;
}

/** @solution */
function becomeEmpty(group: ClassicGroup, turn: GroupTurn): void {
  group.generationId += 1;
  group.protocolName = null;
  group.leaderId = null;
  group.transitionTo("Empty", turn.wallMs);
  turn.write({ kind: "group-metadata", groupId: group.groupId, value: metadataOf(group, new Map()) });
}

/** What is written of a group: its members, with the protocol's metadata and these assignments (by member id). */
export function metadataOf(group: ClassicGroup, assignments: ReadonlyMap<string, Uint8Array>): GroupMetadata {
  return {
    protocolType: group.protocolType ?? "",
    generation: group.generationId,
    protocol: group.protocolName,
    leader: group.leaderId,
    currentStateTimestamp: group.stateTimestampMs,
    members: Array.from(group.members.values(), (member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      rebalanceTimeout: member.rebalanceTimeoutMs,
      sessionTimeout: member.sessionTimeoutMs,
      subscription: member.metadataFor(group.protocolName),
      assignment: assignments.get(member.memberId) ?? NO_ASSIGNMENT,
    })),
  };
}
