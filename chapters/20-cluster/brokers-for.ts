/**
 * Where a client finds the brokers.
 *
 * @module
 */
import { type MetadataImage } from "#replication";

/** A broker at one of its listeners. */
export interface BrokerAddress {
  readonly brokerId: number;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
}

/** The brokers, at the listener through which the client came. A broker that hasn't got that one is left out. */
export function brokersFor(listener: string, image: MetadataImage): BrokerAddress[] {
  return [...image.brokers.values()].flatMap(({ brokerId, endPoints, rack }) =>
    endPoints.filter(({ name }) => name === listener).map(({ host, port }) => ({ brokerId, host, port, rack })),
  );
}
