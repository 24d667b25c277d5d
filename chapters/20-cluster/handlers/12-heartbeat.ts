/**
 * Heartbeat: a member says that it is alive, and hears whether it must join again (REBALANCE_IN_PROGRESS).
 *
 * @module
 */
import { Heartbeat } from "#ground/protocol/messages/12-heartbeat";
import { toKafkaError } from "#ground/to-kafka-error";
import { type ApiHandler, handler } from "../handler.ts";

export const heartbeat: ApiHandler = handler({
  api: Heartbeat,
  versions: [0, 4],
  async handle(request, { broker }) {
    try {
      await broker.groups.heartbeat(request.groupId, request);
      return { errorCode: 0 };
    } catch (error) {
      return { errorCode: toKafkaError(error, "Heartbeat", broker.log).errorCode };
    }
  },
});
