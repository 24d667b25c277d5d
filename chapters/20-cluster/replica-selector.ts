/**
 * Which replica a consumer had better read from: one in its own rack, so that records don't cross between racks once
 * for each consumer (KIP-392). Source: Kafka's `RackAwareReplicaSelector`, `ReplicaManager.findPreferredReadReplica`.
 *
 * @module
 */
import { RACK_AWARE } from "#ground/config/broker/replication";
import { type FetchRequest, type MetadataImage, type Partition } from "#replication";
import { type RequestContext } from "./handler.ts";
import { endPointOf } from "./brokers-for.ts";

/** The leader itself. */
const HERE = -1;

/**
 * Which replica to send a consumer to that says where it is; null where none is to be sent anywhere: without
 * `replica.selector.class`, or when it doesn't say.
 */
export function replicaSelector(
  rack: string,
  { listener, broker }: Pick<RequestContext, "listener" | "broker">,
): FetchRequest["preferredReplica"] {
  if (broker.config["replica.selector.class"] !== RACK_AWARE || rack === "") return null;
  return (partition, fetchOffset) => preferredReplica(partition, fetchOffset, {
    leaderId: broker.config["broker.id"],
    isThere: (brokerId) => isAt(broker.replicas.image, brokerId, rack, listener),
  });
}

/** The consumer's surroundings. */
interface Reader {
  readonly leaderId: number;
  /** Whether a broker stands in the consumer's rack, and can be reached from where it asks. */
  readonly isThere: (brokerId: number) => boolean;
}

/** The leader if it is in the rack; else of those there that are in sync and have the record, the one with most. */
function preferredReplica(partition: Partition, fetchOffset: number, { leaderId, isThere }: Reader): number {
  if (!partition.isLeader || isThere(leaderId)) return HERE;
  // One that lags behind would be named again and again, and the consumer lag behind with it.
  const [best] = partition.followers
    .filter(({ brokerId, logStartOffset, logEndOffset }) => {
      const hasIt = logStartOffset <= fetchOffset && fetchOffset <= logEndOffset;
      return hasIt && partition.isr.includes(brokerId) && isThere(brokerId);
    })
    .sort((a, b) => {
      return b.logEndOffset - a.logEndOffset || b.lastCaughtUpMs - a.lastCaughtUpMs || b.brokerId - a.brokerId;
    });
  return best?.brokerId ?? HERE;
}

function isAt(image: MetadataImage, brokerId: number, rack: string, listener: string): boolean {
  return image.brokers.get(brokerId)?.rack === rack && endPointOf(image, brokerId, listener) !== undefined;
}
