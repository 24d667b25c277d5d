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

/**
 * Says that a broker lives, as long as the session does. If the id is taken, it may be by an earlier life of this
 * broker, whose session is not over yet: waits for that.
 *
 * @returns the broker epoch
 * @throws KafkaError DUPLICATE_BROKER_REGISTRATION when the other one still lives after `patienceMs`
 */
export async function registerBroker(
  runtime: Pick<Runtime, "clock" | "scheduler" | "log">,
  session: CoordinationSession,
  broker: BrokerAnnouncement,
  patienceMs: number,
): Promise<number> {
  const path = brokerPath(broker.brokerId);
  const deadlineMs = runtime.clock.nowMs() + patienceMs;
  for (let attempt = 1; ; attempt++) {
    const isNew = await createUnlessThere(session.create(path, encodeAnnouncement(broker), { ephemeral: true }));
    const node = await session.get(path);
    // One's own also when the answer to an earlier attempt was lost.
    if (node?.owner === session.id) return node.czxid;
    if (node === null || isNew) continue;
    if (runtime.clock.nowMs() >= deadlineMs) {
      const text = `A broker with id ${broker.brokerId} is part of the cluster already`;
      throw new KafkaError("DUPLICATE_BROKER_REGISTRATION", text);
    }
    if (attempt === 1) {
      runtime.log.info(`Broker ${broker.brokerId} waits for the session of its earlier life to end`);
    }
    await goneOrLater(runtime, session, path, deadlineMs);
  }
}

/** Resolves when the node changes, or at the deadline. */
async function goneOrLater(
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

function encodeAnnouncement({ endPoints, rack, timestampMs }: BrokerAnnouncement): Uint8Array {
  return encodeBroker({
    endpoints: endPoints.map(formatEndPoint),
    listenerSecurityProtocolMap: Object.fromEntries(endPoints.map(({ name, protocol }) => [name, protocol])),
    rack,
    timestampMs,
  });
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
