/**
 * The idempotent producers that a replica knows.
 *
 * @module
 */
import { type ProducerStateEntry } from "#log/producer-state-entry";
import { type Partition } from "#replication/partition";

/** All that have written in the last `producer.id.expiration.ms`. A follower knows them up to the end of its log. */
export function activeProducers({ log }: Partition): ProducerStateEntry[] {
  return [...log.producers.producers.values()];
}
