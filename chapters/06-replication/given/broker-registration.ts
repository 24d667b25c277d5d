/**
 * How a broker enters the cluster: it makes sure that there is one, and says that it lives.
 * Source: `KafkaZkClient.registerBroker`, `createTopLevelPaths`, `createOrGetClusterId`.
 *
 * @module
 */
import { type EndPoint, formatEndPoint } from "#ground/config/listeners";
import { CoordinationError, type CoordinationSession } from "#ground/coordination/coordination";
import { ensurePath } from "#ground/coordination/ensure-path";
import { brokerPath, CLUSTER_ID_PATH, PERSISTENT_PATHS } from "#ground/coordination/layout";
import { decodeClusterId, encodeBroker, encodeClusterId } from "#ground/coordination/node-data";
import { KafkaError } from "#ground/errors";

/**
 * Makes the nodes that every cluster has, if they aren't there; several brokers may do so at the same time.
 * @param newClusterId taken if the cluster has no id yet.
 * @returns the id of the cluster.
 */
export async function prepareCluster(session: CoordinationSession, newClusterId: string): Promise<string> {
  for (const path of PERSISTENT_PATHS) await ensurePath(session, path);
  await createUnlessThere(session.create(CLUSTER_ID_PATH, encodeClusterId(newClusterId)));
  const node = await session.get(CLUSTER_ID_PATH);
  return decodeClusterId(node!.data);
}

/** What a broker says of itself. */
export interface BrokerAnnouncement {
  readonly brokerId: number;
  /** Where clients find it, by listener. */
  readonly endPoints: readonly EndPoint[];
  readonly rack: string | null;
  /** Wall time. */
  readonly timestampMs: number;
}

/**
 * Says that a broker lives, as long as the session does.
 * @throws KafkaError DUPLICATE_BROKER_REGISTRATION when another broker with this id lives.
 */
export async function registerBroker(session: CoordinationSession, broker: BrokerAnnouncement): Promise<void> {
  const { brokerId, endPoints, rack, timestampMs } = broker;
  const data = encodeBroker({
    endpoints: endPoints.map(formatEndPoint),
    listenerSecurityProtocolMap: Object.fromEntries(endPoints.map(({ name, protocol }) => [name, protocol])),
    rack,
    timestampMs,
  });
  const isNew = await createUnlessThere(session.create(brokerPath(brokerId), data, { ephemeral: true }));
  if (!isNew) {
    const text = `A broker with id ${brokerId} is part of the cluster already`;
    throw new KafkaError("DUPLICATE_BROKER_REGISTRATION", text);
  }
}

async function createUnlessThere(create: Promise<string>): Promise<boolean> {
  try {
    await create;
    return true;
  } catch (error) {
    if (error instanceof CoordinationError && error.code === "NODE_EXISTS") return false;
    throw error;
  }
}
