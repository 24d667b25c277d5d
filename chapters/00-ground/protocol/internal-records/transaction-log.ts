/**
 * The records of `__transaction_state`: one for each change in the life of a transactional id. A null value is a
 * tombstone. See `versioned.ts` for the version in front.
 *
 * @module
 */

import { message } from "../message.ts";
import { array, int16, int32, int64, int8, string } from "../schema.ts";

/** The transactional id. */
export const TransactionLogKey = message({
  name: "TransactionLogKey",
  versions: [0, 0],
  flexibleFrom: null,
  fields: { transactionalId: string() },
});

/** Where the transactional id stands. */
export const TransactionLogValue = message({
  name: "TransactionLogValue",
  versions: [0, 1],
  flexibleFrom: 1,
  fields: {
    producerId: int64(),
    previousProducerId: int64({ since: 1, tag: 0, default: -1 }),
    nextProducerId: int64({ since: 1, tag: 1, default: -1 }),
    producerEpoch: int16(),
    transactionTimeoutMs: int32(),
    /** 0: empty; 1: ongoing; 2, 3: prepare commit, abort; 4, 5: complete commit, abort; 6: dead; 7: prepare fence. */
    transactionStatus: int8(),
    /** null when there is no transaction. */
    transactionPartitions: array({
      topic: string(),
      partitionIds: array(int32()),
    }, { nullable: true }),
    transactionLastUpdateTimestampMs: int64(),
    transactionStartTimestampMs: int64(),
    clientTransactionVersion: int16({ since: 1, tag: 2 }),
  },
});
