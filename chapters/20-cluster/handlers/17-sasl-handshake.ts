/**
 * SaslHandshake: the first step of logging in.
 *
 * Behaviour / Version notes
 * - All listeners are PLAINTEXT: there is nothing to log in to. As Kafka's do, such a listener says so with
 *   ILLEGAL_SASL_STATE instead of closing the connection, so that a client with the wrong `security.protocol` has a
 *   reason to show.
 *
 * @module
 */
import { ERRORS } from "#ground/errors";
import { SaslHandshake } from "#ground/protocol/messages/17-sasl-handshake";
import { type ApiHandler, handler } from "../handler.ts";

export const saslHandshake: ApiHandler = handler({
  api: SaslHandshake,
  versions: [0, 1],
  handle: () => ({ errorCode: ERRORS.ILLEGAL_SASL_STATE[0] }),
});
