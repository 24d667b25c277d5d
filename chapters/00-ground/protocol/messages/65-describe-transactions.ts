import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, int16, int32, int64, string } from "../schema.ts";

/** Describes transactions, for the tools (KIP-664). */
export const DescribeTransactions = api({
  key: 65,
  name: "DescribeTransactions",
  versions: [0, 0],
  flexibleFrom: 0,
  request: {
    transactionalIds: array(string()),
  },
  response: {
    throttleTimeMs: int32(),
    transactionStates: array({
      errorCode: int16(),
      transactionalId: string(),
      transactionState: string(),
      transactionTimeoutMs: int32(),
      transactionStartTimeMs: int64(),
      producerId: int64(),
      producerEpoch: int16(),
      topics: array({
        topic: string(),
        partitions: array(int32()),
      }),
    }),
  },
});

/** A decoded DescribeTransactions request. */
export type DescribeTransactionsRequest = RequestOf<typeof DescribeTransactions>;

/** A decoded DescribeTransactions response. */
export type DescribeTransactionsResponse = ResponseOf<typeof DescribeTransactions>;
