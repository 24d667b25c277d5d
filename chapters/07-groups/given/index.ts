/**
 * Chapter 7: groups.
 *
 * @module
 */
export { GROUP_METADATA_TOPIC_NAME, partitionForGroup } from "./partition-for-group.ts";
