import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { int16, int32, int64, string } from "../schema.ts";

/**
 * Adds a group's offsets to a transaction, before TxnOffsetCommit.
 *
 * What came with which version:
 * - 3: flexible
 * - 4: TRANSACTION_ABORTABLE (KIP-890)
 */
export const AddOffsetsToTxn = api({
  key: 25,
  name: "AddOffsetsToTxn",
  versions: [0, 4],
  flexibleFrom: 3,
  request: {
    transactionalId: string(),
    producerId: int64(),
    producerEpoch: int16(),
    groupId: string(),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
  },
});

/** A decoded AddOffsetsToTxn request. */
export type AddOffsetsToTxnRequest = RequestOf<typeof AddOffsetsToTxn>;

/** A decoded AddOffsetsToTxn response. */
export type AddOffsetsToTxnResponse = ResponseOf<typeof AddOffsetsToTxn>;
