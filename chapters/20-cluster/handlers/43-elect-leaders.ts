/**
 * ElectLeaders: give the lead to the preferred replicas, or a leader to partitions that have none.
 *
 * Behaviour / Version notes
 * - A null list means all partitions: then only those are answered for that got another leader, or should have.
 * - v1 brings the type of the election: preferred (0), as in v0, or unclean (1, KIP-460), which loses what the new
 *   leader lacks. Any other type is INVALID_REQUEST.
 *
 * @module
 */
import { ERRORS } from "#ground/errors";
import { groupBy } from "#ground/group-by";
import { ElectLeaders } from "#ground/protocol/messages/43-elect-leaders";
import { toKafkaError } from "#ground/to-kafka-error";
import { nameOf } from "#ground/topic-partition";
import { type ApiHandler, handler } from "../handler.ts";

const TYPES = ["preferred", "unclean"] as const;

export const electLeaders: ApiHandler = handler({
  api: ElectLeaders,
  versions: [0, 2],
  withoutController: ({ topicPartitions }, { errorCode, message }) => ({
    errorCode,
    replicaElectionResults: topicPartitions?.map(({ topic, partitions }) => ({
      topic,
      partitionResult: partitions.map((partitionId) => ({ partitionId, errorCode, errorMessage: message })),
    })) ?? [],
  }),
  async handle({ electionType, topicPartitions }, { broker }) {
    const type = TYPES[electionType];
    if (type === undefined) return { errorCode: ERRORS.INVALID_REQUEST[0] };
    const named = topicPartitions?.flatMap(({ topic, partitions }) => {
      return partitions.map((partition) => ({ topic, partition }));
    });
    // What is named twice is elected once.
    const wanted = named && [...new Map(named.map((one) => [nameOf(one), one])).values()];
    try {
      const results = await broker.controller.electLeaders(type, wanted ?? null);
      const told = results.filter(({ error }) => wanted !== undefined || error?.code !== "ELECTION_NOT_NEEDED");
      return {
        replicaElectionResults: Array.from(groupBy(told, ({ topic }) => topic), ([topic, ofTopic]) => ({
          topic,
          partitionResult: ofTopic.map(({ partition, error }) => ({
            partitionId: partition,
            errorCode: error?.errorCode ?? 0,
            errorMessage: error?.message ?? null,
          })),
        })),
      };
    } catch (error) {
      return { errorCode: toKafkaError(error, "ElectLeaders", broker.log).errorCode };
    }
  },
});
