/**
 * The topics that the page writes to and reads from.
 *
 * @module
 */
import { Admin, orThrow } from "#cluster/admin/admin";
import { KafkaError } from "#ground/errors";
import { type Runtime } from "#ground/runtime";

/** Makes a topic, unless there is one. @param partitions - null: as many as the cluster's topics have */
export async function createTopicIfMissing(
  runtime: Runtime, bootstrapServers: string, name: string, partitions: number | null,
): Promise<void> {
  const admin = new Admin({ "bootstrap.servers": bootstrapServers, "client.id": "page" }, { runtime });
  try {
    if ((await admin.listTopics()).some((topic) => topic.name === name)) return;
    const topic = partitions === null ? { name } : { name, numPartitions: partitions };
    orThrow(await admin.createTopics([topic]));
  } catch (error) {
    // Somebody else was quicker.
    if (!(error instanceof KafkaError && error.code === "TOPIC_ALREADY_EXISTS")) throw error;
  } finally {
    admin.close();
  }
}

/** Changes a topic's `min.insync.replicas`. @throws KafkaError when the cluster refuses */
export async function setMinInsyncReplicas(
  runtime: Runtime, bootstrapServers: string, name: string, value: number,
): Promise<void> {
  const admin = new Admin({ "bootstrap.servers": bootstrapServers, "client.id": "page" }, { runtime });
  try {
    const ops = [{ name: "min.insync.replicas", op: "set", value: String(value) }] as const;
    const [refusal] = await admin.incrementalAlterConfigs([{ type: "topic", name, ops }]);
    if (refusal instanceof Error) throw refusal;
  } finally {
    admin.close();
  }
}
