/**
 * From a frame to a handler and back to a frame. Source: Kafka's `KafkaApis` and `RequestChannel`.
 *
 * @module
 */
import { KafkaError, rethrowStub } from "#ground/errors";
import { type ReceivedRequest } from "#ground/network/socket-server";
import { type DecodedRequestHeader, decodeRequestHeader, encodeResponse } from "#ground/protocol/frames";
import { ApiVersions } from "#ground/protocol/messages/18-api-versions";
import { type ApiHandler, type BrokerParts, NO_RESPONSE } from "./handler.ts";
import { unsupportedVersionResponse } from "./handlers/18-api-versions.ts";

/**
 * Decodes requests, calls the handler of their API, encodes its answer. What can't be answered closes the
 * connection, as in Kafka: an unknown API or version (but for ApiVersions), a body that doesn't decode, a handler
 * that fails.
 */
export class RequestDispatcher {
  readonly #broker: BrokerParts;
  readonly #handlers: ReadonlyMap<number, ApiHandler>;

  constructor(broker: BrokerParts) {
    this.#broker = broker;
    this.#handlers = new Map(broker.handlers.map((handler) => [handler.api.key, handler]));
  }

  /** Sees to it that `request` is answered or its connection closed, now or later. Doesn't throw, but for stubs. */
  dispatch(request: ReceivedRequest, listener: string): void {
    try {
      this.#dispatch(request, listener);
    } catch (error) {
      this.#refuse(request, error);
    }
  }

  #dispatch(request: ReceivedRequest, listener: string): void {
    const header = decodeRequestHeader(request.frame, (key) => this.#handlers.get(key)?.api);
    const { apiKey, apiVersion: version, correlationId } = header;
    const handler = this.#handlers.get(apiKey);
    if (handler === undefined) throw new KafkaError("UNSUPPORTED_VERSION", `API key ${apiKey} is not served`);
    const { api, versions } = handler;
    if (version < versions[0] || version > versions[1]) {
      if (api.key !== ApiVersions.key) {
        const range = `versions ${versions[0]} to ${versions[1]}`;
        throw new KafkaError("UNSUPPORTED_VERSION", `${api.name}: ${range} are served, not ${version}`);
      }
      request.respond(encodeResponse(api, 0, correlationId, unsupportedVersionResponse(handler)));
      return;
    }
    if (handler.waitsForTurn !== true) this.#handle(request, handler, header, listener);
    else request.onTurn(() => this.#handleInTurn(request, handler, header, listener));
  }

  #handleInTurn(request: ReceivedRequest, handler: ApiHandler, header: DecodedRequestHeader, listener: string): void {
    try {
      this.#handle(request, handler, header, listener);
    } catch (error) {
      this.#refuse(request, error);
    }
  }

  #handle(request: ReceivedRequest, handler: ApiHandler, header: DecodedRequestHeader, listener: string): void {
    const { api } = handler;
    const { apiVersion: version, correlationId, bodyAt } = header;
    // Kafka accepts bytes after the body, so we do.
    const body = api.request.decode(version, request.frame.subarray(bodyAt), { strict: false });
    const handled = handler.handle(body, { version, listener, place: request, broker: this.#broker });
    const answer = (response: Exclude<typeof handled, Promise<unknown>>): void => {
      const parts = response === NO_RESPONSE ? null : encodeResponse(api, version, correlationId, response);
      request.respond(parts, handler.isAnswerFromMemory);
      if (handler.isDoneWithFrame === true) request.release();
    };
    if (handled instanceof Promise) handled.then(answer).catch((error: unknown) => this.#refuse(request, error));
    else answer(handled);
  }

  #refuse(request: ReceivedRequest, error: unknown): void {
    rethrowStub(error);
    const { log } = this.#broker;
    if (error instanceof KafkaError) {
      log.info(`Closing the connection of ${request.remoteAddress}: ${error.message}`);
      request.close(error);
    } else {
      const cause = error instanceof Error ? error : new Error(String(error));
      log.error(`Closing the connection of ${request.remoteAddress}: ${cause.stack}`);
      request.close(cause);
    }
  }
}
