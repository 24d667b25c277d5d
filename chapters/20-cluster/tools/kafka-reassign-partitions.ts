/**
 * `kafka-reassign-partitions`: moves partitions to other brokers.
 * Source: `org.apache.kafka.tools.reassign.ReassignPartitionsCommand` of Kafka 4.0.
 *
 * @module
 */
import { KafkaError } from "#ground/errors";
import { nameOf } from "#ground/topic-partition";
import { compareText } from "#groups/given/assignor";
import { type Admin } from "../admin/admin.ts";
import { type PartitionReassignment } from "../admin/admin-types.ts";
import { duplicates } from "../duplicates.ts";
import { brokerId } from "./broker-id.ts";
import { textOf, currentReplicas, type Placed, placementsIn, topicsIn } from "./placements.ts";
import { proposedPlacements } from "./proposed-placements.ts";
import { clearThrottles, setThrottles } from "./throttles.ts";
import { type GivenOptions, type ToolOption, UsageError } from "./tool-options.ts";
import { createAdmin, type Tool, type ToolContext } from "./tool.ts";

const OPTIONS = {
  "bootstrap-server": { value: "host:port,...", help: "Brokers to ask." },
  "bootstrap-controller": { value: "host:port", help: "As --bootstrap-server: here brokers are controllers." },
  "command-config": { value: "file", help: "Properties for the admin client." },
  generate: { help: "Propose where the partitions of some topics could be. Nothing is moved." },
  execute: { help: "Begin to move partitions as the file says." },
  verify: { help: "Show how far that is, and take throttles away when it is done." },
  cancel: { help: "Call off what is under way of the file." },
  list: { help: "Show all partitions that are on the move." },
  "topics-to-move-json-file": { value: "file", help: "{\"topics\": [{\"topic\": \"t\"}], \"version\": 1}" },
  "broker-list": { value: "1,2,...", help: "With --generate: the brokers to move them to." },
  "disable-rack-aware": { help: "With --generate: don't look at racks." },
  "reassignment-json-file": {
    value: "file",
    help: "{\"partitions\": [{\"topic\": \"t\", \"partition\": 0, \"replicas\": [1,2]}], \"version\": 1}",
  },
  additional: { help: "With --execute: also while others are on the move." },
  throttle: { value: "bytes/s", help: "With --execute: how fast at most. Brokers of katafka don't throttle." },
  "replica-alter-log-dirs-throttle": { value: "bytes/s", help: "The same, between the dirs of a broker." },
  "preserve-throttles": { help: "With --verify and --cancel: leave throttles as they are." },
  timeout: { value: "ms", help: "Taken for Kafka's sake; changes nothing." },
} as const satisfies Record<string, ToolOption>;

type Name = keyof typeof OPTIONS;
type Given = GivenOptions<Name>;
type Action = "generate" | "execute" | "verify" | "cancel" | "list";

/** What each action needs, and what else it can be given. */
const ACTIONS: Readonly<Record<Action, { readonly needs: readonly Name[]; readonly takes: readonly Name[] }>> = {
  generate: { needs: ["topics-to-move-json-file", "broker-list"], takes: ["disable-rack-aware"] },
  execute: {
    needs: ["reassignment-json-file"],
    takes: ["additional", "throttle", "replica-alter-log-dirs-throttle", "timeout"],
  },
  verify: { needs: ["reassignment-json-file"], takes: ["preserve-throttles"] },
  cancel: { needs: ["reassignment-json-file"], takes: ["preserve-throttles", "timeout"] },
  list: { needs: [], takes: [] },
};
const ALWAYS: readonly Name[] = ["bootstrap-server", "bootstrap-controller", "command-config"];

const UNDER_WAY = "Cannot execute because there is an existing partition assignment.  Use --additional to override "
  + "this and create a new partition assignment in addition to the existing one. The --additional flag can also be "
  + "used to change the throttle by resubmitting the current reassignment.";

/** The tool. */
export const kafkaReassignPartitions: Tool<Name> = {
  name: "kafka-reassign-partitions",
  about: "Moves partitions between brokers.",
  options: OPTIONS,

  async run(given, context) {
    const action = checkOptions(given);
    const address = given.get("bootstrap-server") ?? given.get("bootstrap-controller")!;
    const admin = createAdmin(context, address, given.get("command-config"));
    try {
      return await RUN[action](given, admin, context);
    } catch (error) {
      if (!(error instanceof Error) || error instanceof TypeError) throw error;
      context.out(`Error: ${error.message}\n`);
      return 1;
    } finally {
      admin.close();
    }
  },
};

/** @throws UsageError for what makes no sense */
function checkOptions(given: Given): Action {
  const all = Object.keys(ACTIONS) as Action[];
  const [action, ...others] = all.filter((one) => given.has(one));
  if (action === undefined || others.length > 0) {
    const names = all.map((one) => `--${one}`).join(", ");
    throw new UsageError(`Command must include exactly one action: ${names}`);
  }
  if (!given.has("bootstrap-server") && !given.has("bootstrap-controller")) {
    throw new UsageError("Please specify either --bootstrap-server or --bootstrap-controller");
  }
  const { needs, takes } = ACTIONS[action];
  given.require(...needs);
  for (const name of Object.keys(OPTIONS) as Name[]) {
    if (!given.has(name) || [action, ...needs, ...takes, ...ALWAYS].includes(name)) continue;
    throw new UsageError(`Option "[${name}]" can't be used with action "[${action}]"`);
  }
  return action;
}

const RUN: Readonly<Record<Action, (given: Given, admin: Admin, context: ToolContext) => Promise<number>>> = {
  async generate(given, admin, context) {
    const topics = topicsIn(context, given.get("topics-to-move-json-file")!);
    const brokers = brokerIds(given.get("broker-list")!);
    const current = await currentReplicas(admin, topics);
    const live = (await admin.describeCluster()).filter(({ nodeId }) => brokers.includes(nodeId));
    const proposed = proposedPlacements(current, live, given.has("disable-rack-aware"));
    context.out(`Current partition replica assignment\n${textOf(current)}\n\n`);
    context.out(`Proposed partition reassignment configuration\n${textOf(proposed)}\n`);
    return 0;
  },

  async execute(given, admin, context) {
    const throttle = given.number("throttle");
    const wanted = placementsIn(context, given.get("reassignment-json-file")!);
    const moving = await admin.listPartitionReassignments();
    if (!given.has("additional") && moving.length > 0) {
      context.out(`${UNDER_WAY}\n`);
      return 1;
    }
    const brokers = (await admin.describeCluster()).map(({ nodeId }) => nodeId);
    const unknown = wanted.flatMap(({ replicas }) => replicas).find((id) => !brokers.includes(id));
    if (unknown !== undefined) throw new Error(`Unknown broker id ${unknown}`);
    const current = await currentOf(wanted, admin);
    context.out(`Current partition replica assignment\n\n${textOf(current)}\n\n`
      + "Save this to use as the --reassignment-json-file option during rollback\n");
    if (throttle !== null) {
      context.out("Warning: You must run --verify periodically, until the reassignment completes, to ensure the "
        + "throttle is removed.\n");
      // What is on its way to a broker already has to be throttled there, too.
      const adding = new Map(moving.map((one) => [nameOf(one), one.addingReplicas]));
      const before = current.map((one) => {
        return { ...one, replicas: one.replicas.filter((id) => adding.get(nameOf(one))?.includes(id) !== true) };
      });
      await setThrottles(admin, before, wanted, throttle);
      context.out(`The inter-broker throttle limit was set to ${throttle} B/s\n`);
    }
    await alter(admin, wanted, "reassigning");
    context.out(`Successfully started partition reassignment${plural(wanted)} for ${names(wanted)}\n`);
    return 0;
  },

  async verify(given, admin, context) {
    const wanted = placementsIn(context, given.get("reassignment-json-file")!);
    const moving = new Set((await admin.listPartitionReassignments()).map(nameOf));
    const current = await admin.describeTopics(topicsOf(wanted));
    context.out("Status of partition reassignment:\n");
    for (const one of wanted) {
      const topic = current.get(one.topic);
      const found = topic === undefined || topic instanceof Error ? undefined : topic.partitions[one.partition];
      context.out(`${statusOf(one, moving.has(nameOf(one)), found?.replicas ?? [])}\n`);
    }
    context.out("\n");
    if (moving.size === 0 && !given.has("preserve-throttles")) await clear(admin, wanted, context);
    return 0;
  },

  async cancel(given, admin, context) {
    const wanted = placementsIn(context, given.get("reassignment-json-file")!);
    const moving = new Set((await admin.listPartitionReassignments()).map(nameOf));
    const active = wanted.filter((one) => moving.has(nameOf(one)));
    await alter(admin, active.map((one) => ({ ...one, replicas: null })), "cancelling the reassignment of");
    context.out(active.length === 0
      ? "None of the specified partition reassignments are active.\n"
      : `Successfully cancelled partition reassignment${plural(active)} for: ${names(active)}\n`);
    context.out("None of the specified partition moves are active.");
    if (!given.has("preserve-throttles")) await clear(admin, wanted, context);
    return 0;
  },

  async list(_given, admin, { out }) {
    const moving = (await admin.listPartitionReassignments()).toSorted((a, b) => compareText(nameOf(a), nameOf(b)));
    out(moving.length === 0
      ? "No partition reassignments found.\n"
      : `Current partition reassignments:\n${moving.map(lineOf).join("")}`);
    return 0;
  },
};

function lineOf(one: PartitionReassignment): string {
  const adding = one.addingReplicas.length === 0 ? "" : ` adding: ${one.addingReplicas.join(",")}.`;
  const removing = one.removingReplicas.length === 0 ? "" : ` removing: ${one.removingReplicas.join(",")}.`;
  return `${nameOf(one)}: replicas: ${one.replicas.join(",")}.${adding}${removing}\n`;
}

function statusOf(wanted: Placed, isMoving: boolean, replicas: readonly number[]): string {
  const name = nameOf(wanted);
  if (isMoving) return `Reassignment of partition ${name} is still in progress.`;
  const [is, shall] = [replicas.join(","), wanted.replicas.join(",")];
  if (is === shall) return `Reassignment of partition ${name} is completed.`;
  return `There is no active reassignment of partition ${name}, but replica set is ${is} rather than ${shall}.`;
}

async function alter(
  admin: Admin, wanted: Parameters<Admin["alterPartitionReassignments"]>[0], doing: string,
): Promise<void> {
  const results = wanted.length === 0 ? [] : await admin.alterPartitionReassignments(wanted);
  const failed = results.filter(({ error }) => error !== null);
  if (failed.length === 0) return;
  const lines = failed.map((one) => `${nameOf(one)}: ${one.error!.message}`).join("\n");
  throw new Error(`Error ${doing} partition(s):\n${lines}`);
}

async function clear(admin: Admin, wanted: readonly Placed[], { out }: ToolContext): Promise<void> {
  const brokers = (await admin.describeCluster()).map(({ nodeId }) => nodeId).toSorted((a, b) => a - b);
  const topics = topicsOf(wanted);
  out(`Clearing broker-level throttles on broker${brokers.length === 1 ? "" : "s"} ${brokers.join(",")}\n`);
  out(`Clearing topic-level throttles on topic${topics.length === 1 ? "" : "s"} ${topics.join(",")}\n`);
  await clearThrottles(admin, brokers, topics);
}

async function currentOf(wanted: readonly Placed[], admin: Admin): Promise<Placed[]> {
  const current = new Map((await currentReplicas(admin, topicsOf(wanted))).map((one) => [nameOf(one), one]));
  return wanted.map((one) => {
    const found = current.get(nameOf(one));
    if (found !== undefined) return found;
    throw new KafkaError("UNKNOWN_TOPIC_OR_PARTITION", `Unable to find partition: ${nameOf(one)}`);
  });
}

function brokerIds(text: string): number[] {
  const ids = text.split(",").map(brokerId);
  const twice = [...duplicates(ids)];
  if (twice.length > 0) throw new Error(`Broker list contains duplicate entries: [${twice.join(", ")}]`);
  return ids;
}

function topicsOf(partitions: readonly Placed[]): string[] {
  return [...new Set(partitions.map(({ topic }) => topic))];
}

function names(partitions: readonly Placed[]): string {
  return partitions.map(nameOf).join(",");
}

function plural(partitions: readonly Placed[]): string {
  return partitions.length === 1 ? "" : "s";
}
