import { groupBy } from "#ground/group-by";
import { uuidToString } from "#ground/protocol/uuid";

/** A broker, as clients and other brokers know it (Kafka's `Node`). */
export interface Node {
  /** The broker's id; negative for a bootstrap address, of which nobody knows yet which broker it is. */
  readonly id: number;
  readonly host: string;
  readonly port: number;
  /** `broker.rack`. */
  readonly rack: string | null;
}

/** Where a partition is at the moment (Kafka's `PartitionInfo`). */
export interface PartitionInfo {
  readonly topic: string;
  readonly partition: number;
  /** Null while the partition has none. */
  readonly leader: Node | null;
  /** Of the leader; −1 when it is not known. Grows with each election. */
  readonly leaderEpoch: number;
  /** The preferred leader first. */
  readonly replicas: readonly Node[];
  readonly inSyncReplicas: readonly Node[];
  readonly offlineReplicas: readonly Node[];
}

/** What a {@link Cluster} is made of. */
export interface ClusterData {
  readonly clusterId?: string | null;
  readonly nodes: readonly Node[];
  readonly controller?: Node | null;
  readonly partitions?: readonly PartitionInfo[];
  /** By topic, as 16 bytes each (KIP-516). */
  readonly topicIds?: ReadonlyMap<string, Uint8Array>;
  /** Topics that the cluster keeps for itself, such as `__consumer_offsets`. */
  readonly internalTopics?: Iterable<string>;
  /** Topics that this client may not see. */
  readonly unauthorizedTopics?: Iterable<string>;
  /** Topics whose name is none. */
  readonly invalidTopics?: Iterable<string>;
}

/** What is known of a topic's partitions. */
interface TopicPartitions {
  /** By partition number, ascending. */
  readonly all: readonly PartitionInfo[];
  /** Those that have a leader. */
  readonly available: readonly PartitionInfo[];
}

const NO_PARTITIONS: TopicPartitions = { all: [], available: [] };

/**
 * A snapshot of the cluster: which brokers there are, and who leads which partition (Kafka's `Cluster`). It never
 * changes; when something is learned a new one takes its place, so whoever holds one may look twice.
 */
export class Cluster {
  readonly clusterId: string | null;
  readonly nodes: readonly Node[];
  readonly controller: Node | null;
  readonly internalTopics: ReadonlySet<string>;
  readonly unauthorizedTopics: ReadonlySet<string>;
  readonly invalidTopics: ReadonlySet<string>;
  readonly #nodesById: ReadonlyMap<number, Node>;
  readonly #topics: ReadonlyMap<string, TopicPartitions>;
  readonly #topicIds: ReadonlyMap<string, Uint8Array>;
  readonly #topicNames: ReadonlyMap<string, string>;
  readonly #partitionsOfNode: ReadonlyMap<number, readonly PartitionInfo[]>;

  constructor(data: ClusterData) {
    this.clusterId = data.clusterId ?? null;
    this.nodes = [...data.nodes];
    this.controller = data.controller ?? null;
    this.internalTopics = new Set(data.internalTopics);
    this.unauthorizedTopics = new Set(data.unauthorizedTopics);
    this.invalidTopics = new Set(data.invalidTopics);
    this.#nodesById = new Map(data.nodes.map((node) => [node.id, node]));
    this.#topicIds = new Map(data.topicIds);
    this.#topicNames = new Map([...this.#topicIds].map(([topic, id]) => [uuidToString(id), topic]));
    const partitions = [...(data.partitions ?? [])].sort((a, b) => a.partition - b.partition);
    this.#topics = new Map(
      [...groupBy(partitions, ({ topic }) => topic)].map(([topic, all]) => {
        return [topic, { all, available: all.filter(({ leader }) => leader !== null) }];
      }),
    );
    this.#partitionsOfNode = groupBy(
      partitions.filter(({ leader }) => leader !== null),
      ({ leader }) => leader!.id,
    );
  }

  /** A cluster of which nothing is known. */
  static empty(): Cluster {
    return new Cluster({ nodes: [] });
  }

  /** A cluster of which only addresses are known (`bootstrap.servers`). They get the ids −1, −2, … */
  static bootstrap(addresses: readonly { readonly host: string; readonly port: number }[]): Cluster {
    return new Cluster({ nodes: addresses.map(({ host, port }, i) => ({ id: -1 - i, host, port, rack: null })) });
  }

  /** The broker with this id, if it is alive. */
  nodeById(id: number): Node | undefined {
    return this.#nodesById.get(id);
  }

  /** Topics of which partitions are known, in the order in which they were given. */
  get topics(): readonly string[] {
    return [...this.#topics.keys()];
  }

  /** The topic's id, 16 bytes; undefined when it is not known. */
  topicId(topic: string): Uint8Array | undefined {
    return this.#topicIds.get(topic);
  }

  /** The name of the topic with this id of 16 bytes; undefined when it is not known. */
  topicName(topicId: Uint8Array): string | undefined {
    return this.#topicNames.get(uuidToString(topicId));
  }

  partition(topic: string, partition: number): PartitionInfo | undefined {
    const { all } = this.#partitions(topic);
    // Partitions are numbered from 0 without gaps, unless part of them is all that is known.
    const direct = all[partition];
    return direct?.partition === partition ? direct : all.find((info) => info.partition === partition);
  }

  /** Who leads the partition: undefined when the partition is not known, null when nobody does. */
  leaderFor(topic: string, partition: number): Node | null | undefined {
    return this.partition(topic, partition)?.leader;
  }

  /** All partitions of a topic, by number; none when it is not known. */
  partitionsForTopic(topic: string): readonly PartitionInfo[] {
    return this.#partitions(topic).all;
  }

  /** The topic's partitions that have a leader, by number. */
  availablePartitionsForTopic(topic: string): readonly PartitionInfo[] {
    return this.#partitions(topic).available;
  }

  /** How many partitions a topic has; undefined when it is not known. */
  partitionCountForTopic(topic: string): number | undefined {
    return this.#topics.get(topic)?.all.length;
  }

  /** The partitions that the broker with this id leads. */
  partitionsForNode(id: number): readonly PartitionInfo[] {
    return this.#partitionsOfNode.get(id) ?? [];
  }

  #partitions(topic: string): TopicPartitions {
    return this.#topics.get(topic) ?? NO_PARTITIONS;
  }
}
