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
