/**
 * Where a client finds the brokers.
 *
 * @module
 */
import { type EndPoint } from "#ground/config/listeners";
import { type MetadataImage } from "#replication";

/** A broker at one of its listeners. */
export interface BrokerAddress {
  readonly brokerId: number;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
}

/** Where broker `brokerId` is, at a listener; undefined while it isn't alive. */
export function endPointOf(image: MetadataImage, brokerId: number, listener: string): EndPoint | undefined {
  return image.brokers.get(brokerId)?.endPoints.find(({ name }) => name === listener);
}

/** The brokers, at the listener through which the client came. A broker that hasn't got that one is left out. */
export function brokersFor(listener: string, image: MetadataImage): BrokerAddress[] {
  return [...image.brokers.values()].flatMap(({ brokerId, endPoints, rack }) =>
    endPoints.filter(({ name }) => name === listener).map(({ host, port }) => ({ brokerId, host, port, rack })),
  );
}
