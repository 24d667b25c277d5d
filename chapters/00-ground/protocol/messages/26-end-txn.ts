import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { bool, int16, int32, int64, string } from "../schema.ts";

/**
 * Commits or aborts a transaction.
 *
 * What came with which version:
 * - 3: flexible
 * - 4: TRANSACTION_ABORTABLE (KIP-890)
 * - 5: the producer's next epoch comes back (KIP-890)
 */
export const EndTxn = api({
  key: 26,
  name: "EndTxn",
  versions: [0, 5],
  flexibleFrom: 3,
  request: {
    transactionalId: string(),
    producerId: int64(),
    producerEpoch: int16(),
    /** true: commit; false: abort. */
    committed: bool(),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    producerId: int64({ since: 5, default: -1 }),
    producerEpoch: int16({ since: 5, default: -1 }),
  },
});

/** A decoded EndTxn request. */
export type EndTxnRequest = RequestOf<typeof EndTxn>;

/** A decoded EndTxn response. */
export type EndTxnResponse = ResponseOf<typeof EndTxn>;
