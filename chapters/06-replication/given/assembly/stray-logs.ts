import { type Logger } from "#ground/runtime";
import { toKafkaError } from "#ground/to-kafka-error";
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

/** Keeps a log under another name, and says so. What goes wrong is only told. */
export function setAside(logs: LogManager, name: TopicPartition, log: Logger): void {
  const text = `${name.topic}-${name.partition}`;
  try {
    const kept = logs.setAside(name);
    log.warn(`${text} does not belong to this broker any more: it is kept as ${kept}`);
  } catch (error) {
    toKafkaError(error, `Set aside ${text}`, log);
  }
}
