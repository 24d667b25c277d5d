/** What the admin clients of others ask, of our three brokers. */
import { spawnSync } from "node:child_process";
import { Admin as PlatformaticAdmin } from "@platformatic/kafka";
import {
  AclOperationTypes, AclPermissionTypes, AclResourceTypes, type Admin, ConfigResourceTypes, Kafka, logLevel,
  ResourcePatternTypes,
} from "kafkajs";
import { describe, expect, test } from "vitest";
import { ThreeBrokers, until } from "./broker-process.ts";

const LIMIT_MS = 120_000;
const PYTHON = "/usr/bin/python3";

const cluster = new ThreeBrokers(LIMIT_MS);

/** A topic with ten records in each of two partitions. */
async function filled(topic: string): Promise<Admin> {
  const kafka = new Kafka({ brokers: cluster.addresses, clientId: "admins", logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 2, replicationFactor: 2 }] });
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic, messages: Array.from({ length: 20 }, (_, i) => ({ partition: i % 2, value: `${i}` })) });
  await producer.disconnect();
  return admin;
}

/** With partitions in the order of their numbers. */
function inOrder<One extends { partition: number }>(partitions: readonly One[]): One[] {
  return partitions.toSorted((a, b) => a.partition - b.partition);
}

describe("kafkajs' admin", { timeout: LIMIT_MS }, () => {
  test("offsets of groups: set, shown, set back, forgotten with their group", async () => {
    const admin = await filled("kafkajs-offsets");
    const at = { groupId: "kafkajs-group", topic: "kafkajs-offsets" };
    const offsets = async (): Promise<string[]> => {
      const [found] = await admin.fetchOffsets({ groupId: at.groupId, topics: [at.topic], resolveOffsets: true });
      return inOrder(found!.partitions).map(({ offset }) => offset);
    };
    await admin.setOffsets({ ...at, partitions: [{ partition: 0, offset: "4" }, { partition: 1, offset: "7" }] });
    expect(await offsets()).toEqual(["4", "7"]);
    await admin.resetOffsets({ ...at, earliest: false });
    expect(await offsets()).toEqual(["10", "10"]);
    expect((await admin.listGroups()).groups.map(({ groupId }) => groupId)).toContain(at.groupId);
    expect((await admin.describeGroups([at.groupId])).groups[0]).toMatchObject({ state: "Empty", members: [] });
    expect(await admin.deleteGroups([at.groupId])).toMatchObject([{ groupId: at.groupId, errorCode: 0 }]);
    expect((await admin.listGroups()).groups.map(({ groupId }) => groupId)).not.toContain(at.groupId);
    await admin.disconnect();
  });

  test("records are deleted, settings changed, partitions moved", async () => {
    const topic = "kafkajs-changes";
    const admin = await filled(topic);
    // It must have asked about the topic before, or it finds no leader.
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 1, offset: "6" }] });
    expect(inOrder(await admin.fetchTopicOffsets(topic))).toMatchObject([
      { partition: 0, low: "0", high: "10" }, { partition: 1, low: "6", high: "10" },
    ]);
    const type = ConfigResourceTypes.TOPIC;
    const configEntries = [{ name: "retention.ms", value: "86400000" }];
    await admin.alterConfigs({ validateOnly: false, resources: [{ type, name: topic, configEntries }] });
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false, resources: [{ type, name: topic, configNames: ["retention.ms"] }],
    });
    expect(resources[0]!.configEntries).toMatchObject([{ configName: "retention.ms", configValue: "86400000" }]);
    const target = [3, 1];
    await admin.alterPartitionReassignments({
      topics: [{ topic, partitionAssignment: [{ partition: 0, replicas: target }] }],
    });
    await until(async () => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      const { replicas, isr } = topics[0]!.partitions.find(({ partitionId }) => partitionId === 0)!;
      return `${replicas}` === `${target}` && isr.length === 2;
    }, "the partition to have moved");
    expect(await admin.listPartitionReassignments({})).toEqual({ topics: [] });
    const { brokers: nodes } = await admin.describeCluster();
    expect(nodes.map(({ nodeId }) => nodeId).toSorted((a, b) => a - b)).toEqual([1, 2, 3]);
    await admin.disconnect();
  });

  test("of ACLs it is told that there is no authorizer", async () => {
    const admin = await filled("kafkajs-acls");
    await expect(admin.describeAcls({
      resourceType: AclResourceTypes.TOPIC,
      resourcePatternType: ResourcePatternTypes.ANY,
      operation: AclOperationTypes.ANY,
      permissionType: AclPermissionTypes.ANY,
    })).rejects.toMatchObject({ type: "SECURITY_DISABLED" });
    await admin.disconnect();
  });
});

test("@platformatic/kafka's admin", { timeout: LIMIT_MS }, async () => {
  const kafkajs = await filled("platformatic-filled");
  await kafkajs.setOffsets({
    groupId: "platformatic-group", topic: "platformatic-filled", partitions: [{ partition: 0, offset: "1" }],
  });
  const admin = new PlatformaticAdmin({ clientId: "admins", bootstrapBrokers: cluster.addresses, retries: 3 });
  const created = await admin.createTopics({
    topics: ["platformatic"], partitions: 3, replicas: 2, configs: [{ name: "retention.ms", value: "1000" }],
  });
  expect(created).toMatchObject([{ name: "platformatic", partitions: 3, replicas: 2 }]);
  expect(created[0]!.configuration["retention.ms"]).toBe("1000");
  expect(await admin.listTopics()).toEqual(expect.arrayContaining(["platformatic", "platformatic-filled"]));
  expect((await admin.listGroups()).get("platformatic-group")).toMatchObject({ state: "EMPTY", groupType: "classic" });
  const described = await admin.describeGroups({ groups: ["platformatic-group"], includeAuthorizedOperations: true });
  expect(described.get("platformatic-group")).toMatchObject({ state: "EMPTY" });
  const dirs = await admin.describeLogDirs({ topics: [{ name: "platformatic-filled", partitions: [0, 1] }] });
  const replicas = dirs.flatMap(({ results }) => results.flatMap(({ topics }) => {
    return topics.flatMap(({ partitions }) => partitions.map(({ partitionSize }) => Number(partitionSize) > 0));
  }));
  expect(replicas).toEqual([true, true, true, true]);
  await admin.deleteGroups({ groups: ["platformatic-group"] });
  expect((await admin.listGroups()).has("platformatic-group")).toBe(false);
  await admin.deleteTopics({ topics: ["platformatic"] });
  expect(await admin.listTopics()).not.toContain("platformatic");
  // There are no quotas, and the client knows from ApiVersions: it doesn't wait.
  await expect(admin.describeClientQuotas({ components: [{ entityType: "user", matchType: 2 }] }))
    .rejects.toThrow(/quotas/i);
  await admin.close();
  await kafkajs.disconnect();
});

const LIBRDKAFKA = `
import sys
from confluent_kafka.admin import AdminClient, NewTopic, NewPartitions, ConfigResource
admin = AdminClient({"bootstrap.servers": sys.argv[1]})
def all(futures):
  for future in futures.values(): future.result(30)
all(admin.create_topics([NewTopic("librdkafka", 2, 3, config={"retention.ms": "1000"})]))
all(admin.create_partitions([NewPartitions("librdkafka", 5)]))
resource = ConfigResource("topic", "librdkafka")
print(admin.describe_configs([resource])[resource].result(30)["retention.ms"].value)
changed = ConfigResource("topic", "librdkafka", set_config={"retention.ms": "2000"})
all(admin.alter_configs([changed]))
print(admin.describe_configs([resource])[resource].result(30)["retention.ms"].value)
metadata = admin.list_topics(timeout=30)
print(len(metadata.topics["librdkafka"].partitions), sorted(metadata.brokers))
print([group.id for group in admin.list_groups(timeout=30) if group.id == "librdkafka-group"])
all(admin.delete_topics(["librdkafka"]))
print("librdkafka" in admin.list_topics(timeout=30).topics)
`;

const hasModule = spawnSync(PYTHON, ["-c", "import confluent_kafka"]).status === 0;

test.skipIf(!hasModule)("confluent-kafka's (librdkafka's) admin", { timeout: LIMIT_MS }, async () => {
  const kafkajs = await filled("librdkafka-filled");
  await kafkajs.setOffsets({
    groupId: "librdkafka-group", topic: "librdkafka-filled", partitions: [{ partition: 0, offset: "1" }],
  });
  await kafkajs.disconnect();
  const { stdout, stderr } = spawnSync(PYTHON, ["-c", LIBRDKAFKA, cluster.addresses.join(",")], { encoding: "utf8" });
  expect([stdout.trim().split("\n"), stderr]).toEqual([
    ["1000", "2000", "5 [1, 2, 3]", "['librdkafka-group']", "False"], "",
  ]);
});
