/**
 * Who leads what, as a foreign client is told.
 *
 * @module
 */
import { Kafka, logLevel } from "kafkajs";

/** The broker that leads partition 0 of a topic. @param bootstrap addresses, comma-separated */
export async function leaderOf(bootstrap: string, topic: string): Promise<number> {
  const admin = new Kafka({ brokers: bootstrap.split(","), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  await admin.disconnect();
  return topics[0]!.partitions[0]!.leader;
}
