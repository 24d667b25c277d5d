/**
 * Keys of a producer.
 *
 * Source: `org.apache.kafka.clients.producer.ProducerConfig` and `CommonClientConfigs` of Kafka 4.0, with its defaults.
 *
 * @module
 */
import { CLIENT_KEYS } from "./client-keys.ts";
import { type ConfigKeys } from "./config-def.ts";
import { INT_MAX } from "./config-value.ts";

const DEFAULT_LEVEL = "Each codec works at its own default level.";

/** Batches and memory. */
const BATCH_KEYS = {
  "batch.size": {
    type: "int",
    default: 16_384,
    min: 0,
    doc: "Bytes up to which a batch is filled. 0: a batch a record.",
  },
  "linger.ms": { type: "long", default: 5, min: 0, doc: "How long a batch waits for more records before it leaves." },
  "buffer.memory": {
    type: "long",
    default: 33_554_432,
    min: 0,
    doc: "Bytes for records that aren't acknowledged yet. As much again may wait for memory; more than that fails.",
  },
  "metadata.max.idle.ms": {
    type: "long",
    default: 300_000,
    min: 5_000,
    doc: "A topic that nothing is sent to for so long is forgotten.",
  },
  "max.block.ms": {
    type: "long",
    default: 60_000,
    min: 0,
    doc: "How long a record may wait for metadata and for memory; in Kafka `send` blocks so long.",
  },
  "max.request.size": {
    type: "int",
    default: 1_048_576,
    min: 0,
    doc: "Bytes of the largest record, and of a request's batches.",
  },
  "compression.type": {
    type: "string",
    default: "none",
    oneOf: ["none", "gzip", "snappy", "lz4", "zstd"],
    doc: "How batches are compressed.",
  },
  "compression.gzip.level": {
    type: "int",
    default: -1,
    rule: {
      expects: "-1 (the library's choice) or an int from 1 to 9",
      holds: (level: number): boolean => level === -1 || (level >= 1 && level <= 9),
    },
    unused: DEFAULT_LEVEL,
    doc: "Effort of gzip.",
  },
  "compression.lz4.level": { type: "int", default: 9, min: 1, max: 17, unused: DEFAULT_LEVEL, doc: "Effort of lz4." },
  "compression.zstd.level": {
    type: "int",
    default: 3,
    min: -131_072,
    max: 22,
    unused: DEFAULT_LEVEL,
    doc: "Effort of zstd.",
  },
} as const satisfies ConfigKeys;

/** Safety: what is acknowledged, and what is tried again. */
const DELIVERY_KEYS = {
  acks: {
    type: "string",
    default: "all",
    oneOf: ["all", "-1", "0", "1"],
    doc: "Who must have a record before it counts as sent: nobody (0), the leader (1), all in-sync replicas (all, -1).",
  },
  "enable.idempotence": {
    type: "boolean",
    default: true,
    doc: "Each batch is written once and in order. If it isn't given, it gives way to other `acks` and no `retries`.",
  },
  retries: { type: "int", default: INT_MAX, min: 0, doc: "How often a batch is sent again." },
  "delivery.timeout.ms": {
    type: "int",
    default: 120_000,
    min: 0,
    doc: "From `send` until a record's fate is known. At least `linger.ms` and `request.timeout.ms` together.",
  },
  "max.in.flight.requests.per.connection": {
    type: "int",
    default: 5,
    min: 1,
    doc: "Requests that may be without an answer at a time, for each broker.",
  },
  "transactional.id": {
    type: "string",
    default: null,
    rule: { expects: "no transactional id, as transactions are not built yet", holds: () => false },
    doc: "The name under which a producer's transactions go on after a restart.",
  },
  "transaction.timeout.ms": {
    type: "int",
    default: 60_000,
    unused: "Transactions are not built yet.",
    doc: "After how long the broker gives up a transaction that isn't ended.",
  },
} as const satisfies ConfigKeys;

/** Partitions, serializers, interceptors. */
const COMPONENT_KEYS = {
  "key.serializer": { type: "class", default: null, doc: "Turns keys into bytes. None: strings and bytes are taken." },
  "value.serializer": {
    type: "class",
    default: null,
    doc: "Turns values into bytes. None: strings and bytes are taken.",
  },
  "partitioner.class": { type: "class", default: null, doc: "Chooses partitions. None: the built-in one (KIP-794)." },
  "partitioner.ignore.keys": { type: "boolean", default: false, doc: "Spread records with keys like those without." },
  "partitioner.adaptive.partitioning.enable": {
    type: "boolean",
    default: true,
    doc: "Give partitions on slow brokers fewer of the records without keys.",
  },
  "partitioner.availability.timeout.ms": {
    type: "long",
    default: 0,
    min: 0,
    doc: "A broker that could take nothing for so long gets no records without keys. 0: never.",
  },
  "interceptor.classes": {
    type: "class",
    default: null,
    doc: "A list of classes or objects that see records and acknowledgements.",
  },
} as const satisfies ConfigKeys;

/** All keys of a producer. */
export const PRODUCER_KEYS = { ...CLIENT_KEYS, ...BATCH_KEYS, ...DELIVERY_KEYS, ...COMPONENT_KEYS };
