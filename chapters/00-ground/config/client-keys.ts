/**
 * Keys of every client.
 *
 * Source: `org.apache.kafka.clients.CommonClientConfigs` of Kafka 4.0, with its defaults.
 *
 * @module
 */
import { type ConfigKeys } from "./config-def.ts";

const BUFFERS = "Node leaves the size of TCP buffers to the operating system.";
const NO_FADING = "Figures are kept since the start: `metrics()`.";

/** Connections and metadata: of producers, consumers and admins. */
export const CLIENT_KEYS = {
  "bootstrap.servers": { type: "list", doc: "Addresses of some brokers, as `host:port,…`. They tell of all others." },
  "client.id": { type: "string", default: "", doc: "A name for the brokers' logs and quotas." },
  "metadata.max.age.ms": {
    type: "long",
    default: 300_000,
    min: 0,
    doc: "Metadata are asked for again when they are so old.",
  },
  "metadata.recovery.strategy": {
    type: "string",
    default: "rebootstrap",
    oneOf: ["none", "rebootstrap"],
    doc: "What to do when no known broker can be reached: go back to `bootstrap.servers`, too, or not.",
  },
  "metadata.recovery.rebootstrap.trigger.ms": {
    type: "long",
    default: 300_000,
    min: 0,
    unused: "`bootstrap.servers` are asked as soon as no known broker can be reached.",
    doc: "After how long without metadata to go back to `bootstrap.servers`.",
  },
  "request.timeout.ms": { type: "int", default: 30_000, min: 0, doc: "How long a request may stay without an answer." },
  "retry.backoff.ms": {
    type: "long",
    default: 100,
    min: 0,
    doc: "Pause before the first retry; each one after it is twice as long.",
  },
  "retry.backoff.max.ms": { type: "long", default: 1_000, min: 0, doc: "The longest pause before a retry." },
  "reconnect.backoff.ms": {
    type: "long",
    default: 50,
    min: 0,
    doc: "Pause before connecting again; each one is twice as long.",
  },
  "reconnect.backoff.max.ms": {
    type: "long",
    default: 1_000,
    min: 0,
    doc: "The longest pause before connecting again.",
  },
  "socket.connection.setup.timeout.ms": {
    type: "long",
    default: 10_000,
    min: 0,
    doc: "How long an attempt to connect may take, until the broker has said what it speaks.",
  },
  "socket.connection.setup.timeout.max.ms": {
    type: "long",
    default: 30_000,
    min: 0,
    unused: "Each attempt may take `socket.connection.setup.timeout.ms`.",
    doc: "The most that the time-out grows to after attempts in vain.",
  },
  "connections.max.idle.ms": {
    type: "long",
    default: 540_000,
    unused: "The broker closes connections that are idle; they are opened again when needed.",
    doc: "After how long without use a connection is closed.",
  },
  "send.buffer.bytes": { type: "int", default: 131_072, min: -1, unused: BUFFERS, doc: "SO_SNDBUF." },
  "receive.buffer.bytes": { type: "int", default: 32_768, min: -1, unused: BUFFERS, doc: "SO_RCVBUF." },
  "client.dns.lookup": {
    type: "string",
    default: "use_all_dns_ips",
    oneOf: ["use_all_dns_ips", "resolve_canonical_bootstrap_servers_only"],
    unused: "Node tries all addresses of a name by itself.",
    doc: "How names of brokers are looked up.",
  },
  "security.protocol": {
    type: "string",
    default: "PLAINTEXT",
    rule: { expects: "PLAINTEXT: neither TLS nor SASL is supported", holds: (name: string) => name === "PLAINTEXT" },
    unused: "There is one.",
    doc: "How connections are protected.",
  },
  "metrics.sample.window.ms": {
    type: "long",
    default: 30_000,
    min: 0,
    unused: NO_FADING,
    doc: "Length of a window of figures.",
  },
  "metrics.num.samples": { type: "int", default: 2, min: 1, unused: NO_FADING, doc: "How many windows are kept." },
  "metrics.recording.level": {
    type: "string",
    default: "INFO",
    oneOf: ["INFO", "DEBUG", "TRACE"],
    unused: NO_FADING,
    doc: "How many figures are kept.",
  },
  "metric.reporters": {
    type: "list",
    default: ["org.apache.kafka.common.metrics.JmxReporter"],
    unused: "Figures are asked for: `metrics()`.",
    doc: "Classes that figures are handed to.",
  },
  "enable.metrics.push": {
    type: "boolean",
    default: true,
    unused: "Figures stay here.",
    doc: "Send figures to the brokers (KIP-714).",
  },
} as const satisfies ConfigKeys;
