import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, bool, bytes, int16, int32, string } from "../schema.ts";

/**
 * Describes groups with their members, for the tools.
 *
 * What came with which version:
 * - 3: authorized operations (KIP-430)
 * - 4: groupInstanceId (KIP-345)
 * - 5: flexible
 * - 6: errorMessage; an unknown group is GROUP_ID_NOT_FOUND, no longer a dead one (KIP-1043)
 */
export const DescribeGroups = api({
  key: 15,
  name: "DescribeGroups",
  versions: [0, 6],
  flexibleFrom: 5,
  request: {
    groups: array(string()),
    includeAuthorizedOperations: bool({ since: 3 }),
  },
  response: {
    throttleTimeMs: int32({ since: 1 }),
    groups: array({
      errorCode: int16(),
      errorMessage: string({ since: 6, nullable: true }),
      groupId: string(),
      /** `Empty`, `PreparingRebalance`, `CompletingRebalance`, `Stable`, `Dead`. */
      groupState: string(),
      protocolType: string(),
      /** The assignor in use. */
      protocolData: string(),
      members: array({
        memberId: string(),
        groupInstanceId: string({ since: 4, nullable: true }),
        clientId: string(),
        clientHost: string(),
        memberMetadata: bytes(),
        memberAssignment: bytes(),
      }),
      /** Bit set of what the client may do; −2^31 when that was not asked for. */
      authorizedOperations: int32({ since: 3, default: -0x8000_0000 }),
    }),
  },
});

/** A decoded DescribeGroups request. */
export type DescribeGroupsRequest = RequestOf<typeof DescribeGroups>;

/** A decoded DescribeGroups response. */
export type DescribeGroupsResponse = ResponseOf<typeof DescribeGroups>;
