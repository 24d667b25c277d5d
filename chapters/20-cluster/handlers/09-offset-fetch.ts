/**
 * OffsetFetch: how far a group has come.
 *
 * Behaviour / Version notes
 * - An offset that was never committed is -1, without an error, also in a group that doesn't exist.
 * - v2 takes null for all topics, and has an error for the whole answer; before, each partition has it.
 * - v7 lets a client wait for open transactions: UNSTABLE_OFFSET_COMMIT. v8 takes many groups.
 *
 * @module
 */
import { ERRORS } from "#ground/errors";
import { groupBy } from "#ground/group-by";
import { type Input } from "#ground/protocol/message";
import {
  OffsetFetch,
  type OffsetFetchRequest,
  type OffsetFetchResponse,
} from "#ground/protocol/messages/09-offset-fetch";
import { toKafkaError } from "#ground/to-kafka-error";
import { type FetchedOffset } from "#groups";
import { type ApiHandler, handler, type RequestContext } from "../handler.ts";

const FIRST_VERSION_WITH_GROUPS = 8;
const FIRST_VERSION_WITH_ERROR = 2;

export const offsetFetch: ApiHandler = handler({
  api: OffsetFetch,
  versions: [0, 9],
  async handle({ groupId, topics, groups, requireStable }, context) {
    if (context.version >= FIRST_VERSION_WITH_GROUPS) {
      return { groups: await Promise.all(groups.map((group) => fetchGroup(group, requireStable, context))) };
    }
    return fetchGroup({ groupId, topics }, requireStable, context);
  },
});

type AskedGroup = Pick<OffsetFetchRequest["groups"][number], "groupId" | "topics">;
type GroupAnswer = Input<OffsetFetchResponse["groups"][number]>;
type PartitionAnswer = Input<OffsetFetchResponse["groups"][number]["topics"][number]["partitions"][number]>;

async function fetchGroup(
  { groupId, topics }: AskedGroup,
  requireStable: boolean,
  { broker, version }: RequestContext,
): Promise<GroupAnswer> {
  const wanted = topics?.flatMap(({ name, partitionIndexes }) => {
    return partitionIndexes.map((partition) => ({ topic: name, partition }));
  });
  try {
    const found = await broker.groups.fetchOffsets(groupId, wanted ?? null);
    return { groupId, topics: byTopic(found, (offset) => toAnswer(offset, requireStable)), errorCode: 0 };
  } catch (error) {
    const { errorCode } = toKafkaError(error, "OffsetFetch", broker.log);
    if (version >= FIRST_VERSION_WITH_ERROR) return { groupId, topics: [], errorCode };
    return { groupId, topics: byTopic(wanted ?? [], ({ partition }) => failed(partition, errorCode)), errorCode };
  }
}

function toAnswer({ partition, value, isUnstable }: FetchedOffset, requireStable: boolean): PartitionAnswer {
  if (requireStable && isUnstable) return failed(partition, ERRORS.UNSTABLE_OFFSET_COMMIT[0]);
  if (value === null) return failed(partition, 0);
  const { offset: committedOffset, leaderEpoch: committedLeaderEpoch, metadata } = value;
  return { partitionIndex: partition, committedOffset, committedLeaderEpoch, metadata, errorCode: 0 };
}

function failed(partitionIndex: number, errorCode: number): PartitionAnswer {
  return { partitionIndex, committedOffset: -1, committedLeaderEpoch: -1, metadata: "", errorCode };
}

function byTopic<T extends { readonly topic: string }>(
  found: readonly T[],
  toPartition: (one: T) => PartitionAnswer,
): GroupAnswer["topics"] {
  return Array.from(groupBy(found, ({ topic }) => topic), ([name, ofTopic]) => {
    return { name, partitions: ofTopic.map(toPartition) };
  });
}
