import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, bool, int16, int32, int64, string } from "../schema.ts";

export const ApiVersions = api({
  key: 18,
  name: "ApiVersions",
  versions: [0, 4],
  flexibleFrom: 3,
  request: {
    clientSoftwareName: string({ since: 3, ignorable: true }),
    clientSoftwareVersion: string({ since: 3, ignorable: true }),
  },
  response: {
    errorCode: int16(),
    apiKeys: array({
      apiKey: int16(),
      minVersion: int16(),
      maxVersion: int16(),
    }),
    throttleTimeMs: int32({ since: 1 }),
    supportedFeatures: array({
      name: string(),
      minVersion: int16(),
      maxVersion: int16(),
    }, { since: 3, tag: 0 }),
    finalizedFeaturesEpoch: int64({ since: 3, tag: 1, default: -1 }),
    finalizedFeatures: array({
      name: string(),
      maxVersionLevel: int16(),
      minVersionLevel: int16(),
    }, { since: 3, tag: 2 }),
    zkMigrationReady: bool({ since: 3, tag: 3 }),
  },
});

export type ApiVersionsRequest = RequestOf<typeof ApiVersions>;
export type ApiVersionsResponse = ResponseOf<typeof ApiVersions>;
