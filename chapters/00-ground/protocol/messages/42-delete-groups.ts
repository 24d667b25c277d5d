import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, int16, int32, string } from "../schema.ts";

/**
 * Deletes groups that have no members.
 *
 * What came with which version:
 * - 2: flexible
 */
export const DeleteGroups = api({
  key: 42,
  name: "DeleteGroups",
  versions: [0, 2],
  flexibleFrom: 2,
  request: {
    groupsNames: array(string()),
  },
  response: {
    throttleTimeMs: int32(),
    results: array({
      groupId: string(),
      errorCode: int16(),
    }),
  },
});

/** A decoded DeleteGroups request. */
export type DeleteGroupsRequest = RequestOf<typeof DeleteGroups>;

/** A decoded DeleteGroups response. */
export type DeleteGroupsResponse = ResponseOf<typeof DeleteGroups>;
