/**
 * JoinGroup: become a member, or go on into the next generation. The answer comes when all have joined.
 *
 * Behaviour / Version notes
 * - v0 has no rebalance time-out: the session's is taken.
 * - From v4 on a new member is first told its id: MEMBER_ID_REQUIRED (KIP-394). v5 brings static members (KIP-345),
 *   which need none.
 * - From v7 on there may be no protocol in the answer; before, it is empty then. v9 tells a leader that comes back not
 *   to assign again (KIP-814).
 *
 * @module
 */
import { errorCodeOf } from "#ground/errors";
import { ipOf } from "#ground/network/connection-quotas";
import { type Input } from "#ground/protocol/message";
import { JoinGroup, type JoinGroupRequest, type JoinGroupResponse } from "#ground/protocol/messages/11-join-group";
import { toKafkaError } from "#ground/to-kafka-error";
import { type JoinRequest } from "#groups";
import { type ApiHandler, handler, type RequestContext } from "../handler.ts";

const FIRST_VERSION_WITH_REQUIRED_ID = 4;
const FIRST_VERSION_WITH_NULL_PROTOCOL = 7;
const FIRST_VERSION_WITH_SKIPPING = 9;

export const joinGroup: ApiHandler = handler({
  api: JoinGroup,
  versions: [0, 9],
  async handle(request, context) {
    const { broker, version } = context;
    const noProtocol = version < FIRST_VERSION_WITH_NULL_PROTOCOL ? "" : null;
    try {
      const answer = await broker.groups.join(request.groupId, toJoin(request, context));
      const errorCode = errorCodeOf(answer.error);
      return { ...answer, members: [...answer.members], errorCode, protocolName: answer.protocolName ?? noProtocol };
    } catch (error) {
      const { errorCode } = toKafkaError(error, "JoinGroup", broker.log);
      return failed(errorCode, request.memberId, noProtocol);
    }
  },
});

function toJoin(request: JoinGroupRequest, { version, clientId, remoteAddress }: RequestContext): JoinRequest {
  const { rebalanceTimeoutMs, sessionTimeoutMs } = request;
  return {
    ...request,
    rebalanceTimeoutMs: rebalanceTimeoutMs < 0 ? sessionTimeoutMs : rebalanceTimeoutMs,
    clientId: clientId ?? "",
    clientHost: `/${ipOf(remoteAddress)}`,
    requiresKnownMemberId: version >= FIRST_VERSION_WITH_REQUIRED_ID,
    supportsSkippingAssignment: version >= FIRST_VERSION_WITH_SKIPPING,
  };
}

function failed(errorCode: number, memberId: string, protocolName: string | null): Input<JoinGroupResponse> {
  return { errorCode, memberId, protocolName, leader: "", members: [] };
}
