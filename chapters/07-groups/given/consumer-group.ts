/**
 * A consumer as a member of a group: what it wants to read, what it gets, and what both sides know of it.
 *
 * Source: `org.apache.kafka.clients.consumer.internals.ConsumerCoordinator`.
 *
 * @module
 */
import { KafkaError } from "#ground/errors";
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from "#ground/protocol/consumer-protocol";
import { type Runtime } from "#ground/runtime";
import { nameOf, type TopicPartition } from "#ground/topic-partition";
import { type ExponentialBackoff, type Metadata } from "#sender";
import { Heartbeats, type HeartbeatOptions } from "#groups/heartbeats";
import { MemberRebalance } from "#groups/member-rebalance";
import { type SubscriptionState } from "#groups/subscription-state";
import { type AssignorMember, type PartitionAssignor } from "./assignor.ts";
import { type ConsumerMetrics } from "./assembly/consumer-metrics.ts";
import { type CoordinatorLink } from "./assembly/coordinator-link.ts";
import { groupByTopic } from "./assembly/group-by-topic.ts";
import { GroupMember, type GroupMemberOptions, type Joined, type JoinedMember } from "./group-member.ts";
import { type PendingErrors } from "./assembly/pending-errors.ts";
import { type RebalanceListener } from "./rebalance-listener.ts";
import { areEqual, topicsOf, type Wish } from "./subscription.ts";

/** What a membership works with. */
export interface ConsumerGroupParts {
  readonly runtime: Runtime;
  readonly link: CoordinatorLink;
  readonly metadata: Metadata;
  readonly subscriptions: SubscriptionState;
  readonly assignors: readonly PartitionAssignor[];
  readonly backoff: ExponentialBackoff;
  readonly errors: PendingErrors;
  readonly metrics: ConsumerMetrics;
  /** Commits the positions, if that is to be done by itself; never rejects. */
  readonly commit: () => Promise<void>;
  /** Gives up all commits that aren't decided yet: they are of a generation that is over. */
  readonly abandonCommits: () => void;
  /** Called when the topics of interest change. */
  readonly onTopics: () => void;
  /** Called when the assignment has changed. */
  readonly onAssignment: () => void;
}

/** How a membership behaves. */
export interface ConsumerGroupOptions {
  readonly member: GroupMemberOptions;
  readonly heartbeats: HeartbeatOptions;
  /** `client.rack`; null for none. */
  readonly rack: string | null;
  /** Not `exclude.internal.topics`. */
  readonly withInternalTopics: boolean;
}

/** One consumer's membership. */
export class ConsumerGroup {
  readonly member: GroupMember;
  readonly #parts: ConsumerGroupParts;
  readonly #options: ConsumerGroupOptions;
  readonly #heartbeats: Heartbeats;
  readonly #rebalance: MemberRebalance;
  readonly #isCooperative: boolean;
  #wish: Wish | null = null;
  /** The topics of the wish when the member last joined. */
  #joinedTopics: ReadonlySet<string> = new Set();
  /** What has to be done before joining has been done. */
  #isPrepared = false;
  /** What the member got last, and when: what it says that it has. */
  #lastOwned: { owned: readonly TopicPartition[]; generation: number } = { owned: [], generation: -1 };
  /** Topics that other members want, if this one leads. */
  #groupTopics: ReadonlySet<string> = new Set();
  /** How many partitions there were when this one last shared them out; null if it didn't. */
  #assignedCounts: ReadonlyMap<string, number> | null = null;
  /** Since when it waits to know all topics of the group. */
  #waitsSinceMs: number | null = null;

  constructor(parts: ConsumerGroupParts, options: ConsumerGroupOptions) {
    const { runtime, link, subscriptions, assignors, backoff, errors, metrics } = parts;
    this.#parts = parts;
    this.#options = options;
    this.#isCooperative = assignors.every(({ isCooperative }) => isCooperative);
    this.#heartbeats = new Heartbeats(options.heartbeats);
    this.#rebalance = new MemberRebalance(subscriptions, this.#isCooperative, parts.commit);
    this.member = new GroupMember(link, this.#heartbeats, backoff, options.member, {
      protocols: () => this.#protocols(),
      assign: (protocol, members) => this.#assign(protocol, members),
      onFatal: (error) => errors.add(error),
      onHeartbeat: () => metrics.onHeartbeat(),
    }, runtime.log);
  }

  /** Whether the partitions are the group's to give, rather than the program's to choose. */
  get isSubscribed(): boolean {
    return this.#wish !== null;
  }

  /** The topics that are wanted, as far as they are known. */
  get topics(): ReadonlySet<string> {
    if (this.#wish === null) return new Set();
    return topicsOf(this.#wish, this.#parts.metadata.cluster, this.#options.withInternalTopics);
  }

  /** The topics that the metadata must be about: with a pattern all (null). */
  get topicsOfInterest(): ReadonlySet<string> | null {
    if (this.#wish !== null && "pattern" in this.#wish) return null;
    return new Set([...this.topics, ...this.#groupTopics]);
  }

  /** Wants these topics from now on; `poll` joins the group. */
  subscribe(wish: Wish, listener: RebalanceListener): void {
    this.#wish = wish;
    this.#rebalance.listener = listener;
    this.member.rejoinReason ??= "the subscription is new";
    this.#parts.onTopics();
  }

  /** Wants to join again, whatever the reason (`enforceRebalance`). */
  requestRejoin(reason: string): void {
    this.member.rejoinReason ??= reason;
  }

  /** The program polls: does what a rebalance has to do inside of `poll`. @throws what a listener threw */
  async advance(): Promise<void> {
    if (this.#wish === null) return;
    const { member } = this;
    if (member.fatal !== null) throw member.fatal;
    this.#heartbeats.polled(this.#parts.runtime.clock.nowMs());
    this.#lookForChanges();
    if (member.rejoinReason !== null && !member.isJoining) await this.#begin();
    const joined = member.takeJoined();
    if (joined !== null) await this.#complete(joined);
  }

  /** Leaves the group: gives up everything, and says good-bye. @throws what a listener threw */
  async leave(reason: string): Promise<void> {
    if (this.#wish === null) return;
    try {
      if (this.member.isLost) await this.#rebalance.lose();
      else await this.#rebalance.giveUp(this.#parts.subscriptions.assigned);
    } finally {
      this.#isPrepared = false;
      this.#lastOwned = { owned: [], generation: -1 };
      this.#groupTopics = new Set();
      this.#assignedCounts = null;
      const left = this.member.leave(reason, this.#parts.runtime.clock.nowMs());
      this.#wish = null;
      this.member.rejoinReason = null;
      this.#parts.onAssignment();
      await left;
    }
  }

  /** Does what is to do now. @returns after how many milliseconds to call again, if nothing happens before */
  runOnce(now: number): number {
    return this.#wish === null ? Infinity : this.member.runOnce(now);
  }

  /** The topics of a pattern may have changed; as a leader, also how many partitions there are. */
  #lookForChanges(): void {
    const { member } = this;
    if (member.rejoinReason !== null || !member.isStable) return;
    if (!areEqual(this.topics, this.#joinedTopics)) this.requestRejoin("the topics to read have changed");
    const counts = this.#assignedCounts;
    if (counts === null) return;
    const { cluster } = this.#parts.metadata;
    const hasChanged = ([topic, count]: [string, number]): boolean => {
      return (cluster.partitionCountForTopic(topic) ?? count) !== count;
    };
    if ([...counts].some(hasChanged)) this.requestRejoin("the number of partitions has changed");
  }

  async #begin(): Promise<void> {
    const { member } = this;
    if (!this.#isPrepared && !member.isLost) await this.#prepare(false);
    // It may be thrown out while it commits, or while its listener works.
    if (member.isLost) await this.#prepare(true);
    this.#joinedTopics = this.topics;
    this.#waitsSinceMs = null;
    // One that were tried again later would be taken for the next generation's, when others have the partitions.
    this.#parts.abandonCommits();
    member.join();
    this.#parts.onTopics();
  }

  async #prepare(isLost: boolean): Promise<void> {
    this.#isPrepared = true;
    try {
      await this.#rebalance.beforeJoin(this.topics, isLost);
    } finally {
      this.#parts.onAssignment();
    }
  }

  async #complete({ generation, assignment, isLeader }: Joined): Promise<void> {
    this.#isPrepared = false;
    if (!isLeader) this.#assignedCounts = null;
    const { assignedPartitions } = decodeAssignment(assignment);
    const assigned = assignedPartitions.flatMap(({ topic, partitions }) =>
      partitions.map((partition) => ({ topic, partition })),
    );
    this.#lastOwned = { owned: assigned, generation };
    this.#parts.metrics.onRebalance();
    this.#parts.runtime.log.debug(`Generation ${generation}: ${assigned.map(nameOf).join(", ") || "no partitions"}.`);
    try {
      if (await this.#rebalance.afterSync(assigned)) this.requestRejoin("what was given up waits for its new owner");
    } finally {
      this.#parts.onAssignment();
    }
  }

  #protocols(): { name: string; metadata: Uint8Array }[] {
    const { subscriptions, assignors } = this.#parts;
    const owned = subscriptions.assigned;
    const { generation } = this.#lastOwned;
    const topics = [...this.#joinedTopics].sort();
    return assignors.map((assignor) => ({
      name: assignor.name,
      metadata: encodeSubscription({
        topics,
        userData: assignor.userData?.(this.#lastOwned) ?? null,
        ownedPartitions: groupByTopic(owned),
        generationId: generation,
        rackId: this.#options.rack,
      }),
    }));
  }

  #assign(protocol: string, joined: readonly JoinedMember[]): { memberId: string; assignment: Uint8Array }[] | null {
    const assignor = this.#parts.assignors.find(({ name }) => name === protocol);
    if (assignor === undefined) {
      const message = `The group chose the assignor ${protocol}, which this consumer doesn't have.`;
      throw new KafkaError("INCONSISTENT_GROUP_PROTOCOL", message);
    }
    const members = joined.map((member) => readMember(member, assignor));
    this.#groupTopics = new Set(members.flatMap(({ topics }) => topics));
    if (this.#mustWaitForTopics()) return null;
    const { cluster } = this.#parts.metadata;
    const known = [...this.#groupTopics].map((topic) => [topic, cluster.partitionCountForTopic(topic) ?? 0] as const);
    const counts = new Map(known);
    this.#assignedCounts = counts;
    const assignment = assignor.assign(new Map(known.filter(([, count]) => count > 0)), members);
    return [...assignment].map(([memberId, partitions]) => ({
      memberId,
      assignment: encodeAssignment({ assignedPartitions: groupByTopic(partitions), userData: null }),
    }));
  }

  /** Others may want topics that this one knows nothing of. It asks for them once; who isn't known then isn't there. */
  #mustWaitForTopics(): boolean {
    const { metadata, runtime, onTopics } = this.#parts;
    const isKnown = (topic: string): boolean => metadata.cluster.partitionCountForTopic(topic) !== undefined;
    if ([...this.#groupTopics].every(isKnown)) return false;
    if (this.#waitsSinceMs === null) {
      this.#waitsSinceMs = runtime.clock.nowMs();
      metadata.requestUpdate();
      onTopics();
    }
    return metadata.lastSuccessMs <= this.#waitsSinceMs;
  }
}

function readMember(joined: JoinedMember, assignor: PartitionAssignor): AssignorMember {
  const { memberId, groupInstanceId, metadata } = joined;
  const { topics, userData, ownedPartitions, generationId } = decodeSubscription(metadata);
  const owned = ownedPartitions.flatMap(({ topic, partitions }) => {
    return partitions.map((partition) => ({ topic, partition }));
  });
  const isTold = assignor.readUserData !== undefined && userData !== null && userData.length > 0;
  const claim = isTold ? assignor.readUserData!(userData) : { owned, generation: generationId };
  return { memberId, groupInstanceId, topics, ...claim };
}
