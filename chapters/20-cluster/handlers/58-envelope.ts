/**
 * Envelope: another broker hands on a client's request that only the controller can answer (KIP-590). Only brokers ask
 * it.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { ERRORS, refusal } from "#ground/errors";
import { decodeRequestHeader, encodeResponse } from "#ground/protocol/frames";
import { type ApiHandler, handler, NO_RESPONSE } from "../handler.ts";
import { Envelope } from "../inter-broker/apis.ts";
import { isFromNoController } from "../no-controller.ts";

const SIZE_BYTES = 4;

export const envelope: ApiHandler = handler({
  api: Envelope,
  versions: [0, 0],
  isInternal: true,
  async handle({ requestData }, context) {
    const { broker } = context;
    if (!broker.forwarding.isLocal) return { errorCode: ERRORS.NOT_CONTROLLER[0], responseData: null };
    const apiOf = (key: number): ApiHandler | undefined => broker.handlers.find(({ api }) => api.key === key);
    const { apiKey, apiVersion, correlationId, bodyAt } = decodeRequestHeader(requestData, (key) => apiOf(key)?.api);
    const forwarded = apiOf(apiKey);
    if (forwarded?.withoutController === undefined) {
      throw refusal("INVALID_REQUEST", `API key ${apiKey} in an envelope`);
    }
    const body = forwarded.api.request.decode(apiVersion, requestData.subarray(bodyAt), { strict: false });
    const response = await forwarded.handle(body, { ...context, version: apiVersion });
    if (response === NO_RESPONSE) return { responseData: null };
    if (isFromNoController(response)) return { errorCode: ERRORS.NOT_CONTROLLER[0], responseData: null };
    const frame = Buffer.concat(encodeResponse(forwarded.api, apiVersion, correlationId, response));
    return { responseData: frame.subarray(SIZE_BYTES) };
  },
});
