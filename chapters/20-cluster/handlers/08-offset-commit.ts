/**
 * OffsetCommit: write down how far a group has come.
 *
 * Behaviour / Version notes
 * - A topic that doesn't exist: UNKNOWN_TOPIC_OR_PARTITION; whether it has the partition isn't looked at, as in Kafka.
 * - Somebody in no group may commit for a group without members, also for the group with the empty name.
 * - v0 has no generation, and no member: as somebody in no group. v1 brings a time that nobody looks at, v2 to v4 how
 *   long the offsets are to be kept, v7 the instance id.
 *
 * @module
 */
import { errorCodeOf } from "#ground/errors";
import { OffsetCommit, type OffsetCommitRequest } from "#ground/protocol/messages/08-offset-commit";
import { toKafkaError } from "#ground/to-kafka-error";
import { type OffsetToCommit } from "#groups";
import { answerByTopic } from "../answer-by-topic.ts";
import { type ApiHandler, type BrokerParts, handler } from "../handler.ts";

export const offsetCommit: ApiHandler = handler({
  api: OffsetCommit,
  versions: [0, 9],
  async handle(request, { broker }) {
    const { topics } = broker.replicas.image;
    const offsets = request.topics.filter(({ name }) => topics.has(name)).flatMap(offsetsOf);
    const errorCodes = offsets.length === 0 ? [] : await commit(request, offsets, broker);
    return { topics: answerByTopic(request.topics, topics, errorCodes) };
  },
});

type Topic = OffsetCommitRequest["topics"][number];

function offsetsOf({ name, partitions }: Topic): OffsetToCommit[] {
  return partitions.map(({ partitionIndex, committedOffset, committedLeaderEpoch, committedMetadata }) => ({
    topic: name,
    partition: partitionIndex,
    offset: committedOffset,
    leaderEpoch: committedLeaderEpoch,
    metadata: committedMetadata ?? "",
  }));
}

/** @returns an error code for each offset */
async function commit(
  request: OffsetCommitRequest,
  offsets: readonly OffsetToCommit[],
  broker: BrokerParts,
): Promise<number[]> {
  const { groupId, memberId, groupInstanceId, generationIdOrMemberEpoch: generationId, retentionTimeMs } = request;
  const retentionMs = Number(retentionTimeMs) < 0 ? null : Number(retentionTimeMs);
  try {
    const committed = { memberId, groupInstanceId, generationId, retentionMs, offsets };
    const results = await broker.groups.commit(groupId, committed);
    return results.map(errorCodeOf);
  } catch (error) {
    const { errorCode } = toKafkaError(error, "OffsetCommit", broker.log);
    return offsets.map(() => errorCode);
  }
}
