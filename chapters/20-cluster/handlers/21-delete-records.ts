/**
 * DeleteRecords: make partitions start at a later offset.
 *
 * Behaviour / Version notes
 * - Offset -1 means everything that is committed.
 * - The answer tells where the partition starts now, or -1 with an error. (*Simplified*: it doesn't wait for
 *   followers; there are none yet.)
 * - Internal topics are INVALID_TOPIC_EXCEPTION: their records are deleted by those who wrote them.
 * - All versions mean the same.
 *
 * @module
 */
import { refusal } from "#ground/errors";
import { DeleteRecords } from "#ground/protocol/messages/21-delete-records";
import { toKafkaError } from "#ground/to-kafka-error";
import { isInternalTopic } from "#replication";
import { type ApiHandler, handler } from "../handler.ts";

export const deleteRecords: ApiHandler = handler({
  api: DeleteRecords,
  versions: [0, 2],
  handle({ topics }, { broker }) {
    return {
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex, offset }) => {
          try {
            const partition = broker.replicas.partition(name, partitionIndex);
            if (isInternalTopic(name)) throw refusal("INVALID_TOPIC_EXCEPTION");
            return { partitionIndex, lowWatermark: partition.deleteRecordsBefore(Number(offset)) };
          } catch (error) {
            const { errorCode } = toKafkaError(error, `DeleteRecords of ${name}-${partitionIndex}`, broker.log);
            return { partitionIndex, lowWatermark: -1, errorCode };
          }
        }),
      })),
    };
  },
});
