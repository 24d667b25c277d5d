import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, bool, int16, int32, int8, string } from "../schema.ts";

/**
 * Replaces the whole configuration of topics or brokers. IncrementalAlterConfigs has taken its place.
 *
 * What came with which version:
 * - 2: flexible
 */
export const AlterConfigs = api({
  key: 33,
  name: "AlterConfigs",
  versions: [0, 2],
  flexibleFrom: 2,
  request: {
    resources: array({
      /** 2: topic; 4: broker. */
      resourceType: int8(),
      resourceName: string(),
      /** All that are to differ from the default. */
      configs: array({
        name: string(),
        value: string({ nullable: true }),
      }),
    }),
    validateOnly: bool(),
  },
  response: {
    throttleTimeMs: int32(),
    responses: array({
      errorCode: int16(),
      errorMessage: string({ nullable: true }),
      resourceType: int8(),
      resourceName: string(),
    }),
  },
});

/** A decoded AlterConfigs request. */
export type AlterConfigsRequest = RequestOf<typeof AlterConfigs>;

/** A decoded AlterConfigs response. */
export type AlterConfigsResponse = ResponseOf<typeof AlterConfigs>;
