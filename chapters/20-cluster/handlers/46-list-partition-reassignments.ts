/**
 * ListPartitionReassignments: the partitions that are on the move (KIP-455).
 *
 * Behaviour / Version notes
 * - No topics given: all. Of those that are asked for, only the ones on the move are told; it is no error to ask for
 *   one that isn't there.
 *
 * @module
 */
import { ListPartitionReassignments } from "#ground/protocol/messages/46-list-partition-reassignments";
import { isReassigning } from "#replication";
import { type ApiHandler, handler } from "../handler.ts";

export const listPartitionReassignments: ApiHandler = handler({
  api: ListPartitionReassignments,
  versions: [0, 0],
  withoutController: (_, { errorCode, message }) => ({ errorCode, errorMessage: message }),
  handle({ topics }, { broker }) {
    const known = broker.replicas.image.topics;
    const wanted = topics ?? Array.from(known.values(), ({ name, partitions }) => {
      return { name, partitionIndexes: [...partitions.keys()] };
    });
    const onTheMove = wanted.map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.flatMap((partitionIndex) => {
        const partition = known.get(name)?.partitions[partitionIndex];
        if (partition === undefined || !isReassigning(partition)) return [];
        const { replicas, addingReplicas = [], removingReplicas = [] } = partition;
        return [{ partitionIndex, replicas, addingReplicas, removingReplicas }];
      }),
    }));
    return { errorMessage: null, topics: onTheMove.filter(({ partitions }) => partitions.length > 0) };
  },
});
