/**
 * CreateTopics: make topics.
 *
 * Behaviour / Version notes
 * - Each topic succeeds or fails on its own. A name that occurs twice in the request fails: INVALID_REQUEST.
 * - v1 brings error messages and `validateOnly`, which checks everything and makes nothing.
 * - From v4 on, -1 partitions or replicas mean the broker's default. (Older versions get the same.)
 * - v5 tells how many partitions and replicas the topic has and all its settings; v7 its id.
 * - The answer leaves when the topic exists and this broker leads its share of it.
 *
 * @module
 */
import { describeTopicConfig } from "#ground/config/describe";
import { type KafkaError, refusal } from "#ground/errors";
import { type Input } from "#ground/protocol/message";
import {
  CreateTopics,
  type CreateTopicsRequest,
  type CreateTopicsResponse,
} from "#ground/protocol/messages/19-create-topics";
import { type CreatedTopic, type NewTopic } from "#replication";
import { duplicates } from "../duplicates.ts";
import { type ApiHandler, type BrokerParts, handler } from "../handler.ts";

export const createTopics: ApiHandler = handler({
  api: CreateTopics,
  versions: [0, 7],
  withoutController: ({ topics }, error) => ({ topics: topics.map(({ name }) => failed(name, error)) }),
  async handle({ topics, validateOnly }, { broker }) {
    const twice = duplicates(topics.map(({ name }) => name));
    const wanted = topics.filter(({ name }) => !twice.has(name)).map(toNewTopic);
    const results = await broker.controller.createTopics(wanted, { validateOnly });
    const duplicate = refusal("INVALID_REQUEST", "Duplicate topic name.");
    return {
      topics: [
        ...results.map((result) => toResponse(result, broker)),
        ...Array.from(twice, (name) => failed(name, duplicate)),
      ],
    };
  },
});

type Asked = CreateTopicsRequest["topics"][number];
type Answer = Input<CreateTopicsResponse["topics"][number]>;

function toNewTopic({ name, numPartitions, replicationFactor, assignments, configs }: Asked): NewTopic {
  // A null value asks for the default, as if the key were not there.
  const given = configs.filter((config) => config.value !== null);
  return {
    name,
    numPartitions,
    replicationFactor,
    assignments,
    configs: Object.fromEntries(given.map((config) => [config.name, config.value!])),
  };
}

function toResponse({ name, topic, error }: CreatedTopic, broker: BrokerParts): Answer {
  if (error !== null) return failed(name, error);
  return {
    name,
    topicId: topic.topicId,
    numPartitions: topic.partitions.length,
    replicationFactor: topic.partitions[0]!.replicas.length,
    configs: describeTopicConfig(broker.parsedConfig, topic.configs),
  };
}

function failed(name: string, { errorCode, message }: KafkaError): Answer {
  return { name, errorCode, errorMessage: message };
}
