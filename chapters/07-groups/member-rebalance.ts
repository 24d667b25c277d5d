/**
 * A rebalance, at one member. Eager: everybody gives up everything, then gets its share: all stand still for as long
 * as it takes. Cooperative (KIP-429): everybody keeps what it has and reads on; after the first round one knows what
 * has to move, only that is given up, and a second round gives it to others.
 *
 * Source: `ConsumerCoordinator.onJoinPrepare`, `onJoinComplete`, `onLeavePrepare`.
 *
 * @module
 */
import { NotImplementedError } from "#ground/errors";
import { type TopicPartition } from "#ground/topic-partition";
import { type PartitionState } from "#groups/given/partition-state";
import { type RebalanceListener } from "#groups/given/rebalance-listener";
import { type SubscriptionState } from "./subscription-state.ts";

/** What a member does before and after a rebalance. */
export class MemberRebalance {
  readonly #subscriptions: SubscriptionState;
  readonly #isCooperative: boolean;
  readonly #commit: () => Promise<void>;
  /** The program's own; may be changed between rebalances. */
  listener: RebalanceListener = {};

  /**
   * @param isCooperative - whether all assignors of this member are
   * @param commit - commits the positions, if that is to be done by itself; never rejects
   */
  constructor(subscriptions: SubscriptionState, isCooperative: boolean, commit: () => Promise<void>) {
    this.#subscriptions = subscriptions;
    this.#isCooperative = isCooperative;
    this.#commit = commit;
  }

  /**
   * A rebalance begins; the member has not joined yet.
   *
   * - Eager: all partitions are given up ({@link giveUp}).
   * - Cooperative: only those of topics that are not in `topics` (any more) are. The others stay, and are read on.
   * - `isLost`: the group has thrown the member out; what it had is not its own any more. All of it is lost.
   *
   * @exercise 7.7 MemberRebalance.beforeJoin
   * @param topics - what the member wants to read from now on
   * @throws what the listener threw, after all else has been done
   */
  async beforeJoin(topics: ReadonlySet<string>, isLost: boolean): Promise<void> {
    throw new NotImplementedError("7.7 MemberRebalance.beforeJoin");
  }

  /**
   * The member has got its assignment.
   *
   * - Eager: that is what it has from now on, and the listener is told all of it.
   * - Cooperative: what it has and isn't in the assignment is given up ({@link giveUp}). Then it has what the
   *   assignment says, and the listener is told what is new, also if that is nothing.
   *
   * @exercise 7.7 MemberRebalance.afterSync
   * @returns whether the member must join again at once: it has given up something that waits for a new owner
   * @throws what the listener threw, after all else has been done; of several errors the first one
   */
  async afterSync(assignment: readonly TopicPartition[]): Promise<boolean> {
    throw new NotImplementedError("7.7 MemberRebalance.afterSync");
  }

  /**
   * Gives up partitions in order: first the positions are committed, if that is to be done by itself (`commit`), then
   * the listener is told that they are revoked, then they are not assigned any more. Meanwhile nothing more is returned
   * of them ({@link PartitionState.isGoing}), but they still have their positions: the listener may commit, too. When
   * there are none, positions are committed, and the listener hears nothing.
   *
   * @exercise 7.7 MemberRebalance.giveUp
   * @throws what the listener threw, after all else has been done
   */
  async giveUp(partitions: readonly PartitionState[]): Promise<void> {
    throw new NotImplementedError("7.7 MemberRebalance.giveUp");
  }

  /**
   * All that the member has is lost. Nothing is committed: that would be refused. The listener is told, with
   * `onPartitionsLost` if it has that, else with `onPartitionsRevoked`; not at all if there was nothing to lose.
   *
   * @exercise 7.7 MemberRebalance.lose
   * @throws what the listener threw, after all else has been done
   */
  async lose(): Promise<void> {
    throw new NotImplementedError("7.7 MemberRebalance.lose");
  }
}
