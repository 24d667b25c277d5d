import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, int16, int32, int8, string } from "../schema.ts";

/**
 * Deletes the access control entries that match filters.
 *
 * What came with which version:
 * - 1: patterns (KIP-290)
 * - 2: flexible
 * - 3: user resources (KIP-373)
 */
export const DeleteAcls = api({
  key: 31,
  name: "DeleteAcls",
  versions: [1, 3],
  flexibleFrom: 2,
  request: {
    filters: array({
      resourceTypeFilter: int8(),
      resourceNameFilter: string({ nullable: true }),
      patternTypeFilter: int8({ default: 3 }),
      principalFilter: string({ nullable: true }),
      hostFilter: string({ nullable: true }),
      operation: int8(),
      permissionType: int8(),
    }),
  },
  response: {
    throttleTimeMs: int32(),
    filterResults: array({
      errorCode: int16(),
      errorMessage: string({ nullable: true }),
      matchingAcls: array({
        errorCode: int16(),
        errorMessage: string({ nullable: true }),
        resourceType: int8(),
        resourceName: string(),
        patternType: int8({ default: 3 }),
        principal: string(),
        host: string(),
        operation: int8(),
        permissionType: int8(),
      }),
    }),
  },
});

/** A decoded DeleteAcls request. */
export type DeleteAclsRequest = RequestOf<typeof DeleteAcls>;

/** A decoded DeleteAcls response. */
export type DeleteAclsResponse = ResponseOf<typeof DeleteAcls>;
