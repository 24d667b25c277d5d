import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, bool, int16, int32, int8, string } from "../schema.ts";

export const DescribeConfigs = api({
  key: 32,
  name: "DescribeConfigs",
  versions: [0, 4],
  flexibleFrom: 4,
  request: {
    resources: array({
      resourceType: int8(),
      resourceName: string(),
      configurationKeys: array(string(), { nullable: true }),
    }),
    includeSynonyms: bool({ since: 1 }),
    includeDocumentation: bool({ since: 3 }),
  },
  response: {
    throttleTimeMs: int32(),
    results: array({
      errorCode: int16(),
      errorMessage: string({ nullable: true }),
      resourceType: int8(),
      resourceName: string(),
      configs: array({
        name: string(),
        value: string({ nullable: true }),
        readOnly: bool(),
        isDefault: bool({ until: 0 }),
        configSource: int8({ since: 1, default: -1 }),
        isSensitive: bool(),
        synonyms: array({
          name: string(),
          value: string({ nullable: true }),
          source: int8(),
        }, { since: 1 }),
        configType: int8({ since: 3 }),
        documentation: string({ since: 3, nullable: true }),
      }),
    }),
  },
});

export type DescribeConfigsRequest = RequestOf<typeof DescribeConfigs>;
export type DescribeConfigsResponse = ResponseOf<typeof DescribeConfigs>;
