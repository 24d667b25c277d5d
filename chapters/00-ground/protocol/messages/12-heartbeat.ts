import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { int16, int32, string } from "../schema.ts";

/**
 * Tells the coordinator that a member of a group is alive, and the member when to rejoin.
 *
 * What came with which version:
 * - 3: groupInstanceId (KIP-345)
 * - 4: flexible
 */
export const Heartbeat = api({
  key: 12,
  name: "Heartbeat",
  versions: [0, 4],
  flexibleFrom: 4,
  request: {
    groupId: string(),
    generationId: int32(),
    memberId: string(),
    groupInstanceId: string({ since: 3, nullable: true }),
  },
  response: {
    throttleTimeMs: int32({ since: 1 }),
    errorCode: int16(),
  },
});

/** A decoded Heartbeat request. */
export type HeartbeatRequest = RequestOf<typeof Heartbeat>;

/** A decoded Heartbeat response. */
export type HeartbeatResponse = ResponseOf<typeof Heartbeat>;
