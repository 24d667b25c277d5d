/**
 * DeleteGroups: delete groups that have no members, with all their offsets.
 *
 * @module
 */
import { DeleteGroups } from "#ground/protocol/messages/42-delete-groups";
import { toKafkaError } from "#ground/to-kafka-error";
import { type ApiHandler, handler } from "../handler.ts";

export const deleteGroups: ApiHandler = handler({
  api: DeleteGroups,
  versions: [0, 2],
  async handle({ groupsNames }, { broker }) {
    const remove = async (groupId: string): Promise<number> => {
      try {
        await broker.groups.delete(groupId);
        return 0;
      } catch (error) {
        return toKafkaError(error, "DeleteGroups", broker.log).errorCode;
      }
    };
    const deleted = groupsNames.map(async (groupId) => ({ groupId, errorCode: await remove(groupId) }));
    return { results: await Promise.all(deleted) };
  },
});
