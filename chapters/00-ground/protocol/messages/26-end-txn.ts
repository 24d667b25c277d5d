import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { bool, int16, int32, int64, string } from "../schema.ts";

export const EndTxn = api({
  key: 26,
  name: "EndTxn",
  versions: [0, 5],
  flexibleFrom: 3,
  request: {
    transactionalId: string(),
    producerId: int64(),
    producerEpoch: int16(),
    committed: bool(),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    producerId: int64({ since: 5, default: -1 }),
    producerEpoch: int16({ since: 5, default: -1 }),
  },
});

export type EndTxnRequest = RequestOf<typeof EndTxn>;
export type EndTxnResponse = ResponseOf<typeof EndTxn>;
