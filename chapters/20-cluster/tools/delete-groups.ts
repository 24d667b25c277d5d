/**
 * What `kafka-consumer-groups` forgets: groups, and offsets of a group.
 *
 * @module
 */
import { KafkaError } from "#ground/errors";
import { type Admin } from "../admin/admin.ts";
import { type ResultOfPartition } from "../admin/admin-types.ts";
import { table } from "./table.ts";
import { partitionsOf } from "./topic-arguments.ts";
import { type ToolContext } from "./tool.ts";

/** @returns whether all of them are gone */
export async function deleteGroups(admin: Admin, groupIds: readonly string[], { out }: ToolContext): Promise<boolean> {
  const deleted: string[] = [];
  const failed: string[] = [];
  for (const groupId of groupIds) {
    try {
      await admin.deleteGroup(groupId);
      deleted.push(groupId);
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error;
      failed.push(`* Group '${groupId}' could not be deleted due to: ${error.message}`);
    }
  }
  const names = deleted.map((groupId) => `'${groupId}'`).join(", ");
  if (failed.length === 0) {
    out(`Deletion of requested consumer groups (${names}) was successful.\n`);
    return true;
  }
  out(`\nError: Deletion of some consumer groups failed:\n${failed.join("\n")}\n`);
  if (deleted.length > 0) out(`\nThese consumer groups were deleted successfully: ${names}\n`);
  return false;
}

/** @param topics - as `--topic` has them. @returns whether all went well */
export async function deleteOffsets(
  admin: Admin, groupId: string, topics: readonly string[], { out }: ToolContext,
): Promise<boolean> {
  const partitions = await partitionsOf(admin, topics);
  let results: readonly ResultOfPartition[];
  try {
    results = await admin.deleteGroupOffsets(groupId, partitions);
  } catch (error) {
    if (!(error instanceof KafkaError) || error.code !== "GROUP_ID_NOT_FOUND") throw error;
    out(`\nError: '${groupId}' does not exist.\n`);
    results = partitions.map((partition) => ({ ...partition, error }));
  }
  const isWell = results.every(({ error }) => error === null);
  const isKnown = results.every(({ error }) => error?.code !== "GROUP_ID_NOT_FOUND");
  if (isWell) out(`Request succeed for deleting offsets with topic ${topics.join(", ")} group ${groupId}\n`);
  else if (isKnown) out("\nError: Encounter some partition level error, see the follow-up details:\n");
  const columns = [
    { heading: "TOPIC", width: 30, cell: ({ topic }: ResultOfPartition) => topic },
    { heading: "PARTITION", width: 15, cell: ({ partition }: ResultOfPartition) => partition },
    { heading: "STATUS", width: 15, cell: ({ error }: ResultOfPartition) => statusOf(error) },
  ];
  out(`\n${table(columns, results)}`);
  return isWell;
}

function statusOf(error: KafkaError | null): string {
  return error === null ? "Successful" : `Error: ${error.message}`;
}
