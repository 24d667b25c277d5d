import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, bool, int16, int32, int8, string } from "../schema.ts";

/**
 * Changes single configuration keys of topics or brokers (KIP-339).
 *
 * What came with which version:
 * - 1: flexible
 */
export const IncrementalAlterConfigs = api({
  key: 44,
  name: "IncrementalAlterConfigs",
  versions: [0, 1],
  flexibleFrom: 1,
  request: {
    resources: array({
      /** 2: topic; 4: broker; 8: broker logger. */
      resourceType: int8(),
      resourceName: string(),
      configs: array({
        name: string(),
        /** 0: set; 1: delete; 2: append to a list; 3: take out of a list. */
        configOperation: int8(),
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

/** A decoded IncrementalAlterConfigs request. */
export type IncrementalAlterConfigsRequest = RequestOf<typeof IncrementalAlterConfigs>;

/** A decoded IncrementalAlterConfigs response. */
export type IncrementalAlterConfigsResponse = ResponseOf<typeof IncrementalAlterConfigs>;
