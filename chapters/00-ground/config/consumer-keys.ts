/**
 * Keys of a consumer.
 *
 * Source: `org.apache.kafka.clients.consumer.ConsumerConfig` of Kafka 4.0, with its defaults.
 *
 * @module
 */
import { CLIENT_KEYS } from "./client-keys.ts";
import { type ConfigKeys } from "./config-def.ts";

/** Groups and commits. */
const GROUP_KEYS = {
  "group.id": { type: "string", default: null, doc: "The group that the consumer is a member of, or commits for." },
  "group.instance.id": {
    type: "string",
    default: null,
    rule: { expects: "a name that isn't empty", holds: (id: string): boolean => id !== "" },
    doc: "A name that stays when the consumer is started again: it gets what it had, without a rebalance (KIP-345).",
  },
  "group.protocol": {
    type: "string",
    default: "classic",
    rule: { expects: "classic: KIP-848's protocol is not built", holds: (name: string) => name === "classic" },
    unused: "There is one.",
    doc: "How members and coordinator talk.",
  },
  "group.remote.assignor": {
    type: "string",
    default: null,
    unused: "It belongs to KIP-848's protocol.",
    doc: "The assignor that the coordinator is to use.",
  },
  "session.timeout.ms": {
    type: "int",
    default: 45_000,
    min: 1,
    doc: "A member from which the coordinator hears nothing for so long is out of the group.",
  },
  "heartbeat.interval.ms": {
    type: "int",
    default: 3_000,
    min: 1,
    doc: "How often a member says that it lives. Below `session.timeout.ms`; a third of it is a good choice.",
  },
  "max.poll.interval.ms": {
    type: "int",
    default: 300_000,
    min: 1,
    doc: "Who doesn't poll for so long leaves the group; also, how long a rebalance waits for a member.",
  },
  "partition.assignment.strategy": {
    type: "class",
    default: "range,cooperative-sticky",
    doc:
      "How partitions are shared out: `range`, `roundrobin`, `sticky`, `cooperative-sticky`, Kafka's class names, or " +
      "objects; the preferred one first. A list, or text with commas.",
  },
  "enable.auto.commit": { type: "boolean", default: true, doc: "Commit what has been polled, from time to time." },
  "auto.commit.interval.ms": {
    type: "int",
    default: 5_000,
    min: 0,
    doc: "How often. A poll commits what the polls before it returned.",
  },
  "auto.offset.reset": {
    type: "string",
    default: "latest",
    oneOf: ["earliest", "latest", "none"],
    doc: "Where to begin when nothing is committed, or the position is out of range. `none`: `poll` throws.",
  },
} as const satisfies ConfigKeys;

/** What is fetched, and how much. */
const FETCH_KEYS = {
  "fetch.min.bytes": {
    type: "int",
    default: 1,
    min: 0,
    doc: "A broker waits until it has so much to send, but not longer than `fetch.max.wait.ms`.",
  },
  "fetch.max.bytes": {
    type: "int",
    default: 52_428_800,
    min: 0,
    doc: "The most that one answer holds. The first batch comes whole even when it is larger.",
  },
  "fetch.max.wait.ms": { type: "int", default: 500, min: 0, doc: "How long a broker may wait for `fetch.min.bytes`." },
  "max.partition.fetch.bytes": {
    type: "int",
    default: 1_048_576,
    min: 0,
    doc: "The most that one answer holds of one partition.",
  },
  "max.poll.records": { type: "int", default: 500, min: 1, doc: "The most records that one `poll` returns." },
  "check.crcs": { type: "boolean", default: true, doc: "Whether each batch's checksum is looked at." },
  "isolation.level": {
    type: "string",
    default: "read_uncommitted",
    oneOf: ["read_uncommitted", "read_committed"],
    doc: "Whether records of open and aborted transactions are seen.",
  },
  "client.rack": {
    type: "string",
    default: "",
    doc: "The rack where the client is. Brokers with a `replica.selector.class` name a replica there to read from.",
  },
  "exclude.internal.topics": {
    type: "boolean",
    default: true,
    doc: "Whether patterns leave out topics such as `__consumer_offsets`.",
  },
  "allow.auto.create.topics": {
    type: "boolean",
    default: true,
    doc: "Whether a topic that is asked for is created, if the brokers allow it.",
  },
  "default.api.timeout.ms": {
    type: "int",
    default: 60_000,
    min: 0,
    doc: "How long calls such as `commitSync` and `position` may take.",
  },
} as const satisfies ConfigKeys;

/** The user's own parts. */
const COMPONENT_KEYS = {
  "key.deserializer": { type: "class", default: null, doc: "Makes keys of bytes. None: bytes (a Buffer) as they are." },
  "value.deserializer": {
    type: "class",
    default: null,
    doc: "Makes values of bytes. None: bytes (a Buffer) as they are.",
  },
  "interceptor.classes": {
    type: "class",
    default: null,
    doc: "A list of classes or objects that see what `poll` returns, and what is committed.",
  },
} as const satisfies ConfigKeys;

/** All keys of a consumer. */
export const CONSUMER_KEYS = {
  ...CLIENT_KEYS,
  "receive.buffer.bytes": { ...CLIENT_KEYS["receive.buffer.bytes"], default: 65_536 },
  ...GROUP_KEYS,
  ...FETCH_KEYS,
  ...COMPONENT_KEYS,
};
