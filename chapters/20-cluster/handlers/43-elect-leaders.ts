/**
 * ElectLeaders: give the lead to the preferred replicas.
 *
 * Behaviour / Version notes
 * - A null list means all partitions: then only those are answered for that got another leader, or should have.
 * - v1 brings the type of the election. Only preferred elections (0) are served. (*Simplified*: unclean ones, 1, are
 *   INVALID_REQUEST; `unclean.leader.election.enable` of a topic does them.)
 *
 * @module
 */
import { ERRORS } from "#ground/errors";
import { ElectLeaders } from "#ground/protocol/messages/43-elect-leaders";
import { toKafkaError } from "#ground/to-kafka-error";
import { type ApiHandler, handler } from "../handler.ts";

const PREFERRED = 0;

export const electLeaders: ApiHandler = handler({
  api: ElectLeaders,
  versions: [0, 2],
  toController: true,
  async handle({ electionType, topicPartitions }, { broker }) {
    if (electionType !== PREFERRED) return { errorCode: ERRORS.INVALID_REQUEST[0] };
    const wanted = topicPartitions?.flatMap(({ topic, partitions }) => {
      return partitions.map((partition) => ({ topic, partition }));
    });
    try {
      const results = await broker.controller.electPreferredLeaders(wanted ?? null);
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
