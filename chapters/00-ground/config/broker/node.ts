/**
 * Keys of the broker as a node: who it is, where its peers and its metadata are, its threads.
 *
 * Source: `ServerConfigs`, `ZkConfigs`, `KRaftConfigs` of Kafka 3.9 and 4.0.
 *
 * @module
 */
import { type ConfigKeys } from "../config-def.ts";
import { isZooKeeperConnect } from "../zookeeper-connect.ts";

const ONE_THREAD = "a Node process runs its JavaScript on one thread.";
const NO_KRAFT = "the cluster's metadata is kept by a coordination service, not by a KRaft quorum.";

/** Identity, coordination service, limits of the process. */
export const NODE_KEYS = {
  "broker.id": {
    type: "int",
    default: -1,
    min: -1,
    doc: "The number of this broker in the cluster. `node.id` is its newer name; -1: the broker is given one.",
  },
  "node.id": {
    type: "int",
    default: null,
    min: 0,
    doc: "The newer name of `broker.id`. If both are set, they must be equal.",
  },
  "broker.id.generation.enable": {
    type: "boolean",
    default: true,
    pending: true,
    doc: "Give a broker whose `broker.id` is -1 a number above `reserved.broker.max.id`.",
  },
  "reserved.broker.max.id": {
    type: "int",
    default: 1000,
    min: 0,
    pending: true,
    doc: "The largest `broker.id` that may be configured; generated ones lie above.",
  },
  "broker.rack": {
    type: "string",
    default: null,
    doc: "The rack or zone in which this broker stands. Replicas are spread over racks.",
  },
  "zookeeper.connect": {
    type: "string",
    default: null,
    rule: { expects: "host:port,host:port/chroot", holds: (value: string) => isZooKeeperConnect(value) },
    doc:
      "A ZooKeeper as `host:port,host:port/chroot`. None: the coordination service that is built in. Of " +
      "`npm run broker` only: `npm start` has `--coordinator`.",
  },
  "zookeeper.session.timeout.ms": {
    type: "int",
    default: 18_000,
    min: 1,
    doc: "A broker that isn't heard of for this long loses its session, and with it its place in the cluster.",
  },
  "zookeeper.connection.timeout.ms": {
    type: "int",
    default: null,
    min: 1,
    doc: "How long to wait for the coordination service. None: `zookeeper.session.timeout.ms`.",
  },
  "zookeeper.max.in.flight.requests": {
    type: "int",
    default: 10,
    min: 1,
    unused: "requests follow each other on one connection, as many as there are.",
    doc: "How many requests to the coordination service may be unanswered.",
  },
  "process.roles": {
    type: "list",
    default: [],
    oneOf: ["broker", "controller"],
    unused: NO_KRAFT,
    doc: "The roles of this process in KRaft mode.",
  },
  "controller.quorum.voters": {
    type: "list",
    default: [],
    unused: NO_KRAFT,
    doc: "The voters of the KRaft quorum, as `id@host:port`.",
  },
  "controller.quorum.bootstrap.servers": {
    type: "list",
    default: [],
    unused: NO_KRAFT,
    doc: "Where to ask for the KRaft quorum.",
  },
  "controller.listener.names": {
    type: "list",
    default: [],
    doc: "Names among `listeners` that are a KRaft controller's. There is none here, so they are not opened.",
  },
  "num.network.threads": {
    type: "int",
    default: 3,
    min: 1,
    unused: ONE_THREAD,
    doc: "Threads that read requests from the network and write answers to it.",
  },
  "num.io.threads": {
    type: "int",
    default: 8,
    min: 1,
    unused: ONE_THREAD,
    doc: "Threads that handle requests, disk access included.",
  },
  "background.threads": {
    type: "int",
    default: 10,
    min: 1,
    unused: ONE_THREAD,
    doc: "Threads for retention, flushing and other background work.",
  },
  "num.replica.alter.log.dirs.threads": {
    type: "int",
    default: null,
    unused: ONE_THREAD,
    doc: "Threads that move replicas between log directories.",
  },
  "auto.create.topics.enable": {
    type: "boolean",
    default: true,
    doc: "Create a topic when a client asks for the metadata of one that doesn't exist, and allows it.",
  },
  "delete.topic.enable": {
    type: "boolean",
    default: true,
    doc: "Whether topics can be deleted.",
  },
  "num.partitions": {
    type: "int",
    default: 1,
    min: 1,
    doc: "Partitions of a topic that is created without saying how many.",
  },
  "request.timeout.ms": {
    type: "int",
    default: 30_000,
    min: 0,
    doc: "How long this broker waits for an answer of another one.",
  },
  "controlled.shutdown.enable": {
    type: "boolean",
    default: true,
    doc: "Hand over the leadership of all partitions before this broker ends.",
  },
  "controlled.shutdown.max.retries": {
    type: "int",
    default: 3,
    doc: "How often to try that hand-over.",
  },
  "controlled.shutdown.retry.backoff.ms": {
    type: "long",
    default: 5000,
    pending: true,
    doc: "The pause between two tries of that hand-over.",
  },
} as const satisfies ConfigKeys;
