/**
 * The process main: `npm start`. Says `ready: 127.0.0.1:9092,…` on stdout, once, when clients are served. Everything
 * else goes to stderr. With one broker this process is all there is; with several it starts the others.
 *
 * @module
 */
import { resolve } from "node:path";
import { type ParsedBrokerConfig } from "#ground/config/broker-config";
import { CoordinationServer } from "#ground/coordination/coordination-server";
import { LocalCoordination } from "#ground/coordination/local-coordination";
import { type Runtime } from "#ground/runtime";
import { Broker } from "./broker.ts";
import { parseCommandLine, USAGE } from "./command-line.ts";
import { startCluster } from "./main-cluster.ts";
import { configOf } from "./main-config.ts";
import { createBrokerRuntime, fail, giveUp, stopOnSignals } from "./main-process.ts";

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
    // The coordination service is in this very process, and can't lose it: a debugger may stop both for an hour.
    "zookeeper.session.timeout.ms": 24 * 60 * 60 * 1000,
    // As of three brokers: see main-broker.ts.
    "offsets.topic.replication.factor": 1,
    "group.initial.rebalance.delay.ms": 0,
  });
  const runtime = createBrokerRuntime();
  for (const warning of config.warnings) runtime.log.warn(warning);
  if (config.explicit.has("zookeeper.connect")) {
    runtime.log.warn("zookeeper.connect is not used: the cluster's state is kept in the data folder.");
  }
  const stop = await start(runtime, resolve(commandLine.data), config);
  stopOnSignals(runtime, stop);
}

/** Starts everything. @returns what ends it in order. */
async function start(runtime: Runtime, data: string, config: ParsedBrokerConfig): Promise<() => Promise<void>> {
  const server = CoordinationServer.open(runtime, `${data}/coordination`, (error) => giveUp("broker", error));
  const coordination = new LocalCoordination(server, runtime);
  const broker = new Broker(runtime, { config, coordination, onFatal: (error) => giveUp("broker", error) });
  try {
    await broker.start();
  } catch (error) {
    await server.close();
    throw error;
  }
  const { host, port } = broker.endPoints[0]!;
  process.stdout.write(`ready: ${host}:${port}\n`);
  return async () => {
    await broker.stop();
    await server.close();
  };
}

main().catch(fail);
