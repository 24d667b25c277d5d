/**
 * AlterPartitionReassignments: move partitions to other brokers, or call that off (KIP-455).
 *
 * Behaviour / Version notes
 * - The answer says that it has begun: ListPartitionReassignments tells how long it goes on.
 * - Null replicas call off what is under way: NO_REASSIGNMENT_IN_PROGRESS where there is nothing.
 * - Each partition succeeds or fails on its own. One that occurs twice fails: INVALID_REQUEST.
 *
 * @module
 */
import { refusal } from "#ground/errors";
import { AlterPartitionReassignments } from "#ground/protocol/messages/45-alter-partition-reassignments";
import { toKafkaError } from "#ground/to-kafka-error";
import { nameOf } from "#ground/topic-partition";
import { duplicates } from "../duplicates.ts";
import { type ApiHandler, handler } from "../handler.ts";

export const alterPartitionReassignments: ApiHandler = handler({
  api: AlterPartitionReassignments,
  versions: [0, 0],
  withoutController: ({ topics }, { errorCode, message }) => ({
    errorCode,
    errorMessage: message,
    responses: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode, errorMessage: message })),
    })),
  }),
  async handle({ topics }, { broker }) {
    const all = topics.flatMap(({ name, partitions }) => partitions.map(({ partitionIndex, replicas }) => {
      return { topic: name, partition: partitionIndex, replicas };
    }));
    const twice = duplicates(all.map(nameOf));
    const wanted = all.filter((one) => !twice.has(nameOf(one)));
    try {
      const errors = await broker.controller.alterReassignments(wanted);
      const errorOf = new Map(wanted.map((one, i) => [nameOf(one), errors[i]!]));
      const responses = topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex }) => {
          const partition = nameOf({ topic: name, partition: partitionIndex });
          const error = twice.has(partition) ? NOT_TWICE : errorOf.get(partition);
          return { partitionIndex, errorCode: error?.errorCode ?? 0, errorMessage: error?.message ?? null };
        }),
      }));
      return { errorMessage: null, responses };
    } catch (error) {
      const { errorCode, message } = toKafkaError(error, "AlterPartitionReassignments", broker.log);
      return { errorCode, errorMessage: message };
    }
  },
});

const NOT_TWICE = refusal("INVALID_REQUEST", "Each partition must appear at most once.");
