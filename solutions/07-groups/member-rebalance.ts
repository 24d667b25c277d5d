/**
 * A rebalance, at one member. Eager: everybody gives up everything, then gets its share: all stand still for as long
 * as it takes. Cooperative (KIP-429): everybody keeps what it has and reads on; after the first round one knows what
 * has to move, only that is given up, and a second round gives it to others.
 *
 * Source: `ConsumerCoordinator.onJoinPrepare`, `onJoinComplete`, `onLeavePrepare`.
 *
 * @module
 */
import { nameOf, type TopicPartition } from "#ground/topic-partition";
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
    const { assigned } = this.#subscriptions;
    if (isLost) await this.lose();
    else if (!this.#isCooperative) await this.giveUp(assigned);
    else await this.giveUp(assigned.filter(({ topic }) => !topics.has(topic)));
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
    const errors: unknown[] = [];
    const note = (error: unknown): void => void errors.push(error);
    const stays = new Set(assignment.map(nameOf));
    const gone = this.#isCooperative ? this.#subscriptions.assigned.filter(({ name }) => !stays.has(name)) : [];
    if (gone.length > 0) await this.giveUp(gone).catch(note);
    const added = assignment.filter((one) => !this.#isCooperative || this.#subscriptions.find(one) === undefined);
    this.#subscriptions.assign(assignment);
    await this.#tell(() => this.listener.onPartitionsAssigned?.(added)).catch(note);
    if (errors.length > 0) throw errors[0];
    return gone.length > 0;
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
    for (const state of partitions) state.isGoing = true;
    await this.#commit();
    const [told, gone] = [partitions.map(asTopicPartition), new Set(partitions)];
    try {
      if (told.length > 0) await this.#tell(() => this.listener.onPartitionsRevoked?.(told));
    } finally {
      this.#subscriptions.assign(this.#subscriptions.assigned.filter((state) => !gone.has(state)));
    }
  }

  /**
   * All that the member has is lost. Nothing is committed: that would be refused. The listener is told, with
   * `onPartitionsLost` if it has that, else with `onPartitionsRevoked`; not at all if there was nothing to lose.
   *
   * @exercise 7.7 MemberRebalance.lose
   * @throws what the listener threw, after all else has been done
   */
  async lose(): Promise<void> {
    const lost = this.#subscriptions.assigned.map(asTopicPartition);
    const { listener } = this;
    const isHeard = listener.onPartitionsLost !== undefined;
    this.#subscriptions.assign([]);
    if (lost.length === 0) return;
    await this.#tell(() => (isHeard ? listener.onPartitionsLost?.(lost) : listener.onPartitionsRevoked?.(lost)));
  }

  /** A listener may throw at once, or later. @solution */
  async #tell(call: () => void | Promise<void> | undefined): Promise<void> {
    await call();
  }
}

/** @solution */
function asTopicPartition({ topic, partition }: PartitionState): TopicPartition {
  return { topic, partition };
}
