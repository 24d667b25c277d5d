import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, bool, bytes, int16, int32, string } from "../schema.ts";

/**
 * Joins a group, or begins a rebalance. The response comes when all members have joined.
 *
 * What came with which version:
 * - 1: rebalanceTimeoutMs
 * - 4: MEMBER_ID_REQUIRED: the first answer only gives a new member its id (KIP-394)
 * - 5: groupInstanceId (KIP-345)
 * - 6: flexible
 * - 7: protocolType in the response (KIP-559)
 * - 8: reason (KIP-800)
 * - 9: skipAssignment (KIP-814)
 */
export const JoinGroup = api({
  key: 11,
  name: "JoinGroup",
  versions: [0, 9],
  flexibleFrom: 6,
  request: {
    groupId: string(),
    /** After so long without a heartbeat the member is out. */
    sessionTimeoutMs: int32(),
    /** How long the others wait for it to rejoin; −1: sessionTimeoutMs. */
    rebalanceTimeoutMs: int32({ since: 1, default: -1, ignorable: true }),
    /** Empty the first time: the coordinator makes one. */
    memberId: string(),
    groupInstanceId: string({ since: 5, nullable: true }),
    /** `consumer`, `connect`, … */
    protocolType: string(),
    /** Assignors that the member supports, the preferred one first. */
    protocols: array({
      name: string(),
      /** For consumers a ConsumerProtocolSubscription. */
      metadata: bytes(),
    }),
    reason: string({ since: 8, nullable: true, ignorable: true }),
  },
  response: {
    throttleTimeMs: int32({ since: 2 }),
    errorCode: int16(),
    generationId: int32({ default: -1 }),
    protocolType: string({ since: 7, nullable: true }),
    /** The assignor that all support. */
    protocolName: string({ nullableSince: 7 }),
    /** The member that assigns. */
    leader: string(),
    /** The leader rejoined after a restart: it shall not assign again. */
    skipAssignment: bool({ since: 9 }),
    memberId: string(),
    /** Only for the leader. */
    members: array({
      memberId: string(),
      groupInstanceId: string({ since: 5, nullable: true }),
      metadata: bytes(),
    }),
  },
});

/** A decoded JoinGroup request. */
export type JoinGroupRequest = RequestOf<typeof JoinGroup>;

/** A decoded JoinGroup response. */
export type JoinGroupResponse = ResponseOf<typeof JoinGroup>;
