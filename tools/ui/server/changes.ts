/**
 * What has happened between two pictures, as events: the line at the bottom of the page.
 *
 * @module
 */
import { type ClusterEvent, type EventKind } from "#ground/events";
import { isInternalTopic } from "#replication";
import { type GroupPicture, type PartitionPicture, type ProducerPicture, type ReplicaPicture } from "../picture.ts";
import { type ClusterPicture, nameOf } from "./compose.ts";

/** The events between two pictures, in the order in which one would tell them. */
export function changesBetween(before: ClusterPicture | null, after: ClusterPicture): ClusterEvent[] {
  if (before === null) return [];
  const events: ClusterEvent[] = [];
  const tell = (node: string, kind: EventKind, subject: string, from: string, to: string): void => {
    if (from !== to) events.push({ timeMs: after.timeMs, node, kind, subject, before: from, after: to });
  };
  const brokersBefore = new Map(before.brokers.map((broker) => [broker.id, broker]));
  for (const { id, state } of after.brokers) {
    tell("cluster", "broker", `broker ${id}`, brokersBefore.get(id)?.state ?? "", state);
  }
  tell("cluster", "controller", "controller", controllerOf(before), controllerOf(after));
  const partitionsBefore = new Map(before.partitions.map((one) => [nameOf(one), one]));
  const topics = topicsOf(after);
  const topicsBefore = topicsOf(before);
  for (const topic of topicsBefore) if (!topics.has(topic)) tell("cluster", "topic", topic, "there", "");
  for (const topic of topics) if (!topicsBefore.has(topic)) tell("cluster", "topic", topic, "", "there");
  for (const partition of after.partitions) {
    const last = partitionsBefore.get(nameOf(partition));
    if (last !== undefined) changesOfPartition(last, partition, tell);
  }
  const groupsBefore = new Map(before.groups.map((group) => [group.groupId, group]));
  for (const group of after.groups) changesOfGroup(groupsBefore.get(group.groupId), group, tell);
  return events;
}

/** What has gone wrong for the page's producer since the picture before: time-outs, and what came of them. */
export function changesOfProducer(
  before: ProducerPicture | null, after: ProducerPicture | null, timeMs: number,
): ClusterEvent[] {
  if (before === null || after === null) return [];
  const tell = (words: string): ClusterEvent => {
    return { timeMs, node: "producer", kind: "client", subject: "producer", before: "", after: words };
  };
  const retried = retriedBy(after) - retriedBy(before);
  const failed = after.failed - before.failed;
  return [
    ...(retried > 0 ? [tell(`sends ${retried} records again: they were not acknowledged`)] : []),
    ...(failed > 0 ? [tell(`${failed} records failed: ${after.lastError}`)] : []),
  ];
}

function retriedBy({ metrics }: ProducerPicture): number {
  return metrics["record-retry-total"] ?? 0;
}

type Tell = (node: string, kind: EventKind, subject: string, from: string, to: string) => void;

function changesOfPartition(before: PartitionPicture, after: PartitionPicture, tell: Tell): void {
  const name = nameOf(after);
  if (isInternalTopic(after.topic)) return;
  tell("controller", "leader", name, leadership(before), leadership(after));
  tell("controller", "isr", name, `ISR ${listed(before.isr)}`, `ISR ${listed(after.isr)}`);
  const replicasBefore = new Map(before.replicas.map((replica) => [replica.brokerId, replica]));
  for (const replica of after.replicas) {
    const last = replicasBefore.get(replica.brokerId);
    if (last !== undefined) changesOfLog(name, last, replica, tell);
  }
}

function changesOfLog(name: string, before: ReplicaPicture, after: ReplicaPicture, tell: Tell): void {
  const node = `broker ${after.brokerId}`;
  if (after.logEndOffset < before.logEndOffset) {
    tell(node, "log", name, `ended at ${before.logEndOffset}`, `cut at ${after.logEndOffset}`);
  }
  if (after.logStartOffset > before.logStartOffset) {
    tell(node, "log", name, `began at ${before.logStartOffset}`, `begins at ${after.logStartOffset}`);
  }
  const active = after.segments.at(-1)?.baseOffset ?? 0;
  const [bytesBefore, bytes] = [bytesIn(before), bytesIn(after)];
  const isSameRange = after.logStartOffset === before.logStartOffset && after.logEndOffset >= before.logEndOffset;
  if (isSameRange && bytes < bytesBefore) tell(node, "log", name, `${bytesBefore} B`, `compacted to ${bytes} B`);
  if (active > (before.segments.at(-1)?.baseOffset ?? 0)) tell(node, "log", name, "", `rolled at ${active}`);
}

function bytesIn({ segments }: ReplicaPicture): number {
  return segments.reduce((sum, one) => sum + one.bytes, 0);
}

function changesOfGroup(before: GroupPicture | undefined, after: GroupPicture, tell: Tell): void {
  tell("coordinator", "group", after.groupId, before?.state ?? "", after.state);
  const last = new Map(before?.members.map((member) => [member.memberId, member]));
  for (const { memberId, clientId, assigned } of after.members) {
    const had = last.get(memberId)?.assigned;
    tell("coordinator", "member", `${after.groupId}/${clientId}`, had === undefined ? "" : has(had), has(assigned));
    last.delete(memberId);
  }
  for (const { clientId, assigned } of last.values()) {
    tell("coordinator", "member", `${after.groupId}/${clientId}`, has(assigned), "left");
  }
}

function topicsOf({ partitions }: ClusterPicture): Set<string> {
  return new Set(partitions.map(({ topic }) => topic));
}

function controllerOf({ brokers, controllerEpoch }: ClusterPicture): string {
  const controller = brokers.find(({ isController }) => isController);
  return controller === undefined ? "none" : `broker ${controller.id}, epoch ${controllerEpoch}`;
}

function leadership({ leader, leaderEpoch }: PartitionPicture): string {
  return leader < 0 ? "no leader" : `leader ${leader}, epoch ${leaderEpoch}`;
}

function listed(ids: readonly number[]): string {
  return `{${ids.toSorted((a, b) => a - b).join(", ")}}`;
}

function has(assigned: readonly string[]): string {
  return assigned.length === 0 ? "nothing" : assigned.toSorted().join(", ");
}
