/**
 * DescribeGroups: groups with their members, for the tools.
 *
 * Behaviour / Version notes
 * - What members say of themselves, and what they were assigned, is told while the group is Stable.
 * - v3 tells what the client may do, if it asks. v4 brings instance ids. v6 says GROUP_ID_NOT_FOUND of a group that
 *   there isn't (KIP-1043); before, it is a dead one.
 *
 * @module
 */
import { type Input } from "#ground/protocol/message";
import { DescribeGroups, type DescribeGroupsResponse } from "#ground/protocol/messages/15-describe-groups";
import { toKafkaError } from "#ground/to-kafka-error";
import { GROUP_OPERATIONS, NOT_ASKED } from "../authorized-operations.ts";
import { type ApiHandler, handler, type RequestContext } from "../handler.ts";

const FIRST_VERSION_WITH_NOT_FOUND = 6;

export const describeGroups: ApiHandler = handler({
  api: DescribeGroups,
  versions: [0, 6],
  async handle({ groups, includeAuthorizedOperations }, context) {
    const authorizedOperations = includeAuthorizedOperations ? GROUP_OPERATIONS : NOT_ASKED;
    const described = groups.map(async (groupId) => ({ ...(await describe(groupId, context)), authorizedOperations }));
    return { groups: await Promise.all(described) };
  },
});

async function describe(
  groupId: string,
  { broker, version }: RequestContext,
): Promise<Input<DescribeGroupsResponse["groups"][number]>> {
  try {
    const group = await broker.groups.describe(groupId);
    return {
      errorCode: 0,
      groupId,
      groupState: group.state,
      protocolType: group.protocolType,
      protocolData: group.protocolName,
      members: group.members.map(({ metadata, assignment, ...member }) => {
        return { ...member, memberMetadata: metadata, memberAssignment: assignment };
      }),
    };
  } catch (error) {
    const { code, errorCode, message } = toKafkaError(error, "DescribeGroups", broker.log);
    const isMissing = code === "GROUP_ID_NOT_FOUND";
    const nothing = { groupId, protocolType: "", protocolData: "", members: [], groupState: isMissing ? "Dead" : "" };
    if (isMissing && version < FIRST_VERSION_WITH_NOT_FOUND) return { ...nothing, errorCode: 0 };
    return { ...nothing, errorCode, errorMessage: isMissing ? `Group ${groupId} not found.` : message };
  }
}
