/**
 * The process main of one broker alone, with Kafka's defaults: `npm run broker -- server.properties`. Says
 * `ready: host:port` on stdout, once, when clients are served. Everything else goes to stderr.
 *
 * @module
 */
import { type ParsedBrokerConfig } from "#ground/config/broker-config";
import { type Coordination } from "#ground/coordination/coordination";
import { CoordinationServer } from "#ground/coordination/coordination-server";
import { LocalCoordination } from "#ground/coordination/local-coordination";
import { TcpCoordination } from "#ground/coordination/tcp-coordination";
import { KafkaError } from "#ground/errors";
import { type Runtime } from "#ground/runtime";
import { Broker } from "./broker.ts";
import { parseServerCommandLine, SERVER_USAGE, type ServerCommandLine } from "./command-line.ts";
import { serverConfigOf } from "./main-config.ts";
import { createBrokerRuntime, fail, giveUp, stopOnSignals } from "./main-process.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

async function main(): Promise<void> {
  const commandLine = parseServerCommandLine(process.argv.slice(2));
  if (commandLine.help) {
    process.stdout.write(SERVER_USAGE);
    return;
  }
  const config = configOf(commandLine);
  const runtime = createBrokerRuntime();
  for (const warning of config.warnings) runtime.log.warn(warning);
  const { coordination, close } = coordinationFor(runtime, commandLine, config);
  const broker = new Broker(runtime, { config, coordination, onFatal: (error) => giveUp("broker", error) });
  const stop = async (): Promise<void> => {
    await broker.stop();
    await close();
  };
  stopOnSignals(runtime, stop);
  try {
    await broker.start();
  } catch (error) {
    await close();
    throw error;
  }
  const { host, port } = broker.endPoints[0]!;
  process.stdout.write(`ready: ${host}:${port}\n`);
}

/** Kafka's defaults, but for a session within this process: a debugger may stop both of its ends for an hour. */
function configOf({ config, overrides, coordinator }: ServerCommandLine): ParsedBrokerConfig {
  const parsed = serverConfigOf({ config: config!, overrides }, {});
  const isAlone = coordinator === null && parsed.config["zookeeper.connect"] === null;
  return isAlone ? serverConfigOf({ config: config!, overrides }, { "zookeeper.session.timeout.ms": DAY_MS }) : parsed;
}

interface UsedCoordination {
  readonly coordination: Coordination;
  close(): Promise<void>;
}

/** The command line wins over the file; where neither says anything, this process is all there is. */
function coordinationFor(
  runtime: Runtime,
  { coordinator }: ServerCommandLine,
  { config }: ParsedBrokerConfig,
): UsedCoordination {
  const nothingToClose = (): Promise<void> => Promise.resolve();
  if (coordinator !== null) {
    return { coordination: new TcpCoordination(runtime, coordinator), close: nothingToClose };
  }
  if (config["zookeeper.connect"] !== null) {
    throw new KafkaError("INVALID_CONFIG", "zookeeper.connect: ZooKeeper is not served yet.");
  }
  const folder = `${config["log.dirs"][0]}/coordination`;
  runtime.log.warn(`zookeeper.connect is not set: this broker is a cluster of its own, with its state in ${folder}`);
  const server = CoordinationServer.open(runtime, folder, (error) => giveUp("broker", error));
  return { coordination: new LocalCoordination(server, runtime), close: () => server.close() };
}

main().catch(fail);
