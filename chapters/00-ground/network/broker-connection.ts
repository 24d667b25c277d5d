import { KafkaError } from "#ground/errors";
import { readInt16, readInt32 } from "#ground/int64";
import { type Api, type RequestOf, type ResponseOf } from "#ground/protocol/api";
import { decodeResponse, encodeRequest } from "#ground/protocol/frames";
import { type Input } from "#ground/protocol/message";
import { ApiVersions, type ApiVersionsResponse } from "#ground/protocol/messages/18-api-versions";
import { type Connection, type Runtime } from "#ground/runtime";
import { BrokerApiVersions } from "./api-versions.ts";
import { FrameReader } from "./frame-reader.ts";
import { InFlightRequest } from "./in-flight-request.ts";

/** Larger answers are refused. It is below what a TLS record or an HTTP answer looks like as a size. */
const MAX_RESPONSE_BYTES = 256 * 1024 * 1024;
/** How we call ourselves in ApiVersions (KIP-511). */
const CLIENT_SOFTWARE = { clientSoftwareName: "katafka", clientSoftwareVersion: "0.1.0" };
/** Error code of UNSUPPORTED_VERSION. */
const UNSUPPORTED_VERSION = new KafkaError("UNSUPPORTED_VERSION").errorCode;
/** Where ApiVersions answers have their error code: after the correlation id. */
const ERROR_CODE_AT = 4;
const MAX_CORRELATION_ID = 0x7fff_ffff;

/** Where to connect to, and how long to wait. */
export interface BrokerConnectionOptions {
  readonly host: string;
  readonly port: number;
  /** Sent with each request, for the broker's logs and quotas. */
  readonly clientId: string | null;
  /** Until the connection is open, and again until ApiVersions is answered (`socket.connection.setup.timeout.ms`). */
  readonly connectTimeoutMs: number;
  /** Until a request is answered (`request.timeout.ms`). Starts when the request is sent. */
  readonly requestTimeoutMs: number;
  /** Gives up connecting when it is aborted. It has no effect on a connection that is open. */
  readonly signal?: AbortSignal;
}

/** What may differ for one request. */
export interface SendOptions {
  /** Default: the highest version that both sides speak. */
  readonly version?: number;
  /** Default: the connection's `requestTimeoutMs`. */
  readonly timeoutMs?: number;
  /** Called once when the bytes of the request are no longer needed: they were sent, or never will be. */
  readonly released?: () => void;
}

/**
 * One connection to a broker, as a client or another broker has it: requests out, answers in (Kafka's `KafkaChannel`,
 * with the bookkeeping of `NetworkClient` for one node).
 *
 * A broker answers in the order of the requests. So a request that is not answered in time ends the connection: its
 * answer may come later, and nobody could tell what the next ones belong to. All requests in flight fail with it.
 */
export class BrokerConnection {
  readonly host: string;
  readonly port: number;
  readonly #runtime: Runtime;
  readonly #options: BrokerConnectionOptions;
  readonly #connection: Connection;
  readonly #reader = new FrameReader(MAX_RESPONSE_BYTES);
  /** In the order of sending, which is that of the answers. */
  readonly #inFlight: InFlightRequest[] = [];
  readonly #onClose: ((error?: Error) => void)[] = [];
  /** Null until the broker has said what it speaks. */
  #apiVersions: BrokerApiVersions | null = null;
  #nextCorrelationId = 0;
  #closed = false;
  /** Why the connection was closed, unless it was by {@link close}. */
  #reason: Error | undefined;

  private constructor(runtime: Runtime, options: BrokerConnectionOptions, connection: Connection) {
    this.#runtime = runtime;
    this.#options = options;
    this.host = options.host;
    this.port = options.port;
    this.#connection = connection;
    connection.handle({
      onData: (chunk) => this.#onData(chunk),
      readInto: () => this.#reader.room(),
      onRead: (bytes) => this.#onRead(bytes),
      onClose: (error) => this.#onConnectionClosed(error),
    });
  }

  /**
   * Opens a connection and asks the broker what it speaks.
   * @throws KafkaError NETWORK_EXCEPTION or REQUEST_TIMED_OUT, both retriable, when there is no broker that answers;
   *   INVALID_REQUEST when what answers is no Kafka broker. No connection is left open then.
   */
  static async connect(runtime: Runtime, options: BrokerConnectionOptions): Promise<BrokerConnection> {
    const { host, port, connectTimeoutMs, signal } = options;
    const opened = await runtime.transport.connect(host, port, connectTimeoutMs, signal);
    const connection = new BrokerConnection(runtime, options, opened);
    const onAbort = (): void => {
      connection.close(new KafkaError("NETWORK_EXCEPTION", `Connecting to ${host}:${port} was given up.`));
    };
    if (signal?.aborted === true) onAbort();
    signal?.addEventListener("abort", onAbort);
    try {
      connection.#apiVersions = await connection.#negotiate();
      return connection;
    } catch (error) {
      connection.#fail(error as Error);
      throw error;
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /** Requests that were sent and are not answered yet. */
  get inFlight(): number {
    return this.#inFlight.length;
  }

  /** Whether nothing more can be sent. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Whether there is a version of `api` that both sides speak. */
  supports(api: Api): boolean {
    return this.#versions.supports(api);
  }

  /**
   * The highest version of `api` that both sides speak, and that is not above `max`.
   * @throws KafkaError UNSUPPORTED_VERSION with both ranges when there is none
   */
  versionFor(api: Api, max?: number): number {
    return this.#versions.versionFor(api, max);
  }

  /**
   * Sends a request and waits for its answer. What the answer says, errors included, is the caller's to look at.
   * @param value - large byte fields of it are lent until `options.released`
   * @throws KafkaError NETWORK_EXCEPTION when the connection ends first; REQUEST_TIMED_OUT; UNSUPPORTED_VERSION or
   *   INVALID_REQUEST for what can't be encoded, which does no harm to the connection
   */
  send<A extends Api>(api: A, value: Input<RequestOf<A>>, options: SendOptions = {}): Promise<ResponseOf<A>> {
    return new Promise((resolve, reject) => {
      let request: InFlightRequest;
      try {
        const version = options.version ?? this.versionFor(api);
        const settle = { resolve: resolve as (value: unknown) => void, reject };
        request = new InFlightRequest(api, version, this.#takeCorrelationId(), settle);
        this.#write(request, value, options.released);
      } catch (error) {
        this.#release(options.released);
        reject(error as Error);
        return;
      }
      const timeoutMs = options.timeoutMs ?? this.#options.requestTimeoutMs;
      this.#inFlight.push(request);
      request.startTimer(this.#runtime, timeoutMs, () => this.#onTimeout(request, timeoutMs));
    });
  }

  /**
   * Sends a request that gets no answer: Produce with acks 0.
   * @throws KafkaError as {@link send}, but at once
   */
  sendNoReply<A extends Api>(api: A, value: Input<RequestOf<A>>, options: Omit<SendOptions, "timeoutMs"> = {}): void {
    try {
      const version = options.version ?? this.versionFor(api);
      this.#write({ api, version, correlationId: this.#takeCorrelationId() }, value, options.released);
    } catch (error) {
      this.#release(options.released);
      throw error;
    }
  }

  /** Adds a call for when the connection ends, with the reason unless {@link close} ended it. Never called inside. */
  onClose(call: (error?: Error) => void): void {
    if (this.#closed) this.#runtime.scheduler.soon(() => call(this.#reason));
    else this.#onClose.push(call);
  }

  /**
   * Ends the connection. Requests in flight fail, with `reason` if there is one. Without a reason what is queued is
   * still sent; with one it is dropped. Idempotent.
   */
  close(reason?: Error): void {
    const isWaitedFor = this.#inFlight.length > 0;
    this.#end(reason);
    // A broker answers also who sends no more: an orderly end would wait for answers that nobody wants any more.
    const unwanted = isWaitedFor && this.#connection.bytesQueued === 0;
    this.#connection.close(reason ?? (unwanted ? this.#networkError("Nobody waits for the answers.") : undefined));
  }

  /** Asks for the versions: first in our newest form, then, for a broker that lacks it, in the oldest. */
  async #negotiate(): Promise<BrokerApiVersions> {
    let answer = await this.#askVersions(ApiVersions.maxVersion);
    if (answer.errorCode === UNSUPPORTED_VERSION) answer = await this.#askVersions(0);
    if (answer.errorCode !== 0) {
      throw new KafkaError("INVALID_REQUEST", `${this.#address} answered ApiVersions with error ${answer.errorCode}.`);
    }
    return new BrokerApiVersions(answer.apiKeys);
  }

  #askVersions(version: number): Promise<ApiVersionsResponse> {
    const value = version >= 3 ? CLIENT_SOFTWARE : {};
    return this.send(ApiVersions, value, { version, timeoutMs: this.#options.connectTimeoutMs });
  }

  get #versions(): BrokerApiVersions {
    if (this.#apiVersions === null) throw new Error("A connection is handed out when its versions are known.");
    return this.#apiVersions;
  }

  get #address(): string {
    return `${this.host}:${this.port}`;
  }

  #networkError(message: string): KafkaError {
    return new KafkaError("NETWORK_EXCEPTION", message);
  }

  #takeCorrelationId(): number {
    const taken = this.#nextCorrelationId;
    this.#nextCorrelationId = taken === MAX_CORRELATION_ID ? 0 : taken + 1;
    return taken;
  }

  #write<A extends Api>(
    { api, version, correlationId }: { api: Api; version: number; correlationId: number },
    value: Input<RequestOf<A>>,
    released: (() => void) | undefined,
  ): void {
    if (this.#closed) throw this.#reason ?? this.#networkError(`The connection to ${this.#address} is closed.`);
    const parts = encodeRequest(api, version, { correlationId, clientId: this.#options.clientId }, value);
    this.#connection.write(parts, released);
  }

  #release(released: (() => void) | undefined): void {
    if (released !== undefined) this.#runtime.scheduler.soon(released);
  }

  #onData(chunk: Uint8Array): void {
    try {
      this.#reader.push(chunk, this.#onFrame);
    } catch (error) {
      this.#onMisfit(error as Error);
    }
  }

  #onRead(bytes: number): void {
    try {
      this.#reader.filled(bytes, this.#onFrame);
    } catch (error) {
      this.#onMisfit(error as Error);
    }
  }

  #onMisfit({ message }: Error): void {
    this.#fail(new KafkaError("INVALID_REQUEST", `${this.#address} does not answer as a Kafka broker: ${message}`));
  }

  readonly #onFrame = (frame: Uint8Array): void => {
    if (this.#closed) return;
    const correlationId = readInt32(frame, 0);
    const request = this.#inFlight[0];
    if (request === undefined || request.correlationId !== correlationId) {
      const expected = request === undefined ? "no answer" : `that to request ${request.correlationId}`;
      throw new KafkaError("INVALID_REQUEST", `expected ${expected}, got one to request ${correlationId}.`);
    }
    const answer = decodeResponse(request.api, this.#versionOfAnswer(request, frame), frame);
    this.#inFlight.shift();
    request.resolve(answer.value);
  };

  /** The version of the request, but for one case: who does not know our ApiVersions says so in version 0. */
  #versionOfAnswer(request: InFlightRequest, frame: Uint8Array): number {
    if (request.api.key !== ApiVersions.key || frame.length < ERROR_CODE_AT + 2) return request.version;
    return readInt16(frame, ERROR_CODE_AT) === UNSUPPORTED_VERSION ? 0 : request.version;
  }

  #onTimeout(request: InFlightRequest, timeoutMs: number): void {
    const message = `${this.#address} did not answer ${request.api.name} within ${timeoutMs} ms.`;
    this.#inFlight.splice(this.#inFlight.indexOf(request), 1);
    request.reject(new KafkaError("REQUEST_TIMED_OUT", message));
    this.#fail(this.#networkError(`The connection to ${this.#address} was closed: ${message}`));
  }

  #onConnectionClosed(error: Error | undefined): void {
    this.#end(error ?? this.#networkError(`${this.#address} ${this.#closedText()}.`));
    for (const call of this.#onClose.splice(0)) call(this.#reason);
  }

  #closedText(): string {
    if (this.#apiVersions !== null) return "closed the connection";
    return "closed the connection instead of answering ApiVersions: it may expect TLS, or speak another protocol";
  }

  /** Ends the connection for a reason. */
  #fail(error: Error): void {
    this.#end(error);
    this.#connection.close(error);
  }

  /** From here on nothing is sent. Whoever still waits for an answer gets none. */
  #end(reason: Error | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#reason = reason;
    const failure = reason ?? this.#networkError(`The connection to ${this.#address} was closed.`);
    for (const request of this.#inFlight.splice(0)) request.reject(failure);
  }
}
