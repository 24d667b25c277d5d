/**
 * DeleteRecords: make partitions start at a later offset.
 *
 * Behaviour / Version notes
 * - Offset -1 means everything that is committed.
 * - The answer tells where the partition starts now, or -1 with an error. (*Simplified*: it doesn't wait for
 *   followers; there are none yet.)
 * - All versions mean the same.
 *
 * @module
 */
import { DeleteRecords } from "#ground/protocol/messages/21-delete-records";
import { type ApiHandler, handler } from "../handler.ts";
import { toKafkaError } from "../to-kafka-error.ts";

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
