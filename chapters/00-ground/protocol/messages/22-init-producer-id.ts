import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { int16, int32, int64, string } from "../schema.ts";

/**
 * Gives an idempotent or transactional producer its id and epoch (KIP-98).
 *
 * What came with which version:
 * - 2: flexible
 * - 3: an id and epoch to be renewed (KIP-360)
 * - 4: PRODUCER_FENCED (KIP-588)
 * - 5: TRANSACTION_ABORTABLE (KIP-890)
 */
export const InitProducerId = api({
  key: 22,
  name: "InitProducerId",
  versions: [0, 5],
  flexibleFrom: 2,
  request: {
    /** null: idempotent only. */
    transactionalId: string({ nullable: true }),
    transactionTimeoutMs: int32(),
    /** To be given a new epoch of; −1: to begin. */
    producerId: int64({ since: 3, default: -1 }),
    producerEpoch: int16({ since: 3, default: -1 }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    producerId: int64({ default: -1 }),
    producerEpoch: int16(),
  },
});

/** A decoded InitProducerId request. */
export type InitProducerIdRequest = RequestOf<typeof InitProducerId>;

/** A decoded InitProducerId response. */
export type InitProducerIdResponse = ResponseOf<typeof InitProducerId>;
