/**
 * The process main of one broker alone, with Kafka's defaults: `npm run broker -- server.properties`. Says
 * `ready: host:port` on stdout, once, when clients are served. Everything else goes to stderr.
 *
 * @module
 */
import { type ParsedBrokerConfig } from "#ground/config/broker-config";
import { MAX_SESSION_TIMEOUT_MS } from "#ground/coordination/paths";
import { Broker } from "./broker.ts";
import { parseServerCommandLine, SERVER_USAGE, type ServerCommandLine } from "./command-line.ts";
import { serverConfigOf } from "./main-config.ts";
import { useCoordination } from "./main-coordination.ts";
import { createBrokerRuntime, fail, giveUp, stopOnSignals } from "./main-process.ts";
import { startBroker } from "./main-start-broker.ts";

async function main(): Promise<void> {
  const commandLine = parseServerCommandLine(process.argv.slice(2));
  if (commandLine.help) {
    process.stdout.write(SERVER_USAGE);
    return;
  }
  const config = configOf(commandLine);
  const runtime = createBrokerRuntime();
  for (const warning of config.warnings) runtime.log.warn(warning);
  // The command line wins over the file; where neither says anything, this process is all there is.
  const where = commandLine.coordinator ?? config.config["zookeeper.connect"];
  const folder = `${config.config["log.dirs"][0]}/coordination`;
  if (where === null) {
    runtime.log.warn(`zookeeper.connect is not set: this broker is a cluster of its own, with its state in ${folder}`);
  }
  const { coordination, close } = useCoordination(runtime, where, folder, config.config);
  const broker = new Broker(runtime, { config, coordination, onFatal: (error) => giveUp("broker", error) });
  const stop = async (): Promise<void> => {
    await broker.stop();
    await close();
  };
  stopOnSignals(runtime, stop);
  await startBroker(broker, close);
  if (commandLine.observePort === null) return;
  // A broker that tells nothing doesn't load a web server and a library for metrics.
  const { observe } = await import("./main-observer.ts");
  await observe(broker, commandLine.observePort);
}

/** Kafka's defaults, but for a session within this process: a debugger may stop both of its ends for an hour. */
function configOf({ config, overrides, coordinator }: ServerCommandLine): ParsedBrokerConfig {
  const parsed = serverConfigOf({ config: config!, overrides }, {});
  const isAlone = coordinator === null && parsed.config["zookeeper.connect"] === null;
  if (!isAlone) return parsed;
  return serverConfigOf({ config: config!, overrides }, { "zookeeper.session.timeout.ms": MAX_SESSION_TIMEOUT_MS });
}

main().catch(fail);
