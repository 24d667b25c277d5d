/**
 * `kafka-consumer-groups`: lists and describes groups, sets and forgets their offsets, deletes them.
 * Source: `org.apache.kafka.tools.consumer.group.ConsumerGroupCommand` of Kafka 4.0.
 *
 * @module
 */
import { type Admin } from "../admin/admin.ts";
import { deleteGroups, deleteOffsets } from "./delete-groups.ts";
import { describeGroups } from "./describe-groups.ts";
import { resetOffsets, SCENARIOS } from "./reset-offsets.ts";
import { table } from "./table.ts";
import { type GivenOptions, type ToolOption, UsageError } from "./tool-options.ts";
import { createAdmin, type Tool, type ToolContext } from "./tool.ts";

const OPTIONS = {
  "bootstrap-server": { value: "host:port,...", help: "Brokers to ask." },
  "command-config": { value: "file", help: "Properties for the admin client." },
  timeout: { value: "ms", help: "How long to wait for each answer (default 60000)." },
  list: { help: "List the groups." },
  describe: { help: "Describe groups: their offsets and lag, or their members, or their state." },
  delete: { help: "Delete groups, with their offsets. They may have no members." },
  "reset-offsets": { help: "Set the offsets of groups. They may have no members." },
  "delete-offsets": { help: "Forget offsets of a group. Its members may not be subscribed to the topics." },
  group: { value: "name", isList: true, help: "The group. May be given again and again." },
  "all-groups": { help: "All groups." },
  topic: {
    value: "name[:0,1,...]",
    isList: true,
    help: "The topic whose offsets to set or forget, or some of its partitions. May be given again and again.",
  },
  "all-topics": { help: "All topics of which the group has offsets." },
  members: { help: "With --describe: the members." },
  offsets: { help: "With --describe: the offsets. It is the default." },
  state: {
    value: "states",
    isValueOptional: true,
    help: "With --describe: the state. With --list: show it, or only groups in these states.",
  },
  type: { value: "types", isValueOptional: true, help: "With --list: show the type, or only groups of these types." },
  verbose: { help: "With --describe: more columns." },
  "dry-run": { help: "With --reset-offsets: only show what would be set." },
  execute: { help: "With --reset-offsets: set the offsets." },
  export: { help: "With --reset-offsets: show them as CSV, which --from-file reads." },
  "to-earliest": { help: "To the first record." },
  "to-latest": { help: "Behind the last record." },
  "to-current": { help: "To where the group is." },
  "to-offset": { value: "offset", help: "To this offset." },
  "shift-by": { value: "n", help: "By so many records, back if it is negative." },
  "to-datetime": { value: "YYYY-MM-DDThh:mm:ss.sss", help: "To the first record at or after this time." },
  "by-duration": { value: "PnDTnHnMnS", help: "To the first record that is no older than this." },
  "from-file": { value: "file.csv", help: "To what the file says: topic,partition,offset, or a group before them." },
} as const satisfies Record<string, ToolOption>;

/** The options of the tool. */
export type GroupOption = keyof typeof OPTIONS;
type Given = GivenOptions<GroupOption>;

const ACTIONS = ["list", "describe", "delete", "reset-offsets", "delete-offsets"] as const;
type Action = (typeof ACTIONS)[number];

const STATES = ["Stable", "Empty", "CompletingRebalance", "Dead", "PreparingRebalance", "Assigning", "Reconciling"];
const TYPES = ["Consumer", "Classic", "Share"];

/** The tool. */
export const kafkaConsumerGroups: Tool<GroupOption> = {
  name: "kafka-consumer-groups",
  about: "This tool helps to list all consumer groups, describe a consumer group, delete consumer group info, or reset"
    + " consumer group offsets.",
  options: OPTIONS,

  async run(given, context) {
    const action = checkOptions(given);
    const timeoutMs = given.get("timeout");
    const more: Record<string, string> = timeoutMs === null ? {} : { "default.api.timeout.ms": timeoutMs };
    const admin = createAdmin(context, given.get("bootstrap-server")!, given.get("command-config"), more);
    try {
      return (await RUN[action](given, admin, context)) ? 0 : 1;
    } catch (error) {
      if (error instanceof UsageError || !(error instanceof Error)) throw error;
      context.out(`\nError: Executing consumer group command failed due to ${error.message}\n`);
      return 1;
    } finally {
      admin.close();
    }
  },
};

/** Each tells whether all went well. */
const RUN: Readonly<Record<Action, (given: Given, admin: Admin, context: ToolContext) => Promise<boolean>>> = {
  async list(given, admin, { out }) {
    const states = chosen(given.get("state"), STATES, "state");
    const types = chosen(given.get("type"), TYPES, "types");
    const all = (await admin.listGroups()).map(({ groupId, state, type }) => {
      return { groupId, state, type: type.charAt(0).toUpperCase() + type.slice(1) };
    });
    const groups = all.filter(({ state, type }) => {
      return (states.length === 0 || states.includes(state)) && (types.length === 0 || types.includes(type));
    });
    if (!given.has("state") && !given.has("type")) {
      out(`${groups.map(({ groupId }) => groupId).join("\n")}\n`);
      return true;
    }
    const columns = [
      { heading: "GROUP", width: 25, cell: (group: (typeof groups)[number]) => group.groupId },
      ...(given.has("type") ? [{ heading: "TYPE", width: 20, cell: (group: { type: string }) => group.type }] : []),
      ...(given.has("state") ? [{ heading: "STATE", width: 20, cell: (group: { state: string }) => group.state }] : []),
    ];
    out(table(columns, groups));
    return true;
  },

  async describe(given, admin, context) {
    const what = given.has("members") ? "members" : given.has("state") ? "state" : "offsets";
    return describeGroups(admin, await groupsOf(given, admin), what, given.has("verbose"), context);
  },

  async delete(given, admin, context) {
    return deleteGroups(admin, await groupsOf(given, admin), context);
  },

  async "reset-offsets"(given, admin, context) {
    return resetOffsets(given, admin, await groupsOf(given, admin), context);
  },

  async "delete-offsets"(given, admin, context) {
    return deleteOffsets(admin, given.get("group")!, given.all("topic"), context);
  },
};

/** @throws UsageError for what makes no sense */
function checkOptions(given: Given): Action {
  const actions = ACTIONS.filter((action) => given.has(action));
  const [action] = actions;
  if (action === "list") given.forbid("group", "list");
  if (action === undefined || actions.length !== 1) {
    throw new UsageError("Command must include exactly one action: --list, --describe, --delete, --reset-offsets, "
      + "--delete-offsets, --validate-regex");
  }
  given.require("bootstrap-server");
  given.forbid("group", "all-groups");
  if (action === "describe" || action === "delete" || action === "reset-offsets") {
    if (!given.has("group") && !given.has("all-groups")) {
      throw new UsageError(`Option [${action}] takes one of these options: [all-groups], [group]`);
    }
  }
  if (action === "describe") {
    if ((["members", "offsets", "state"] as const).filter((name) => given.has(name)).length > 1) {
      throw new UsageError("Option [describe] takes at most one of these options: [members], [offsets], [state]");
    }
    given.forbid("topic", "describe");
  }
  if (action === "delete" && given.has("topic")) {
    throw new UsageError("The consumer does not support topic-specific offset deletion from a consumer group.");
  }
  if (action === "delete-offsets" && (!given.has("group") || !given.has("topic"))) {
    throw new UsageError("Option [delete-offsets] takes the following options: [topic], [group]");
  }
  if (action === "reset-offsets") checkReset(given);
  return action;
}

function checkReset(given: Given): void {
  if (given.has("dry-run") && given.has("execute")) {
    throw new UsageError("Option [reset-offsets] only accepts one of [execute] and [dry-run]");
  }
  const scenarios = SCENARIOS.filter((name) => given.has(name));
  if (scenarios.length === 0) {
    throw new UsageError("Option '[reset-offsets]' requires one of the following scenarios: "
      + `[${SCENARIOS.map((name) => `[${name}]`).join(", ")}]`);
  }
  given.forbid(scenarios[0]!, ...scenarios.slice(1));
  if (!given.has("topic") && !given.has("all-topics") && !given.has("from-file")) {
    throw new UsageError("One of the reset scopes should be defined: --all-topics, --topic.");
  }
}

async function groupsOf(given: Given, admin: Admin): Promise<readonly string[]> {
  if (!given.has("all-groups")) return given.all("group");
  return (await admin.listGroups()).map(({ groupId }) => groupId);
}

/** The names of a list, however they are written; none when it is empty. @throws UsageError for one that there isn't */
function chosen(text: string | null, names: readonly string[], what: string): string[] {
  if (text === null || text === "") return [];
  return text.split(",").map((part) => {
    const found = names.find((name) => name.toLowerCase() === part.trim().toLowerCase());
    if (found !== undefined) return found;
    const valid = `Valid ${what === "state" ? "states" : "types"} are: ${names.join(", ")}`;
    throw new UsageError(`Invalid ${what} list '${text}'. ${valid}`);
  });
}
