/** A partition of a topic, by name and number. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}
