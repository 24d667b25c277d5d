/**
 * Keys of replication and of the controller.
 *
 * Source: `ReplicationConfigs` and `ServerLogConfigs` of Kafka 4.0.
 *
 * @module
 */
import { type ConfigKeys } from "../config-def.ts";
import { defaultOf } from "../topic-config.ts";

const PURGES = "an operation leaves its purgatory at once when it is complete.";

/** The `replica.selector.class` that sends consumers to a replica in their own rack. */
export const RACK_AWARE = "org.apache.kafka.common.replica.RackAwareReplicaSelector";

/** Replicas, ISR, fetchers, elections. */
export const REPLICATION_KEYS = {
  "default.replication.factor": {
    type: "int",
    default: 1,
    min: 1,
    doc: "Replicas of a topic that is created without saying how many.",
  },
  "min.insync.replicas": defaultOf("min.insync.replicas"),
  "unclean.leader.election.enable": defaultOf("unclean.leader.election.enable"),
  "replica.selector.class": {
    type: "string",
    default: null,
    oneOf: [RACK_AWARE, "org.apache.kafka.common.replica.LeaderSelector"],
    doc: "Where consumers read: at the leader, or at a replica in their own `client.rack` if there is one.",
  },
  "replica.lag.time.max.ms": {
    type: "long",
    default: 30_000,
    doc: "A follower that hasn't caught up with its leader for this long leaves the ISR.",
  },
  "replica.fetch.max.bytes": {
    type: "int",
    default: 1_048_576,
    min: 0,
    doc: "What a follower asks for at most, for each partition.",
  },
  "replica.fetch.response.max.bytes": {
    type: "int",
    default: 10_485_760,
    min: 0,
    doc: "What a follower asks for at most, in one fetch.",
  },
  "replica.fetch.min.bytes": { type: "int", default: 1, doc: "What a follower's fetch waits for." },
  "replica.fetch.wait.max.ms": {
    type: "int",
    default: 500,
    doc: "How long a follower's fetch waits for that.",
  },
  "replica.fetch.backoff.ms": {
    type: "int",
    default: 1000,
    min: 0,
    doc: "The pause of a follower after a fetch that failed.",
  },
  "replica.socket.timeout.ms": {
    type: "int",
    default: 30_000,
    doc: "How long a follower waits for the answer to a fetch.",
  },
  "replica.socket.receive.buffer.bytes": {
    type: "int",
    default: 65_536,
    unused: "Node leaves the size of TCP buffers to the operating system.",
    doc: "SO_RCVBUF of a follower's connections.",
  },
  "replica.high.watermark.checkpoint.interval.ms": {
    type: "long",
    default: 5000,
    doc: "How often the high watermarks are written to disk.",
  },
  "num.replica.fetchers": {
    type: "int",
    default: 1,
    unused: "A follower has one connection to each leader.",
    doc: "Connections over which a follower fetches from each of the other brokers.",
  },
  "fetch.purgatory.purge.interval.requests": {
    type: "int",
    default: 1000,
    unused: PURGES,
    doc: "Finished fetches that may stay in the purgatory.",
  },
  "producer.purgatory.purge.interval.requests": {
    type: "int",
    default: 1000,
    unused: PURGES,
    doc: "Finished produces that may stay in the purgatory.",
  },
  "delete.records.purgatory.purge.interval.requests": {
    type: "int",
    default: 1,
    unused: PURGES,
    doc: "Finished deletions of records that may stay in the purgatory.",
  },
  "controller.socket.timeout.ms": {
    type: "int",
    default: 30_000,
    doc: "How long the controller waits for an answer of a broker.",
  },
  "auto.leader.rebalance.enable": {
    type: "boolean",
    default: true,
    doc: "Give leadership back to the preferred replicas from time to time.",
  },
  "leader.imbalance.check.interval.seconds": {
    type: "long",
    default: 300,
    min: 1,
    doc: "How often the controller looks for that.",
  },
  "leader.imbalance.per.broker.percentage": {
    type: "int",
    default: 10,
    doc: "The share of partitions not led by their preferred replica at which the controller acts.",
  },
} as const satisfies ConfigKeys;
