/**
 * ApiVersions: what this broker speaks. Clients ask it first, and choose versions by the answer.
 *
 * Behaviour / Version notes
 * - The answer is derived: whatever has a handler is told.
 * - A version that we don't know is answered with UNSUPPORTED_VERSION *in the format of version 0*, and with our
 *   range for this API alone; so a client from the future can ask again (KIP-511). The dispatcher does that.
 * - v3 brings the client's name and version. Empty or odd ones are refused with INVALID_REQUEST.
 * - v3 also brings features (KIP-584): the levels of each that we could serve, and the one that the cluster has agreed
 *   on. Of Kafka 4.0's we tell `metadata.version`: what topics and brokers are like. The others (`group.version`,
 *   `transaction.version`, `kraft.version`, `eligible.leader.replicas.version`) would promise what isn't here.
 *
 * @module
 */
import { ApiVersions } from "#ground/protocol/messages/18-api-versions";
import { ERRORS } from "#ground/errors";
import { type ApiHandler, handler } from "../handler.ts";

const SOFTWARE_NAME = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/;

/** From 3.3-IV3 to 4.0-IV3: the range of Apache Kafka 4.0. (A range that begins at 0 would need v4, KIP-1022.) */
const METADATA_VERSION = { name: "metadata.version", minVersion: 7, maxVersion: 25 };

export const apiVersions: ApiHandler = handler({
  api: ApiVersions,
  versions: [0, 4],
  handle({ clientSoftwareName, clientSoftwareVersion }, { version, broker }) {
    if (version >= 3 && !(SOFTWARE_NAME.test(clientSoftwareName) && SOFTWARE_NAME.test(clientSoftwareVersion))) {
      return { errorCode: ERRORS.INVALID_REQUEST[0] };
    }
    return {
      apiKeys: broker.handlers.filter(({ isInternal }) => isInternal !== true).map(rangeOf),
      supportedFeatures: [METADATA_VERSION],
      finalizedFeaturesEpoch: broker.replicas.image.version,
      finalizedFeatures: [
        {
          name: METADATA_VERSION.name,
          minVersionLevel: METADATA_VERSION.maxVersion,
          maxVersionLevel: METADATA_VERSION.maxVersion,
        },
      ],
    };
  },
});

/** The answer, in the format of version 0, to a version that we don't serve. */
export function unsupportedVersionResponse(apiVersionsHandler: ApiHandler): { errorCode: number; apiKeys: Range[] } {
  return { errorCode: ERRORS.UNSUPPORTED_VERSION[0], apiKeys: [rangeOf(apiVersionsHandler)] };
}

interface Range {
  readonly apiKey: number;
  readonly minVersion: number;
  readonly maxVersion: number;
}

function rangeOf({ api, versions, advertisedFrom }: ApiHandler): Range {
  return { apiKey: api.key, minVersion: advertisedFrom ?? versions[0], maxVersion: versions[1] };
}
