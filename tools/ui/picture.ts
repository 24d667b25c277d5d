/**
 * The picture of a cluster at a moment, as the server tells it to the page. Plain data: it goes through JSON.
 *
 * @module
 */
import { type ClusterEvent } from "#ground/events";

/** A piece of a log. */
export interface SegmentPicture {
  readonly baseOffset: number;
  readonly bytes: number;
}

/** One replica at one broker. */
export interface ReplicaPicture {
  readonly brokerId: number;
  readonly role: "leader" | "follower" | "none";
  readonly leaderEpoch: number;
  readonly logStartOffset: number;
  /** What this replica knows to be committed. */
  readonly highWatermark: number;
  readonly logEndOffset: number;
  readonly segments: readonly SegmentPicture[];
  /** Whether its broker could be asked: else this is how it was last seen. */
  readonly isCurrent: boolean;
  /** For how long it has been behind its leader, in milliseconds; null: the leader doesn't say. */
  readonly lagMs: number | null;
}

/** One partition. */
export interface PartitionPicture {
  readonly topic: string;
  readonly index: number;
  /** -1: nobody. */
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly assigned: readonly number[];
  readonly isr: readonly number[];
  readonly replicas: readonly ReplicaPicture[];
  readonly recordsPerSecond: number;
}

/** What is done to a simulated broker's network. */
export interface NetworkPicture {
  /** Nothing reaches it, and nothing leaves it. */
  readonly isCut: boolean;
  /** What all that it sends or is sent takes longer, in milliseconds; 0: nothing. */
  readonly slowMs: number;
  /** Whether its next answer to the producer will be lost. */
  readonly losesNext: boolean;
}

/** One broker. */
export interface BrokerPicture {
  readonly id: number;
  readonly state: "up" | "starting" | "frozen" | "down" | "unknown";
  readonly address: string | null;
  readonly rack: string | null;
  /** Which code it runs on, where brokers differ. */
  readonly code: string | null;
  /** The exercise that it has met and that nobody has written: `6.3 … is yours to write`; null: none. */
  readonly unwritten: string | null;
  /** Null: nothing can be done to it from here. */
  readonly network: NetworkPicture | null;
  readonly isController: boolean;
  readonly leads: number;
  /** Null: it doesn't say. */
  readonly rssBytes: number | null;
  /** Of one core; null: it doesn't say. */
  readonly cpuShare: number | null;
  readonly bytesPerSecond: number | null;
}

/** A partition, as a group reads it. */
export interface ReadPicture {
  readonly partition: string;
  /** The member that has it; null: none. */
  readonly owner: string | null;
  readonly committed: number;
  readonly lag: number;
}

/** A member of a group, as its coordinator knows it. */
export interface AssignedPicture {
  readonly memberId: string;
  readonly clientId: string;
  /** `topic-partition` */
  readonly assigned: readonly string[];
}

/** One group. */
export interface GroupPicture {
  readonly groupId: string;
  readonly state: string;
  readonly members: readonly AssignedPicture[];
  readonly reads: readonly ReadPicture[];
}

/** What waits in a producer for one partition. */
export interface QueuePicture {
  readonly partition: number;
  /** How many batches; the last of them is being filled. */
  readonly batches: number;
  /** Of the last one: what it has, and what it has room for. */
  readonly bytes: number;
  readonly sizeBytes: number;
}

/** The producer that this page runs. */
export interface ProducerPicture {
  readonly settings: LoadSettings;
  readonly sent: number;
  readonly acknowledged: number;
  readonly failed: number;
  readonly lastError: string | null;
  /** From `send` to the acknowledgement, the last hundred: in milliseconds. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** By partition. */
  readonly queues: readonly QueuePicture[];
  readonly metrics: Readonly<Record<string, number>>;
}

/** What the producer of this page does. */
export interface LoadSettings {
  readonly topic: string;
  readonly recordsPerSecond: number;
  readonly valueBytes: number;
  /** The share of the records that have the one busy key, from 0 to 1. */
  readonly skew: number;
  readonly acks: "0" | "1" | "all";
  readonly lingerMs: number;
  readonly batchSize: number;
}

/** A member that this page runs. */
export interface MemberPicture {
  readonly name: string;
  readonly isStuck: boolean;
  readonly read: number;
  /** `topic-partition`: the next offset. */
  readonly positions: Readonly<Record<string, number>>;
}

/** A record that is followed. */
export interface FollowedPicture {
  readonly value: string;
  readonly partition: string | null;
  readonly offset: number | null;
  /** What has become of it, the first first. */
  readonly stations: readonly { readonly text: string; readonly afterMs: number }[];
}

/** Everything. */
export interface Picture {
  readonly timeMs: number;
  readonly clusterId: string;
  readonly controllerEpoch: number;
  /** Whether brokers can be killed from here: only where `npm start` runs them. */
  readonly canAct: boolean;
  /** What the cluster doesn't tell, in a sentence; null: it tells all. */
  readonly isPartial: string | null;
  readonly brokers: readonly BrokerPicture[];
  readonly partitions: readonly PartitionPicture[];
  readonly omittedPartitions: number;
  readonly groups: readonly GroupPicture[];
  readonly producer: ProducerPicture | null;
  readonly members: readonly MemberPicture[];
  readonly followed: FollowedPicture | null;
  /** New since the picture before. */
  readonly events: readonly ClusterEvent[];
}

/** What the page asks for: `{ "do": "kill", "broker": 2 }`. */
export type Wish =
  | { readonly do: "kill" | "freeze" | "resume" | "start" | "stop"; readonly broker: number }
  | { readonly do: "cut" | "mend" | "slow" | "lose"; readonly broker: number; readonly other?: number }
  | { readonly do: "produce"; readonly settings: LoadSettings }
  | { readonly do: "stop-producing" }
  | { readonly do: "add-member"; readonly topic: string; readonly isCooperative: boolean }
  | { readonly do: "remove-member" | "stick-member" | "unstick-member"; readonly name: string }
  | { readonly do: "follow"; readonly topic: string }
  | { readonly do: "configure"; readonly topic: string; readonly minInsyncReplicas: number };
