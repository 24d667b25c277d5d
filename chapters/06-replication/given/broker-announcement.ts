/**
 * What every cluster has, and what a broker says of itself.
 * Source: `KafkaZkClient.createTopLevelPaths`, `createOrGetClusterId`.
 *
 * @module
 */
import { type EndPoint, formatEndPoint } from "#ground/config/listeners";
import { CoordinationError, type CoordinationSession } from "#ground/coordination/coordination";
import { ensurePath } from "#ground/coordination/ensure-path";
import { CLUSTER_ID_PATH, PERSISTENT_PATHS } from "#ground/coordination/layout";
import { decodeClusterId, encodeBroker, encodeClusterId } from "#ground/coordination/node-data";
import { type Runtime } from "#ground/runtime";

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

/** As it stands in the broker's node. */
export function encodeAnnouncement({ endPoints, rack, timestampMs }: BrokerAnnouncement): Uint8Array {
  return encodeBroker({
    endpoints: endPoints.map(formatEndPoint),
    listenerSecurityProtocolMap: Object.fromEntries(endPoints.map(({ name, protocol }) => [name, protocol])),
    rack,
    timestampMs,
  });
}

/** Waits for a node to be made. @returns false when there is one already */
export async function createUnlessThere(create: Promise<string>): Promise<boolean> {
  try {
    await create;
    return true;
  } catch (error) {
    if (error instanceof CoordinationError && error.code === "NODE_EXISTS") return false;
    throw error;
  }
}

/** Resolves when a node changes or is gone already, at the latest at the deadline (of the monotonic clock). */
export async function goneOrLater(
  { scheduler }: Pick<Runtime, "scheduler">,
  session: CoordinationSession,
  path: string,
  deadlineMs: number,
): Promise<void> {
  let changed = (): void => {};
  const change = new Promise<void>((resolve) => (changed = resolve));
  await session.watch(path, "data", changed);
  if (!(await session.exists(path))) return;
  const timer = scheduler.at(deadlineMs, changed);
  await change;
  timer.cancel();
}
