/**
 * The options of `npm start`.
 *
 * @module
 */
import { parseArgs, type ParseArgsConfig } from "node:util";
import { KafkaError } from "#ground/errors";

/** What the command line says. */
export interface CommandLine {
  readonly help: boolean;
  readonly brokers: number;
  /** Null: what the configuration says. */
  readonly port: number | null;
  /** The folder of everything that is kept. */
  readonly data: string;
  /** Path of a `server.properties`. */
  readonly config: string | null;
  /** `key=value`, in the order in which they were given. */
  readonly overrides: readonly string[];
}

/** For people who ask. */
export const USAGE = `npm start -- [options]

  --brokers N           how many brokers (default 1)
  --port P              the first broker's port on 127.0.0.1 (default 9092); 0 takes any that is free
  --data DIR            where records and the cluster's state are kept (default data)
  --config FILE         a server.properties with Kafka's keys
  --override KEY=VALUE  one key of it; may be given again and again, and wins over the file
  --help                this text
`;

const DEFAULT_DATA = "data";

/** What the command line of the coordination service says. */
export interface CoordinatorCommandLine {
  /** The folder of everything that is kept: the service's is `coordination` in it. */
  readonly data: string;
  /** 0: any that is free. */
  readonly port: number;
}

/** @throws KafkaError INVALID_CONFIG with a sentence for the user. */
export function parseCoordinatorCommandLine(args: readonly string[]): CoordinatorCommandLine {
  const { data, port } = parse(args, { data: { type: "string" }, port: { type: "string" } });
  return {
    data: notEmpty("--data", data ?? DEFAULT_DATA),
    port: wholeNumber("--port", port ?? "0", 0, 65_535),
  };
}

/** @throws KafkaError INVALID_CONFIG with a sentence for the user. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const values = parse(args, {
    help: { type: "boolean", short: "h" },
    brokers: { type: "string" },
    port: { type: "string" },
    data: { type: "string" },
    config: { type: "string" },
    override: { type: "string", multiple: true },
  });
  return {
    help: values.help ?? false,
    brokers: wholeNumber("--brokers", values.brokers ?? "1", 1, 99),
    port: values.port === undefined ? null : wholeNumber("--port", values.port, 0, 65_535),
    data: notEmpty("--data", values.data ?? DEFAULT_DATA),
    config: values.config === undefined ? null : notEmpty("--config", values.config),
    overrides: values.override ?? [],
  };
}

function parse<const Options extends NonNullable<ParseArgsConfig["options"]>>(
  args: readonly string[], options: Options,
) {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    // Node says what is wrong in one sentence, and then explains at length.
    const [sentence] = (error as Error).message.split(/\. |\n/);
    throw new KafkaError("INVALID_CONFIG", `${sentence}. Try --help.`, { cause: error });
  }
}

function notEmpty(option: string, text: string): string {
  if (text !== "") return text;
  throw new KafkaError("INVALID_CONFIG", `${option}: expected a path, got nothing.`);
}

function wholeNumber(option: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new KafkaError("INVALID_CONFIG", `${option}: expected a whole number from ${min} to ${max}, got "${text}".`);
}
