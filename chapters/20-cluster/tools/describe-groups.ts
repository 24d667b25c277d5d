/**
 * The tables that `kafka-consumer-groups --describe` prints.
 *
 * @module
 */
import { KafkaError } from "#ground/errors";
import { groupBy } from "#ground/group-by";
import { nameOf, type TopicPartition } from "#ground/topic-partition";
import { compareText } from "#groups/given/assignor";
import { type Admin } from "../admin/admin.ts";
import { type GroupDescription, type GroupMember, SPECIAL_TIMES } from "../admin/admin-types.ts";
import { type Column, table } from "./table.ts";
import { type ToolContext } from "./tool.ts";

/** What to show of a group. */
export type Aspect = "offsets" | "members" | "state";

/** @returns whether all groups are there */
export async function describeGroups(
  admin: Admin, groupIds: readonly string[], aspect: Aspect, isVerbose: boolean, { out, err }: ToolContext,
): Promise<boolean> {
  let isWell = true;
  for (const groupId of groupIds) {
    const group = await existing(admin, groupId);
    if (group === null) {
      out(`\nError: Consumer group '${groupId}' does not exist.\n`);
      isWell = false;
      continue;
    }
    if (group.state === "Empty") err(`\nConsumer group '${groupId}' has no active members.\n`);
    if (group.state.endsWith("Rebalance")) err(`\nWarning: Consumer group '${groupId}' is rebalancing.\n`);
    const text = aspect === "offsets" ? await offsets(admin, group, isVerbose) : TABLES[aspect](group, isVerbose);
    if (text !== "") out(`\n${text}`);
  }
  return isWell;
}

/** A group, or null when there is none. */
export async function existing(admin: Admin, groupId: string): Promise<GroupDescription | null> {
  try {
    const group = await admin.describeGroup(groupId);
    return group.state === "Dead" ? null : group;
  } catch (error) {
    if (error instanceof KafkaError && error.code === "GROUP_ID_NOT_FOUND") return null;
    throw error;
  }
}

interface OffsetRow extends TopicPartition {
  readonly member: GroupMember | null;
  readonly offset: number | null;
  readonly leaderEpoch: number | null;
  readonly end: number;
}

async function offsets(admin: Admin, group: GroupDescription, isVerbose: boolean): Promise<string> {
  const committed = (await admin.listGroupOffsets(group.groupId)).filter(({ offset }) => offset >= 0);
  const owners = new Map(group.members.flatMap((member) => {
    return member.assignment.map((partition) => [nameOf(partition), { member, partition }] as const);
  }));
  const partitions = new Map<string, TopicPartition>([
    ...committed.map((one) => [nameOf(one), one] as const),
    ...[...owners].map(([name, { partition }]) => [name, partition] as const),
  ]);
  if (partitions.size === 0) return "";
  const latest = [...partitions.values()].map((one) => ({ ...one, timestamp: SPECIAL_TIMES.latest }));
  const ends = new Map((await admin.listOffsets(latest)).map((one) => [nameOf(one), one.offset]));
  const rows = [...partitions].map(([name, { topic, partition }]): OffsetRow => {
    const at = committed.find((one) => nameOf(one) === name);
    const leaderEpoch = at === undefined || at.leaderEpoch < 0 ? null : at.leaderEpoch;
    const member = owners.get(name)?.member ?? null;
    return { topic, partition, member, offset: at?.offset ?? null, leaderEpoch, end: ends.get(name)! };
  });
  const columns: Column<OffsetRow>[] = [
    { heading: "GROUP", width: 15, cell: () => group.groupId },
    { heading: "TOPIC", width: 15, cell: ({ topic }) => topic },
    { heading: "PARTITION", width: 10, cell: ({ partition }) => partition },
    ...(isVerbose ? [{ heading: "LEADER-EPOCH", width: 15, cell: (row: OffsetRow) => row.leaderEpoch }] : []),
    { heading: "CURRENT-OFFSET", width: 15, cell: ({ offset }) => offset },
    { heading: "LOG-END-OFFSET", width: 15, cell: ({ end }) => end },
    { heading: "LAG", width: 15, cell: ({ offset, end }) => (offset === null ? null : end - offset) },
    { heading: "CONSUMER-ID", width: 15, cell: ({ member }) => member?.memberId ?? null },
    { heading: "HOST", width: 15, cell: ({ member }) => member?.host ?? null },
    { heading: "CLIENT-ID", width: 0, cell: ({ member }) => member?.clientId ?? null },
  ];
  return table(columns, rows.toSorted((a, b) => compareText(a.topic, b.topic) || a.partition - b.partition));
}

const TABLES: Readonly<Record<"members" | "state", (group: GroupDescription, isVerbose: boolean) => string>> = {
  members({ groupId, members }, isVerbose) {
    const hasStatic = members.some(({ groupInstanceId }) => groupInstanceId !== null);
    const columns: Column<GroupMember>[] = [
      { heading: "GROUP", width: 15, cell: () => groupId },
      { heading: "CONSUMER-ID", width: 15, cell: ({ memberId }) => memberId },
      ...(hasStatic ? [{ heading: "GROUP-INSTANCE-ID", width: 17, cell: instanceOf }] : []),
      { heading: "HOST", width: 15, cell: ({ host }) => host },
      { heading: "CLIENT-ID", width: 15, cell: ({ clientId }) => clientId },
      { heading: "#PARTITIONS", width: isVerbose ? 15 : 16, cell: ({ assignment }) => assignment.length },
      ...(isVerbose ? VERBOSE_MEMBER : []),
    ];
    return table(columns, members.toSorted((a, b) => b.assignment.length - a.assignment.length));
  },

  state({ groupId, coordinator, assignor, state, members }, isVerbose) {
    const columns: Column<null>[] = [
      { heading: "GROUP", width: 15, cell: () => groupId },
      { heading: "COORDINATOR (ID)", width: 25, cell: () => addressOf(coordinator) },
      { heading: "ASSIGNMENT-STRATEGY", width: 20, cell: () => assignor || null },
      { heading: "STATE", width: 20, cell: () => state },
      ...(isVerbose ? VERBOSE_STATE : []),
      { heading: "#MEMBERS", width: 0, cell: () => members.length },
    ];
    return table(columns, [null]);
  },
};

/** Epochs are the new group protocol's (KIP-848). */
const VERBOSE_MEMBER: readonly Column<GroupMember>[] = [
  { heading: "CURRENT-EPOCH", width: 15, cell: () => null },
  { heading: "CURRENT-ASSIGNMENT", width: 20, cell: ({ assignment }) => byTopic(assignment) },
  { heading: "TARGET-EPOCH", width: 15, cell: () => null },
  { heading: "TARGET-ASSIGNMENT", width: 20, cell: () => null },
];
const VERBOSE_STATE: readonly Column<null>[] = [
  { heading: "GROUP-EPOCH", width: 15, cell: () => null },
  { heading: "TARGET-ASSIGNMENT-EPOCH", width: 25, cell: () => null },
];

function instanceOf({ groupInstanceId }: GroupMember): string | null {
  return groupInstanceId;
}

function addressOf({ host, port, nodeId }: GroupDescription["coordinator"]): string {
  return `${host}:${port}  (${nodeId})`;
}

/** `orders:0,1;payments:2`; null when there is nothing. */
function byTopic(assignment: readonly TopicPartition[]): string | null {
  const byName = [...groupBy(assignment, ({ topic }) => topic)].toSorted(([a], [b]) => compareText(a, b));
  const texts = byName.map(([topic, ofTopic]) => {
    const numbers = ofTopic.map(({ partition }) => partition);
    return `${topic}:${numbers.toSorted((a, b) => a - b).join(",")}`;
  });
  return texts.length === 0 ? null : texts.join(";");
}
