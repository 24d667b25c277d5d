/**
 * A producer's parts, made from its configuration and put together.
 *
 * @module
 */
import { BufferPool, RecordAccumulator } from "#accumulator";
import { type ParsedProducerConfig } from "#ground/config/producer-config";
import { type Runtime } from "#ground/runtime";
import { createPartitioner, PartitionChooser } from "#partitioner";
import { type Serializer } from "#serialization";
import { createClientParts } from "./client-parts.ts";
import { createInterceptors } from "./create-interceptors.ts";
import { createSerializer } from "./create-serializer.ts";
import { type ExponentialBackoff } from "#sender/exponential-backoff";
import { type Metadata } from "#sender/metadata";
import { type NetworkClient } from "#sender/network-client";
import { ProducerIdRequest } from "./producer-id-request.ts";
import { ProducerInterceptors } from "#sender/producer-interceptors";
import { ProducerSequences } from "#sender/producer-sequences";
import { Sender } from "#sender/sender";
import { type SenderLoop } from "../sender-loop.ts";
import { type SenderListener } from "./sender-parts.ts";
import { WaitingLine } from "#sender/waiting-line";

/** All that a producer is made of, in the order in which a record meets it. */
export interface ProducerParts {
  readonly interceptors: ProducerInterceptors;
  readonly keySerializer: Serializer<unknown>;
  readonly valueSerializer: Serializer<unknown>;
  readonly line: WaitingLine;
  readonly chooser: PartitionChooser;
  readonly accumulator: RecordAccumulator;
  readonly pool: BufferPool;
  readonly loop: SenderLoop;
  readonly sender: Sender;
  readonly metadata: Metadata;
  readonly client: NetworkClient;
}

/**
 * Makes the parts of a producer, and starts its loop: that finds the cluster, and gets a producer id, before the first
 * record asks for it.
 *
 * @param listener - told what the sender does
 * @throws KafkaError INVALID_CONFIG when something in the configuration can't be
 */
export function createParts(
  runtime: Runtime,
  parsed: ParsedProducerConfig,
  listener: SenderListener,
): ProducerParts {
  const { config } = parsed;
  const configs = { ...config, ...parsed.others };
  const { retryBackoff, metadata, loop, client, updater } = createClientParts(runtime, config, {
    maxIdleMs: config["metadata.max.idle.ms"],
    maxInFlight: config["max.in.flight.requests.per.connection"],
    allowAutoTopicCreation: true,
    onUpdate: (now) => line.onUpdate(now),
  });
  const line = new WaitingLine(metadata, client, config["max.block.ms"]);
  const sequences = config["enable.idempotence"] ? new ProducerSequences() : null;
  const pool = new BufferPool(config["buffer.memory"], Math.max(1, config["batch.size"]));
  const accumulator = createAccumulator(runtime, config, pool, sequences, retryBackoff);
  const idRequest = sequences === null ? null : new ProducerIdRequest(sequences, metadata, client, retryBackoff);
  const idempotence = sequences === null ? null : { sequences, idRequest: idRequest! };
  const senderParts = { accumulator, metadata, updater, client, idempotence };
  const sender = new Sender(senderParts, senderOptions(config), listener);
  const partitioner = createPartitioner(config["partitioner.class"], configs, runtime.random);
  const parts = {
    chooser: new PartitionChooser(partitioner, config["partitioner.ignore.keys"]),
    keySerializer: createSerializer(config["key.serializer"], "key.serializer", configs),
    valueSerializer: createSerializer(config["value.serializer"], "value.serializer", configs),
    interceptors: new ProducerInterceptors(
      createInterceptors(config["interceptor.classes"], "onSend or onAcknowledgement", configs),
      runtime.log,
    ),
    line,
    accumulator,
    pool,
    loop,
    sender,
    metadata,
    client,
  };
  loop.start((now) => Math.min(sender.runOnce(now), line.expire(now)));
  return parts;
}

type Config = ParsedProducerConfig["config"];

function createAccumulator(
  { random, log }: Runtime,
  config: Config,
  pool: BufferPool,
  sequencer: ProducerSequences | null,
  retryBackoff: ExponentialBackoff,
): RecordAccumulator {
  return new RecordAccumulator({
    pool,
    random,
    batchSize: pool.poolableSize,
    lingerMs: config["linger.ms"],
    compression: config["compression.type"],
    deliveryTimeoutMs: config["delivery.timeout.ms"],
    retryBackoffMs: (failuresBefore) => retryBackoff.backoffMs(failuresBefore),
    adaptivePartitioning: config["partitioner.adaptive.partitioning.enable"],
    partitionAvailabilityTimeoutMs: config["partitioner.availability.timeout.ms"],
    sequencer,
    onCallbackError: (error) => log.error(`A callback of send threw: ${String(error)}`),
  });
}

function senderOptions(config: Config): ConstructorParameters<typeof Sender>[1] {
  return {
    acks: config["acks"] === "all" ? -1 : Number(config["acks"]),
    retries: config["retries"],
    maxRequestSize: config["max.request.size"],
    requestTimeoutMs: config["request.timeout.ms"],
    deliveryTimeoutMs: config["delivery.timeout.ms"],
    guaranteeMessageOrder: config["max.in.flight.requests.per.connection"] === 1,
  };
}
