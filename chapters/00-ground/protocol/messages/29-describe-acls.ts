import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, int16, int32, int8, string } from "../schema.ts";

/**
 * Lists the access control entries that match a filter.
 *
 * What came with which version:
 * - 1: patterns (KIP-290)
 * - 2: flexible
 * - 3: user resources (KIP-373)
 */
export const DescribeAcls = api({
  key: 29,
  name: "DescribeAcls",
  versions: [1, 3],
  flexibleFrom: 2,
  request: {
    /** 0: unknown; 1: any; 2: topic; 3: group; 4: cluster; 5: transactional id; 6: token; 7: user. */
    resourceTypeFilter: int8(),
    resourceNameFilter: string({ nullable: true }),
    /** 1: any; 2: all that match the name; 3: literal; 4: prefixed. */
    patternTypeFilter: int8({ default: 3 }),
    principalFilter: string({ nullable: true }),
    hostFilter: string({ nullable: true }),
    operation: int8(),
    /** 1: any; 2: deny; 3: allow. */
    permissionType: int8(),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: true }),
    resources: array({
      resourceType: int8(),
      resourceName: string(),
      patternType: int8({ default: 3 }),
      acls: array({
        principal: string(),
        host: string(),
        operation: int8(),
        permissionType: int8(),
      }),
    }),
  },
});

/** A decoded DescribeAcls request. */
export type DescribeAclsRequest = RequestOf<typeof DescribeAcls>;

/** A decoded DescribeAcls response. */
export type DescribeAclsResponse = ResponseOf<typeof DescribeAcls>;
