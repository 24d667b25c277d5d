/**
 * SaslAuthenticate: a further step of logging in.
 *
 * Behaviour / Version notes
 * - Refused with ILLEGAL_SASL_STATE, as SaslHandshake is: there is nothing to log in to.
 *
 * @module
 */
import { refusal } from "#ground/errors";
import { SaslAuthenticate } from "#ground/protocol/messages/36-sasl-authenticate";
import { type ApiHandler, handler } from "../handler.ts";

export const saslAuthenticate: ApiHandler = handler({
  api: SaslAuthenticate,
  versions: [0, 2],
  handle() {
    const { errorCode, message } = refusal("ILLEGAL_SASL_STATE");
    return { errorCode, errorMessage: message };
  },
});
