/**
 * `kafka-topics`: lists, describes, creates, alters and deletes topics.
 * Source: `org.apache.kafka.tools.TopicCommand` of Kafka 4.0.
 *
 * @module
 */
import { KafkaError } from "#ground/errors";
import { uuidToString } from "#ground/protocol/uuid";
import { type Admin, orThrow } from "../admin/admin.ts";
import { type NewTopic, type TopicListing } from "../admin/admin-types.ts";
import { duplicates } from "../duplicates.ts";
import { brokerId } from "./broker-id.ts";
import { describeTopics, type TopicFilter } from "./describe-topics.ts";
import { type GivenOptions, type ToolOption, UsageError } from "./tool-options.ts";
import { createAdmin, type Tool, type ToolContext } from "./tool.ts";
import { topicPattern } from "./topic-pattern.ts";

const FILTERS = {
  "under-replicated-partitions": { help: "Describe only partitions that lack a replica in their ISR." },
  "unavailable-partitions": { help: "Describe only partitions without a live leader." },
  "under-min-isr-partitions": { help: "Describe only partitions with fewer in-sync replicas than asked for." },
  "at-min-isr-partitions": { help: "Describe only partitions with just as many in-sync replicas as asked for." },
  "topics-with-overrides": { help: "Describe only topics with settings of their own." },
} as const satisfies Record<TopicFilter, ToolOption>;

const OPTIONS = {
  "bootstrap-server": { value: "host:port,...", help: "Brokers to ask." },
  "command-config": { value: "file", help: "Properties for the admin client." },
  list: { help: "List the topics." },
  describe: { help: "Describe topics: their partitions, leaders and replicas." },
  create: { help: "Create a topic." },
  alter: { help: "Give a topic more partitions." },
  delete: { help: "Delete topics, and their records." },
  topic: {
    value: "name",
    help: "The topic; but for --create a regular expression, or several with commas between them.",
  },
  "topic-id": { value: "id", help: "The topic to describe, by its id." },
  partitions: { value: "n", help: "How many partitions the topic has, or shall have." },
  "replication-factor": { value: "n", help: "How many replicas each partition has." },
  "replica-assignment": {
    value: "1:2,2:3,...",
    help: "The brokers of each partition, the preferred leader first, instead of the two numbers.",
  },
  config: { value: "key=value", isList: true, help: "A setting of the new topic. May be given again and again." },
  "delete-config": { value: "key", isList: true, help: "No longer supported: use kafka-configs." },
  "if-exists": { help: "Say nothing when the topic isn't there." },
  "if-not-exists": { help: "Say nothing when the topic is there already." },
  "exclude-internal": { help: "Leave out the topics that the cluster keeps for itself." },
  "partition-size-limit-per-response": { value: "n", help: "Taken for Kafka's sake; changes nothing." },
  ...FILTERS,
} as const satisfies Record<string, ToolOption>;

type Name = keyof typeof OPTIONS;
type Given = GivenOptions<Name>;

const ACTIONS = ["list", "describe", "create", "alter", "delete"] as const;
type Action = (typeof ACTIONS)[number];

/** What an option can't be used with. */
const ONLY_FOR: readonly (readonly [Name, readonly Action[]])[] = [
  ["replication-factor", ["create"]],
  ["partitions", ["create", "alter"]],
  ["config", ["create", "alter"]],
  ["replica-assignment", ["create", "alter"]],
  ["if-exists", ["alter", "delete", "describe"]],
  ["if-not-exists", ["create"]],
  ["exclude-internal", ["list", "describe"]],
  ...(Object.keys(FILTERS) as TopicFilter[]).map((name) => [name, ["describe"]] as const),
];

const MAX_REPLICATION_FACTOR = 0x7fff;
const COLLISIONS = "WARNING: Due to limitations in metric names, topics with a period ('.') or underscore ('_') could "
  + "collide. To avoid issues it is best to use either, but not both.\n";

/** The tool. */
export const kafkaTopics: Tool<Name> = {
  name: "kafka-topics",
  about: "Create, delete, describe, or change a topic.",
  options: OPTIONS,

  async run(given, context) {
    const action = checkOptions(given);
    const admin = createAdmin(context, given.get("bootstrap-server")!, given.get("command-config"));
    try {
      await RUN[action](given, admin, context);
      return 0;
    } catch (error) {
      if (error instanceof UsageError || !(error instanceof Error)) throw error;
      context.out(`Error while executing topic command : ${error.message}\n`);
      return 1;
    } finally {
      admin.close();
    }
  },
};

const RUN: Readonly<Record<Action, (given: Given, admin: Admin, context: ToolContext) => Promise<void>>> = {
  async list(given, admin, { out }) {
    const topics = await matchingTopics(given, admin);
    out(`${topics.map(({ name }) => name).join("\n")}\n`);
  },

  async describe(given, admin, { out }) {
    const topics = await expectedTopics(given, admin);
    const filters = (Object.keys(FILTERS) as TopicFilter[]).filter((name) => given.has(name));
    out(await describeTopics(admin, topics.map(({ name }) => name), filters));
  },

  async create(given, admin, { out }) {
    const name = given.get("topic")!;
    if (/[._]/.test(name)) out(COLLISIONS);
    if (name === "") throw new Error("The given topic name '' cannot be represented in a request.");
    const created = (await admin.createTopics([newTopic(name, given)])).get(name);
    if (created instanceof KafkaError) {
      if (created.code === "TOPIC_ALREADY_EXISTS" && given.has("if-not-exists")) return;
      throw created;
    }
    out(`Created topic ${name}.\n`);
  },

  async alter(given, admin) {
    const topics = await expectedTopics(given, admin);
    const count = given.number("partitions")!;
    const all = given.has("replica-assignment") ? replicaAssignment(given.get("replica-assignment")!) : undefined;
    const described = orThrow(await admin.describeTopics(topics.map(({ name }) => name)));
    const counts = [...described].map(([name, { partitions }]) => {
      return [name, all === undefined ? { count } : { count, assignments: all.slice(partitions.length) }] as const;
    });
    orThrow(await admin.createPartitions(new Map(counts)));
  },

  async delete(given, admin) {
    const topics = await expectedTopics(given, admin);
    orThrow(await admin.deleteTopics(topics.map(({ name }) => name)));
  },
};

/** @throws UsageError for what makes no sense */
function checkOptions(given: Given): Action {
  const actions = ACTIONS.filter((action) => given.has(action));
  const [action] = actions;
  if (actions.length !== 1 || action === undefined) {
    throw new UsageError("Command must include exactly one action: --list, --describe, --create, --alter or --delete");
  }
  if (!given.has("bootstrap-server")) throw new UsageError("--bootstrap-server must be specified", false);
  if (action === "create" || action === "delete") given.require("topic");
  if (given.has("delete-config")) {
    throw new UsageError("delete-config option is no longer supported: use kafka-configs");
  }
  if (action === "alter") {
    if (given.has("config")) {
      throw new UsageError("Option combination \"[[bootstrap-server], [config]]\" can't be used with option \"[alter]\""
        + " (To alter topic configurations, the kafka-configs tool can be used.)");
    }
    if (given.has("replication-factor")) {
      throw new UsageError("Option \"[replication-factor]\" can't be used with option \"[alter]\""
        + " (To change the number of replicas, the kafka-reassign-partitions tool can be used.)");
    }
    given.require("topic", "partitions");
  }
  for (const [name, allowed] of ONLY_FOR) {
    given.forbid(name, ...ACTIONS.filter((other) => !allowed.includes(other)));
  }
  if (action === "create") given.forbid("replica-assignment", "partitions", "replication-factor");
  return action;
}

function newTopic(name: string, given: Given): NewTopic {
  const configs = Object.fromEntries(given.all("config").map((text) => {
    const [, key, value] = /^\s*([^=]*?)\s*=\s*(.*?)\s*$/.exec(text) ?? [];
    if (key !== undefined && value !== undefined) return [key, value];
    throw new Error("requirement failed: Invalid topic config: all configs to be added must be in the format "
      + "\"key=val\".");
  }));
  const assignment = given.get("replica-assignment");
  if (assignment !== null) return { name, configs, assignments: replicaAssignment(assignment) };
  const partitions = given.number("partitions");
  const factor = given.number("replication-factor");
  if (partitions !== null && partitions < 1) throw new Error("The partitions must be greater than 0");
  if (factor !== null && (factor < 1 || factor > MAX_REPLICATION_FACTOR)) {
    throw new Error(`The replication factor must be between 1 and ${MAX_REPLICATION_FACTOR} inclusive`);
  }
  return { name, configs, numPartitions: partitions ?? -1, replicationFactor: factor ?? -1 };
}

/** `1:2,2:3`: the brokers of partition 0 are 1 and 2. */
function replicaAssignment(text: string): number[][] {
  const partitions = text.split(",").map((brokers) => brokers.split(":").map((id) => brokerId(id.trim())));
  for (const [partition, brokers] of partitions.entries()) {
    const twice = [...duplicates(brokers)];
    if (twice.length > 0) {
      throw new Error(`Partition replica lists may not contain duplicate entries: ${twice.join(",")}`);
    }
    if (brokers.length !== partitions[0]!.length) {
      throw new Error(`Partition ${partition} has different replication factor: [${brokers.join(", ")}]`);
    }
  }
  return partitions;
}

/** The topics that `--topic` or `--topic-id` means. @throws Error when there is none, unless `--if-exists` was given */
async function expectedTopics(given: Given, admin: Admin): Promise<TopicListing[]> {
  const topics = await matchingTopics(given, admin);
  const [name, id] = [given.get("topic"), given.get("topic-id")];
  if (topics.length === 0 && !given.has("if-exists")) {
    if (id !== null) throw new Error(`TopicId '${id}' does not exist as expected`);
    if (name !== null) throw new Error(`Topic '${name}' does not exist as expected`);
  }
  return topics;
}

async function matchingTopics(given: Given, admin: Admin): Promise<TopicListing[]> {
  const id = given.get("topic-id");
  if (id !== null) checkId(id);
  const pattern = given.get("topic");
  const regex = pattern === null ? null : topicPattern(pattern);
  return (await admin.listTopics()).filter(({ name, topicId, isInternal }) => {
    if (id !== null) return uuidToString(topicId) === id;
    return (regex === null || regex.test(name)) && !(isInternal && given.has("exclude-internal"));
  });
}

function checkId(text: string): void {
  const bytes = Buffer.from(text, "base64url").length;
  if (bytes === 16) return;
  const expected = "which is not equal to the expected 16 bytes of a base64-encoded UUID";
  throw new Error(`Input string \`${text}\` decoded as ${bytes} bytes, ${expected}`);
}
