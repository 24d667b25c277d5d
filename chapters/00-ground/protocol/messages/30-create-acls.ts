import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, int16, int32, int8, string } from "../schema.ts";

/**
 * Creates access control entries.
 *
 * What came with which version:
 * - 1: patterns (KIP-290)
 * - 2: flexible
 * - 3: user resources (KIP-373)
 */
export const CreateAcls = api({
  key: 30,
  name: "CreateAcls",
  versions: [1, 3],
  flexibleFrom: 2,
  request: {
    creations: array({
      resourceType: int8(),
      resourceName: string(),
      resourcePatternType: int8({ default: 3 }),
      principal: string(),
      host: string(),
      operation: int8(),
      permissionType: int8(),
    }),
  },
  response: {
    throttleTimeMs: int32(),
    results: array({
      errorCode: int16(),
      errorMessage: string({ nullable: true }),
    }),
  },
});

/** A decoded CreateAcls request. */
export type CreateAclsRequest = RequestOf<typeof CreateAcls>;

/** A decoded CreateAcls response. */
export type CreateAclsResponse = ResponseOf<typeof CreateAcls>;
