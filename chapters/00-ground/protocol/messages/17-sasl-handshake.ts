import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, int16, string } from "../schema.ts";

/**
 * Chooses a SASL mechanism; the exchange itself follows.
 *
 * What came with which version:
 * - 0: as bare tokens, without a Kafka header
 * - 1: in SaslAuthenticate requests (KIP-152)
 */
export const SaslHandshake = api({
  key: 17,
  name: "SaslHandshake",
  versions: [0, 1],
  flexibleFrom: null,
  request: {
    mechanism: string(),
  },
  response: {
    errorCode: int16(),
    mechanisms: array(string()),
  },
});

/** A decoded SaslHandshake request. */
export type SaslHandshakeRequest = RequestOf<typeof SaslHandshake>;

/** A decoded SaslHandshake response. */
export type SaslHandshakeResponse = ResponseOf<typeof SaslHandshake>;
