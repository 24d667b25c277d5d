/**
 * The process main: `npm start`. Says `ready: 127.0.0.1:9092` on stdout, once, when clients are served. Everything
 * else goes to stderr.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseBrokerConfig, type ParsedBrokerConfig } from "#ground/config/broker-config";
import { type Property } from "#ground/config/config-def";
import { parseOverride, readProperties } from "#ground/config/properties";
import { CoordinationServer } from "#ground/coordination/coordination-server";
import { LocalCoordination } from "#ground/coordination/local-coordination";
import { KafkaError } from "#ground/errors";
import { nativeCrc32c } from "#ground/node/native-crc32c";
import { createNodeRuntime } from "#ground/node/node-runtime";
import { type Runtime } from "#ground/runtime";
import { Broker } from "./broker.ts";
import { type CommandLine, parseCommandLine, USAGE } from "./command-line.ts";
import { fail, giveUp, stopOnSignals } from "./main-process.ts";

const BROKER_ID = 1;

async function main(): Promise<void> {
  const commandLine = parseCommandLine(process.argv.slice(2));
  if (commandLine.help) {
    process.stdout.write(USAGE);
    return;
  }
  if (commandLine.brokers > 1) {
    throw new KafkaError("INVALID_CONFIG", "--brokers: only 1 works so far; replication (chapter 06) is to come.");
  }
  const config = configOf(commandLine);
  // Who has written a checksum of their own sees it at work.
  const isReference = import.meta.resolve("#serialization/crc32c").includes("/solutions/");
  const runtime = createNodeRuntime(isReference ? { crc32c: nativeCrc32c() } : {});
  for (const warning of config.warnings) runtime.log.warn(warning);
  if (config.explicit.has("zookeeper.connect")) {
    runtime.log.warn("zookeeper.connect is not used: the cluster's state is kept in the data folder.");
  }
  const stop = await start(runtime, resolve(commandLine.data), config);
  stopOnSignals(runtime, stop);
}

/** Later properties win: the command line over the file. Our own defaults are for what neither says. */
function configOf({ config, overrides, port, data }: CommandLine): ParsedBrokerConfig {
  const fromFile = config === null ? [] : readProperties(readText(config), config);
  return parseBrokerConfig([...fromFile, ...fromPort(port), ...overrides.map(parseOverride)], {
    // The coordination service is in this very process, and can't lose it: a debugger may stop both for an hour.
    "zookeeper.session.timeout.ms": 24 * 60 * 60 * 1000,
    "broker.id": BROKER_ID,
    listeners: "PLAINTEXT://127.0.0.1:9092",
    // A list, so that a comma in the path is no separator.
    "log.dirs": [`${resolve(data)}/broker-${BROKER_ID}`],
  });
}

/** What a file says of listeners is about another port: what it advertises, too, must go. */
function fromPort(port: number | null): Property[] {
  if (port === null) return [];
  return [
    { key: "listeners", value: `PLAINTEXT://127.0.0.1:${port}`, origin: "--port" },
    { key: "advertised.listeners", value: null, origin: "--port" },
  ];
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new KafkaError("INVALID_CONFIG", `--config: ${path} can't be read (${code}).`);
  }
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
