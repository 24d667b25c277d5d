/**
 * From a frame to a handler and back to a frame. Source: Kafka's `KafkaApis` and `RequestChannel`.
 *
 * @module
 */
import { KafkaError, rethrowStub } from "#ground/errors";
import { writeInt32 } from "#ground/int64";
import { ipOf } from "#ground/network/connection-quotas";
import { ANYWHERE } from "#ground/network/received-request";
import { type ReceivedRequest } from "#ground/network/socket-server";
import { type Api, type RequestOf, type ResponseOf } from "#ground/protocol/api";
import { type DecodedRequestHeader, decodeRequestHeader, encodeResponse } from "#ground/protocol/frames";
import { type Input } from "#ground/protocol/message";
import { ApiVersions } from "#ground/protocol/messages/18-api-versions";
import { type ApiHandler, type BrokerParts, NO_RESPONSE } from "./handler.ts";
import { unsupportedVersionResponse } from "./handlers/18-api-versions.ts";
import { isFromNoController } from "./no-controller.ts";

type Response = Exclude<ReturnType<ApiHandler["handle"]>, Promise<unknown>>;

/**
 * Decodes requests, calls the handler of their API, encodes its answer. What can't be answered closes the
 * connection, as in Kafka: an unknown API or version (but for ApiVersions), a body that doesn't decode, a handler
 * that fails.
 */
export class RequestDispatcher {
  readonly #broker: BrokerParts;
  readonly #handlers: ReadonlyMap<number, ApiHandler>;
  readonly #apiByKey: (key: number) => Api | undefined;

  constructor(broker: BrokerParts) {
    this.#broker = broker;
    this.#handlers = new Map(broker.handlers.map((handler) => [handler.api.key, handler]));
    this.#apiByKey = (key) => this.#handlers.get(key)?.api;
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
    const header = decodeRequestHeader(request.frame, this.#apiByKey);
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
    if (handler.withoutController !== undefined) {
      void this.#askController(request, handler, header, listener);
      return;
    }
    if (handler.waitsForTurn !== true) this.#handle(request, handler, header, listener);
    else request.onTurn(() => this.#handleInTurn(request, handler, header, listener));
  }

  /**
   * What the controller does takes its time to take effect, and what the client has sent behind it may build on that:
   * so that waits. (All else that changes something does so in its turn, and only its answer takes time.)
   */
  async #askController(
    request: ReceivedRequest,
    handler: ApiHandler,
    header: DecodedRequestHeader,
    listener: string,
  ): Promise<void> {
    const goOn = request.holdBack();
    try {
      if (this.#broker.forwarding.isLocal) {
        const response = await this.#run(request, handler, header, listener);
        if (!isFromNoController(response)) return answer(request, handler, header, response);
      }
      await this.#handOn(request, handler, header);
    } catch (error) {
      this.#refuse(request, error);
    } finally {
      goOn();
    }
  }

  #handleInTurn(request: ReceivedRequest, handler: ApiHandler, header: DecodedRequestHeader, listener: string): void {
    try {
      this.#handle(request, handler, header, listener);
    } catch (error) {
      this.#refuse(request, error);
    }
  }

  #handle(request: ReceivedRequest, handler: ApiHandler, header: DecodedRequestHeader, listener: string): void {
    const handled = this.#run(request, handler, header, listener);
    if (handled instanceof Promise) void this.#answerLater(request, handler, header, handled);
    else answer(request, handler, header, handled);
  }

  #run(
    request: ReceivedRequest,
    handler: ApiHandler,
    header: DecodedRequestHeader,
    listener: string,
  ): ReturnType<ApiHandler["handle"]> {
    const { api } = handler;
    const { apiVersion: version, bodyAt, clientId } = header;
    const { remoteAddress } = request;
    // Kafka accepts bytes after the body, so we do.
    const body = api.request.decode(version, request.frame.subarray(bodyAt), { strict: false });
    const context = { version, listener, clientId, remoteAddress, place: request, broker: this.#broker };
    return handler.handle(body, context);
  }

  async #answerLater(
    request: ReceivedRequest,
    handler: ApiHandler,
    header: DecodedRequestHeader,
    handled: Promise<Response>,
  ): Promise<void> {
    try {
      answer(request, handler, header, await handled);
    } catch (error) {
      this.#refuse(request, error);
    }
  }

  /**
   * A request of this broker to itself: see `ControllerChannel`.
   * @throws KafkaError what a client would see as a closed connection
   */
  async answerLocally<A extends Api>(api: A, value: Input<RequestOf<A>>): Promise<ResponseOf<A>> {
    const handler = this.#handlers.get(api.key)!;
    const version = handler.versions[1];
    // Through the codec, as between two brokers: what is left out gets its default.
    const body = api.request.decode(version, api.request.encodeToBytes(version, value));
    const context = {
      version,
      listener: "",
      clientId: null,
      remoteAddress: "",
      place: ANYWHERE,
      broker: this.#broker,
    };
    const response = await handler.handle(body, context);
    return api.response.decode(version, api.response.encodeToBytes(version, response)) as ResponseOf<A>;
  }

  /** Hands a request on to the controller, and its answer back; none after `request.timeout.ms` is told, too. */
  async #handOn(request: ReceivedRequest, handler: ApiHandler, header: DecodedRequestHeader): Promise<void> {
    const { forwarding, config } = this.#broker;
    const value = { requestData: request.frame, requestPrincipal: null, clientHostAddress: hostOf(request) };
    try {
      const response = await forwarding.forward(value, config["request.timeout.ms"]);
      request.respond(response === null ? null : withSize(response));
    } catch (error) {
      if (!(error instanceof KafkaError && error.code === "REQUEST_TIMED_OUT")) throw error;
      answer(request, handler, header, withoutController(request, handler, header, error));
    }
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

/** The client's IP address, as bytes: 4 of them, or none when it is no IPv4 address. */
function hostOf({ remoteAddress }: ReceivedRequest): Uint8Array {
  const parts = ipOf(remoteAddress).split(".").map(Number);
  return new Uint8Array(parts.length === 4 && parts.every((part) => part >= 0 && part <= 255) ? parts : []);
}

/** What the client gets when its request reaches no controller. @throws KafkaError if it can't be decoded */
function withoutController(
  { frame }: ReceivedRequest,
  handler: ApiHandler,
  { apiVersion, bodyAt }: DecodedRequestHeader,
  error: KafkaError,
): Response {
  const body = handler.api.request.decode(apiVersion, frame.subarray(bodyAt), { strict: false });
  return handler.withoutController!(body, error, apiVersion) as Response;
}

function withSize(frame: Uint8Array): Uint8Array[] {
  const size = new Uint8Array(4);
  writeInt32(size, 0, frame.length);
  return [size, frame];
}

function answer(request: ReceivedRequest, handler: ApiHandler, header: DecodedRequestHeader, response: Response): void {
  const { apiVersion, correlationId } = header;
  const parts = response === NO_RESPONSE ? null : encodeResponse(handler.api, apiVersion, correlationId, response);
  request.respond(parts, handler.isAnswerFromMemory);
  if (handler.isDoneWithFrame === true) request.release();
}
