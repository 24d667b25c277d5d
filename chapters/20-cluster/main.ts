/**
 * The process main: `npm start`. Says `ready: 127.0.0.1:9092,…` on stdout, once, when clients are served. Everything
 * else goes to stderr. With one broker this process is all there is; with several it starts the others.
 *
 * @module
 */
import { resolve } from "node:path";
import { type ParsedBrokerConfig } from "#ground/config/broker-config";
import { MAX_SESSION_TIMEOUT_MS } from "#ground/coordination/paths";
import { type Runtime } from "#ground/runtime";
import { Broker } from "./broker.ts";
import { type CommandLine, parseCommandLine, USAGE } from "./command-line.ts";
import { startCluster } from "./main-cluster.ts";
import { configOf } from "./main-config.ts";
import { useCoordination } from "./main-coordination.ts";
import { createBrokerRuntime, fail, giveUp, stopOnSignals } from "./main-process.ts";
import { startBroker } from "./main-start-broker.ts";

/** The only broker. */
const ALONE = 1;

async function main(): Promise<void> {
  const commandLine = parseCommandLine(process.argv.slice(2));
  if (commandLine.help) {
    process.stdout.write(USAGE);
    return;
  }
  if (commandLine.brokers > 1) return startCluster(commandLine);
  const config = configOf(commandLine, ALONE, {
    // A service in this very process can't lose it: a debugger may stop both for an hour.
    ...(commandLine.zooKeeper === null ? { "zookeeper.session.timeout.ms": MAX_SESSION_TIMEOUT_MS } : {}),
    // As of three brokers: see main-broker.ts.
    "offsets.topic.replication.factor": 1,
    "group.initial.rebalance.delay.ms": 0,
  });
  const runtime = createBrokerRuntime();
  for (const warning of config.warnings) runtime.log.warn(warning);
  const stop = await start(runtime, commandLine, config);
  stopOnSignals(runtime, stop);
}

/** Starts everything. @returns what ends it in order. */
async function start(
  runtime: Runtime,
  { data, zooKeeper }: CommandLine,
  config: ParsedBrokerConfig,
): Promise<() => Promise<void>> {
  const folder = `${resolve(data)}/coordination`;
  const { coordination, close } = useCoordination(runtime, zooKeeper, folder, config.config);
  const broker = new Broker(runtime, { config, coordination, onFatal: (error) => giveUp("broker", error) });
  await startBroker(broker, close);
  return async () => {
    await broker.stop();
    await close();
  };
}

main().catch(fail);
