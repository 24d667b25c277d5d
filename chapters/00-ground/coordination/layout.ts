/**
 * Where Kafka keeps what in the coordination service: the paths of Kafka 3 with ZooKeeper. `node-data.ts` knows what
 * the nodes hold.
 *
 * Source: `kafka.zk.ZkData`.
 *
 * @module
 */

/** Parent of the live brokers' ephemeral nodes. */
export const BROKER_IDS_PATH = "/brokers/ids";
/**
 * The epochs of the brokers that live, as the controller knew them when it last elected leaders. Not in Kafka: a new
 * controller sees from it who was restarted together with the old one.
 */
export const KNOWN_BROKERS_PATH = "/brokers/known";
/** Parent of what {@link unfinishedPath} names. Not in Kafka. */
export const UNFINISHED_PATH = "/brokers/unfinished";
/** Parent of the topics. */
export const TOPICS_PATH = "/brokers/topics";
/** The controller's ephemeral node: who makes it first is the controller. */
export const CONTROLLER_PATH = "/controller";
/** Counts the controllers. Its *version* is what every write of a controller checks. */
export const CONTROLLER_EPOCH_PATH = "/controller_epoch";
/** Parent of the topics' configurations. */
export const TOPIC_CONFIGS_PATH = "/config/topics";
/** Parent of what is set for brokers while they run. */
export const BROKER_CONFIGS_PATH = "/config/brokers";
/** The last block of producer ids that was given to a broker. */
export const PRODUCER_ID_BLOCK_PATH = "/latest_producer_id_block";
/** The id of the cluster, given once. */
export const CLUSTER_ID_PATH = "/cluster/id";

/** The persistent nodes that the first broker of a new cluster makes. */
export const PERSISTENT_PATHS: readonly string[] = [
  BROKER_IDS_PATH,
  UNFINISHED_PATH,
  TOPICS_PATH,
  TOPIC_CONFIGS_PATH,
  BROKER_CONFIGS_PATH,
  "/cluster",
];

/** The ephemeral node of a live broker. Its czxid is the broker's epoch. */
export function brokerPath(brokerId: number): string {
  return `${BROKER_IDS_PATH}/${brokerId}`;
}

/** The node of a topic: its id, and which brokers hold which partition. */
export function topicPath(topic: string): string {
  return `${TOPICS_PATH}/${topic}`;
}

/** There while a topic is made, grown or deleted in more than one transaction: how many partitions it keeps if not. */
export function unfinishedPath(topic: string): string {
  return `${UNFINISHED_PATH}/${topic}`;
}

/** Parent of a topic's partitions. */
export function partitionsPath(topic: string): string {
  return `${topicPath(topic)}/partitions`;
}

/** Parent of a partition's state. */
export function partitionPath(topic: string, partition: number): string {
  return `${partitionsPath(topic)}/${partition}`;
}

/** The state of a partition: leader, epochs, ISR. Its version is the partition epoch. */
export function partitionStatePath(topic: string, partition: number): string {
  return `${partitionPath(topic, partition)}/state`;
}

/** The overrides of a topic's configuration. */
export function topicConfigPath(topic: string): string {
  return `${TOPIC_CONFIGS_PATH}/${topic}`;
}

/** What is set while they run for one broker, by its id; or for all, under the name that Kafka gives them. */
export function brokerConfigPath(broker: string): string {
  return `${BROKER_CONFIGS_PATH}/${broker === "" ? DEFAULT_ENTITY : broker}`;
}

/** Stands for all brokers. */
export const DEFAULT_ENTITY = "<default>";
