/**
 * LeaveGroup: members leave, so that the others need not wait for their sessions to end.
 *
 * Behaviour / Version notes
 * - From v3 on there are many members, each with an error of its own; an administrator may name a static member by its
 *   instance id alone. Before, there is one member, and its error is that of the answer.
 *
 * @module
 */
import { errorCodeOf } from "#ground/errors";
import { LeaveGroup } from "#ground/protocol/messages/13-leave-group";
import { toKafkaError } from "#ground/to-kafka-error";
import { type ApiHandler, handler } from "../handler.ts";

const FIRST_VERSION_WITH_MEMBERS = 3;

export const leaveGroup: ApiHandler = handler({
  api: LeaveGroup,
  versions: [0, 5],
  async handle({ groupId, memberId, members: many }, { broker, version }) {
    const hasMany = version >= FIRST_VERSION_WITH_MEMBERS;
    const leaving = hasMany ? many : [{ memberId, groupInstanceId: null }];
    try {
      const left = await broker.groups.leave(groupId, leaving);
      if (!hasMany) return { errorCode: errorCodeOf(left[0]!.error) };
      return { members: left.map((member) => ({ ...member, errorCode: errorCodeOf(member.error) })) };
    } catch (error) {
      const { code, errorCode } = toKafkaError(error, "LeaveGroup", broker.log);
      // There is no such group: so nobody is a member of it.
      if (!hasMany || code !== "UNKNOWN_MEMBER_ID") return { errorCode };
      return { members: leaving.map((member) => ({ ...member, errorCode })) };
    }
  },
});
