/**
 * `kafka-consumer-groups --reset-offsets`: where groups shall go on.
 *
 * @module
 */
import { nameOf, type TopicPartition } from "#ground/topic-partition";
import { type Admin } from "../admin/admin.ts";
import { type OffsetOfPartition, SPECIAL_TIMES } from "../admin/admin-types.ts";
import { existing } from "./describe-groups.ts";
import { type GroupOption } from "./kafka-consumer-groups.ts";
import { table } from "./table.ts";
import { partitionsOf } from "./topic-arguments.ts";
import { parseDateTime, parseDuration } from "./times.ts";
import { type GivenOptions } from "./tool-options.ts";
import { readText, type ToolContext } from "./tool.ts";

/** The ways to say where to go on. */
export const SCENARIOS = [
  "to-offset", "to-current", "to-datetime", "from-file", "by-duration", "to-earliest", "to-latest", "shift-by",
] as const;
type Scenario = (typeof SCENARIOS)[number];
type Given = GivenOptions<GroupOption>;

interface Row extends TopicPartition {
  readonly groupId: string;
  readonly offset: number;
}

const NOT_EXECUTED = "WARN: No action will be performed as the --execute option is missing. Add --dry-run to only see "
  + "what would be done.\n";

/** @returns whether all went well */
export async function resetOffsets(
  given: Given, admin: Admin, groupIds: readonly string[], context: ToolContext,
): Promise<boolean> {
  const { out, err } = context;
  if (!given.has("execute") && !given.has("dry-run")) err(NOT_EXECUTED);
  const rows: Row[] = [];
  let isWell = true;
  for (const groupId of groupIds) {
    const state = (await existing(admin, groupId))?.state ?? "Dead";
    if (state !== "Empty" && state !== "Dead") {
      out(`\nError: Assignments can only be reset if the group '${groupId}' is inactive, but the current state is `
        + `${state}.\n`);
      isWell = false;
      continue;
    }
    const planned = await planOf(given, admin, groupId, groupIds.length > 1, context);
    if (given.has("execute")) {
      const results = await admin.alterGroupOffsets(groupId, planned.map((one) => ({ ...one, leaderEpoch: -1 })));
      for (const { error } of results) if (error !== null) throw error;
    }
    rows.push(...planned.map((one) => ({ groupId, ...one })));
  }
  out(given.has("export") ? csv(rows, groupIds.length > 1) : `\n${table(COLUMNS, rows)}`);
  return isWell;
}

const COLUMNS = [
  { heading: "GROUP", width: 30, cell: ({ groupId }: Row) => groupId },
  { heading: "TOPIC", width: 30, cell: ({ topic }: Row) => topic },
  { heading: "PARTITION", width: 10, cell: ({ partition }: Row) => partition },
  { heading: "NEW-OFFSET", width: 15, cell: ({ offset }: Row) => offset },
];

type Planned = TopicPartition & { readonly offset: number };

async function planOf(
  given: Given, admin: Admin, groupId: string, isOneOfMany: boolean, context: ToolContext,
): Promise<Planned[]> {
  const scenario = SCENARIOS.find((name) => given.has(name))!;
  if (scenario === "from-file") return fromFile(given.get("from-file")!, groupId, isOneOfMany, context);
  const committed = (await admin.listGroupOffsets(groupId)).filter(({ offset }) => offset >= 0);
  const partitions = given.has("all-topics") ? committed : await partitionsOf(admin, given.all("topic"));
  const at = (timestamp: number): Promise<Map<string, number>> => offsetsAt(admin, partitions, timestamp);
  const [earliest, latest] = await Promise.all([at(SPECIAL_TIMES.earliest), at(SPECIAL_TIMES.latest)]);
  const wanted = await wantedOffsets(scenario, given, { partitions, committed, earliest, latest, at }, context);
  return partitions.map(({ topic, partition }) => {
    const name = nameOf({ topic, partition });
    const offset = Math.min(latest.get(name)!, Math.max(earliest.get(name)!, wanted.get(name)!));
    return { topic, partition, offset };
  });
}

/** What is known of the partitions of a group. Offsets are by `topic-partition`. */
interface Known {
  readonly partitions: readonly TopicPartition[];
  readonly committed: readonly OffsetOfPartition[];
  readonly earliest: ReadonlyMap<string, number>;
  readonly latest: ReadonlyMap<string, number>;
  readonly at: (timestamp: number) => Promise<ReadonlyMap<string, number>>;
}

async function wantedOffsets(
  scenario: Exclude<Scenario, "from-file">, given: Given, known: Known, { runtime, out }: ToolContext,
): Promise<ReadonlyMap<string, number>> {
  const { partitions, committed, earliest, latest, at } = known;
  const each = (offset: (name: string) => number): Map<string, number> => {
    return new Map(partitions.map((one) => [nameOf(one), offset(nameOf(one))]));
  };
  const current = new Map(committed.map((one) => [nameOf(one), one.offset]));
  const since = async (timestamp: number): Promise<Map<string, number>> => {
    const found = await at(timestamp);
    for (const { topic, partition } of partitions) {
      if (found.get(nameOf({ topic, partition }))! >= 0) continue;
      out(`\nWarn: Partition ${partition} from topic ${topic} is empty. Falling back to latest known offset.\n`);
    }
    return each((name) => (found.get(name)! < 0 ? latest.get(name)! : found.get(name)!));
  };
  switch (scenario) {
    case "to-earliest":
      return earliest;
    case "to-latest":
      return latest;
    case "to-current":
      return each((name) => current.get(name) ?? latest.get(name)!);
    case "to-offset": {
      const offset = given.number("to-offset")!;
      return each(() => offset);
    }
    case "shift-by": {
      const by = given.number("shift-by")!;
      for (const one of partitions) {
        if (current.has(nameOf(one))) continue;
        throw new Error(`Cannot shift offset for partition ${nameOf(one)} since there is no current committed offset`);
      }
      return each((name) => current.get(name)! + by);
    }
    case "to-datetime":
      return since(parseDateTime(given.get("to-datetime")!));
    case "by-duration":
      return since(runtime.clock.wallMs() - parseDuration(given.get("by-duration")!));
  }
}

async function offsetsAt(
  admin: Admin, partitions: readonly TopicPartition[], timestamp: number,
): Promise<Map<string, number>> {
  const wanted = partitions.map(({ topic, partition }) => ({ topic, partition, timestamp }));
  return new Map((await admin.listOffsets(wanted)).map((one) => [nameOf(one), one.offset]));
}

/** Lines of `topic,partition,offset`, or with a group before them. */
function fromFile(path: string, groupId: string, isOneOfMany: boolean, { readFile }: ToolContext): Planned[] {
  const lines = readText(readFile, path).split(/\r?\n/).filter((line) => line.trim() !== "");
  return lines.flatMap((line, i) => {
    const fields = line.split(",").map((field) => field.trim().replace(/^"(.*)"$/, "$1"));
    const group = fields.length === 4 ? fields.shift()! : groupId;
    const [topic = "", partition = "", offset = ""] = fields;
    const isWell = fields.length === 3 && topic !== "" && /^\d+$/.test(partition) && /^\d+$/.test(offset);
    if (!isWell) throw new Error(`${path} line ${i + 1}: expected topic,partition,offset, got ${line}`);
    if (group !== groupId && !isOneOfMany) throw new Error(`${path} line ${i + 1}: nobody asked for group ${group}`);
    return group === groupId ? [{ topic, partition: Number(partition), offset: Number(offset) }] : [];
  });
}

function csv(rows: readonly Row[], withGroup: boolean): string {
  const lines = rows.map(({ groupId, topic, partition, offset }) => {
    return `${withGroup ? `${groupId},` : ""}${topic},${partition},${offset}\n`;
  });
  return `${lines.join("")}\n`;
}
