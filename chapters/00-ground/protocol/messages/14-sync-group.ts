import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, bytes, int16, int32, string } from "../schema.ts";

export const SyncGroup = api({
  key: 14,
  name: "SyncGroup",
  versions: [0, 5],
  flexibleFrom: 4,
  request: {
    groupId: string(),
    generationId: int32(),
    memberId: string(),
    groupInstanceId: string({ since: 3, nullable: true, default: null }),
    protocolType: string({ since: 5, nullable: true, default: null, ignorable: true }),
    protocolName: string({ since: 5, nullable: true, default: null, ignorable: true }),
    assignments: array({
      memberId: string(),
      assignment: bytes(),
    }),
  },
  response: {
    throttleTimeMs: int32({ since: 1 }),
    errorCode: int16(),
    protocolType: string({ since: 5, nullable: true, default: null }),
    protocolName: string({ since: 5, nullable: true, default: null }),
    assignment: bytes(),
  },
});

export type SyncGroupRequest = RequestOf<typeof SyncGroup>;
export type SyncGroupResponse = ResponseOf<typeof SyncGroup>;
