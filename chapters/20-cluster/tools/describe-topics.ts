/**
 * The table that `kafka-topics --describe` prints.
 *
 * @module
 */
import { uuidToString } from "#ground/protocol/uuid";
import { type Admin, orThrow } from "../admin/admin.ts";
import {
  type ConfigEntry, type PartitionDescription, TOPIC_CONFIG, type TopicDescription,
} from "../admin/admin-types.ts";

/** What to leave out. With several, a partition is shown when one of them fits. */
export type TopicFilter =
  | "under-replicated-partitions"
  | "unavailable-partitions"
  | "under-min-isr-partitions"
  | "at-min-isr-partitions"
  | "topics-with-overrides";

/** Describes topics as lines with tabs between the fields, as scripts read them. */
export async function describeTopics(
  admin: Admin, names: readonly string[], filters: readonly TopicFilter[],
): Promise<string> {
  const described = [...orThrow(await admin.describeTopics(names)).values()];
  const configs = await admin.describeConfigs(described.map(({ name }) => ({ type: "topic", name })));
  const live = new Set((await admin.describeCluster()).map(({ nodeId }) => nodeId));
  let text = "";
  for (const [i, topic] of described.entries()) {
    const config = configs[i]!;
    // Without the right to read it, or gone just now: what there is besides is shown.
    const entries = config instanceof Error ? [] : config;
    const own = entries.filter(({ configSource }) => configSource === TOPIC_CONFIG);
    const overrides = own.map(({ name, value }) => `${name}=${value}`).toSorted().join(",");
    if (filters.length === 0) text += topicLine(topic, overrides);
    if (filters.includes("topics-with-overrides")) {
      if (overrides !== "") text += topicLine(topic, overrides);
      continue;
    }
    const minIsr = Number(valueOf(entries, "min.insync.replicas") ?? 1);
    const shown = topic.partitions.filter((partition) => {
      return filters.length === 0 || filters.some((filter) => fits(filter, partition, minIsr, live));
    });
    text += shown.map((partition) => partitionLine(topic.name, partition)).join("");
  }
  return text;
}

function fits(
  filter: TopicFilter, { leader, replicas, isr }: PartitionDescription, minIsr: number, live: ReadonlySet<number>,
): boolean {
  switch (filter) {
    case "under-replicated-partitions":
      return isr.length < replicas.length;
    case "unavailable-partitions":
      return leader === null || !live.has(leader);
    case "under-min-isr-partitions":
      return leader === null || isr.length < minIsr;
    case "at-min-isr-partitions":
      return isr.length === minIsr;
    case "topics-with-overrides":
      return false;
  }
}

function topicLine({ name, topicId, partitions }: TopicDescription, overrides: string): string {
  const factor = partitions[0]?.replicas.length ?? 0;
  const id = uuidToString(topicId);
  return `Topic: ${name}\tTopicId: ${id}\tPartitionCount: ${partitions.length}\tReplicationFactor: ${factor}\t`
    + `Configs: ${overrides}\n`;
}

/** Eligible leader replicas (KIP-966) are not kept; Kafka's tool has their columns. */
function partitionLine(topic: string, { partition, leader, replicas, isr }: PartitionDescription): string {
  return `\tTopic: ${topic}\tPartition: ${partition}\tLeader: ${leader ?? "none"}\tReplicas: ${replicas.join(",")}\t`
    + `Isr: ${isr.join(",")}\tElr: \tLastKnownElr: \n`;
}

function valueOf(entries: readonly ConfigEntry[], key: string): string | null {
  return entries.find(({ name }) => name === key)?.value ?? null;
}
