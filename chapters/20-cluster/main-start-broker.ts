/**
 * How a process of the cluster that runs a broker begins.
 *
 * @module
 */
import { type Broker } from "./broker.ts";

/**
 * Starts a broker, and says where clients are served.
 * @param close - ends what it stands on, if it can't be started
 */
export async function startBroker(broker: Broker, close?: () => Promise<void>): Promise<void> {
  try {
    await broker.start();
  } catch (error) {
    await close?.();
    throw error;
  }
  const { host, port } = broker.endPoints[0]!;
  process.stdout.write(`ready: ${host}:${port}\n`);
}
