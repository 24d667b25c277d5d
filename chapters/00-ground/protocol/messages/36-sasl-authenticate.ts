import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { bytes, int16, int64, string } from "../schema.ts";

/**
 * One step of a SASL exchange; the bytes belong to the mechanism (KIP-152).
 *
 * What came with which version:
 * - 1: sessionLifetimeMs (KIP-368)
 * - 2: flexible
 */
export const SaslAuthenticate = api({
  key: 36,
  name: "SaslAuthenticate",
  versions: [0, 2],
  flexibleFrom: 2,
  request: {
    authBytes: bytes(),
  },
  response: {
    errorCode: int16(),
    errorMessage: string({ nullable: true }),
    authBytes: bytes(),
    /** After which the client has to authenticate again; 0: never. */
    sessionLifetimeMs: int64({ since: 1 }),
  },
});

/** A decoded SaslAuthenticate request. */
export type SaslAuthenticateRequest = RequestOf<typeof SaslAuthenticate>;

/** A decoded SaslAuthenticate response. */
export type SaslAuthenticateResponse = ResponseOf<typeof SaslAuthenticate>;
