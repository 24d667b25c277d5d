import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, int16, int32, string } from "../schema.ts";

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

export type DeleteGroupsRequest = RequestOf<typeof DeleteGroups>;
export type DeleteGroupsResponse = ResponseOf<typeof DeleteGroups>;
