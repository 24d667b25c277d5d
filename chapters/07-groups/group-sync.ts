/**
 * Who is in a group, the second half: the leader's assignment is handed out and written down, and members leave.
 *
 * @module
 */
import { NotImplementedError } from "#ground/errors";
import { type ClassicGroup } from "#groups/given/classic-group";
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
  throw new NotImplementedError("7.3 syncGroup");
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
  throw new NotImplementedError("7.3 replayGroup");
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
  throw new NotImplementedError("7.3 leaveGroup");
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
