import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, int16, int32, int8, string } from "../schema.ts";

/**
 * Asks which broker coordinates a group or a transactional id.
 *
 * What came with which version:
 * - 1: keyType
 * - 3: flexible
 * - 4: several keys at once (KIP-699)
 * - 5: TRANSACTION_ABORTABLE (KIP-890)
 * - 6: share groups (KIP-932)
 */
export const FindCoordinator = api({
  key: 10,
  name: "FindCoordinator",
  versions: [0, 6],
  flexibleFrom: 3,
  request: {
    key: string({ until: 3 }),
    /** 0: group; 1: transaction; 2: share group. */
    keyType: int8({ since: 1 }),
    coordinatorKeys: array(string(), { since: 4 }),
  },
  response: {
    throttleTimeMs: int32({ since: 1 }),
    errorCode: int16({ until: 3 }),
    errorMessage: string({ since: 1, until: 3, nullable: true }),
    nodeId: int32({ until: 3 }),
    host: string({ until: 3 }),
    port: int32({ until: 3 }),
    coordinators: array({
      key: string(),
      nodeId: int32(),
      host: string(),
      port: int32(),
      errorCode: int16(),
      errorMessage: string({ nullable: true }),
    }, { since: 4 }),
  },
});

/** A decoded FindCoordinator request. */
export type FindCoordinatorRequest = RequestOf<typeof FindCoordinator>;

/** A decoded FindCoordinator response. */
export type FindCoordinatorResponse = ResponseOf<typeof FindCoordinator>;
