/**
 * `kafka-configs`: shows and changes settings of topics and of brokers.
 * Source: `kafka.admin.ConfigCommand` of Kafka 4.0.
 *
 * @module
 */
import { elements } from "#ground/config/config-value";
import { parseProperties } from "#ground/config/properties";
import { compareText } from "#groups/given/assignor";
import { type Admin } from "../admin/admin.ts";
import { type AlterConfigOp, CONFIG_SOURCES, type ConfigEntry, type ConfigResource } from "../admin/admin-types.ts";
import { type GivenOptions, type ToolOption, UsageError } from "./tool-options.ts";
import { createAdmin, readText, type Tool, type ToolContext } from "./tool.ts";

const OPTIONS = {
  "bootstrap-server": { value: "host:port,...", help: "Brokers to ask." },
  "bootstrap-controller": { value: "host:port", help: "As --bootstrap-server: here brokers are controllers." },
  "command-config": { value: "file", help: "Properties for the admin client." },
  describe: { help: "Show what is set." },
  alter: { help: "Change what is set." },
  all: { help: "With --describe: show defaults, too." },
  "entity-type": {
    value: "type",
    isList: true,
    help: "What has the settings: topics, brokers, broker-loggers, client-metrics or groups.",
  },
  "entity-name": { value: "name", isList: true, help: "A topic's name, a broker's id, …" },
  "entity-default": { help: "What holds for all brokers." },
  topic: { value: "name", help: "Short for --entity-type topics --entity-name." },
  broker: { value: "id", help: "Short for --entity-type brokers --entity-name." },
  "broker-logger": { value: "id", help: "Short for --entity-type broker-loggers --entity-name." },
  "client-metrics": { value: "name", help: "Short for --entity-type client-metrics --entity-name." },
  group: { value: "name", help: "Short for --entity-type groups --entity-name." },
  "broker-defaults": { help: "Short for --entity-type brokers --entity-default." },
  client: { value: "id", help: "No quotas here: says so." },
  "client-defaults": { help: "No quotas here: says so." },
  user: { value: "name", help: "No quotas here: says so." },
  "user-defaults": { help: "No quotas here: says so." },
  ip: { value: "address", help: "No quotas here: says so." },
  "ip-defaults": { help: "No quotas here: says so." },
  "add-config": { value: "k1=v1,k2=[v2,v3]", help: "With --alter: what to set; lists in brackets." },
  "add-config-file": { value: "file", help: "With --alter: what to set, as a file of properties." },
  "delete-config": { value: "k1,k2", help: "With --alter: what to set back to its default." },
  force: { help: "Taken for Kafka's sake; nothing is asked." },
} as const satisfies Record<string, ToolOption>;

type Name = keyof typeof OPTIONS;
type Given = GivenOptions<Name>;

const RESOURCES: Readonly<Record<string, ConfigResource["type"]>> = {
  topics: "topic",
  brokers: "broker",
  "broker-loggers": "broker-logger",
  "client-metrics": "client-metric",
  groups: "group",
};
const QUOTAS = ["clients", "users", "ips"];
const NAMED = ["topic", "broker", "broker-logger", "client-metrics", "group", "client", "user", "ip"] as const;
const DEFAULTS = ["broker-defaults", "client-defaults", "user-defaults", "ip-defaults"] as const;

/** The values of {@link CONFIG_SOURCES} that were set for the thing itself. */
const OWN = new Set([1, 2, 6, 7, 8].map((source) => CONFIG_SOURCES[source]!));
const OF_ALL_BROKERS = "DYNAMIC_DEFAULT_BROKER_CONFIG";

/** The tool. */
export const kafkaConfigs: Tool<Name> = {
  name: "kafka-configs",
  about: "Describe and change the settings of topics and brokers.",
  options: OPTIONS,

  async run(given, context) {
    const { type, name } = checkOptions(given);
    const ops = given.has("alter") ? operations(given, context) : [];
    const admin = createAdmin(context, addressOf(given)!, given.get("command-config"));
    try {
      if (given.has("alter")) await alter({ type, name: name ?? "" }, ops, admin, context);
      else await describe(type, name, given.has("all"), admin, context);
      return 0;
    } catch (error) {
      if (error instanceof UsageError || !(error instanceof Error)) throw error;
      const args = given.args.join(" ");
      context.err(`Error while executing config command with args '${args}'\n${error.message}\n`);
      return 1;
    } finally {
      admin.close();
    }
  },
};

/** @returns what is meant; a name of null: all of that type. @throws UsageError for what makes no sense */
function checkOptions(given: Given): { readonly type: ConfigResource["type"]; readonly name: string | null } {
  if (given.has("describe") === given.has("alter")) {
    throw new UsageError("Command must include exactly one action: --describe, --alter");
  }
  given.forbid("describe", "add-config", "delete-config", "add-config-file");
  const short = NAMED.filter((one) => given.has(one)).map((one) => (one === "client-metrics" ? one : `${one}s`));
  const ofDefaults = DEFAULTS.filter((one) => given.has(one)).map((one) => one.replace("-defaults", "s"));
  const types = [...given.all("entity-type"), ...short, ...ofDefaults];
  const [kind] = types;
  if (kind === undefined) throw new UsageError("At least one entity type must be specified", false);
  if (addressOf(given) === null) {
    throw new UsageError("Either --bootstrap-server or --bootstrap-controller must be specified.", false);
  }
  if (QUOTAS.includes(kind)) throw new UsageError(`There are no quotas and no secrets for ${kind} here.`, false);
  const type = RESOURCES[kind];
  if (type === undefined) {
    const known = [...Object.keys(RESOURCES), ...QUOTAS].join(", ");
    throw new UsageError(`Invalid entity type ${kind}, the entity type must be one of ${known}`, false);
  }
  const shortName = NAMED.map((one) => given.get(one)).find((one) => one !== null);
  const isOfAll = given.has("entity-default") || ofDefaults.length > 0;
  const name = given.all("entity-name")[0] ?? shortName ?? (isOfAll ? "" : null);
  if (type.startsWith("broker") && name !== null && name !== "" && !/^\d+$/.test(name)) {
    throw new UsageError(`The entity name for ${kind} must be a valid integer broker id, but it is: ${name}`, false);
  }
  const needsName = type !== "broker" && (given.has("alter") || type !== "topic");
  if ((needsName && (name === null || name === "")) || (given.has("alter") && name === null)) {
    const action = given.has("alter") ? "alter" : "describe";
    throw new UsageError(`An entity name must be specified with --${action} of ${kind}`, false);
  }
  if (given.has("alter")) checkChange(given);
  return { type, name: type === "topic" && name === "" ? null : name };
}

function checkChange(given: Given): void {
  if (given.has("add-config") && given.has("add-config-file")) {
    throw new UsageError("Only one of --add-config or --add-config-file must be specified", false);
  }
  if (given.has("add-config") || given.has("add-config-file") || given.has("delete-config")) return;
  const options = "--add-config, --add-config-file, or --delete-config";
  throw new UsageError(`At least one of ${options} must be specified with --alter`, false);
}

function addressOf(given: Given): string | null {
  return given.get("bootstrap-server") ?? given.get("bootstrap-controller");
}

function operations(given: Given, { readFile }: ToolContext): AlterConfigOp[] {
  const file = given.get("add-config-file");
  const added = file === null
    ? addedConfigs(given.get("add-config") ?? "")
    : Object.entries(parseProperties(readText(readFile, file), file));
  const deleted = elements(given.get("delete-config") ?? "");
  return [
    ...added.map(([name, value]) => ({ name, op: "set", value }) as const),
    ...deleted.map((name) => ({ name, op: "delete" }) as const),
  ];
}

/** `a=1,b=[x,y]` @throws UsageError for what has no `=` */
function addedConfigs(text: string): [string, string][] {
  if (text === "") return [];
  return text.split(/,(?![^[\]]*\])/).map((pair) => {
    const at = pair.indexOf("=");
    if (at > 0) return [pair.slice(0, at).trim(), pair.slice(at + 1).trim().replace(/^\[(.*)\]$/, "$1")];
    throw new UsageError("requirement failed: Invalid entity config: all configs to be added must be in the format "
      + "\"key=val\" or  \"key=[val1,val2]\" to group values which contain commas.", false);
  });
}

async function alter(
  resource: ConfigResource, ops: readonly AlterConfigOp[], admin: Admin, { out }: ToolContext,
): Promise<void> {
  const set = new Set((await own(resource, admin)).map(({ name }) => name));
  const absent = ops.filter(({ op, name }) => op === "delete" && !set.has(name)).map(({ name }) => name);
  if (absent.length > 0) throw new UsageError(`Invalid config(s): ${absent.join(",")}`, false);
  const [result] = await admin.incrementalAlterConfigs([{ ...resource, ops }]);
  if (result instanceof Error) throw result;
  out(resource.name === ""
    ? `Completed updating default config for ${resource.type}s in the cluster.\n`
    : `Completed updating config for ${resource.type} ${resource.name}.\n`);
}

async function describe(
  type: ConfigResource["type"], name: string | null, withDefaults: boolean, admin: Admin, { out }: ToolContext,
): Promise<void> {
  for (const one of name === null ? await allNames(type, admin) : [name]) {
    const resource = { type, name: one };
    out(one === ""
      ? `Default configs for ${type}s in the cluster are:\n`
      : `${withDefaults ? "All" : "Dynamic"} configs for ${type} ${one} are:\n`);
    const entries = withDefaults ? await allEntries(resource, admin) : await own(resource, admin);
    for (const entry of entries.toSorted((a, b) => compareText(a.name, b.name))) {
      const synonyms = entry.synonyms.map((one) => `${CONFIG_SOURCES[one.source]}:${one.name}=${one.value}`).join(", ");
      out(`  ${entry.name}=${entry.value} sensitive=${entry.isSensitive} synonyms={${synonyms}}\n`);
    }
  }
}

async function allNames(type: ConfigResource["type"], admin: Admin): Promise<string[]> {
  if (type === "topic") return (await admin.listTopics()).map(({ name }) => name);
  const ids = (await admin.describeCluster()).map(({ nodeId }) => nodeId).toSorted((a, b) => a - b);
  return [...ids.map(String), ""];
}

/** What was set for this very thing. */
async function own(resource: ConfigResource, admin: Admin): Promise<readonly ConfigEntry[]> {
  return (await allEntries(resource, admin)).filter(({ configSource }) => {
    const source = CONFIG_SOURCES[configSource]!;
    return resource.name === "" ? source === OF_ALL_BROKERS : OWN.has(source);
  });
}

async function allEntries(resource: ConfigResource, admin: Admin): Promise<readonly ConfigEntry[]> {
  const [entries] = await admin.describeConfigs([resource]);
  if (entries instanceof Error) throw entries;
  return entries!;
}
