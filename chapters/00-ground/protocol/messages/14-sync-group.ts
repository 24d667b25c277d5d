import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, bytes, int16, int32, string } from "../schema.ts";

/**
 * Hands the leader's assignment to the coordinator, and each member its own part of it.
 *
 * What came with which version:
 * - 3: groupInstanceId (KIP-345)
 * - 4: flexible
 * - 5: protocolType and protocolName, which must match (KIP-559)
 */
export const SyncGroup = api({
  key: 14,
  name: "SyncGroup",
  versions: [0, 5],
  flexibleFrom: 4,
  request: {
    groupId: string(),
    generationId: int32(),
    memberId: string(),
    groupInstanceId: string({ since: 3, nullable: true }),
    protocolType: string({ since: 5, nullable: true, ignorable: true }),
    protocolName: string({ since: 5, nullable: true, ignorable: true }),
    /** From the leader; empty from the others. */
    assignments: array({
      memberId: string(),
      assignment: bytes(),
    }),
  },
  response: {
    throttleTimeMs: int32({ since: 1 }),
    errorCode: int16(),
    protocolType: string({ since: 5, nullable: true }),
    protocolName: string({ since: 5, nullable: true }),
    /** For consumers a ConsumerProtocolAssignment. */
    assignment: bytes(),
  },
});

/** A decoded SyncGroup request. */
export type SyncGroupRequest = RequestOf<typeof SyncGroup>;

/** A decoded SyncGroup response. */
export type SyncGroupResponse = ResponseOf<typeof SyncGroup>;
