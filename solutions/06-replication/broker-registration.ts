/**
 * How a broker enters the cluster: it says that it lives, with a node that lives as long as its session.
 * Source: `KafkaZkClient.registerBroker`.
 *
 * @module
 */
import { type CoordinationSession } from "#ground/coordination/coordination";
import { brokerPath } from "#ground/coordination/layout";
import { KafkaError } from "#ground/errors";
import { type Runtime } from "#ground/runtime";
import {
  type BrokerAnnouncement,
  createUnlessThere,
  encodeAnnouncement,
  goneOrLater,
} from "#replication/given/broker-announcement";

/**
 * Says that a broker lives, as long as the session does: makes its node, ephemeral.
 *
 * If there is one already, it is
 * - this very session's, when the answer to an earlier attempt was lost: all is well;
 * - an earlier life's of this broker, whose session isn't over yet, or another broker's with the same id. Which of the
 *   two, only time tells: waits until that node goes ({@link goneOrLater}), and tries again.
 *
 * @returns the broker epoch: the `czxid` of the node, larger with each registration
 * @throws KafkaError DUPLICATE_BROKER_REGISTRATION when the other one still lives after `patienceMs`
 * @exercise 6.7 registerBroker
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
    await createUnlessThere(session.create(path, encodeAnnouncement(broker), { ephemeral: true }));
    const node = await session.get(path);
    if (node?.owner === session.id) return node.czxid;
    if (node === null) continue;
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
