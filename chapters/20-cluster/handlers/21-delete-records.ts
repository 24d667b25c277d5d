/**
 * DeleteRecords: make partitions start at a later offset.
 *
 * Behaviour / Version notes
 * - Offset -1 means everything that is committed.
 * - The answer waits until all live replicas start there, or the time is up (REQUEST_TIMED_OUT). It tells where the
 *   log starts that starts first; -1 with most errors.
 * - Internal topics are INVALID_TOPIC_EXCEPTION: their records are deleted by those who wrote them.
 * - All versions mean the same.
 *
 * @module
 */
import { DeleteRecords } from "#ground/protocol/messages/21-delete-records";
import { type ApiHandler, handler } from "../handler.ts";

export const deleteRecords: ApiHandler = handler({
  api: DeleteRecords,
  versions: [0, 2],
  async handle({ topics, timeoutMs }, { broker }) {
    const wanted = topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, offset }) => ({ topic: name, index: partitionIndex, offset: Number(offset) })),
    );
    const results = await broker.replicas.deleteRecords({ timeoutMs, partitions: wanted });
    let at = 0;
    return {
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex }) => {
          const { error, lowWatermark } = results[at++]!;
          return { partitionIndex, lowWatermark, errorCode: error?.errorCode ?? 0 };
        }),
      })),
    };
  },
});
