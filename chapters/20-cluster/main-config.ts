/**
 * From the command line, and a file that it names, to a broker's configuration.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { resolve } from "node:path";
import { parseBrokerConfig, type ParsedBrokerConfig } from "#ground/config/broker-config";
import { type Property } from "#ground/config/config-def";
import { parseOverride, readProperties } from "#ground/config/properties";
import { KafkaError } from "#ground/errors";
import { type CommandLine } from "./command-line.ts";

/**
 * Later properties win: the command line over the file. Our own defaults are for what neither says.
 * @param defaults what `npm start` sets otherwise than Kafka
 */
export function configOf(
  { config, overrides, port, data }: Pick<CommandLine, "config" | "overrides" | "port" | "data">,
  brokerId: number,
  defaults: Readonly<Record<string, unknown>>,
): ParsedBrokerConfig {
  const fromFile = config === null ? [] : readProperties(readText(config), config);
  const parsed = parseBrokerConfig([...fromFile, ...fromPort(port), ...overrides.map(parseOverride)], {
    ...defaults,
    "broker.id": brokerId,
    listeners: "PLAINTEXT://127.0.0.1:9092",
    // A list, so that a comma in the path is no separator.
    "log.dirs": [`${resolve(data)}/broker-${brokerId}`],
  });
  if (!parsed.explicit.has("zookeeper.connect")) return parsed;
  const unused = "zookeeper.connect is not used by npm start: that is what --coordinator zookeeper://… is for.";
  return { ...parsed, warnings: [...parsed.warnings, unused] };
}

/**
 * The configuration of `npm run broker`: Kafka's defaults, and this machine's name where clients need one.
 * @param defaults what is set otherwise than Kafka does
 */
export function serverConfigOf(
  { config, overrides }: { readonly config: string; readonly overrides: readonly string[] },
  defaults: Readonly<Record<string, unknown>>,
): ParsedBrokerConfig {
  const properties = [...readProperties(readText(config), config), ...overrides.map(parseOverride)];
  const parsed = parseBrokerConfig(properties, defaults, hostname());
  if (parsed.config["broker.id"] >= 0) return parsed;
  const text = `broker.id: expected the number of this broker, from 0 on, in ${config}: ids are not generated.`;
  throw new KafkaError("INVALID_CONFIG", text);
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
    throw new KafkaError("INVALID_CONFIG", `The configuration ${path} can't be read (${code}).`);
  }
}
