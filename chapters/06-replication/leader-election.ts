/**
 * Who leads a partition, and who is in sync, when brokers come and go. Pure: the controller writes down what comes of
 * it. Source: Kafka's `PartitionLeaderElectionAlgorithms` and `PartitionChangeBuilder`.
 *
 * @module
 */
import { NotImplementedError } from "#ground/errors";
import { type MetadataImage, type PartitionRegistration } from "#replication/given/metadata-image";

/** The brokers, as far as an election must know them. */
export interface Electorate {
  /** The epoch of a broker that is alive and may lead; undefined for any other. */
  brokerEpoch(brokerId: number): number | undefined;
  /**
   * Whether a broker's membership of an ISR is over: it is dead, shuts down, or is alive *again*: since it was put
   * there it has been restarted, and may have lost what its disk had not.
   */
  hasLeft(brokerId: number): boolean;
}

/**
 * The brokers, as far as the election of one partition must know them.
 *
 * - A broker that is alive may lead: unless it is about to shut down (`inControlledShutdown`: others are to lead
 *   *before* it goes, so that nobody has to wait for its death), or can't use its replica of this partition.
 * - Its membership of an ISR is over when it may not lead, or is one of the `restarted`.
 *
 * @param restarted brokers that are alive, but not in the life in which they joined an ISR
 * @exercise 6.6 electorateOf
 */
export function electorateOf(
  image: MetadataImage,
  restarted: ReadonlySet<number>,
  topicId: Uint8Array,
  index: number,
): Electorate {
  throw new NotImplementedError("6.6 electorateOf");
}

/**
 * What becomes of a partition, now that brokers died, came back or shut down.
 *
 * - Who has left, leaves the ISR, in the same change in which a leader is elected: acks=all need not wait for the dead.
 *   But the ISR is never emptied: when all of it have left, it stays as it is. They are the ones who have every
 *   committed record, and the first to come back leads again, with those in the ISR that are alive, too.
 * - A leader stays as long as it is alive, in its {@link PartitionRegistration.leaderBrokerEpoch}, and in the ISR.
 * - Else the first of `replicas` leads that is alive and in the new ISR. If there is none, nobody does; or, where
 *   `allowUnclean`, the first that is alive, alone in the ISR: what it lacks is lost.
 * - The leader epoch grows when a leader is elected or lost, even if it is the same broker again. The partition epoch
 *   grows with every change.
 *
 * @returns the changed registration; null when all stays as it is
 * @exercise 6.6 electLeader
 */
export function electLeader(
  partition: PartitionRegistration,
  electorate: Electorate,
  allowUnclean: boolean,
): PartitionRegistration | null {
  throw new NotImplementedError("6.6 electLeader");
}

/**
 * Gives the lead to the preferred replica, the first of `replicas`: if it is alive and in sync, and doesn't lead yet.
 *
 * @returns the changed registration; null when it can't lead, or does
 * @exercise 6.6 electPreferred
 */
export function electPreferred(
  partition: PartitionRegistration,
  electorate: Electorate,
): PartitionRegistration | null {
  throw new NotImplementedError("6.6 electPreferred");
}

function withIsr(partition: PartitionRegistration, isr: readonly number[]): PartitionRegistration {
  return { ...partition, isr, partitionEpoch: partition.partitionEpoch + 1 };
}

function ledBy(
  partition: PartitionRegistration,
  leader: number,
  isr: readonly number[],
  electorate: Electorate,
): PartitionRegistration {
  const { leaderEpoch } = partition;
  const leaderBrokerEpoch = electorate.brokerEpoch(leader) ?? -1;
  return { ...withIsr(partition, isr), leader, leaderEpoch: leaderEpoch + 1, leaderBrokerEpoch };
}
