/**
 * Where the partitions of some topics could be: what `kafka-reassign-partitions --generate` proposes.
 *
 * @module
 */
import { KafkaError } from "#ground/errors";
import { groupBy } from "#ground/group-by";
import { compareText } from "#groups/given/assignor";
import { type Placed } from "./placements.ts";

/** A broker to move to. */
export interface Candidate {
  readonly nodeId: number;
  readonly rack: string | null;
}

/**
 * Spreads partitions over brokers in turn, each topic with as many replicas as it has. Brokers of different racks take
 * turns, so that the replicas of a partition are in as many racks as possible.
 * @throws KafkaError INVALID_REPLICATION_FACTOR when there are too few brokers
 */
export function proposedPlacements(
  current: readonly Placed[], brokers: readonly Candidate[], isRackUnaware: boolean,
): Placed[] {
  const ids = isRackUnaware ? brokers.map(({ nodeId }) => nodeId).toSorted((a, b) => a - b) : inTurnOfRacks(brokers);
  const byTopic = [...groupBy(current, ({ topic }) => topic).values()];
  // The next topic begins at another broker: many small topics spread, too.
  return byTopic.flatMap((partitions, start) => partitions.map(({ topic, partition }) => {
    const factor = partitions[0]!.replicas.length;
    if (factor > ids.length) {
      const text = `Replication factor: ${factor} larger than available brokers: ${ids.length}.`;
      throw new KafkaError("INVALID_REPLICATION_FACTOR", text);
    }
    const replicas = Array.from({ length: factor }, (_, i) => ids[(start + partition + i) % ids.length]!);
    return { topic, partition, replicas };
  }));
}

function inTurnOfRacks(brokers: readonly Candidate[]): number[] {
  const sorted = brokers.toSorted((a, b) => compareText(a.rack ?? "", b.rack ?? "") || a.nodeId - b.nodeId);
  const racks = [...groupBy(sorted, ({ rack }) => rack).values()];
  const longest = Math.max(0, ...racks.map(({ length }) => length));
  const turns = Array.from({ length: longest }, (_, i) => racks.flatMap((rack) => rack[i]?.nodeId ?? []));
  return turns.flat();
}
