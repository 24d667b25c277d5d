/**
 * A consumer's parts, made from its configuration and put together.
 *
 * @module
 */
import { type ConsumerConfig, type ParsedConsumerConfig } from "#ground/config/consumer-config";
import { type Runtime } from "#ground/runtime";
import { createClientParts, type Metadata, type NetworkClient, type SenderLoop } from "#sender";
import { FetchBuffer } from "#groups/fetch-buffer";
import { SubscriptionState } from "#groups/subscription-state";
import { ConsumerInterceptors } from "./consumer-interceptors.ts";
import { ConsumerMetrics } from "./consumer-metrics.ts";
import { createDeserializer } from "./create-deserializer.ts";
import { createMembership, type Membership } from "./create-membership.ts";
import { type ReadOptions } from "../completed-fetch.ts";
import { Fetcher } from "./fetcher.ts";
import { OffsetLookups } from "./offset-lookups.ts";
import { PendingErrors } from "./pending-errors.ts";
import { PositionValidator } from "./position-validator.ts";
import { PositionUpdater } from "./position-updater.ts";
import { Turns } from "./turns.ts";

/** All that a consumer is made of. */
export interface ConsumerParts {
  readonly runtime: Runtime;
  readonly config: ConsumerConfig;
  readonly metadata: Metadata;
  readonly client: NetworkClient;
  readonly loop: SenderLoop;
  readonly turns: Turns;
  readonly subscriptions: SubscriptionState;
  readonly buffer: FetchBuffer;
  readonly fetcher: Fetcher;
  readonly lookups: OffsetLookups;
  readonly errors: PendingErrors;
  readonly metrics: ConsumerMetrics;
  readonly interceptors: ConsumerInterceptors;
  readonly read: ReadOptions;
  /** Null without a `group.id`. */
  readonly membership: Membership | null;
  /** Tells which topics are of interest from now on. */
  readonly refreshTopics: () => void;
}

/** Requests that may be without an answer at a time, for each connection. */
const MOST_IN_FLIGHT = 100;

/**
 * Makes the parts of a consumer, and starts its loop.
 * @throws KafkaError INVALID_CONFIG when something in the configuration can't be
 */
export function createConsumerParts(runtime: Runtime, parsed: ParsedConsumerConfig): ConsumerParts {
  const { config } = parsed;
  const configs = { ...config, ...parsed.others };
  const { clock, log } = runtime;
  const { retryBackoff, metadata, loop, client, updater } = createClientParts(runtime, config, {
    maxIdleMs: Infinity,
    maxInFlight: MOST_IN_FLIGHT,
    allowAutoTopicCreation: config["allow.auto.create.topics"],
    onUpdate: () => {},
  });
  const read: ReadOptions = {
    keyDeserializer: createDeserializer(config["key.deserializer"], "key.deserializer", configs),
    valueDeserializer: createDeserializer(config["value.deserializer"], "value.deserializer", configs),
    checkCrcs: config["check.crcs"],
    crc32c: runtime.crc32c,
    isReadCommitted: config["isolation.level"] === "read_committed",
  };
  const subscriptions = new SubscriptionState(config["auto.offset.reset"]);
  const buffer = new FetchBuffer(subscriptions);
  const errors = new PendingErrors();
  const metrics = new ConsumerMetrics();
  const onError = (error: Parameters<PendingErrors["add"]>[0]): void => errors.add(error);
  const fetcher = new Fetcher({ client, metadata, subscriptions, buffer, metrics, retryBackoff, onError }, {
    minBytes: config["fetch.min.bytes"],
    maxBytes: config["fetch.max.bytes"],
    maxWaitMs: config["fetch.max.wait.ms"],
    partitionMaxBytes: config["max.partition.fetch.bytes"],
    rack: config["client.rack"],
    leaseMs: config["metadata.max.age.ms"],
    read,
  });
  const lookups = new OffsetLookups(client, metadata, retryBackoff, read.isReadCommitted);
  const interceptors = new ConsumerInterceptors(config["interceptor.classes"], configs, log);
  const wakeup = (): void => loop.wakeup();
  const refreshTopics = (): void => {
    const ofGroup = membership?.group.topicsOfInterest;
    const topics = [...subscriptions.assigned.map(({ topic }) => topic), ...lookups.topics, ...(ofGroup ?? [])];
    metadata.useOnly(ofGroup === null ? null : new Set(topics), clock.nowMs());
    wakeup();
  };
  const onAssignment = (): void => {
    buffer.dropUnassigned();
    refreshTopics();
  };
  const groupId = config["group.id"];
  const shared = { runtime, config, client, metadata, subscriptions, errors, metrics, interceptors, wakeup };
  const forGroup = { ...shared, backoff: retryBackoff, onTopics: refreshTopics, onAssignment };
  const membership = groupId === null ? null : createMembership(forGroup, groupId);
  const committed = membership?.requests ?? null;
  const positions = new PositionUpdater(subscriptions, lookups, errors, committed, clock, retryBackoff, wakeup);
  const validator = new PositionValidator(subscriptions, client, metadata, retryBackoff, errors);
  const turns = new Turns(runtime);
  loop.start((now) => {
    client.poll(now);
    positions.update(now);
    const delayMs = Math.min(
      membership?.runOnce(now) ?? Infinity,
      lookups.ask(now),
      validator.validate(now),
      fetcher.sendFetches(now),
      updater.maybeUpdate(now),
      client.nextTimeoutMs - now,
    );
    turns.done();
    return delayMs;
  });
  return {
    runtime,
    config,
    metadata,
    client,
    loop,
    turns,
    subscriptions,
    buffer,
    fetcher,
    lookups,
    errors,
    metrics,
    interceptors,
    read,
    membership,
    refreshTopics,
  };
}
