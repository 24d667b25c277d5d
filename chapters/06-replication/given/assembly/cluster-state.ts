/**
 * The cluster's state, read from the coordination service and as steps of a write to it.
 *
 * @module
 */
import { type CoordinationSession, type Operation } from "#ground/coordination/coordination";
import * as layout from "#ground/coordination/layout";
import * as data from "#ground/coordination/node-data";
import { ALL_BROKERS, type BrokerOverrides, type Overrides } from "#ground/config/dynamic-broker-config";
import { parseListeners } from "#ground/config/listeners";
import { uuidFromString, uuidToString } from "#ground/protocol/uuid";
import { type ChangedPartition } from "./image-changes.ts";
import { type BrokerRegistration, type PartitionRegistration, type TopicImage } from "../metadata-image.ts";

/**
 * The brokers that live.
 * @param before those that were known: one that was shutting down still is, unless it has been restarted.
 */
export async function readBrokers(
  session: CoordinationSession,
  before: ReadonlyMap<number, BrokerRegistration>,
): Promise<Map<number, BrokerRegistration>> {
  const ids = (await session.children(layout.BROKER_IDS_PATH)).map(Number);
  const nodes = await Promise.all(ids.map((id) => session.get(layout.brokerPath(id))));
  const brokers = new Map<number, BrokerRegistration>();
  for (const [i, node] of nodes.entries()) {
    if (node === null) continue; // It has gone since.
    const known = before.get(ids[i]!);
    const isKnown = known?.brokerEpoch === node.czxid;
    brokers.set(ids[i]!, isKnown ? known : toRegistration(ids[i]!, node.czxid, data.decodeBroker(node.data)));
  }
  return brokers;
}

/** The epochs of the brokers that the last controller knew to live. */
export async function readKnownBrokers(session: CoordinationSession): Promise<ReadonlyMap<number, number>> {
  const node = await session.get(layout.KNOWN_BROKERS_PATH);
  return node === null ? new Map() : data.decodeKnownBrokers(node.data);
}

/** Writes them down. */
export async function knownBrokersStep(
  session: CoordinationSession,
  epochs: ReadonlyMap<number, number>,
): Promise<Operation> {
  const path = layout.KNOWN_BROKERS_PATH;
  const type = (await session.exists(path)) ? "set" : "create";
  return { type, path, data: data.encodeKnownBrokers(epochs) };
}

/** The broker that is the controller; undefined when there is none at the moment. */
export async function readController(session: CoordinationSession): Promise<BrokerRegistration | undefined> {
  const node = await session.get(layout.CONTROLLER_PATH);
  if (node === null) return undefined;
  const { brokerId } = data.decodeController(node.data);
  const broker = await session.get(layout.brokerPath(brokerId));
  return broker === null ? undefined : toRegistration(brokerId, broker.czxid, data.decodeBroker(broker.data));
}

function toRegistration(brokerId: number, brokerEpoch: number, broker: data.BrokerData): BrokerRegistration {
  const protocols = Object.entries(broker.listenerSecurityProtocolMap).map(([name, protocol]) => `${name}:${protocol}`);
  const endPoints = parseListeners(broker.endpoints.join(","), protocols.join(","));
  return { brokerId, brokerEpoch, endPoints, rack: broker.rack, inControlledShutdown: false };
}

/** What the controllers have written down: all that an image has, apart from the brokers. */
export async function readWritten(
  session: CoordinationSession,
): Promise<{ readonly topics: Map<string, TopicImage>; readonly brokerConfigs: BrokerOverrides }> {
  return { topics: await readTopics(session), brokerConfigs: await readBrokerConfigs(session) };
}

/** What is set for brokers while they run. */
export async function readBrokerConfigs(session: CoordinationSession): Promise<BrokerOverrides> {
  const configs = new Map<string, Overrides>();
  for (const child of await session.children(layout.BROKER_CONFIGS_PATH)) {
    const name = child === layout.DEFAULT_ENTITY ? ALL_BROKERS : child;
    const node = await session.get(layout.brokerConfigPath(name));
    if (node !== null) configs.set(name, data.decodeConfig(node.data));
  }
  return configs;
}

/** Topics that are asked for before the first answer has come. */
const READS_AT_ONCE = 100;

/** All topics with the state of their partitions. */
async function readTopics(session: CoordinationSession): Promise<Map<string, TopicImage>> {
  const names = await session.children(layout.TOPICS_PATH);
  const topics = new Map<string, TopicImage>();
  for (let at = 0; at < names.length; at += READS_AT_ONCE) {
    const some = await Promise.all(names.slice(at, at + READS_AT_ONCE).map((name) => readTopic(session, name)));
    for (const topic of some) if (topic !== null) topics.set(topic.name, topic);
  }
  return topics;
}

/** What a broker must know of a topic before it opens its logs. */
export interface TopicSettings {
  readonly topicId: Uint8Array;
  readonly configs: Readonly<Record<string, string>>;
}

/** The settings of all topics. */
export async function readTopicSettings(session: CoordinationSession): Promise<Map<string, TopicSettings>> {
  const settings = new Map<string, TopicSettings>();
  for (const name of await session.children(layout.TOPICS_PATH)) {
    const topic = await session.get(layout.topicPath(name));
    if (topic === null) continue;
    const config = await session.get(layout.topicConfigPath(name));
    const topicId = uuidFromString(data.decodeTopic(topic.data).topicId);
    settings.set(name, { topicId, configs: config === null ? {} : data.decodeConfig(config.data) });
  }
  return settings;
}

async function readTopic(session: CoordinationSession, name: string): Promise<TopicImage | null> {
  const node = await session.get(layout.topicPath(name));
  if (node === null) return null;
  const topic = data.decodeTopic(node.data);
  const config = await session.get(layout.topicConfigPath(name));
  const indexes = Array.from({ length: topic.partitions.size }, (_, index) => index);
  const states = await Promise.all(indexes.map((index) => session.get(layout.partitionStatePath(name, index))));
  const partitions: PartitionRegistration[] = [];
  for (const [index, state] of states.entries()) {
    // A topic is made and deleted as a whole: a partition without state belongs to one that has just gone.
    if (state === null) return null;
    const { leader, leaderEpoch, isr, leaderBrokerEpoch = -1 } = data.decodePartitionState(state.data);
    const replicas = topic.partitions.get(index) ?? [];
    partitions.push({
      replicas,
      ...reassigned(topic.addingReplicas.get(index), topic.removingReplicas.get(index)),
      isr,
      leader,
      leaderEpoch,
      leaderBrokerEpoch,
      partitionEpoch: state.version,
    });
  }
  const configs = config === null ? {} : data.decodeConfig(config.data);
  return { name, topicId: uuidFromString(topic.topicId), partitions, configs };
}

/** What a registration says of a reassignment; nothing when there is none. */
export function reassigned(
  adding: readonly number[] = [], removing: readonly number[] = [],
): Pick<PartitionRegistration, "addingReplicas" | "removingReplicas"> {
  return adding.length + removing.length === 0 ? {} : { addingReplicas: adding, removingReplicas: removing };
}

/** Makes a topic with all that belongs to it. */
export function createTopicSteps(topic: TopicImage, controllerEpoch: number): Operation[] {
  return [
    { type: "create", path: layout.topicConfigPath(topic.name), data: data.encodeConfig(topic.configs) },
    { type: "create", path: layout.topicPath(topic.name), data: encodeTopic(topic) },
    { type: "create", path: layout.partitionsPath(topic.name), data: EMPTY },
    ...topic.partitions.flatMap((partition, index) => createPartition(topic.name, index, partition, controllerEpoch)),
  ];
}

/** Removes a topic with all that belongs to it. */
export function deleteTopicSteps(topic: TopicImage): Operation[] {
  return [
    ...topic.partitions.flatMap((_, index): Operation[] => [
      { type: "delete", path: layout.partitionStatePath(topic.name, index) },
      { type: "delete", path: layout.partitionPath(topic.name, index) },
    ]),
    { type: "delete", path: layout.partitionsPath(topic.name) },
    { type: "delete", path: layout.topicPath(topic.name) },
    { type: "delete", path: layout.topicConfigPath(topic.name) },
  ];
}

/** Gives a topic more partitions: `topic` is the larger one, which had `oldCount`. That it has them comes last. */
export function addPartitionsSteps(topic: TopicImage, oldCount: number, controllerEpoch: number): Operation[] {
  const added = topic.partitions.slice(oldCount);
  return [
    ...added.flatMap((partition, i) => createPartition(topic.name, oldCount + i, partition, controllerEpoch)),
    setReplicasStep(topic),
  ];
}

/** Changes a partition; fails unless the new registration is the very next of what is written down. */
export function setPartitionStep({ topic, index, registration }: ChangedPartition, controllerEpoch: number): Operation {
  return {
    type: "set",
    path: layout.partitionStatePath(topic, index),
    data: encodeState(registration, controllerEpoch),
    expectedVersion: registration.partitionEpoch - 1,
  };
}

/** Replaces a topic's own settings. */
export function setTopicConfigStep({ name, configs }: TopicImage): Operation {
  return { type: "set", path: layout.topicConfigPath(name), data: data.encodeConfig(configs) };
}

/** Replaces what is set for a broker, or for all, while they run. @param isThere whether there was anything before */
export function setBrokerConfigStep(broker: string, overrides: Overrides, isThere: boolean): Operation {
  const type = isThere ? "set" : "create";
  return { type, path: layout.brokerConfigPath(broker), data: data.encodeConfig(overrides) };
}

/** Writes down which brokers have the partitions of a topic. */
export function setReplicasStep(topic: TopicImage): Operation {
  return { type: "set", path: layout.topicPath(topic.name), data: encodeTopic(topic) };
}

const EMPTY = new Uint8Array(0);

function createPartition(
  topic: string,
  index: number,
  registration: PartitionRegistration,
  controllerEpoch: number,
): Operation[] {
  const state = encodeState(registration, controllerEpoch);
  return [
    { type: "create", path: layout.partitionPath(topic, index), data: EMPTY },
    { type: "create", path: layout.partitionStatePath(topic, index), data: state },
  ];
}

function encodeTopic({ topicId, partitions }: TopicImage): Uint8Array {
  return data.encodeTopic({
    topicId: uuidToString(topicId),
    partitions: new Map(partitions.map(({ replicas }, index) => [index, replicas])),
    addingReplicas: byPartition(partitions.map(({ addingReplicas }) => addingReplicas)),
    removingReplicas: byPartition(partitions.map(({ removingReplicas }) => removingReplicas)),
  });
}

function byPartition(lists: readonly (readonly number[] | undefined)[]): Map<number, readonly number[]> {
  return new Map(lists.flatMap((ids = [], index) => (ids.length === 0 ? [] : [[index, ids] as const])));
}

function encodeState(registration: PartitionRegistration, controllerEpoch: number): Uint8Array {
  return data.encodePartitionState({ ...registration, controllerEpoch, isRecovering: false });
}
