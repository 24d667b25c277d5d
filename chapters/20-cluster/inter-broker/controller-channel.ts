/**
 * The way to the active controller, wherever that is: this very broker, or another one.
 * Source: Kafka's `NodeToControllerChannelManager`, `ControllerNodeProvider`.
 *
 * @module
 */
import { type EndPoint } from "#ground/config/listeners";
import { CoordinationError } from "#ground/coordination/coordination";
import { ERRORS, KafkaError, refusal } from "#ground/errors";
import { type Api, type RequestOf, type ResponseOf } from "#ground/protocol/api";
import { type Input } from "#ground/protocol/message";
import { pause, withDeadline } from "#ground/pause";
import { type Runtime } from "#ground/runtime";
import { type Controller } from "#replication";
import { Envelope } from "./apis.ts";
import { BrokerLink } from "./broker-link.ts";

/** Answers a request of this broker to itself, as the dispatcher would. */
export type AnswerLocally = <A extends Api>(api: A, value: Input<RequestOf<A>>) => Promise<ResponseOf<A>>;

/** Where a broker is. */
interface Located {
  readonly brokerId: number;
  readonly endPoint: EndPoint;
}

/** What the channel is made of. */
export interface ControllerChannelOptions {
  readonly brokerId: number;
  /** This broker's own controller, active or not; null while it isn't part of the cluster. */
  readonly local: () => Controller | null;
  /** Asks the coordination service where the controller is; undefined when there is none. */
  readonly locate: () => Promise<Located | undefined>;
  readonly answerLocally: AnswerLocally;
  /** A controller that doesn't answer a request for so long is looked for elsewhere. */
  readonly requestTimeoutMs: number;
}

const CONNECT_TIMEOUT_MS = 5_000;
const RETRY_MS = 50;

/** Sends requests to the controller. Finds it anew when it has moved. */
export class ControllerChannel {
  readonly #runtime: Runtime;
  readonly #options: ControllerChannelOptions;
  readonly #link: BrokerLink;
  #at: Located | undefined;

  constructor(runtime: Runtime, options: ControllerChannelOptions) {
    this.#runtime = runtime;
    this.#options = options;
    this.#link = new BrokerLink(runtime, {
      locate: () => this.#at?.endPoint,
      clientId: `broker-${options.brokerId}`,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      requestTimeoutMs: options.requestTimeoutMs,
    });
  }

  /** Whether the controller is this broker. */
  get isLocal(): boolean {
    return this.#options.local()?.isActive === true;
  }

  /**
   * Sends a request, in a version that every broker of ours serves.
   * @throws KafkaError NOT_CONTROLLER or another retriable one: later there may be a controller
   */
  async send<A extends Api>(api: A, version: number, value: Input<RequestOf<A>>): Promise<ResponseOf<A>> {
    if (this.isLocal) return this.#options.answerLocally(api, value);
    try {
      if (this.#at === undefined) await this.#find();
      const answer = await this.#link.send(api, value, { version });
      const { errorCode } = answer as { readonly errorCode?: number };
      if (errorCode === ERRORS.NOT_CONTROLLER[0]) throw new KafkaError("NOT_CONTROLLER");
      return answer;
    } catch (error) {
      this.forget();
      throw error;
    }
  }

  /**
   * Hands a client's request on, and its answer back. While there is no controller, it waits for one. When the
   * connection to it breaks it asks again, as Kafka's broker does: if that controller had done it, the next one says
   * that it is done already. Source: Kafka's `ForwardingManager`.
   * @throws KafkaError REQUEST_TIMED_OUT after `timeoutMs`; whatever is wrong for good
   */
  async forward(request: Input<RequestOf<typeof Envelope>>, timeoutMs: number): Promise<Uint8Array | null> {
    const { clock, log } = this.#runtime;
    const deadlineMs = clock.nowMs() + timeoutMs;
    let reason = "it doesn't answer";
    do {
      try {
        // Who gives up here leaves the connection as it is: other requests wait on it, and aren't to be done twice.
        const answer = await withDeadline(this.send(Envelope, 0, request), deadlineMs, this.#runtime);
        if (answer !== undefined) return answer.responseData;
      } catch (error) {
        if (!(error instanceof KafkaError && error.retriable)) throw error;
        reason = error.message;
        log.debug(`A client's request waits for the controller: ${reason}`);
        await this.pause();
      }
    } while (clock.nowMs() < deadlineMs);
    throw refusal("REQUEST_TIMED_OUT", `The controller can't be asked: ${reason}`);
  }

  /** Somebody has been elected: what waits for another one's answer waits no longer. */
  controllerIs(brokerId: number): void {
    if (this.#at !== undefined && this.#at.brokerId !== brokerId) this.forget();
  }

  /** A moment, before asking again: there may be a controller then. */
  pause(): Promise<void> {
    return pause(this.#runtime, RETRY_MS);
  }

  /** The controller may be elsewhere by now: the next request looks for it. */
  forget(): void {
    this.#at = undefined;
    this.#link.reset();
  }

  /** Gives up what is under way. */
  close(): void {
    this.#link.close();
  }

  async #find(): Promise<void> {
    const found = await this.#options.locate().catch((error: unknown) => {
      if (!(error instanceof CoordinationError)) throw error;
      throw new KafkaError("NOT_CONTROLLER", `The controller can't be found: ${error.message}`, { cause: error });
    });
    if (found === undefined) throw new KafkaError("NOT_CONTROLLER", "There is no controller at the moment.");
    if (found.brokerId === this.#options.brokerId) {
      throw new KafkaError("NOT_CONTROLLER", "This broker is about to become the controller.");
    }
    this.#at = found;
  }
}
