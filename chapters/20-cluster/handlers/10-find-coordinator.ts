/**
 * FindCoordinator: the broker that keeps a group, or a transaction.
 *
 * Behaviour / Version notes
 * - There are no coordinators yet: every key gets COORDINATOR_NOT_AVAILABLE, so that clients say so instead of
 *   guessing. (Groups come with chapter 07.)
 * - v0 knows groups only. v4 takes many keys.
 *
 * @module
 */
import { refusal } from "#ground/errors";
import { FindCoordinator } from "#ground/protocol/messages/10-find-coordinator";
import { type ApiHandler, handler } from "../handler.ts";

const FIRST_VERSION_WITH_MANY_KEYS = 4;

export const findCoordinator: ApiHandler = handler({
  api: FindCoordinator,
  versions: [0, 6],
  handle(request, { version }) {
    const { errorCode, message } = refusal("COORDINATOR_NOT_AVAILABLE");
    const nowhere = { errorCode, errorMessage: message, nodeId: -1, host: "", port: -1 };
    if (version < FIRST_VERSION_WITH_MANY_KEYS) return nowhere;
    return { coordinators: request.coordinatorKeys.map((key) => ({ key, ...nowhere })) };
  },
});
