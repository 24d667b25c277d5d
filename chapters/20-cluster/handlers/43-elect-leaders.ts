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
import { ElectLeaders } from "#ground/protocol/messages/43-elect-leaders";
import { toKafkaError } from "#ground/to-kafka-error";
import { type ApiHandler, handler } from "../handler.ts";

const TYPES = ["preferred", "unclean"] as const;

export const electLeaders: ApiHandler = handler({
  api: ElectLeaders,
  versions: [0, 2],
  toController: true,
  async handle({ electionType, topicPartitions }, { broker }) {
    const type = TYPES[electionType];
    if (type === undefined) return { errorCode: ERRORS.INVALID_REQUEST[0] };
    const wanted = topicPartitions?.flatMap(({ topic, partitions }) => {
      return partitions.map((partition) => ({ topic, partition }));
    });
    try {
      const results = await broker.controller.electLeaders(type, wanted ?? null);
      const told = results.filter(({ error }) => wanted !== undefined || error?.code !== "ELECTION_NOT_NEEDED");
      const topics = [...new Set(told.map(({ topic }) => topic))];
      return {
        replicaElectionResults: topics.map((topic) => ({
          topic,
          partitionResult: told.filter((one) => one.topic === topic).map(({ partition, error }) => ({
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
