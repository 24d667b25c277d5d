import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, bool, int16, int32, int64, uuid } from "../schema.ts";

/**
 * A broker tells the KRaft controller that it is alive (KIP-631).
 *
 * What came with which version:
 * - 1: offlineLogDirs (KIP-858)
 */
export const BrokerHeartbeat = api({
  key: 63,
  name: "BrokerHeartbeat",
  versions: [0, 1],
  flexibleFrom: 0,
  request: {
    brokerId: int32(),
    brokerEpoch: int64({ default: -1 }),
    /** How far the broker has read the metadata log. */
    currentMetadataOffset: int64(),
    wantFence: bool(),
    wantShutDown: bool(),
    offlineLogDirs: array(uuid(), { since: 1, tag: 0 }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    isCaughtUp: bool(),
    isFenced: bool({ default: true }),
    shouldShutDown: bool(),
  },
});

/** A decoded BrokerHeartbeat request. */
export type BrokerHeartbeatRequest = RequestOf<typeof BrokerHeartbeat>;

/** A decoded BrokerHeartbeat response. */
export type BrokerHeartbeatResponse = ResponseOf<typeof BrokerHeartbeat>;
