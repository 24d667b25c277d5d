/**
 * Topics that Kafka keeps for itself.
 *
 * @module
 */

const INTERNAL: ReadonlySet<string> = new Set(["__consumer_offsets", "__transaction_state"]);

/** Whether `name` belongs to the cluster itself: clients show such topics apart. */
export function isInternalTopic(name: string): boolean {
  return INTERNAL.has(name);
}

/** In Kafka, the log of the cluster's own metadata: a topic with this name would be mistaken for it. */
export const CLUSTER_METADATA_TOPIC = "__cluster_metadata";
