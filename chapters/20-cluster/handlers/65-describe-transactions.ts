/**
 * DescribeTransactions: the state of transactions, by transactional id (KIP-664). There are none yet, so of each:
 * TRANSACTIONAL_ID_NOT_FOUND.
 *
 * @module
 */
import { ERRORS } from "#ground/errors";
import { DescribeTransactions } from "#ground/protocol/messages/65-describe-transactions";
import { type ApiHandler, handler } from "../handler.ts";

export const describeTransactions: ApiHandler = handler({
  api: DescribeTransactions,
  versions: [0, 0],
  handle({ transactionalIds }) {
    const [errorCode] = ERRORS.TRANSACTIONAL_ID_NOT_FOUND;
    return { transactionStates: transactionalIds.map((transactionalId) => ({ errorCode, transactionalId })) };
  },
});
