/**
 * Metadata images on the wire. See {@link FetchImage}.
 *
 * @module
 */
import { type SecurityProtocol } from "#ground/config/listeners";
import { type ResponseOf } from "#ground/protocol/api";
import { type Input } from "#ground/protocol/message";
import { MetadataImage } from "#replication";
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
      configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
    })),
  };
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
    partitions: partitions.map((one) => ({ ...one, leaderBrokerEpoch: Number(one.leaderBrokerEpoch) })),
    configs: Object.fromEntries(configs.map((config) => [config.name, config.value])),
  }));
  return new MetadataImage({
    clusterId,
    controllerId,
    controllerEpoch,
    version: Number(wire.version),
    brokers: new Map(brokers.map((broker) => [broker.brokerId, broker])),
    topics: new Map(topics.map((topic) => [topic.name, topic])),
  });
}
