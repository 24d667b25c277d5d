/** A partition of a topic, by name and number. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** `orders-3`: a name of a partition, for keys of maps and for messages. */
export function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}
