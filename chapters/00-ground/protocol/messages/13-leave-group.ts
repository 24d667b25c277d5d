import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, int16, int32, string } from "../schema.ts";

/**
 * Leaves a group, so that the others need not wait for the session to time out.
 *
 * What came with which version:
 * - 3: several members at once (KIP-345)
 * - 4: flexible
 * - 5: reason (KIP-800)
 */
export const LeaveGroup = api({
  key: 13,
  name: "LeaveGroup",
  versions: [0, 5],
  flexibleFrom: 4,
  request: {
    groupId: string(),
    /** Alone until 2, later in members. */
    memberId: string({ until: 2 }),
    members: array({
      memberId: string(),
      groupInstanceId: string({ nullable: true }),
      reason: string({ since: 5, nullable: true, ignorable: true }),
    }, { since: 3 }),
  },
  response: {
    throttleTimeMs: int32({ since: 1 }),
    errorCode: int16(),
    members: array({
      memberId: string(),
      groupInstanceId: string({ nullable: true }),
      errorCode: int16(),
    }, { since: 3 }),
  },
});

/** A decoded LeaveGroup request. */
export type LeaveGroupRequest = RequestOf<typeof LeaveGroup>;

/** A decoded LeaveGroup response. */
export type LeaveGroupResponse = ResponseOf<typeof LeaveGroup>;
