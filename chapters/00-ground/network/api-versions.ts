import { KafkaError } from "#ground/errors";
import { type Api } from "#ground/protocol/api";
import { type ApiVersionsResponse } from "#ground/protocol/messages/18-api-versions";

/** The versions of one API that somebody speaks, both inclusive. */
interface VersionRange {
  readonly min: number;
  readonly max: number;
}

/** Which versions of which APIs a broker speaks, and so which ones we use with it (Kafka's `NodeApiVersions`). */
export class BrokerApiVersions {
  readonly #ranges: ReadonlyMap<number, VersionRange>;

  constructor(apiKeys: ApiVersionsResponse["apiKeys"]) {
    this.#ranges = new Map(apiKeys.map((each) => [each.apiKey, { min: each.minVersion, max: each.maxVersion }]));
  }

  /** Whether there is a version of `api` that both sides speak. */
  supports(api: Api): boolean {
    return this.#highestCommon(api, api.maxVersion) !== null;
  }

  /**
   * The highest version of `api` that both sides speak, and that is not above `max`.
   * @throws KafkaError UNSUPPORTED_VERSION with both ranges when there is none
   */
  versionFor(api: Api, max: number = api.maxVersion): number {
    const version = this.#highestCommon(api, max);
    if (version !== null) return version;
    const theirs = this.#ranges.get(api.key);
    const broker = theirs === undefined ? "does not know it" : `speaks versions ${theirs.min} to ${theirs.max}`;
    const ours = `versions ${api.minVersion} to ${Math.min(max, api.maxVersion)}`;
    throw new KafkaError("UNSUPPORTED_VERSION", `${api.name}: expected a broker with ${ours}, but this one ${broker}.`);
  }

  #highestCommon(api: Api, max: number): number | null {
    const theirs = this.#ranges.get(api.key);
    if (theirs === undefined) return null;
    const version = Math.min(theirs.max, api.maxVersion, max);
    return version >= theirs.min && version >= api.minVersion ? version : null;
  }
}
