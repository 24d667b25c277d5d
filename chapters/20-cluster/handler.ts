/**
 * What a handler is: one API of Kafka's protocol, the versions of it that the broker serves, and a function from
 * request to response. A handler only translates; the replica manager and the controller do the work.
 *
 * @module
 */
import { type BrokerConfig, type ParsedBrokerConfig } from "#ground/config/broker-config";
import { type KafkaError } from "#ground/errors";
import { type Api } from "#ground/protocol/api";
import { type Input } from "#ground/protocol/message";
import { type AnswerPlace } from "#ground/network/received-request";
import { type Clock, type Logger } from "#ground/runtime";
import { type GroupCoordinator } from "#groups";
import { type Controller, type ReplicaManager } from "#replication";
import { type AutoTopics } from "./auto-topics.ts";
import { type FetchSessions } from "./fetch-sessions.ts";
import { type LogDirContent } from "./log-dirs.ts";
import { type ControllerChannel } from "./inter-broker/controller-channel.ts";
import { type ProducerIds } from "./producer-ids.ts";

/** The parts of a broker that handlers call. */
export interface BrokerParts {
  readonly config: BrokerConfig;
  /** `config`, and how it came about: DescribeConfigs tells. */
  readonly parsedConfig: ParsedBrokerConfig;
  readonly log: Logger;
  readonly clock: Clock;
  readonly replicas: ReplicaManager;
  /** This broker's own, active or not. Not the same object for ever: with each new session comes a new one. */
  readonly controller: Controller;
  /** The way of clients' requests to the active one. */
  readonly forwarding: ControllerChannel;
  readonly producerIds: ProducerIds;
  readonly fetchSessions: FetchSessions;
  readonly autoTopics: AutoTopics;
  /** The log dirs, and what is in them. */
  readonly logDirs: () => readonly LogDirContent[];
  readonly groups: GroupCoordinator;
  /** Everything that is served: ApiVersions tells it. */
  readonly handlers: readonly ApiHandler[];
}

/** One request's surroundings. */
export interface RequestContext {
  /** Of the request; the response has the same. */
  readonly version: number;
  /** The name of the listener that it came through. */
  readonly listener: string;
  /** What the client calls itself; null when it doesn't. */
  readonly clientId: string | null;
  /** Where the client is, as `host:port`. */
  readonly remoteAddress: string;
  /** Where the answer goes. */
  readonly place: AnswerPlace;
  readonly broker: BrokerParts;
}

/** A handler gives this when the request wants no answer (acks=0). */
export const NO_RESPONSE: unique symbol = Symbol("no response");

/** What a handler gives: the response, now or later. A rejection closes the connection. */
export type Handled<Res> = Input<Res> | typeof NO_RESPONSE | Promise<Input<Res> | typeof NO_RESPONSE>;

/** What a file in `handlers/` says. */
export interface HandlerTable<Req, Res> {
  readonly api: Api<Req, Res>;
  /** The first and the last version that are served, both inclusive. */
  readonly versions: readonly [first: number, last: number];
  /** The first version that ApiVersions tells, if that isn't the first that is served. */
  readonly advertisedFrom?: number;
  /**
   * Whether nothing of a request's bytes is kept once it has been answered: their memory is used again then. Worth it
   * for large requests.
   */
  readonly isDoneWithFrame?: boolean;
  /** Whether large parts of an answer come from the runtime's memory, and are nobody else's: they go back there. */
  readonly isAnswerFromMemory?: boolean;
  /**
   * Whether a request is handled only when its answer is the next to leave. For what reads much: a client that sends
   * many at once, and reads no answer, would fill the memory.
   */
  readonly waitsForTurn?: boolean;
  /** Whether only brokers ask this: ApiVersions doesn't tell it. */
  readonly isInternal?: boolean;
  /**
   * There if only the active controller can answer: another broker hands the request on to it, and if that fails gives
   * the client this. Source: Kafka's `AbstractRequest.getErrorResponse`, `ForwardingManager`.
   */
  withoutController?(request: Req, error: KafkaError, version: number): Input<Res>;
  /** @throws KafkaError when there is no way to answer; the connection is closed then. */
  handle(request: Req, context: RequestContext): Handled<Res>;
}

/** A handler of any API, as the dispatcher sees it. */
export type ApiHandler = Readonly<HandlerTable<unknown, unknown>>;

/** Makes a handler of its table: checks the types, forgets them, and makes sure that the codec has all versions. */
export function handler<Req, Res>(table: HandlerTable<Req, Res>): ApiHandler {
  const { api, versions } = table;
  if (versions[0] < api.minVersion || versions[1] > api.maxVersion) {
    throw new RangeError(`${api.name}: the codec has versions ${api.minVersion} to ${api.maxVersion}, not ${versions}`);
  }
  return table as unknown as ApiHandler;
}
