/**
 * The headers in front of every request and response.
 *
 * @module
 */

import { type Api } from "./api.ts";
import { message } from "./message.ts";
import { int16, int32, string } from "./schema.ts";

const API_VERSIONS = 18;

/** Version 0 was used by one API, long gone; 1 by all that are not flexible; 2 by the flexible versions. */
export const RequestHeader = message({
  name: "Request header",
  versions: [0, 2],
  flexibleFrom: 2,
  fields: {
    requestApiKey: int16(),
    requestApiVersion: int16(),
    /** Comes back in the response. The client's to choose. */
    correlationId: int32(),
    // Not compact in version 2 either, so that a broker can read it before it knows whether the version is flexible.
    clientId: string({ since: 1, nullable: true, ignorable: true, compact: false }),
  },
});

/** Version 1 for the flexible versions. */
export const ResponseHeader = message({
  name: "Response header",
  versions: [0, 1],
  flexibleFrom: 1,
  fields: { correlationId: int32() },
});

/** The version of the header that `version` of `api` takes in a request. */
export function requestHeaderVersion(api: Api, version: number): number {
  return version >= api.firstFlexibleVersion ? 2 : 1;
}

/**
 * The version of the header that `version` of `api` takes in a response. ApiVersions is always answered with the
 * oldest: its client may not know yet what the broker speaks (KIP-511).
 */
export function responseHeaderVersion(api: Api, version: number): number {
  return version >= api.firstFlexibleVersion && api.key !== API_VERSIONS ? 1 : 0;
}
