/**
 * ListGroups: the groups that this broker coordinates.
 *
 * Behaviour / Version notes
 * - v4 lets a client ask for states (KIP-518), v5 for types (KIP-848): all groups here are classic. Neither looks at
 *   upper and lower case.
 *
 * @module
 */
import { ListGroups } from "#ground/protocol/messages/16-list-groups";
import { toKafkaError } from "#ground/to-kafka-error";
import { type ApiHandler, handler } from "../handler.ts";

const CLASSIC = "classic";

export const listGroups: ApiHandler = handler({
  api: ListGroups,
  versions: [0, 5],
  async handle({ statesFilter, typesFilter }, { broker }) {
    const states = new Set(statesFilter.map((state) => state.toLowerCase()));
    const hasClassic = typesFilter.length === 0 || typesFilter.some((type) => type.toLowerCase() === CLASSIC);
    try {
      const groups = hasClassic ? await broker.groups.list() : [];
      const wanted = groups.filter(({ state }) => states.size === 0 || states.has(state.toLowerCase()));
      return { groups: wanted.map(({ state, ...group }) => ({ ...group, groupState: state, groupType: CLASSIC })) };
    } catch (error) {
      return { errorCode: toKafkaError(error, "ListGroups", broker.log).errorCode, groups: [] };
    }
  },
});
