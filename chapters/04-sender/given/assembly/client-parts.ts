/**
 * What producers and consumers alike need to talk to a cluster, made from their configuration and put together.
 *
 * @module
 */
import { type ParsedProducerConfig } from "#ground/config/producer-config";
import { type Runtime } from "#ground/runtime";
import { ExponentialBackoff } from "#sender/exponential-backoff";
import { Metadata } from "#sender/metadata";
import { NetworkClient } from "#sender/network-client";
import { bootstrapCluster } from "./bootstrap-servers.ts";
import { MetadataUpdater } from "#sender/metadata-updater";
import { SenderLoop } from "../sender-loop.ts";

/** The keys that count here. */
export type ClientConfig = Pick<
  ParsedProducerConfig["config"],
  | "bootstrap.servers"
  | "client.id"
  | "metadata.max.age.ms"
  | "metadata.recovery.strategy"
  | "reconnect.backoff.ms"
  | "reconnect.backoff.max.ms"
  | "request.timeout.ms"
  | "retry.backoff.ms"
  | "retry.backoff.max.ms"
  | "socket.connection.setup.timeout.ms"
>;

/** In what clients differ. */
export interface ClientPartsOptions {
  /** After so long without use a topic is forgotten. */
  readonly maxIdleMs: number;
  /** Requests that may be without an answer at a time, for each connection. */
  readonly maxInFlight: number;
  /** Whether asking for a topic may make it. */
  readonly allowAutoTopicCreation: boolean;
  /** Called when new metadata have come. */
  readonly onUpdate: (now: number) => void;
}

/** The parts that are the same in every client. */
export interface ClientParts {
  readonly retryBackoff: ExponentialBackoff;
  readonly metadata: Metadata;
  /** Not started yet. */
  readonly loop: SenderLoop;
  readonly client: NetworkClient;
  readonly updater: MetadataUpdater;
}

/** Makes them. Nothing is connected to yet. @throws KafkaError INVALID_CONFIG for addresses that can't be */
export function createClientParts(runtime: Runtime, config: ClientConfig, options: ClientPartsOptions): ClientParts {
  const { random, log } = runtime;
  const { maxIdleMs, maxInFlight, allowAutoTopicCreation, onUpdate } = options;
  const retryBackoff = new ExponentialBackoff(config["retry.backoff.ms"], config["retry.backoff.max.ms"], random);
  const metadata = new Metadata({
    bootstrap: bootstrapCluster(config["bootstrap.servers"]),
    maxAgeMs: config["metadata.max.age.ms"],
    maxIdleMs,
    backoff: retryBackoff,
  });
  const loop = new SenderLoop(runtime);
  const reconnectBackoff = [config["reconnect.backoff.ms"], config["reconnect.backoff.max.ms"]] as const;
  const client = new NetworkClient(runtime, {
    clientId: config["client.id"],
    maxInFlight,
    requestTimeoutMs: config["request.timeout.ms"],
    connectTimeoutMs: config["socket.connection.setup.timeout.ms"],
    reconnectBackoff: new ExponentialBackoff(...reconnectBackoff, random),
    onDisconnect: () => metadata.requestUpdate(),
  }, () => loop.wakeup());
  const rebootstrap = config["metadata.recovery.strategy"] === "rebootstrap";
  const updater = new MetadataUpdater(metadata, client, { allowAutoTopicCreation, rebootstrap, onUpdate }, log);
  return { retryBackoff, metadata, loop, client, updater };
}
