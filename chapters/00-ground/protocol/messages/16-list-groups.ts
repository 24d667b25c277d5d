import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, int16, int32, string } from "../schema.ts";

/**
 * Lists the groups that a broker coordinates.
 *
 * What came with which version:
 * - 3: flexible
 * - 4: states (KIP-518)
 * - 5: types (KIP-848)
 */
export const ListGroups = api({
  key: 16,
  name: "ListGroups",
  versions: [0, 5],
  flexibleFrom: 3,
  request: {
    /** Empty: all states. */
    statesFilter: array(string(), { since: 4 }),
    /** Empty: all types; `classic`, `consumer`. */
    typesFilter: array(string(), { since: 5 }),
  },
  response: {
    throttleTimeMs: int32({ since: 1 }),
    errorCode: int16(),
    groups: array({
      groupId: string(),
      protocolType: string(),
      groupState: string({ since: 4 }),
      groupType: string({ since: 5 }),
    }),
  },
});

/** A decoded ListGroups request. */
export type ListGroupsRequest = RequestOf<typeof ListGroups>;

/** A decoded ListGroups response. */
export type ListGroupsResponse = ResponseOf<typeof ListGroups>;
