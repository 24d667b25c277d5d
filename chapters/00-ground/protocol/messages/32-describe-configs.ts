import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, bool, int16, int32, int8, string } from "../schema.ts";

/**
 * Reads the configuration of topics and brokers.
 *
 * What came with which version:
 * - 1: synonyms and sources (KIP-226)
 * - 3: types and documentation (KIP-569)
 * - 4: flexible
 */
export const DescribeConfigs = api({
  key: 32,
  name: "DescribeConfigs",
  versions: [0, 4],
  flexibleFrom: 4,
  request: {
    resources: array({
      /** 2: topic; 4: broker; 8: broker logger. */
      resourceType: int8(),
      resourceName: string(),
      /** null: all. */
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
        /** null when it is sensitive. */
        value: string({ nullable: true }),
        readOnly: bool(),
        isDefault: bool({ until: 0 }),
        /**
         * 1: topic; 2: this broker, dynamic; 3: all brokers, dynamic; 4: server.properties; 5: default; 6: logger.
         */
        configSource: int8({ since: 1, default: -1 }),
        isSensitive: bool(),
        /** Where the value is looked for, in that order. */
        synonyms: array({
          name: string(),
          value: string({ nullable: true }),
          source: int8(),
        }, { since: 1 }),
        /** 1: boolean; 2: string; 3: int; 4: short; 5: long; 6: double; 7: list; 8: class; 9: password. */
        configType: int8({ since: 3 }),
        documentation: string({ since: 3, nullable: true }),
      }),
    }),
  },
});

/** A decoded DescribeConfigs request. */
export type DescribeConfigsRequest = RequestOf<typeof DescribeConfigs>;

/** A decoded DescribeConfigs response. */
export type DescribeConfigsResponse = ResponseOf<typeof DescribeConfigs>;
