/**
 * The topic that the page writes to and reads from.
 *
 * @module
 */
import { Admin, orThrow } from "#cluster/admin/admin";

const PARTITIONS = 4;

/** Makes a topic with a replica at each of three brokers, unless there is one. */
export async function createTopicIfMissing(bootstrapServers: string, name: string): Promise<void> {
  const admin = new Admin({ "bootstrap.servers": bootstrapServers, "client.id": "page" });
  try {
    if ((await admin.listTopics()).some((topic) => topic.name === name)) return;
    orThrow(await admin.createTopics([{ name, numPartitions: PARTITIONS }]));
  } finally {
    admin.close();
  }
}
