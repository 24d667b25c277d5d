/**
 * CreatePartitions: more partitions for topics that exist. Records stay where they are, so keys may move.
 *
 * Behaviour / Version notes
 * - `count` is the new total; it must be larger than the old one: INVALID_PARTITIONS.
 * - `assignments` has one entry a new partition; null lets the controller choose.
 * - All versions mean the same.
 *
 * @module
 */
import { type KafkaError, refusal } from "#ground/errors";
import { type Input } from "#ground/protocol/message";
import { CreatePartitions, type CreatePartitionsResponse } from "#ground/protocol/messages/37-create-partitions";
import { duplicates } from "../duplicates.ts";
import { type ApiHandler, handler } from "../handler.ts";

export const createPartitions: ApiHandler = handler({
  api: CreatePartitions,
  versions: [0, 3],
  withoutController: ({ topics }, error) => ({ results: topics.map(({ name }) => toResult(name, error)) }),
  async handle({ topics, validateOnly }, { broker }) {
    const twice = duplicates(topics.map(({ name }) => name));
    const wanted = topics.filter(({ name }) => !twice.has(name));
    const grown = wanted.map(({ name, count, assignments }) => ({
      name,
      count,
      assignments: assignments?.map(({ brokerIds }) => brokerIds) ?? null,
    }));
    const errors = await broker.controller.createPartitions(grown, { validateOnly });
    const duplicate = refusal("INVALID_REQUEST", "Duplicate topic name.");
    return {
      results: [
        ...wanted.map(({ name }, i) => toResult(name, errors[i]!)),
        ...Array.from(twice, (name) => toResult(name, duplicate)),
      ],
    };
  },
});

function toResult(name: string, error: KafkaError | null): Input<CreatePartitionsResponse["results"][number]> {
  return { name, errorCode: error?.errorCode ?? 0, errorMessage: error?.message ?? null };
}
