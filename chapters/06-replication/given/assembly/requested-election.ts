/**
 * Elections that somebody asks for, or that spread the leaders again. Pure: the controller writes down what comes of
 * it. Source: Kafka's `ReplicationControlManager.electLeaders`, `KafkaController.checkAndTriggerAutoLeaderRebalance`.
 *
 * @module
 */
import { type KafkaError, refusal } from "#ground/errors";
import { type TopicPartition } from "#ground/topic-partition";
import { electLeader, electPreferred, electorateOf } from "#replication/leader-election";
import { type ChangedPartition } from "./image-changes.ts";
import { type MetadataImage, NO_LEADER } from "../metadata-image.ts";

/**
 * `preferred`: the first of the replicas is to lead. `unclean`: a partition without a leader gets one, even if that
 * lacks committed records: what it lacks is lost.
 */
export type ElectionType = "preferred" | "unclean";

/** What comes of one partition: a change, or why there is none. */
export interface RequestedElection extends TopicPartition {
  readonly change: ChangedPartition | null;
  readonly error: KafkaError | null;
}

/** One election that was asked for. */
export function requestElection(
  type: ElectionType,
  { topic: name, partition: index }: TopicPartition,
  image: MetadataImage,
  restarted: ReadonlySet<number>,
): RequestedElection {
  const refused = (error: KafkaError): RequestedElection => ({ topic: name, partition: index, change: null, error });
  const topic = image.topics.get(name);
  const old = topic?.partitions[index];
  if (topic === undefined || old === undefined) return refused(refusal("UNKNOWN_TOPIC_OR_PARTITION"));
  const isPreferred = type === "preferred";
  const isNeeded = isPreferred ? old.leader !== old.replicas[0] : old.leader === NO_LEADER;
  if (!isNeeded) return refused(refusal("ELECTION_NOT_NEEDED"));
  const electorate = electorateOf(image, restarted, topic.topicId, index);
  const registration = isPreferred ? electPreferred(old, electorate) : electLeader(old, electorate, true);
  if (registration === null) {
    return refused(refusal(isPreferred ? "PREFERRED_LEADER_NOT_AVAILABLE" : "ELIGIBLE_LEADERS_NOT_AVAILABLE"));
  }
  return { topic: name, partition: index, change: { topic: name, index, registration }, error: null };
}

/**
 * The partitions that a broker doesn't lead, although it is their preferred leader: of the brokers for which these are
 * more than `percentage` percent of those that prefer them.
 */
export function imbalancedPartitions(image: MetadataImage, percentage: number): TopicPartition[] {
  const preferring = new Map<number, { count: number; readonly ledByOthers: TopicPartition[] }>();
  for (const { name, partitions } of image.topics.values()) {
    for (const [index, { replicas, leader }] of partitions.entries()) {
      const broker = replicas[0]!;
      const of = preferring.get(broker) ?? { count: 0, ledByOthers: [] };
      preferring.set(broker, of);
      of.count += 1;
      if (leader !== broker) of.ledByOthers.push({ topic: name, partition: index });
    }
  }
  const imbalanced = [...preferring.values()].filter((of) => 100 * of.ledByOthers.length > percentage * of.count);
  return imbalanced.flatMap(({ ledByOthers }) => ledByOthers);
}
