/**
 * The leaders that an answer to Produce or Fetch names, with NOT_LEADER_OR_FOLLOWER: the next request can go to them at
 * once, before anybody has been asked (KIP-951). Source: `Metadata.updatePartitionLeadership`.
 *
 * @module
 */
import { Cluster, type Node, type PartitionInfo } from "#ground/cluster";
import { type ProduceResponse } from "#ground/protocol/messages/00-produce";

type NamedPartition = ProduceResponse["responses"][number]["partitionResponses"][number];

/** Of an answer what names leaders; of one to Produce that is part of it. */
export interface NamedLeaders {
  readonly nodeEndpoints: ProduceResponse["nodeEndpoints"];
  readonly responses: readonly {
    readonly name: string;
    readonly partitionResponses: readonly Pick<NamedPartition, "index" | "currentLeader">[];
  }[];
}

/**
 * What is known after an answer.
 *
 * @returns `known` itself when the answer names nobody, or nobody new: a leader counts only in a later epoch than the
 *   known one, and when it is known where it is
 */
export function withNamedLeaders(known: Cluster, { responses, nodeEndpoints }: NamedLeaders): Cluster {
  if (nodeEndpoints.length === 0) return known;
  const nodes = new Map(known.nodes.map((node) => [node.id, node]));
  for (const { nodeId: id, host, port, rack } of nodeEndpoints) nodes.set(id, { id, host, port, rack });
  const changed = new Map<PartitionInfo, PartitionInfo>();
  for (const { name, partitionResponses } of responses) {
    for (const { index, currentLeader } of partitionResponses) {
      const [info, leader] = [known.partition(name, index), nodes.get(currentLeader.leaderId)];
      if (info === undefined || leader === undefined || currentLeader.leaderEpoch <= info.leaderEpoch) continue;
      changed.set(info, { ...info, leader, leaderEpoch: currentLeader.leaderEpoch });
    }
  }
  return changed.size === 0 ? known : replaced(known, [...nodes.values()], changed);
}

function replaced(known: Cluster, nodes: readonly Node[], changed: ReadonlyMap<PartitionInfo, PartitionInfo>): Cluster {
  const { topics, clusterId, controller, internalTopics, unauthorizedTopics, invalidTopics } = known;
  const infos = topics.flatMap((topic) => known.partitionsForTopic(topic));
  const ids = topics.map((topic) => [topic, known.topicId(topic)] as const);
  return new Cluster({
    clusterId,
    nodes,
    controller,
    partitions: infos.map((info) => changed.get(info) ?? info),
    topicIds: new Map(ids.flatMap(([topic, id]) => (id === undefined ? [] : [[topic, id]]))),
    internalTopics,
    unauthorizedTopics,
    invalidTopics,
  });
}
