/**
 * What a topic of one cluster is called in another that has a copy of it: `paris.orders` is the `orders` of the
 * cluster `paris`. So two clusters can copy each other: each sees by the name what is its own.
 * Source: `org.apache.kafka.connect.mirror.ReplicationPolicy`, `DefaultReplicationPolicy`.
 *
 * @module
 */

/** Between the name of a cluster and that of a topic, when `replication.policy.separator` says nothing else. */
export const SEPARATOR = ".";

/** Names of copies. */
export interface ReplicationPolicy {
  /** What the topic of a cluster is called elsewhere. */
  remoteTopic(cluster: string, topic: string): string;
  /** Whether a topic has been at a cluster before, and would come home: to copy it there would never end. */
  isFrom(cluster: string, topic: string): boolean;
}

/** Names that tell where a topic is from. */
export class DefaultReplicationPolicy implements ReplicationPolicy {
  readonly #separator: string;

  constructor(separator: string = SEPARATOR) {
    this.#separator = separator;
  }

  remoteTopic(cluster: string, topic: string): string {
    return `${cluster}${this.#separator}${topic}`;
  }

  isFrom(cluster: string, topic: string): boolean {
    const at = topic.indexOf(this.#separator);
    if (at <= 0) return false;
    return topic.slice(0, at) === cluster || this.isFrom(cluster, topic.slice(at + this.#separator.length));
  }
}

/**
 * The same name everywhere: for one direction, as when a cluster is moved. Both ways it copies for ever.
 * Source: `org.apache.kafka.connect.mirror.IdentityReplicationPolicy`.
 */
export const IDENTITY_POLICY: ReplicationPolicy = { remoteTopic: (_, topic) => topic, isFrom: () => false };
