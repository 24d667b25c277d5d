/**
 * OffsetDelete: forget offsets of a group (KIP-496), of topics that its members don't subscribe to.
 *
 * Behaviour / Version notes
 * - A topic that doesn't exist: UNKNOWN_TOPIC_OR_PARTITION. An offset that doesn't: no error.
 *
 * @module
 */
import { errorCodeOf } from "#ground/errors";
import { OffsetDelete } from "#ground/protocol/messages/47-offset-delete";
import { toKafkaError } from "#ground/to-kafka-error";
import { answerByTopic } from "../answer-by-topic.ts";
import { type ApiHandler, handler } from "../handler.ts";

export const offsetDelete: ApiHandler = handler({
  api: OffsetDelete,
  versions: [0, 0],
  async handle({ groupId, topics }, { broker }) {
    const { topics: existing } = broker.replicas.image;
    const known = topics.filter(({ name }) => existing.has(name));
    const wanted = known.flatMap(({ name, partitions }) => {
      return partitions.map(({ partitionIndex }) => ({ topic: name, partition: partitionIndex }));
    });
    try {
      const errors = await broker.groups.deleteOffsets(groupId, wanted);
      return { topics: answerByTopic(topics, existing, errors.map(errorCodeOf)) };
    } catch (error) {
      return { errorCode: toKafkaError(error, "OffsetDelete", broker.log).errorCode };
    }
  },
});
