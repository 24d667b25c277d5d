/**
 * OffsetForLeaderEpoch: where an epoch ended. A reader whose log of that epoch is longer has records that were never
 * committed.
 *
 * Behaviour / Version notes
 * - An epoch that is newer than all we know: -1, -1. One that is older than all comes back as it is, with the offset
 *   at which the first one that we know begins.
 * - v2 brings the epoch that the reader believes to be the current one, and a fence; v3 the replica id, which we
 *   don't need.
 *
 * @module
 */
import { OffsetForLeaderEpoch } from "#ground/protocol/messages/23-offset-for-leader-epoch";
import { toKafkaError } from "#ground/to-kafka-error";
import { type ApiHandler, handler } from "../handler.ts";

export const offsetForLeaderEpoch: ApiHandler = handler({
  api: OffsetForLeaderEpoch,
  versions: [0, 4],
  handle({ topics }, { broker }) {
    return {
      topics: topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map(({ partition, currentLeaderEpoch, leaderEpoch }) => {
          try {
            const found = broker.replicas.partition(topic, partition);
            const { epoch, endOffset } = found.lastOffsetForLeaderEpoch(currentLeaderEpoch, leaderEpoch);
            return { partition, leaderEpoch: epoch, endOffset };
          } catch (error) {
            const { errorCode } = toKafkaError(error, `OffsetForLeaderEpoch of ${topic}-${partition}`, broker.log);
            return { partition, errorCode };
          }
        }),
      })),
    };
  },
});
