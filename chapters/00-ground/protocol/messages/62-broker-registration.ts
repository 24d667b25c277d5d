import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, bool, int16, int32, int64, string, uint16, uuid } from "../schema.ts";

/**
 * A broker announces itself to the KRaft controller (KIP-631).
 *
 * What came with which version:
 * - 1: isMigratingZkBroker (KIP-866)
 * - 2: logDirs (KIP-858)
 * - 3: previousBrokerEpoch (KIP-966)
 * - 4: features whose lowest version is 0
 */
export const BrokerRegistration = api({
  key: 62,
  name: "BrokerRegistration",
  versions: [0, 4],
  flexibleFrom: 0,
  request: {
    brokerId: int32(),
    clusterId: string(),
    incarnationId: uuid(),
    listeners: array({
      name: string(),
      host: string(),
      port: uint16(),
      securityProtocol: int16(),
    }),
    features: array({
      name: string(),
      minSupportedVersion: int16(),
      maxSupportedVersion: int16(),
    }),
    rack: string({ nullable: true }),
    isMigratingZkBroker: bool({ since: 1 }),
    logDirs: array(uuid(), { since: 2, ignorable: true }),
    previousBrokerEpoch: int64({ since: 3, default: -1, ignorable: true }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    brokerEpoch: int64({ default: -1 }),
  },
});

/** A decoded BrokerRegistration request. */
export type BrokerRegistrationRequest = RequestOf<typeof BrokerRegistration>;

/** A decoded BrokerRegistration response. */
export type BrokerRegistrationResponse = ResponseOf<typeof BrokerRegistration>;
