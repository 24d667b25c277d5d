/**
 * Keys of the broker's network side.
 *
 * Source: `SocketServerConfigs`, `ServerConfigs`, `SslConfigs` of Kafka 4.0.
 *
 * @module
 */
import { type ConfigKeys } from "../config-def.ts";
import { INT_MAX } from "../config-value.ts";

const BUFFERS = "Node leaves the size of TCP buffers to the operating system.";
const NO_TLS = "TLS is not supported.";
const SECURITY_PROTOCOLS = ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] as const;

/** Listeners, frames, connections. */
export const NETWORK_KEYS = {
  listeners: {
    type: "string",
    default: "PLAINTEXT://:9092",
    doc: "Where to listen, as `NAME://host:port,…`. No host: on all interfaces. Port 0: any free one.",
  },
  "advertised.listeners": {
    type: "string",
    default: null,
    doc: "The addresses that clients are told, if they differ from `listeners`.",
  },
  "listener.security.protocol.map": {
    type: "string",
    default: "PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL",
    doc: "The security protocol of each listener, as `NAME:PROTOCOL,…`.",
  },
  "inter.broker.listener.name": {
    type: "string",
    default: null,
    doc: "The listener through which brokers talk to each other. None: the one of `security.inter.broker.protocol`.",
  },
  "security.inter.broker.protocol": {
    type: "string",
    default: "PLAINTEXT",
    oneOf: SECURITY_PROTOCOLS,
    doc: "The protocol between brokers, if `inter.broker.listener.name` is not set.",
  },
  "socket.send.buffer.bytes": {
    type: "int",
    default: 102_400,
    min: -1,
    unused: BUFFERS,
    doc: "SO_SNDBUF of the broker's sockets.",
  },
  "socket.receive.buffer.bytes": {
    type: "int",
    default: 102_400,
    min: -1,
    unused: BUFFERS,
    doc: "SO_RCVBUF of the broker's sockets.",
  },
  "socket.request.max.bytes": {
    type: "int",
    default: 104_857_600,
    min: 1,
    doc: "The largest request that is accepted. A connection that announces a larger one is closed.",
  },
  "socket.listen.backlog.size": {
    type: "int",
    default: 50,
    min: 1,
    unused: "Node's default is used.",
    doc: "Connections that may wait to be accepted.",
  },
  "connections.max.idle.ms": {
    type: "long",
    default: 600_000,
    doc: "A connection on which nothing happens for this long is closed; negative: never.",
  },
  "connection.failed.authentication.delay.ms": {
    type: "int",
    default: 100,
    min: 0,
    pending: true,
    doc: "How long a connection whose log-in failed is kept waiting before it is closed.",
  },
  "max.connections": {
    type: "int",
    default: INT_MAX,
    min: 0,
    doc:
      "Connections that this broker has at a time; a new one beyond is closed. Never more than the process may have " +
      "beside its open files: some half of `ulimit -n`.",
  },
  "max.connections.per.ip": {
    type: "int",
    default: INT_MAX,
    min: 0,
    doc: "Connections that this broker has at a time from one address; a new one beyond is closed.",
  },
  "queued.max.requests": {
    type: "int",
    default: 500,
    min: 1,
    pending: true,
    doc: "Requests that may wait to be handled before the broker stops reading from its sockets.",
  },
  "queued.max.request.bytes": {
    type: "long",
    default: -1,
    pending: true,
    doc: "Bytes of requests that may wait to be handled; -1: no limit.",
  },
  "fetch.max.bytes": {
    type: "int",
    default: 57_671_680,
    min: 1024,
    doc: "The most that one fetch returns, whatever the client asks for (a first batch that is larger comes whole).",
  },
  "max.incremental.fetch.session.cache.slots": {
    type: "int",
    default: 1000,
    min: 0,
    doc: "Incremental fetch sessions that are remembered.",
  },
  "max.request.partition.size.limit": {
    type: "int",
    default: 2000,
    min: 1,
    pending: true,
    doc: "Partitions that one DescribeTopicPartitions answers with at most.",
  },
  "sasl.enabled.mechanisms": {
    type: "list",
    default: ["GSSAPI"],
    pending: true,
    doc: "SASL mechanisms with which clients may log in.",
  },
  "ssl.keystore.location": { type: "string", default: null, unused: NO_TLS, doc: "The file with the broker's key." },
  "ssl.keystore.password": { type: "password", default: null, unused: NO_TLS, doc: "The password of that file." },
  "ssl.key.password": { type: "password", default: null, unused: NO_TLS, doc: "The password of the broker's key." },
  "ssl.truststore.location": { type: "string", default: null, unused: NO_TLS, doc: "Certificates that are trusted." },
  "ssl.truststore.password": { type: "password", default: null, unused: NO_TLS, doc: "The password of that file." },
} as const satisfies ConfigKeys;
