/**
 * SyncGroup: the leader hands over the assignments, and each member gets its own.
 *
 * Behaviour / Version notes
 * - From v5 on the client says which protocol it means, and is told (KIP-559).
 *
 * @module
 */
import { SyncGroup } from "#ground/protocol/messages/14-sync-group";
import { toKafkaError } from "#ground/to-kafka-error";
import { type ApiHandler, handler } from "../handler.ts";

const NOTHING = new Uint8Array(0);

export const syncGroup: ApiHandler = handler({
  api: SyncGroup,
  versions: [0, 5],
  async handle(request, { broker }) {
    try {
      return await broker.groups.sync(request.groupId, request);
    } catch (error) {
      return { errorCode: toKafkaError(error, "SyncGroup", broker.log).errorCode, assignment: NOTHING };
    }
  },
});
