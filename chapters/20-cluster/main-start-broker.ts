/**
 * How a process of the cluster that runs a broker begins.
 *
 * @module
 */
import { type Broker } from "./broker.ts";
import { type ObservedMessage, type ObserveMessage } from "./observe-messages.ts";

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
  observeWhenAsked(broker);
  process.stdout.write(`ready: ${host}:${port}\n`);
}

/** Who has started this process may look on: asked for it, the broker tells its state over HTTP. */
function observeWhenAsked(broker: Broker): void {
  let port: Promise<number> | null = null;
  process.on("message", (message: Partial<ObserveMessage>) => {
    if (message.observe !== true) return;
    port ??= import("./main-observer.ts").then(({ observe }) => observe(broker));
    void port.then((observedAt) => process.send?.({ observedAt } satisfies ObservedMessage));
  });
}
