import { type TopicPartition } from "#ground/topic-partition";
import { type LogManager } from "#log";
import { type MetadataImage } from "../metadata-image.ts";

/**
 * Logs that were deleted, or moved to another broker, while this one was down; or whose topics the cluster has
 * forgotten by accident. So they are to be kept, as Kafka 4 does.
 */
export function strayLogs(logs: LogManager, image: MetadataImage, brokerId: number): TopicPartition[] {
  const found = logs.all.map(({ topicPartition, topicId }) => ({ topicPartition, topicId }));
  // Whose a folder is that can't be loaded, only its name says.
  for (const topicPartition of logs.unloadable) found.push({ topicPartition, topicId: null });
  const strays = found.filter(({ topicPartition: { topic, partition }, topicId }) => {
    const known = topicId === null ? image.topics.get(topic) : image.topicById(topicId);
    return known?.name !== topic || known.partitions[partition]?.replicas.includes(brokerId) !== true;
  });
  return strays.map(({ topicPartition }) => topicPartition);
}
