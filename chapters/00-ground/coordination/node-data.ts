/**
 * What Kafka's nodes hold: JSON with Kafka's own field names and version numbers, one pair of functions for each
 * kind of node. Decoding refuses what lacks a field; fields that are not known are passed over.
 *
 * Source: `kafka.zk.ZkData`.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { KafkaError } from "#ground/errors";
import { JsonNode } from "./json-node.ts";

/** `/brokers/ids/N`: a live broker. */
export interface BrokerData {
  /** As `NAME://host:port`. */
  readonly endpoints: readonly string[];
  /** The security protocol of each listener name. */
  readonly listenerSecurityProtocolMap: Readonly<Record<string, string>>;
  readonly rack: string | null;
  /** Wall time of the registration. */
  readonly timestampMs: number;
}

/** The content of `/brokers/ids/N`. */
export function encodeBroker(broker: BrokerData): Uint8Array {
  // `host` and `port` are for clients of before listeners had names: those of the first plaintext one.
  const plaintext = broker.endpoints.find((endpoint) => {
    return broker.listenerSecurityProtocolMap[endpoint.split("://")[0]!] === "PLAINTEXT";
  });
  const [, host = null, port = "-1"] = /:\/\/\[?(.*?)\]?:(\d+)$/.exec(plaintext ?? "") ?? [];
  return json({
    version: 5,
    host,
    port: Number(port),
    endpoints: broker.endpoints,
    jmx_port: -1,
    timestamp: String(broker.timestampMs),
    ...(broker.rack === null ? {} : { rack: broker.rack }),
    listener_security_protocol_map: broker.listenerSecurityProtocolMap,
    features: {},
  });
}

/** Reads `/brokers/ids/N`. @throws KafkaError UNKNOWN_SERVER_ERROR that names the field which is wrong. */
export function decodeBroker(data: Uint8Array): BrokerData {
  const node = new JsonNode("broker", data);
  return {
    endpoints: node.texts("endpoints"),
    listenerSecurityProtocolMap: node.textsByName("listener_security_protocol_map"),
    rack: node.optional("rack", node.text),
    timestampMs: node.longText("timestamp"),
  };
}

/** The content of `/brokers/known`: the epoch of each broker. Not in Kafka. */
export function encodeKnownBrokers(epochs: ReadonlyMap<number, number>): Uint8Array {
  return json({ version: 1, brokers: [...epochs.keys()], epochs: [...epochs.values()] });
}

/** Reads `/brokers/known`. @throws KafkaError UNKNOWN_SERVER_ERROR that names the field which is wrong. */
export function decodeKnownBrokers(data: Uint8Array): Map<number, number> {
  const node = new JsonNode("known brokers", data);
  const epochs = node.ints("epochs");
  return new Map(node.ints("brokers").map((id, i) => [id, epochs[i] ?? -1]));
}

/** `/brokers/topics/T`: the topic's id, and the brokers that hold each partition. */
export interface TopicData {
  /** In Kafka's text form (base64url). */
  readonly topicId: string;
  /** Broker ids by partition, the preferred leader first. */
  readonly partitions: ReadonlyMap<number, readonly number[]>;
  /** Replicas that a reassignment adds; partitions without any are left out. */
  readonly addingReplicas: ReadonlyMap<number, readonly number[]>;
  /** Replicas that a reassignment removes. */
  readonly removingReplicas: ReadonlyMap<number, readonly number[]>;
}

/** The content of `/brokers/topics/T`. */
export function encodeTopic(topic: TopicData): Uint8Array {
  return json({
    version: 3,
    topic_id: topic.topicId,
    partitions: Object.fromEntries(topic.partitions),
    adding_replicas: Object.fromEntries(topic.addingReplicas),
    removing_replicas: Object.fromEntries(topic.removingReplicas),
  });
}

/** Reads `/brokers/topics/T`. @throws KafkaError UNKNOWN_SERVER_ERROR that names the field which is wrong. */
export function decodeTopic(data: Uint8Array): TopicData {
  const node = new JsonNode("topic", data);
  const replicas = (name: string): Map<number, readonly number[]> => {
    const lists = node.optional(name, node.intsByName) ?? {};
    return new Map(Object.entries(lists).map(([partition, brokers]) => [Number(partition), brokers]));
  };
  return {
    topicId: node.text("topic_id"),
    partitions: replicas("partitions"),
    addingReplicas: replicas("adding_replicas"),
    removingReplicas: replicas("removing_replicas"),
  };
}

/** `/brokers/topics/T/partitions/P/state`: who leads a partition. The node's version is the partition epoch. */
export interface PartitionState {
  /** -1: nobody. */
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly isr: readonly number[];
  /** Of the controller that wrote it. */
  readonly controllerEpoch: number;
  /** Whether the leader was elected uncleanly and has not recovered from it. */
  readonly isRecovering: boolean;
  /**
   * The broker epoch that the leader had when it was elected. Not in Kafka's node: it tells a leader that was
   * restarted together with the controller from one that has been there all the time.
   */
  readonly leaderBrokerEpoch?: number;
}

/** The content of a partition's `state`. */
export function encodePartitionState(state: PartitionState): Uint8Array {
  return json({
    version: 1,
    leader: state.leader,
    leader_epoch: state.leaderEpoch,
    controller_epoch: state.controllerEpoch,
    isr: state.isr,
    ...(state.isRecovering ? { leader_recovery_state: 1 } : {}),
    ...(state.leaderBrokerEpoch === undefined ? {} : { leader_broker_epoch: state.leaderBrokerEpoch }),
  });
}

/** Reads a partition's `state`. @throws KafkaError UNKNOWN_SERVER_ERROR that names the field which is wrong. */
export function decodePartitionState(data: Uint8Array): PartitionState {
  const node = new JsonNode("partition state", data);
  const leaderBrokerEpoch = node.optional("leader_broker_epoch", node.int);
  return {
    leader: node.int("leader"),
    leaderEpoch: node.int("leader_epoch"),
    isr: node.ints("isr"),
    controllerEpoch: node.int("controller_epoch"),
    isRecovering: node.optional("leader_recovery_state", node.int) === 1,
    ...(leaderBrokerEpoch === null ? {} : { leaderBrokerEpoch }),
  };
}

/** `/controller`: the broker that is the controller. */
export interface ControllerData {
  readonly brokerId: number;
  readonly timestampMs: number;
}

/** The content of `/controller`. */
export function encodeController(controller: ControllerData): Uint8Array {
  const { brokerId, timestampMs } = controller;
  return json({ version: 2, brokerid: brokerId, timestamp: String(timestampMs), kraftControllerEpoch: -1 });
}

/** Reads `/controller`. @throws KafkaError UNKNOWN_SERVER_ERROR that names the field which is wrong. */
export function decodeController(data: Uint8Array): ControllerData {
  const node = new JsonNode("controller", data);
  return { brokerId: node.int("brokerid"), timestampMs: node.longText("timestamp") };
}

/** `/controller_epoch`: a bare number. */
export function encodeControllerEpoch(epoch: number): Uint8Array {
  return Buffer.from(String(epoch));
}

/** Reads `/controller_epoch`. @throws KafkaError UNKNOWN_SERVER_ERROR that names the field which is wrong. */
export function decodeControllerEpoch(data: Uint8Array): number {
  const text = Buffer.from(data).toString("utf8");
  if (!/^\d{1,10}$/.test(text)) {
    const got = text.slice(0, 200);
    throw new KafkaError("UNKNOWN_SERVER_ERROR", `controller epoch: expected a whole number, got ${got}`);
  }
  return Number(text);
}

/** `/config/topics/T`: overrides, all as text. */
export function encodeConfig(overrides: Readonly<Record<string, string>>): Uint8Array {
  return json({ version: 1, config: overrides });
}

/** Reads `/config/topics/T`. @throws KafkaError UNKNOWN_SERVER_ERROR that names the field which is wrong. */
export function decodeConfig(data: Uint8Array): Record<string, string> {
  return new JsonNode("configuration", data).textsByName("config");
}

/** `/latest_producer_id_block`: the producer ids that a broker may give out. */
export interface ProducerIdBlock {
  readonly brokerId: number;
  /** The first id of the block. */
  readonly first: number;
  /** The last id of the block, inclusive. */
  readonly last: number;
}

/** Ids in a block. */
export const PRODUCER_ID_BLOCK_SIZE = 1000;

/** The content of `/latest_producer_id_block`. */
export function encodeProducerIdBlock({ brokerId, first, last }: ProducerIdBlock): Uint8Array {
  return json({ version: 1, broker: brokerId, block_start: String(first), block_end: String(last) });
}

/** Reads `/latest_producer_id_block`. @throws KafkaError UNKNOWN_SERVER_ERROR that names the field which is wrong. */
export function decodeProducerIdBlock(data: Uint8Array): ProducerIdBlock {
  const node = new JsonNode("producer id block", data);
  return { brokerId: node.int("broker"), first: node.longText("block_start"), last: node.longText("block_end") };
}

/** `/cluster/id`. */
export function encodeClusterId(id: string): Uint8Array {
  return json({ version: "1", id });
}

/** Reads `/cluster/id`. @throws KafkaError UNKNOWN_SERVER_ERROR that names the field which is wrong. */
export function decodeClusterId(data: Uint8Array): string {
  return new JsonNode("cluster id", data).text("id");
}

function json(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}
