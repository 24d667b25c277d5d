import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, bool, int16, int32, int64, string } from "../schema.ts";

/**
 * Asks which versions of which APIs a broker speaks: the first request on a connection.
 *
 * Who asks can't know yet what the broker understands. So a version that the broker lacks is answered with
 * UNSUPPORTED_VERSION in version 0 of the response, and the header of the response is version 0 in all versions.
 *
 * What came with which version:
 * - 3: flexible; the client's name (KIP-511), features (KIP-584)
 * - 4: features whose lowest version is 0
 */
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
    /** What the broker could do, as a range of levels each. */
    supportedFeatures: array({
      name: string(),
      minVersion: int16(),
      maxVersion: int16(),
    }, { since: 3, tag: 0 }),
    /** −1: not known. */
    finalizedFeaturesEpoch: int64({ since: 3, tag: 1, default: -1 }),
    /** What the cluster has agreed on. */
    finalizedFeatures: array({
      name: string(),
      maxVersionLevel: int16(),
      minVersionLevel: int16(),
    }, { since: 3, tag: 2 }),
    zkMigrationReady: bool({ since: 3, tag: 3 }),
  },
});

/** A decoded ApiVersions request. */
export type ApiVersionsRequest = RequestOf<typeof ApiVersions>;

/** A decoded ApiVersions response. */
export type ApiVersionsResponse = ResponseOf<typeof ApiVersions>;
