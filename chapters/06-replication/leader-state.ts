/**
 * What the leader of a partition knows and decides: how far the in-sync replicas are, so what is committed; who should
 * be in sync. Pure: it is told the time and the end of its log, and asks for changes that others carry out.
 * Source: Kafka's `Partition` and `PartitionState`.
 *
 * @module
 */
import { type KafkaError, NotImplementedError } from "#ground/errors";
import { type PartitionRegistration } from "#replication/given/metadata-image";
import { type FollowerFetch, ReplicaState } from "./replica-state.ts";

/** An ISR that the leader has asked the controller for. Until it hears of it, it may be in force or not. */
export interface IsrProposal {
  readonly isr: readonly number[];
  /** Of the registration that it changes: the controller refuses it when that was overtaken. */
  readonly partitionEpoch: number;
}

/** The limits of a topic. */
export interface IsrLimits {
  /** `min.insync.replicas`. */
  readonly minInsyncReplicas: number;
  /** `replica.lag.time.max.ms`. */
  readonly maxLagMs: number;
}

/** Refusals that are about the proposal itself: it is not in force, and never will be. */
const REFUSED: ReadonlySet<string> = new Set(["INELIGIBLE_REPLICA", "INVALID_REQUEST", "OPERATION_NOT_ATTEMPTED"]);
/** Refusals that say that the leader doesn't know the latest registration. It is on its way. */
const OVERTAKEN: ReadonlySet<string> = new Set([
  "INVALID_UPDATE_VERSION",
  "FENCED_LEADER_EPOCH",
  "UNKNOWN_TOPIC_ID",
  "UNKNOWN_TOPIC_OR_PARTITION",
]);

const NO_FOLLOWERS: ReadonlyMap<number, ReplicaState> = new Map();

/** One leader epoch of one partition, at its leader. */
export class LeaderState {
  readonly brokerId: number;
  /** Where the log ended when this epoch began: every committed record of before lies below. */
  readonly epochStartOffset: number;
  /** The followers, by broker id. */
  followers: ReadonlyMap<number, ReplicaState>;
  #registration: PartitionRegistration;
  #proposal: IsrProposal | null = null;

  constructor(brokerId: number, registration: PartitionRegistration, epochStartOffset: number, nowMs: number) {
    this.brokerId = brokerId;
    this.epochStartOffset = epochStartOffset;
    this.#registration = registration;
    this.followers = followersOf(brokerId, registration, NO_FOLLOWERS, nowMs);
  }

  /** The committed ISR: what the controller has written down. */
  get isr(): readonly number[] {
    return this.#registration.isr;
  }

  /** What the controller was asked for and has not answered; null when nothing is under way. */
  get proposal(): IsrProposal | null {
    return this.#proposal;
  }

  /**
   * Everybody who may be in sync: the committed ISR, and those whose addition is under way. The controller may count
   * on these already, and could elect one of them, before this leader hears of it.
   */
  get maximalIsr(): ReadonlySet<number> {
    return new Set([...this.isr, ...(this.#proposal?.isr ?? [])]);
  }

  /** `min.insync.replicas`, but never more than there are replicas. */
  effectiveMinIsr({ minInsyncReplicas }: IsrLimits): number {
    return Math.min(minInsyncReplicas, this.#registration.replicas.length);
  }

  /** Whether acks=all may be promised. What is only proposed doesn't count. */
  hasEnoughReplicas(limits: IsrLimits): boolean {
    return this.isr.length >= this.effectiveMinIsr(limits);
  }

  /**
   * Where the high watermark is to be now.
   *
   * It is the end of what is committed: every replica of the {@link maximalIsr} has all records below it, this broker
   * (whose log ends at `logEndOffset`) among them. A follower that has not fetched in this epoch has shown nothing
   * yet. It never goes back within an epoch, and stands still as long as the ISR is smaller than
   * {@link effectiveMinIsr}: what too few have is not safe, so nobody may see it (since Kafka 3.7).
   *
   * Example: three replicas in sync, the log of the leader ends at 5, follower 2 has fetched from 4, follower 3 from 5.
   * The high watermark is 4: records 0 to 3 are committed.
   *
   * @param current the high watermark so far
   * @returns the new one; `current` when it doesn't move
   * @exercise 6.1 LeaderState.nextHighWatermark
   */
  nextHighWatermark(current: number, logEndOffset: number, limits: IsrLimits): number {
    throw new NotImplementedError("6.1 LeaderState.nextHighWatermark");
  }

  /** Takes note of a follower's fetch. False for a broker that is no follower of this partition. */
  followerFetched(brokerId: number, fetch: FollowerFetch, logEndOffset: number, nowMs: number): boolean {
    const follower = this.followers.get(brokerId);
    follower?.updateFetchState(fetch, logEndOffset, nowMs);
    return follower !== undefined;
  }

  /**
   * The ISR to ask for, when follower `brokerId` should be added: the committed one with it at the end.
   *
   * It should when it has everything that any leader may ever have called committed: its log reaches the high
   * watermark, *and* the start of this leader's epoch. (A new leader's high watermark may lag behind what its
   * predecessor has committed; that all lies below the start of the epoch.) Null also when it is in already, or
   * another change is under way: one at a time.
   *
   * @exercise 6.4 LeaderState.isrWithFollower
   */
  isrWithFollower(brokerId: number, highWatermark: number): readonly number[] | null {
    throw new NotImplementedError("6.4 LeaderState.isrWithFollower");
  }

  /**
   * The ISR to ask for, when followers should go: those of it that are not {@link ReplicaState.isCaughtUp} any more.
   * Null when all may stay, or another change is under way.
   *
   * @exercise 6.4 LeaderState.isrWithoutSlow
   */
  isrWithoutSlow(logEndOffset: number, nowMs: number, { maxLagMs }: IsrLimits): readonly number[] | null {
    throw new NotImplementedError("6.4 LeaderState.isrWithoutSlow");
  }

  /** Notes that the controller is asked for `isr`. It counts for the {@link maximalIsr} from now on. */
  propose(isr: readonly number[]): IsrProposal {
    this.#proposal = { isr, partitionEpoch: this.#registration.partitionEpoch };
    return this.#proposal;
  }

  /**
   * The controller refuses a proposal, or its answer is lost.
   *
   * - Some refusals are about the proposal (`REFUSED`): it is not in force. Forget it.
   * - Some say that this leader has not heard the latest (`OVERTAKEN`): keep it until the news comes, as nobody
   *   knows whether it is in force.
   * - Anything else may mean that the change was made and only the answer is lost: keep it, and ask again.
   * - A proposal that isn't the one under way was overtaken by a newer registration: it is of no interest.
   *
   * @returns whether to ask again
   * @exercise 6.4 LeaderState.proposalFailed
   */
  proposalFailed(proposal: IsrProposal, error: KafkaError): boolean {
    throw new NotImplementedError("6.4 LeaderState.proposalFailed");
  }

  /** Takes over a newer registration of the same leader epoch. Whatever was proposed is decided with it. */
  update(registration: PartitionRegistration, nowMs: number): void {
    this.#registration = registration;
    this.#proposal = null;
    this.followers = followersOf(this.brokerId, registration, this.followers, nowMs);
  }
}

function followersOf(
  leader: number,
  { replicas, isr }: PartitionRegistration,
  known: ReadonlyMap<number, ReplicaState>,
  nowMs: number,
): Map<number, ReplicaState> {
  const followers = replicas.filter((id) => id !== leader);
  const seenMs = (id: number): number => (isr.includes(id) ? nowMs : -Infinity);
  return new Map(followers.map((id) => [id, known.get(id) ?? new ReplicaState(id, seenMs(id))]));
}
