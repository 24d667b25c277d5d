/**
 * What an admin client is asked, and what it tells.
 *
 * @module
 */
import { type KafkaError } from "#ground/errors";
import { type TopicPartition } from "#ground/topic-partition";

/** What came of one of several things: the result, or its error. */
export type Outcome<T> = T | KafkaError;

/** A topic that there is. */
export interface TopicListing {
  readonly name: string;
  /** 16 bytes. */
  readonly topicId: Uint8Array;
  /** Whether the cluster keeps it for itself, such as `__consumer_offsets`. */
  readonly isInternal: boolean;
}

/** A topic and its partitions. */
export interface TopicDescription extends TopicListing {
  /** By number. */
  readonly partitions: readonly PartitionDescription[];
}

/** One partition. Brokers are ids. */
export interface PartitionDescription {
  readonly partition: number;
  /** Null while nobody leads it. */
  readonly leader: number | null;
  readonly leaderEpoch: number;
  /** The preferred leader comes first. */
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
}

/** A topic to create. */
export interface NewTopic {
  readonly name: string;
  /** Default: the cluster's `num.partitions`. */
  readonly numPartitions?: number;
  /** Default: the cluster's `default.replication.factor`. */
  readonly replicationFactor?: number;
  /** The brokers of each partition, instead of the two numbers. */
  readonly assignments?: readonly (readonly number[])[];
  readonly configs?: Readonly<Record<string, string>>;
}

/** What has a configuration. */
export interface ConfigResource {
  readonly type: keyof typeof RESOURCE_TYPES;
  /** A topic's name, a group's, or a broker's id; empty for what holds for all brokers. */
  readonly name: string;
}

/** Kafka's numbers of what has a configuration. */
export const RESOURCE_TYPES = { topic: 2, broker: 4, "broker-logger": 8, "client-metric": 16, group: 32 } as const;

/** What is to become of one key of a configuration. */
export interface AlterConfigOp {
  readonly name: string;
  /** `append` and `subtract` are for lists. */
  readonly op: keyof typeof CONFIG_OPERATIONS;
  /** Not needed for `delete`. */
  readonly value?: string;
}

/** Kafka's numbers of what one does with a key. */
export const CONFIG_OPERATIONS = { set: 0, delete: 1, append: 2, subtract: 3 } as const;

/** One key of a configuration. */
export interface ConfigEntry {
  readonly name: string;
  /** Null when it is a secret, or not set. */
  readonly value: string | null;
  readonly readOnly: boolean;
  readonly isSensitive: boolean;
  /** Where the value comes from: {@link CONFIG_SOURCES}. */
  readonly configSource: number;
  /** Where the value is looked for, in that order. */
  readonly synonyms: readonly { readonly name: string; readonly value: string | null; readonly source: number }[];
}

/** Kafka's numbers and names of where a value comes from. */
export const CONFIG_SOURCES: Readonly<Record<number, string>> = {
  1: "DYNAMIC_TOPIC_CONFIG",
  2: "DYNAMIC_BROKER_CONFIG",
  3: "DYNAMIC_DEFAULT_BROKER_CONFIG",
  4: "STATIC_BROKER_CONFIG",
  5: "DEFAULT_CONFIG",
  6: "DYNAMIC_BROKER_LOGGER_CONFIG",
  7: "DYNAMIC_CLIENT_METRICS_CONFIG",
  8: "DYNAMIC_GROUP_CONFIG",
};

/** The value was set for this very topic. */
export const TOPIC_CONFIG = 1;

/** A group that there is. */
export interface GroupListing {
  readonly groupId: string;
  /** `consumer`; empty for one that only commits offsets. */
  readonly protocolType: string;
  /** `Empty`, `PreparingRebalance`, `CompletingRebalance`, `Stable`; empty when an old broker doesn't tell. */
  readonly state: string;
  /** `classic`; empty when an old broker doesn't tell. */
  readonly type: string;
}

/** A group and its members. */
export interface GroupDescription {
  readonly groupId: string;
  /** As in {@link GroupListing}, or `Dead`: there is no such group. */
  readonly state: string;
  /** The assignor in use; empty when there are no members. */
  readonly assignor: string;
  /** The broker that keeps the group. */
  readonly coordinator: { readonly nodeId: number; readonly host: string; readonly port: number };
  readonly members: readonly GroupMember[];
}

/** A member of a group. */
export interface GroupMember {
  readonly memberId: string;
  /** `group.instance.id` of a static member. */
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly host: string;
  /** What it reads at the moment. */
  readonly assignment: readonly TopicPartition[];
}

/** The offset of a partition. */
export interface OffsetOfPartition extends TopicPartition {
  /** −1: there is none. */
  readonly offset: number;
  /** −1: not known. */
  readonly leaderEpoch: number;
}

/** What became of one partition. */
export interface ResultOfPartition extends TopicPartition {
  /** Null when all went well. */
  readonly error: KafkaError | null;
}

/** One of the log dirs of a broker. */
export interface LogDirDescription {
  readonly path: string;
  /** Why it can't be used; null for one that works. */
  readonly error: KafkaError | null;
  readonly replicas: readonly ReplicaInDir[];
}

/** A replica in a log dir. */
export interface ReplicaInDir extends TopicPartition {
  readonly sizeBytes: number;
  /** By how many records its log is behind. */
  readonly offsetLag: number;
  /** Whether it is a copy that will replace the one in another dir of the same broker. */
  readonly isFuture: boolean;
}

/** An API that a broker serves, and the versions of it, both inclusive. */
export interface ServedApi {
  readonly apiKey: number;
  readonly minVersion: number;
  readonly maxVersion: number;
}

/** A partition on the move. */
export interface PartitionReassignment extends TopicPartition {
  /** Where it is to be, and then where it is no more to be. */
  readonly replicas: readonly number[];
  readonly addingReplicas: readonly number[];
  readonly removingReplicas: readonly number[];
}

/** Times that stand for a place in a log: in `listOffsets`. */
export const SPECIAL_TIMES = {
  latest: -1,
  earliest: -2,
  /** The record with the largest timestamp. */
  "max-timestamp": -3,
  /** The first one that is on a broker's own disk. */
  "earliest-local": -4,
  /** The last one that is in tiered storage. */
  "latest-tiered": -5,
} as const;
