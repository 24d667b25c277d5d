/**
 * The admin client: topics and their configuration, groups and their offsets, and the brokers.
 *
 * @module
 */
import { type AdminConfig, parseAdminConfig } from "#ground/config/admin-config";
import { errorForCode, KafkaError } from "#ground/errors";
import { createNodeRuntime } from "#ground/node/node-runtime";
import { ApiVersions } from "#ground/protocol/messages/18-api-versions";
import { CreatePartitions } from "#ground/protocol/messages/37-create-partitions";
import { CreateTopics } from "#ground/protocol/messages/19-create-topics";
import { type Input } from "#ground/protocol/message";
import { DeleteTopics, type DeleteTopicsRequest } from "#ground/protocol/messages/20-delete-topics";
import { Metadata, type MetadataResponse } from "#ground/protocol/messages/03-metadata";
import { ZERO_UUID } from "#ground/protocol/uuid";
import { type Runtime } from "#ground/runtime";
import { type TopicPartition } from "#ground/topic-partition";
import { compareText } from "#groups/given/assignor";
import { AdminConnections, ANY } from "./admin-connections.ts";
import {
  type AlterConfigOp, type ConfigEntry, type ConfigResource, type GroupDescription, type GroupListing,
  type LogDirDescription, type NewTopic, type OffsetOfPartition, type Outcome, type PartitionReassignment,
  type ResultOfPartition, type ServedApi, type TopicDescription, type TopicListing,
} from "./admin-types.ts";
import { describeConfigs, incrementalAlterConfigs } from "./config-calls.ts";
import {
  alterGroupOffsets, deleteGroup, deleteGroupOffsets, describeGroup, listGroupOffsets, listGroups,
} from "./group-calls.ts";
import {
  alterPartitionReassignments, deleteRecords, describeLogDirs, electLeaders, type ElectionType,
  listPartitionReassignments,
} from "./partition-calls.ts";
import { listOffsets } from "./list-offsets.ts";

/** What an admin client gets besides its configuration. */
export interface AdminOptions {
  /** Default: the real machine. */
  readonly runtime?: Runtime;
}

const FIRST_DELETE_BY_ID = 6;

/**
 * Looks after a Kafka cluster. What is about many things answers for each of them: the result, or its error.
 *
 * ```ts
 * const admin = new Admin({ "bootstrap.servers": "localhost:9092" });
 * await admin.createTopics([{ name: "clicks", numPartitions: 6 }]);
 * admin.close();
 * ```
 *
 * Source: `org.apache.kafka.clients.admin.Admin`. Configuration keys are Kafka's.
 */
export class Admin {
  readonly #config: AdminConfig;
  readonly #connections: AdminConnections;

  /** @throws KafkaError INVALID_CONFIG that lists what is wrong with the configuration. Nothing is connected to yet. */
  constructor(configuration: Readonly<Record<string, unknown>>, options: AdminOptions = {}) {
    const runtime = options.runtime ?? createNodeRuntime();
    const { config, warnings } = parseAdminConfig(configuration);
    for (const warning of warnings) runtime.log.warn(warning);
    this.#config = config;
    this.#connections = new AdminConnections(runtime, config);
  }

  /** The live brokers. */
  async describeCluster(): Promise<MetadataResponse["brokers"]> {
    return this.#connections.brokers();
  }

  /** The id that the cluster was given when it began. Null: it is too old to have one. */
  async clusterId(): Promise<string | null> {
    const request = { topics: [], allowAutoTopicCreation: false };
    return this.#connections.call(ANY, Metadata, () => request, (answer) => answer.clusterId);
  }

  /** What a broker serves. */
  async apiVersions(brokerId: number): Promise<readonly ServedApi[]> {
    const request = { clientSoftwareName: "katafka", clientSoftwareVersion: "0.1.0" };
    return this.#connections.call({ kind: "broker", id: brokerId }, ApiVersions, () => request, (answer) => {
      return answer.apiKeys;
    });
  }

  /** All topics, by name. */
  async listTopics(): Promise<TopicListing[]> {
    const topics = await this.#metadata(null);
    return topics
      .map(({ name, topicId, isInternal }) => ({ name: name!, topicId, isInternal }))
      .toSorted((a, b) => compareText(a.name, b.name));
  }

  /** What topics consist of. Of one that isn't there: UNKNOWN_TOPIC_OR_PARTITION. */
  async describeTopics(names: readonly string[]): Promise<Map<string, Outcome<TopicDescription>>> {
    if (names.length === 0) return new Map();
    const topics = await this.#metadata(names);
    return new Map(topics.map((topic) => [topic.name!, errorForCode(topic.errorCode) ?? describe(topic)]));
  }

  /** Creates topics. @returns of each topic null, or why it was not created */
  async createTopics(
    topics: readonly NewTopic[], { validateOnly = false }: { readonly validateOnly?: boolean } = {},
  ): Promise<Map<string, Outcome<null>>> {
    const request = {
      topics: topics.map(({ name, numPartitions = -1, replicationFactor = -1, assignments = [], configs = {} }) => ({
        name,
        numPartitions,
        replicationFactor,
        assignments: assignments.map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds })),
        configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
      })),
      timeoutMs: this.#config["request.timeout.ms"],
      validateOnly,
    };
    return this.#connections.call(ANY, CreateTopics, () => request, (answer) => outcomes(answer.topics));
  }

  /** Deletes topics and their records. @returns of each topic null, or why it was not deleted */
  async deleteTopics(names: readonly string[]): Promise<Map<string, Outcome<null>>> {
    const timeoutMs = this.#config["request.timeout.ms"];
    const topics = names.map((name) => ({ name, topicId: ZERO_UUID }));
    const request = (version: number): Input<DeleteTopicsRequest> =>
      version < FIRST_DELETE_BY_ID ? { topicNames: names, timeoutMs } : { topics, timeoutMs };
    return this.#connections.call(ANY, DeleteTopics, request, (answer) => outcomes(answer.responses));
  }

  /**
   * Gives topics more partitions.
   * @param counts - of each topic how many it shall have, and the replicas of the new ones if they are to be chosen
   * @returns of each topic null, or why nothing was changed
   */
  async createPartitions(
    counts: ReadonlyMap<string, { readonly count: number; readonly assignments?: readonly (readonly number[])[] }>,
  ): Promise<Map<string, Outcome<null>>> {
    const topics = [...counts].map(([name, { count, assignments }]) => ({
      name,
      count,
      assignments: assignments?.map((brokerIds) => ({ brokerIds })) ?? null,
    }));
    const request = { topics, timeoutMs: this.#config["request.timeout.ms"], validateOnly: false };
    return this.#connections.call(ANY, CreatePartitions, () => request, (answer) => outcomes(answer.results));
  }

  /** The configuration of topics and brokers, all keys. @returns in the order of `resources` */
  async describeConfigs(resources: readonly ConfigResource[]): Promise<Outcome<readonly ConfigEntry[]>[]> {
    return describeConfigs(this.#connections, resources);
  }

  /**
   * Changes settings of topics and brokers. Those of a broker hold from then on, where Kafka's do.
   * @returns of each resource, in their order, null or why nothing of it was changed
   */
  async incrementalAlterConfigs(
    changes: readonly (ConfigResource & { readonly ops: readonly AlterConfigOp[] })[],
    { validateOnly = false }: { readonly validateOnly?: boolean } = {},
  ): Promise<Outcome<null>[]> {
    return incrementalAlterConfigs(this.#connections, changes, validateOnly);
  }

  /**
   * Offsets by time: the first record at or after a timestamp (milliseconds), or one of {@link SPECIAL_TIMES}.
   * @returns in no order; −1 where there is no such record
   */
  async listOffsets(
    wanted: readonly (TopicPartition & { readonly timestamp: number })[],
  ): Promise<OffsetOfPartition[]> {
    return listOffsets(this.#connections, wanted);
  }

  /**
   * Makes partitions start at a later offset; −1 means all that is committed.
   * @returns by `topic-partition` where the log starts now, of the replica that starts first; or the error
   */
  async deleteRecords(
    before: readonly (TopicPartition & { readonly offset: number })[],
  ): Promise<Map<string, Outcome<number>>> {
    return deleteRecords(this.#connections, before, this.#config["request.timeout.ms"]);
  }

  /**
   * Lets preferred replicas lead; or, `unclean`, partitions without a leader have one that may lack committed records.
   * @param partitions null: all. Then only of those is told that got another leader, or should have
   * @returns ELECTION_NOT_NEEDED where all is as it should be
   */
  async electLeaders(
    type: ElectionType, partitions: readonly TopicPartition[] | null,
  ): Promise<ResultOfPartition[]> {
    return electLeaders(this.#connections, type, partitions, this.#config["request.timeout.ms"]);
  }

  /**
   * Moves partitions to other brokers. It has begun when this resolves; {@link listPartitionReassignments} tells how
   * long it goes on.
   * @param wanted - of each its replicas, the preferred leader first; null calls off what is under way
   */
  async alterPartitionReassignments(
    wanted: readonly (TopicPartition & { readonly replicas: readonly number[] | null })[],
  ): Promise<ResultOfPartition[]> {
    return alterPartitionReassignments(this.#connections, wanted, this.#config["request.timeout.ms"]);
  }

  /** The partitions that are on the move. */
  async listPartitionReassignments(): Promise<PartitionReassignment[]> {
    return listPartitionReassignments(this.#connections, this.#config["request.timeout.ms"]);
  }

  /** What is in the log dirs of a broker, and how large. */
  async describeLogDirs(brokerId: number): Promise<LogDirDescription[]> {
    return describeLogDirs(this.#connections, brokerId);
  }

  /** All groups, by name. */
  async listGroups(): Promise<GroupListing[]> {
    return listGroups(this.#connections);
  }

  /** A group and its members. One that isn't there: GROUP_ID_NOT_FOUND, or the state `Dead` from an older broker. */
  async describeGroup(groupId: string): Promise<GroupDescription> {
    return describeGroup(this.#connections, groupId);
  }

  /** The offsets that a group has committed. */
  async listGroupOffsets(groupId: string): Promise<OffsetOfPartition[]> {
    return listGroupOffsets(this.#connections, groupId);
  }

  /** Sets offsets of a group. It may have no members. */
  async alterGroupOffsets(groupId: string, offsets: readonly OffsetOfPartition[]): Promise<ResultOfPartition[]> {
    return alterGroupOffsets(this.#connections, groupId, offsets);
  }

  /** Forgets offsets of a group. Its members may not be subscribed to the topics. */
  async deleteGroupOffsets(groupId: string, partitions: readonly TopicPartition[]): Promise<ResultOfPartition[]> {
    return deleteGroupOffsets(this.#connections, groupId, partitions);
  }

  /** Forgets a group. @throws KafkaError NON_EMPTY_GROUP, GROUP_ID_NOT_FOUND */
  async deleteGroup(groupId: string): Promise<void> {
    return deleteGroup(this.#connections, groupId);
  }

  /** Ends all connections. Calls that are under way fail. */
  close(): void {
    this.#connections.close();
  }

  async #metadata(names: readonly string[] | null): Promise<MetadataResponse["topics"]> {
    const topics = names?.map((name) => ({ name, topicId: ZERO_UUID })) ?? null;
    const request = { topics, allowAutoTopicCreation: false };
    return this.#connections.call(ANY, Metadata, () => request, (answer) => answer.topics);
  }
}

function describe(topic: MetadataResponse["topics"][number]): TopicDescription {
  return {
    name: topic.name!,
    topicId: topic.topicId,
    isInternal: topic.isInternal,
    partitions: topic.partitions
      .map(({ partitionIndex, leaderId, leaderEpoch, replicaNodes, isrNodes }) => ({
        partition: partitionIndex,
        leader: leaderId === -1 ? null : leaderId,
        leaderEpoch,
        replicas: replicaNodes,
        isr: isrNodes,
      }))
      .toSorted((a, b) => a.partition - b.partition),
  };
}

interface Answer {
  readonly name: string | null;
  readonly errorCode: number;
  readonly errorMessage: string | null;
}

/** @throws KafkaError when there is no controller at the moment: then all topics say so, and one asks again. */
function outcomes(answers: readonly Answer[]): Map<string, Outcome<null>> {
  const results = answers.map(({ name, errorCode, errorMessage }) => {
    return [name!, errorForCode(errorCode, errorMessage)] as const;
  });
  for (const [, error] of results) if (error?.code === "NOT_CONTROLLER") throw error;
  return new Map(results);
}

/** The results, when there is no error among them. @throws KafkaError the first one that there is */
export function orThrow<K, T>(results: ReadonlyMap<K, Outcome<T>>): Map<K, T> {
  const values = new Map<K, T>();
  for (const [key, outcome] of results) {
    if (outcome instanceof KafkaError) throw outcome;
    values.set(key, outcome);
  }
  return values;
}
