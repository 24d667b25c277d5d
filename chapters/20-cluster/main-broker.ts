/**
 * The process main of one broker of several. `main-cluster.ts` starts it. Says `ready: 127.0.0.1:9092` on stdout, once,
 * when clients are served. Ends when the process that started it is gone.
 *
 * @module
 */
import { Broker } from "./broker.ts";
import { parseBrokerCommandLine } from "./command-line.ts";
import { configOf } from "./main-config.ts";
import { coordinationAt } from "./main-coordination.ts";
import { createBrokerRuntime, fail, giveUp, stopOnSignals } from "./main-process.ts";
import { startBroker } from "./main-start-broker.ts";

const COPIES = 3;

/** What suits a cluster on one machine: it is whole again within a second, as nobody else's network is in between. */
function defaultsFor(brokers: number): Readonly<Record<string, unknown>> {
  const factor = Math.min(COPIES, brokers);
  return {
    "default.replication.factor": factor,
    "offsets.topic.replication.factor": factor,
    "min.insync.replicas": brokers < COPIES ? 1 : 2,
    "group.initial.rebalance.delay.ms": 0,
    "zookeeper.session.timeout.ms": 3_000,
    "replica.fetch.backoff.ms": 50,
  };
}

async function main(): Promise<void> {
  const commandLine = parseBrokerCommandLine(process.argv.slice(2));
  const config = configOf(commandLine, commandLine.id, defaultsFor(commandLine.brokers));
  const runtime = createBrokerRuntime();
  for (const warning of config.warnings) runtime.log.warn(warning);
  const coordination = coordinationAt(runtime, commandLine.coordinator, config.config);
  const broker = new Broker(runtime, { config, coordination, onFatal: (error) => giveUp("broker", error) });
  stopOnSignals(runtime, () => broker.stop());
  await startBroker(broker);
}

main().catch(fail);
