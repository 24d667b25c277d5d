/**
 * Who is in a group, the second half: the leader's assignment is handed out and written down, and members leave.
 *
 * @module
 */
import { type KafkaErrorName } from "#ground/errors";
import { type ClassicGroup, ClassicGroupMember, NO_ASSIGNMENT } from "#groups/given/classic-group";
import { type Reply } from "#groups/given/assembly/coordinator-shard";
import { type GroupMetadata } from "#groups/given/group-records";
import {
  type LeaveAnswer,
  type MemberIdentity,
  type SyncAnswer,
  type SyncRequest,
  UNKNOWN_MEMBER_ID,
} from "#groups/given/assembly/group-requests";
import { type GroupTurn } from "#groups/given/group-turn";
import { metadataOf, rebalance } from "./group-join.ts";

/**
 * A member asks for its assignment; the leader brings those of all.
 *
 * Refused, in this order: who isn't a member ({@link ClassicGroup.refusalOf}); another generation than the present
 * one: ILLEGAL_GENERATION; another protocol (type or name), where the client says which: INCONSISTENT_GROUP_PROTOCOL;
 * and REBALANCE_IN_PROGRESS while members join.
 *
 * - In CompletingRebalance the member waits. When the leader asks, the group is to be written down with the assignments
 *   ({@link metadataOf}; none for a member means an empty one) and the time (`stateTimestampMs`), and all who wait are
 *   answered. The group is Stable only when that has been replayed: {@link replayGroup}. If it can't be appended, it
 *   isn't.
 * - In Stable the member is answered at once.
 *
 * Whoever is answered is heard of just now.
 *
 * @exercise 7.3 syncGroup
 */
export function syncGroup(group: ClassicGroup, request: SyncRequest, reply: Reply<SyncAnswer>, turn: GroupTurn): void {
  const refused = refusalOfSync(group, request);
  if (refused !== null) return turn.refuse(reply, refused);
  const member = group.members.get(request.memberId)!;
  member.hasSynced = true;
  if (group.state === "Stable") {
    member.keepAlive(turn.nowMs);
    return turn.answer(reply, syncAnswer(group, member.assignment));
  }
  if (member.awaitingSync !== null) turn.refuse(member.awaitingSync, "REBALANCE_IN_PROGRESS");
  member.awaitingSync = reply;
  if (!group.isLeader(member.memberId)) return;
  const assignments = new Map(request.assignments.map(({ memberId, assignment }) => [memberId, assignment]));
  group.stateTimestampMs = turn.wallMs;
  turn.write({ kind: "group-metadata", groupId: group.groupId, value: metadataOf(group, assignments) });
  for (const waiting of group.members.values()) {
    if (waiting.awaitingSync === null) continue;
    const assignment = assignments.get(waiting.memberId) ?? NO_ASSIGNMENT;
    turn.answer(waiting.awaitingSync, syncAnswer(group, assignment));
    waiting.awaitingSync = null;
    waiting.keepAlive(turn.nowMs);
  }
}

/** @solution */
function refusalOfSync(group: ClassicGroup, request: SyncRequest): KafkaErrorName | null {
  const { generationId, protocolType, protocolName } = request;
  const refused = group.refusalOf(request);
  if (refused !== null) return refused;
  if (generationId !== group.generationId) return "ILLEGAL_GENERATION";
  if (differ(protocolType, group.protocolType) || differ(protocolName, group.protocolName)) {
    return "INCONSISTENT_GROUP_PROTOCOL";
  }
  return group.state === "PreparingRebalance" ? "REBALANCE_IN_PROGRESS" : null;
}

/** @solution */
function differ(said: string | null, known: string | null): boolean {
  return said !== null && said !== known;
}

/** @solution */
function syncAnswer({ protocolType, protocolName }: ClassicGroup, assignment: Uint8Array): SyncAnswer {
  return { protocolType, protocolName, assignment };
}

/**
 * Takes over what was written of a group: its generation, its protocol, its leader, its members with their
 * assignments; other members are gone. It is Stable now, or Empty without members.
 *
 * Members that are known here stay what they are: what they wait for, and when they were last heard of, is not in the
 * record. One that isn't known (the log is read again) has synced, and is not new.
 *
 * @exercise 7.3 replayGroup
 */
export function replayGroup(group: ClassicGroup, value: GroupMetadata): void {
  const before = new Map(group.members);
  group.members.clear();
  group.staticMembers.clear();
  for (const written of value.members) {
    const member = before.get(written.memberId) ?? memberOf(written, value.protocol);
    member.assignment = written.assignment;
    group.add(member, value.protocolType);
  }
  group.generationId = value.generation;
  group.protocolType = value.protocolType === "" ? null : value.protocolType;
  group.protocolName = value.protocol;
  group.leaderId = value.leader;
  group.transitionTo(group.members.size === 0 ? "Empty" : "Stable", Number(value.currentStateTimestamp));
}

/** @solution */
function memberOf(written: GroupMetadata["members"][number], protocol: string | null): ClassicGroupMember {
  const member = new ClassicGroupMember(written.memberId, {
    ...written,
    sessionTimeoutMs: written.sessionTimeout,
    rebalanceTimeoutMs: written.rebalanceTimeout < 0 ? written.sessionTimeout : written.rebalanceTimeout,
    protocols: protocol === null ? [] : [{ name: protocol, metadata: written.subscription }],
  });
  member.isNew = false;
  member.hasSynced = true;
  return member;
}

/**
 * Members leave, each on its own: the answer says of each whether it was one. A pending member leaves, too; and an
 * administrator removes a static member by its instance id alone, with the member id {@link UNKNOWN_MEMBER_ID}.
 *
 * The others share anew what they had: {@link rebalance}, once for all who left. A pending member had nothing; but
 * while members join, it may have been the last one that was waited for.
 *
 * @exercise 7.3 leaveGroup
 */
export function leaveGroup(
  group: ClassicGroup,
  leaving: readonly MemberIdentity[],
  reply: Reply<LeaveAnswer>,
  turn: GroupTurn,
): void {
  const before = group.members.size;
  const result = leaving.map((identity) => {
    const { memberId, groupInstanceId } = identity;
    const byInstance = memberId === UNKNOWN_MEMBER_ID && groupInstanceId !== null;
    const id = byInstance ? (group.staticMembers.get(groupInstanceId) ?? memberId) : memberId;
    const error = group.pendingMembers.has(id) ? null : group.refusalOf({ memberId: id, groupInstanceId });
    if (error === null) removeMember(group, id, turn);
    return { memberId, groupInstanceId, error };
  });
  turn.answer(reply, result);
  if (group.members.size < before || group.state === "PreparingRebalance") rebalance(group, turn);
}

/** Takes a member out, or a pending one. What it waited for is answered: UNKNOWN_MEMBER_ID. */
export function removeMember(group: ClassicGroup, memberId: string, turn: GroupTurn): void {
  group.pendingMembers.delete(memberId);
  const member = group.members.get(memberId);
  if (member === undefined) return;
  for (const waiting of [member.awaitingJoin, member.awaitingSync]) {
    if (waiting !== null) turn.refuse(waiting, "UNKNOWN_MEMBER_ID");
  }
  group.remove(member);
}
