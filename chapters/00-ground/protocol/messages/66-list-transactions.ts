import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, int16, int32, int64, string } from "../schema.ts";

/**
 * Lists the transactions that a broker coordinates (KIP-664).
 *
 * What came with which version:
 * - 1: durationFilter (KIP-994)
 */
export const ListTransactions = api({
  key: 66,
  name: "ListTransactions",
  versions: [0, 1],
  flexibleFrom: 0,
  request: {
    stateFilters: array(string()),
    producerIdFilters: array(int64()),
    /** Only those open for longer, in ms; −1: all. */
    durationFilter: int64({ since: 1, default: -1 }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    unknownStateFilters: array(string()),
    transactionStates: array({
      transactionalId: string(),
      producerId: int64(),
      transactionState: string(),
    }),
  },
});

/** A decoded ListTransactions request. */
export type ListTransactionsRequest = RequestOf<typeof ListTransactions>;

/** A decoded ListTransactions response. */
export type ListTransactionsResponse = ResponseOf<typeof ListTransactions>;
