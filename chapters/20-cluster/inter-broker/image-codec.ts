/**
 * Metadata images on the wire. See {@link FetchImage}.
 *
 * @module
 */
import { type Overrides } from "#ground/config/dynamic-broker-config";
import { type SecurityProtocol } from "#ground/config/listeners";
import { type ResponseOf } from "#ground/protocol/api";
import { type Input } from "#ground/protocol/message";
import { MetadataImage, type PartitionRegistration } from "#replication";
import { type FetchImage } from "./apis.ts";

type WireImage = ResponseOf<typeof FetchImage>["images"][number];

/** An image as the wire has it. */
export function encodeImage(image: MetadataImage): Input<WireImage> {
  const { clusterId, controllerId, controllerEpoch, version } = image;
  return {
    clusterId,
    controllerId,
    controllerEpoch,
    version,
    brokers: Array.from(image.brokers.values(), (broker) => ({
      ...broker,
      inControlledShutdown: broker.inControlledShutdown ? 1 : 0,
      offlineReplicas: [...(broker.offlineReplicas ?? [])],
    })),
    topics: Array.from(image.topics.values(), ({ configs, ...topic }) => ({
      ...topic,
      configs: encodeConfigs(configs),
    })),
    brokerConfigs: Array.from(image.brokerConfigs, ([broker, configs]) => ({
      broker,
      configs: encodeConfigs(configs),
    })),
  };
}

function decodePartition(wire: WireImage["topics"][number]["partitions"][number]): PartitionRegistration {
  const { addingReplicas, removingReplicas, ...others } = wire;
  const isReassigned = addingReplicas.length + removingReplicas.length > 0;
  const partition = { ...others, leaderBrokerEpoch: Number(wire.leaderBrokerEpoch) };
  return isReassigned ? { ...partition, addingReplicas, removingReplicas } : partition;
}

interface WireConfig {
  readonly name: string;
  readonly value: string;
}

function encodeConfigs(configs: Overrides): WireConfig[] {
  return Object.entries(configs).map(([name, value]) => ({ name, value }));
}

function decodeConfigs(configs: readonly WireConfig[]): Overrides {
  return Object.fromEntries(configs.map(({ name, value }) => [name, value]));
}

/** The image that {@link encodeImage} wrote. */
export function decodeImage(wire: WireImage): MetadataImage {
  const { clusterId, controllerId, controllerEpoch } = wire;
  const brokers = wire.brokers.map((broker) => ({
    ...broker,
    brokerEpoch: Number(broker.brokerEpoch),
    endPoints: broker.endPoints.map((one) => ({ ...one, protocol: one.protocol as SecurityProtocol })),
    inControlledShutdown: broker.inControlledShutdown === 1,
    offlineReplicas: new Set(broker.offlineReplicas),
  }));
  const topics = wire.topics.map(({ name, topicId, partitions, configs }) => ({
    name,
    topicId,
    partitions: partitions.map(decodePartition),
    configs: decodeConfigs(configs),
  }));
  return new MetadataImage({
    clusterId,
    controllerId,
    controllerEpoch,
    version: Number(wire.version),
    brokers: new Map(brokers.map((broker) => [broker.brokerId, broker])),
    topics: new Map(topics.map((topic) => [topic.name, topic])),
    brokerConfigs: new Map(wire.brokerConfigs.map(({ broker, configs }) => [broker, decodeConfigs(configs)])),
  });
}
