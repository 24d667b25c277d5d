/**
 * Time in a group: who is alive, how long members are waited for, and members that come back to their place. There is
 * no polling: a group says when it must be looked at next, and until then nobody does.
 * Source: the heartbeats, time-outs and static members of classic groups in Kafka's `GroupMetadataManager`.
 *
 * @module
 */
import { type KafkaErrorName, NotImplementedError } from "#ground/errors";
import { type ClassicGroup, type ClassicGroupMember } from "#groups/given/classic-group";
import { type Reply } from "#groups/given/assembly/coordinator-shard";
import { type HeartbeatRequest, type JoinAnswer, type JoinRequest } from "#groups/given/assembly/group-requests";
import { type GroupTurn } from "#groups/given/group-turn";
import { completeJoin, joinAnswer, rebalance } from "./group-join.ts";
import { removeMember } from "./group-sync.ts";

/**
 * A member says that it is alive, and hears whether it must join again.
 *
 * @returns null: all is well. Else, in this order: it isn't a member ({@link ClassicGroup.refusalOf});
 *   ILLEGAL_GENERATION: there is another generation by now; REBALANCE_IN_PROGRESS: members join, and so should it.
 *   It was heard of in this case, too. (While the leader assigns, in CompletingRebalance, all is well.)
 * @exercise 7.4 heartbeat
 */
export function heartbeat(group: ClassicGroup, request: HeartbeatRequest, nowMs: number): KafkaErrorName | null {
  throw new NotImplementedError("7.4 heartbeat");
}

/**
 * Whether a member must be heard of before its `deadlineMs`. One that waits for the others, or for the leader, can't
 * send heartbeats, and need not. But a new one that waits for its first rebalance can't wait for ever: perhaps its
 * client has gone, and nobody would know.
 *
 * @exercise 7.4 mustBeHeardOf
 */
export function mustBeHeardOf({ isNew, awaitingJoin, awaitingSync }: ClassicGroupMember): boolean {
  throw new NotImplementedError("7.4 mustBeHeardOf");
}

/**
 * When the group must be looked at next: the earliest of all deadlines of its members ({@link mustBeHeardOf}), its
 * pending members, its join phase, its initial delay, and its sync.
 *
 * @returns a time of the monotonic clock; Infinity when there is nothing to wait for
 * @exercise 7.4 nextDeadline
 */
export function nextDeadline(group: ClassicGroup): number {
  throw new NotImplementedError("7.4 nextDeadline");
}

/**
 * Does what is due at `turn.nowMs`, inclusive.
 *
 * - A member that had to be heard of, and wasn't, is taken out ({@link removeMember}), and a pending one forgotten.
 *   Those who stay {@link rebalance}, or, while members join, wait for it no longer.
 * - An initial delay that is over is extended, if somebody has come in it and something remains ({@link
 *   extendInitialDelay}); else the join phase is over ({@link completeJoin}).
 * - The join phase is over, too, when the time to join is up, whoever is missing.
 * - When the time to ask for assignments is up, those who haven't are taken out, and the others rebalance. If all have,
 *   nothing is awaited any more.
 *
 * @exercise 7.4 expire
 */
export function expire(group: ClassicGroup, turn: GroupTurn): void {
  throw new NotImplementedError("7.4 expire");
}

/**
 * The first rebalance of a group begins: it waits for `group.initial.rebalance.delay.ms`, as members are often started
 * together, and each one that came later would make a rebalance of its own. While members keep coming it may be
 * extended, until the rebalance time-out of the group as it is now is used up: that less the delay remains (not less
 * than 0).
 *
 * @exercise 7.4 beginInitialDelay
 */
export function beginInitialDelay(group: ClassicGroup, turn: GroupTurn): void {
  throw new NotImplementedError("7.4 beginInitialDelay");
}

/**
 * The initial delay is over: extends it by as much again, but not by more than remains, if a new member has come
 * during it and something remains. Whether one has come counts anew then.
 *
 * @returns whether it was extended
 * @exercise 7.4 extendInitialDelay
 */
export function extendInitialDelay(group: ClassicGroup, nowMs: number, delayMs: number): boolean {
  throw new NotImplementedError("7.4 extendInitialDelay");
}

/**
 * A static member was started again: it doesn't know its member id, but its instance id is in the group. It takes the
 * place of its earlier life under `memberId`, and is heard of just now; what that one waited for is answered:
 * FENCED_INSTANCE_ID. (Whoever goes on under the old id is fenced from now on.)
 *
 * - In Stable, if the protocol of the next generation would be the same, nothing changes for the others: there is no
 *   rebalance. The group is written down with the new id, assignments as they are, and the answer is
 *   {@link joinAnswer}. But a leader that comes back must not assign anew: where it can be told so, `skipAssignment`
 *   is set; where not, it is told that the leader has the *old* member id, and no members.
 * - Else it joins with the others: {@link rebalance}. (In CompletingRebalance a new one begins, as the leader is about
 *   to assign to a member id that isn't there any more.)
 *
 * @exercise 7.4 rejoinStatic
 */
export function rejoinStatic(
  group: ClassicGroup,
  member: ClassicGroupMember,
  memberId: string,
  request: JoinRequest,
  reply: Reply<JoinAnswer>,
  turn: GroupTurn,
): void {
  throw new NotImplementedError("7.4 rejoinStatic");
}
