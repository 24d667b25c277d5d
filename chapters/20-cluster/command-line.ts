/**
 * The options of `npm start`, of `npm run broker`, and of the processes that the first starts.
 *
 * @module
 */
import { parseArgs, type ParseArgsConfig } from "node:util";
import { isZooKeeperConnect } from "#ground/config/zookeeper-connect";
import { KafkaError } from "#ground/errors";
import { type MineBrokers } from "./main-mine.ts";

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
  /** A ZooKeeper, as in `zookeeper.connect`; null: a coordination service of our own. */
  readonly zooKeeper: string | null;
  /** The brokers that run on the learner's code while the others don't; null: all run on the same. */
  readonly mine: MineBrokers | null;
  /** Where the picture is served; null: nobody looks on. */
  readonly ui: UiAddress | null;
}

/** Where the picture is served. */
export interface UiAddress {
  readonly host: string;
  readonly port: number;
}

/** For people who ask. */
export const USAGE = `npm start -- [options]

  --brokers N           how many brokers, each a process of its own (default 3); 1 is one process alone
  --port P              the first broker's port on 127.0.0.1 (default 9092), the others' follow; 0 takes free ones
  --data DIR            where records and the cluster's state are kept (default data)
  --config FILE         a server.properties with Kafka's keys
  --override KEY=VALUE  one key of it; may be given again and again, and wins over the file
  --mine [5,6]          run on your code, in these chapters or in all
  --mine-brokers 1,2    these brokers alone run on your code, the others on the reference
  --ui                  a picture of the cluster in the browser, at http://127.0.0.1:9090
  --ui-port P           at another port
  --ui-host HOST        at another address of this machine than 127.0.0.1: others in the network can look on, then
  --coordinator WHICH   embedded (the default), or zookeeper://host:port,host:port/chroot
  --help                this text
`;

const DEFAULT_DATA = "data";
const DEFAULT_BROKERS = 3;
const UI_HOST = "127.0.0.1";
const UI_PORT = "9090";
const EMBEDDED = "embedded";

/** What the command line of one broker of several says. */
export interface BrokerCommandLine extends Omit<CommandLine, "help" | "brokers" | "zooKeeper" | "mine" | "ui"> {
  readonly id: number;
  /** How many brokers the cluster is meant to have. */
  readonly brokers: number;
  /** Where the coordination service is: one of our own, or a ZooKeeper as in `zookeeper.connect`. */
  readonly coordinator: HostAndPort | string;
}

/** For people who ask. */
export const SERVER_USAGE = `npm run broker -- server.properties [options]

Runs one broker with Kafka's keys and Kafka's defaults, until ctrl-C ends it in order.

  --override KEY=VALUE     one key of the file; may be given again and again, and wins over the file
  --coordinator HOST:PORT  a katafka coordination service, instead of the ZooKeeper of zookeeper.connect
  --observe-port P         tell metrics (/metrics, for Prometheus) and state (/state) at 127.0.0.1:P
  --help                   this text

Where the cluster is, zookeeper.connect says. Without it, and without --coordinator, the broker is a cluster of its own.
`;

/** Where an embedded coordination service is. */
export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

/** What the command line of `npm run broker` says. */
export interface ServerCommandLine {
  readonly help: boolean;
  /** Path of the `server.properties`; null only when help is asked for. */
  readonly config: string | null;
  readonly overrides: readonly string[];
  /** Null: what the configuration says. */
  readonly coordinator: HostAndPort | null;
  /** Where it tells its state and metrics, on the loopback address; null: nowhere. */
  readonly observePort: number | null;
}

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

const OPTIONS = {
  help: { type: "boolean", short: "h" },
  brokers: { type: "string" },
  port: { type: "string" },
  data: { type: "string" },
  config: { type: "string" },
  override: { type: "string", multiple: true },
  coordinator: { type: "string" },
} as const;

/** @throws KafkaError INVALID_CONFIG with a sentence for the user. */
export function parseBrokerCommandLine(args: readonly string[]): BrokerCommandLine {
  const { id, coordinator = "", ...values } = parse(args, { ...OPTIONS, id: { type: "string" } });
  return {
    ...commandLineOf(values),
    id: wholeNumber("--id", id ?? "", 0, 0x7fff_ffff),
    coordinator: zooKeeperOf(coordinator) ?? hostAndPort("--coordinator", coordinator),
  };
}

/** @throws KafkaError INVALID_CONFIG with a sentence for the user. */
export function parseServerCommandLine(args: readonly string[]): ServerCommandLine {
  const { help: asked, override } = OPTIONS;
  const own = { coordinator: { type: "string" }, "observe-port": { type: "string" } } as const;
  const { values, positionals } = parseWithFiles(args, { help: asked, override, ...own });
  const { help = false, coordinator, "observe-port": observePort } = values;
  const [config = null, ...more] = positionals;
  if (!help && (config === null || more.length > 0)) {
    const got = config === null ? "none" : positionals.join(" ");
    throw new KafkaError("INVALID_CONFIG", `Expected one file, a server.properties, got ${got}. Try --help.`);
  }
  return {
    help,
    config,
    overrides: values.override ?? [],
    coordinator: coordinator === undefined ? null : hostAndPort("--coordinator", coordinator),
    observePort: observePort === undefined ? null : wholeNumber("--observe-port", observePort, 1, 65_535),
  };
}

/** @throws KafkaError INVALID_CONFIG with a sentence for the user. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const ofMine = { mine: { type: "string" }, "mine-brokers": { type: "string" } } as const;
  const ofUi = { ui: { type: "boolean" }, "ui-port": { type: "string" }, "ui-host": { type: "string" } } as const;
  const { coordinator = EMBEDDED, ...values } = parse(args, { ...OPTIONS, ...ofMine, ...ofUi });
  const zooKeeper = zooKeeperOf(coordinator);
  if (zooKeeper === null && coordinator !== EMBEDDED) {
    const expected = `${EMBEDDED}, or zookeeper://host:port,host:port/chroot`;
    throw new KafkaError("INVALID_CONFIG", `--coordinator: expected ${expected}, got "${coordinator}".`);
  }
  const commandLine = commandLineOf(values);
  const { brokers } = commandLine;
  return { ...commandLine, zooKeeper, mine: mineOf(values, brokers), ui: uiOf(values, brokers) };
}

function uiOf(
  values: { readonly ui?: boolean; readonly "ui-port"?: string; readonly "ui-host"?: string },
  brokers: number,
): UiAddress | null {
  const { ui, "ui-port": port, "ui-host": host } = values;
  if (ui !== true && port === undefined && host === undefined) return null;
  if (brokers === 1) throw new KafkaError("INVALID_CONFIG", "--ui: one broker alone has no picture. Start three.");
  return { host: notEmpty("--ui-host", host ?? UI_HOST), port: wholeNumber("--ui-port", port ?? UI_PORT, 0, 65_535) };
}

/** `--mine` comes from `tools/start.sh`, which takes it out unless there is a `--mine-brokers`. */
function mineOf(
  { mine = "all", "mine-brokers": ids }: { readonly mine?: string; readonly "mine-brokers"?: string },
  brokers: number,
): MineBrokers | null {
  if (ids === undefined) return null;
  if (brokers === 1) throw new KafkaError("INVALID_CONFIG", "--mine-brokers: with one broker alone, --mine is enough.");
  return {
    ids: ids.split(",").map((id) => wholeNumber("--mine-brokers", id, 1, brokers)),
    chapters: mine === "all" ? null : mine.split(",").map(Number),
  };
}

function commandLineOf(values: {
  readonly help?: boolean;
  readonly brokers?: string;
  readonly port?: string;
  readonly data?: string;
  readonly config?: string;
  readonly override?: readonly string[];
}): Omit<CommandLine, "zooKeeper" | "mine" | "ui"> {
  return {
    help: values.help ?? false,
    brokers: wholeNumber("--brokers", values.brokers ?? String(DEFAULT_BROKERS), 1, 99),
    port: values.port === undefined ? null : wholeNumber("--port", values.port, 0, 65_535),
    data: notEmpty("--data", values.data ?? DEFAULT_DATA),
    config: values.config === undefined ? null : notEmpty("--config", values.config),
    overrides: values.override ?? [],
  };
}

function parse<const Options extends NonNullable<ParseArgsConfig["options"]>>(
  args: readonly string[], options: Options,
) {
  return parseArguments({ args: [...args], options }).values;
}

function parseWithFiles<const Options extends NonNullable<ParseArgsConfig["options"]>>(
  args: readonly string[], options: Options,
) {
  return parseArguments({ args: [...args], options, allowPositionals: true });
}

function parseArguments<const Config extends ParseArgsConfig>(config: Config) {
  try {
    return parseArgs(config);
  } catch (error) {
    // Node says what is wrong in one sentence, and then explains at length.
    const [sentence] = (error as Error).message.split(/\. |\n/);
    throw new KafkaError("INVALID_CONFIG", `${sentence}. Try --help.`, { cause: error });
  }
}

/** The ZooKeeper of `zookeeper://…`, as in `zookeeper.connect`; null for anything else. */
function zooKeeperOf(text: string): string | null {
  const connect = /^zookeeper:\/\/(.*)$/.exec(text)?.[1];
  return connect !== undefined && isZooKeeperConnect(connect) ? connect : null;
}

function hostAndPort(option: string, text: string): HostAndPort {
  const [, host, port = ""] = /^(.+):(\d+)$/.exec(text) ?? [];
  if (host === undefined) throw new KafkaError("INVALID_CONFIG", `${option}: expected HOST:PORT, got "${text}".`);
  return { host, port: wholeNumber(option, port, 1, 65_535) };
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
