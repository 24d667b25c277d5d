/**
 * What a broker knows of its cluster: brokers, topics, and who leads which partition. The controller makes an
 * image after every change and pushes it whole; a broker never edits one.
 *
 * @module
 */
import { type BrokerOverrides } from "#ground/config/dynamic-broker-config";
import { type EndPoint } from "#ground/config/listeners";
import { uuidToString } from "#ground/protocol/uuid";

/** The leader of a partition that has none. */
export const NO_LEADER = -1;

/** A live broker, as it registered itself. */
export interface BrokerRegistration {
  readonly brokerId: number;
  /** Another one, and a larger, with each registration: tells a broker that came back from the one that went. */
  readonly brokerEpoch: number;
  /** Where clients find it, by listener: a client is told the address of the listener that it came through. */
  readonly endPoints: readonly EndPoint[];
  readonly rack: string | null;
  /** Whether it is shutting down in order: it leads nothing any more, and isn't in sync. */
  readonly inControlledShutdown: boolean;
  /** Its replicas that it can't use, each as {@link replicaName}: their log dir has failed. Missing: none. */
  readonly offlineReplicas?: ReadonlySet<string>;
}

/** The controller's decision about one partition (Kafka's `PartitionRegistration`). */
export interface PartitionRegistration {
  /** Broker ids in order of preference: the first is the preferred leader. */
  readonly replicas: readonly number[];
  /** Those of `replicas` that a reassignment adds. Missing: none. */
  readonly addingReplicas?: readonly number[];
  /** Those of `replicas` that it removes when the others are in sync. Missing: none. */
  readonly removingReplicas?: readonly number[];
  /** The replicas that have every committed record. The controller has written it down: the *committed* ISR. */
  readonly isr: readonly number[];
  /** Broker id, or {@link NO_LEADER}. */
  readonly leader: number;
  /** Grows with every election: what an old leader says can be told from what a new one says. */
  readonly leaderEpoch: number;
  /** The {@link BrokerRegistration.brokerEpoch} that the leader had when it was elected. */
  readonly leaderBrokerEpoch: number;
  /** Grows with every change of this partition: fences AlterPartition requests that were overtaken. */
  readonly partitionEpoch: number;
}

/** One topic. The same name with another id is another topic: it was deleted and created again. */
export interface TopicImage {
  readonly name: string;
  readonly topicId: Uint8Array;
  /** Partition 0 first. */
  readonly partitions: readonly PartitionRegistration[];
  /** The topic's own settings, as text; what is not here has the broker's value. */
  readonly configs: Readonly<Record<string, string>>;
}

/** Which of two images is newer. */
export interface ImageStamp {
  /** Grows with each newly elected controller. */
  readonly controllerEpoch: number;
  /** Counts the images of one controller. */
  readonly version: number;
}

/** Everything an image holds, apart from its indexes. */
export interface MetadataImageFields extends ImageStamp {
  readonly clusterId: string;
  /** Broker id of the controller that made it; -1 for {@link MetadataImage.empty}. */
  readonly controllerId: number;
  readonly brokers: ReadonlyMap<number, BrokerRegistration>;
  readonly topics: ReadonlyMap<string, TopicImage>;
  /** What is set for brokers while they run. */
  readonly brokerConfigs: BrokerOverrides;
}

/** The parts of an image that the controller changes, each as a whole. */
export type ImageChanges = Partial<Pick<MetadataImageFields, "brokers" | "topics" | "brokerConfigs">>;

/**
 * An immutable picture of the cluster, stamped (controllerEpoch, version). Images may reach a broker late,
 * twice or out of order: only a newer one replaces the one it has, so none of that does harm.
 */
export class MetadataImage implements MetadataImageFields {
  readonly clusterId: string;
  readonly controllerId: number;
  readonly controllerEpoch: number;
  readonly version: number;
  readonly brokers: ReadonlyMap<number, BrokerRegistration>;
  readonly topics: ReadonlyMap<string, TopicImage>;
  readonly brokerConfigs: BrokerOverrides;
  /** Made when it is first needed: the controller makes many images that nobody asks by id. */
  #topicsById: ReadonlyMap<string, TopicImage> | null = null;

  constructor(fields: MetadataImageFields) {
    this.clusterId = fields.clusterId;
    this.controllerId = fields.controllerId;
    this.controllerEpoch = fields.controllerEpoch;
    this.version = fields.version;
    this.brokers = fields.brokers;
    this.topics = fields.topics;
    this.brokerConfigs = fields.brokerConfigs;
  }

  /** What a broker knows before the first push: nothing. Older than any image of a controller. */
  static empty(clusterId: string): MetadataImage {
    return new MetadataImage({
      clusterId,
      controllerId: -1,
      controllerEpoch: -1,
      version: -1,
      brokers: new Map(),
      topics: new Map(),
      brokerConfigs: new Map(),
    });
  }

  /** The next image of the same controller, with `changes` made. */
  next(changes: ImageChanges): MetadataImage {
    return new MetadataImage({
      clusterId: this.clusterId,
      controllerId: this.controllerId,
      controllerEpoch: this.controllerEpoch,
      version: this.version + 1,
      brokers: changes.brokers ?? this.brokers,
      topics: changes.topics ?? this.topics,
      brokerConfigs: changes.brokerConfigs ?? this.brokerConfigs,
    });
  }

  /** Whether this image was made after `other`: by a later controller, or later by the same one. */
  isNewerThan(other: ImageStamp): boolean {
    if (this.controllerEpoch !== other.controllerEpoch) return this.controllerEpoch > other.controllerEpoch;
    return this.version > other.version;
  }

  /** The topic with this id, or undefined. */
  topicById(topicId: Uint8Array): TopicImage | undefined {
    this.#topicsById ??= new Map(Array.from(this.topics.values(), (topic) => [uuidToString(topic.topicId), topic]));
    return this.#topicsById.get(uuidToString(topicId));
  }

  /** Whether a broker can't serve its replica of a partition: it is not alive, or has said that it can't use it. */
  isOffline(brokerId: number, topicId: Uint8Array, index: number): boolean {
    const broker = this.brokers.get(brokerId);
    return broker === undefined || broker.offlineReplicas?.has(replicaName(topicId, index)) === true;
  }

  /** Where partition `index` of `topic` stands, or undefined when there is none. */
  partition(topic: string, index: number): PartitionRegistration | undefined {
    return this.topics.get(topic)?.partitions[index];
  }
}

/** A broker's replica of a partition, in {@link BrokerRegistration.offlineReplicas}. */
export function replicaName(topicId: Uint8Array, index: number): string {
  return `${uuidToString(topicId)}-${index}`;
}
