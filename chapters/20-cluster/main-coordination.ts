/**
 * Where the brokers of a process find their coordination service.
 *
 * @module
 */
import { type BrokerConfig } from "#ground/config/broker-config";
import { parseZooKeeperConnect } from "#ground/config/zookeeper-connect";
import { type Coordination } from "#ground/coordination/coordination";
import { CoordinationServer } from "#ground/coordination/coordination-server";
import { LocalCoordination } from "#ground/coordination/local-coordination";
import { TcpCoordination } from "#ground/coordination/tcp-coordination";
import { ZooKeeperCoordination } from "#ground/coordination/zookeeper/zookeeper-coordination";
import { type Runtime } from "#ground/runtime";
import { type HostAndPort } from "./command-line.ts";
import { giveUp } from "./main-process.ts";

/** A coordination service elsewhere: one of our own, or a ZooKeeper as in `zookeeper.connect`. */
export function coordinationAt(runtime: Runtime, where: HostAndPort | string, config: BrokerConfig): Coordination {
  const connectionTimeoutMs = config["zookeeper.connection.timeout.ms"];
  if (typeof where !== "string") return new TcpCoordination(runtime, where, connectionTimeoutMs);
  return new ZooKeeperCoordination(runtime, parseZooKeeperConnect(where), connectionTimeoutMs);
}

/** The service that a process uses, and what ends the use. */
export interface UsedCoordination {
  readonly coordination: Coordination;
  close(): Promise<void>;
}

/** The service at `where`; null: one for this process alone, which keeps its state in `folder`. */
export function useCoordination(
  runtime: Runtime,
  where: HostAndPort | string | null,
  folder: string,
  config: BrokerConfig,
): UsedCoordination {
  if (where !== null) return { coordination: coordinationAt(runtime, where, config), close: () => Promise.resolve() };
  const server = CoordinationServer.open(runtime, folder, (error) => giveUp("broker", error));
  return { coordination: new LocalCoordination(server, runtime), close: () => server.close() };
}
