/**
 * DeleteTopics: remove topics with all their records.
 *
 * Behaviour / Version notes
 * - By name; from v6 on by id too: UNKNOWN_TOPIC_ID when there is none. Exactly one of both must be given, and no
 *   topic twice: INVALID_REQUEST.
 * - v0 to v2 can't tell TOPIC_DELETION_DISABLED (`delete.topic.enable=false`): they get INVALID_REQUEST.
 * - v5 brings error messages.
 *
 * @module
 */
import { KafkaError, refusal } from "#ground/errors";
import { type Input } from "#ground/protocol/message";
import {
  DeleteTopics,
  type DeleteTopicsRequest,
  type DeleteTopicsResponse,
} from "#ground/protocol/messages/20-delete-topics";
import { isZeroUuid, ZERO_UUID } from "#ground/protocol/uuid";
import { type MetadataImage, type TopicImage } from "#replication";
import { duplicates } from "../duplicates.ts";
import { type ApiHandler, handler } from "../handler.ts";

const FIRST_VERSION_WITH_TOPIC_IDS = 6;
const FIRST_VERSION_WITH_DELETION_DISABLED = 3;

export const deleteTopics: ApiHandler = handler({
  api: DeleteTopics,
  versions: [0, 6],
  withoutController: (request, error, version) => ({
    responses: askedFor(request, version).map((asked) => failed(asked, error)),
  }),
  async handle(request, { version, broker }) {
    const asked = askedFor(request, version);
    const found = broker.config["delete.topic.enable"]
      ? withoutDuplicates(asked.map((one) => find(one, broker.replicas.image)))
      : asked.map(() => deletionDisabled(version));
    const topics = found.filter(isFound);
    const errors = await broker.controller.deleteTopics(topics);
    let at = 0;
    return {
      responses: found.map((topic, i) => {
        if (!isFound(topic)) return failed(asked[i]!, topic);
        const error = errors[at++]!;
        return error === null ? { name: topic.name, topicId: topic.topicId } : failed(topic, error);
      }),
    };
  },
});

interface Asked {
  readonly name: string | null;
  readonly topicId: Uint8Array;
}

function askedFor({ topics, topicNames }: DeleteTopicsRequest, version: number): readonly Asked[] {
  if (version >= FIRST_VERSION_WITH_TOPIC_IDS) return topics;
  return topicNames.map((name) => ({ name, topicId: ZERO_UUID }));
}

function deletionDisabled(version: number): KafkaError {
  const canTell = version >= FIRST_VERSION_WITH_DELETION_DISABLED;
  return refusal(canTell ? "TOPIC_DELETION_DISABLED" : "INVALID_REQUEST");
}

function find({ name, topicId }: Asked, image: MetadataImage): TopicImage | KafkaError {
  const hasId = !isZeroUuid(topicId);
  if (name === null && !hasId) return refusal("INVALID_REQUEST", "Neither topic name nor id were specified.");
  if (name !== null && hasId) {
    return refusal("INVALID_REQUEST", "You may not specify both topic name and topic id.");
  }
  const topic = name === null ? image.topicById(topicId) : image.topics.get(name);
  return topic ?? refusal(hasId ? "UNKNOWN_TOPIC_ID" : "UNKNOWN_TOPIC_OR_PARTITION");
}

function isFound(topic: TopicImage | KafkaError): topic is TopicImage {
  return !(topic instanceof KafkaError);
}

function withoutDuplicates(found: readonly (TopicImage | KafkaError)[]): (TopicImage | KafkaError)[] {
  const twice = duplicates(found.filter(isFound));
  const duplicate = refusal("INVALID_REQUEST", "Duplicate topic name or id.");
  return found.map((topic) => (isFound(topic) && twice.has(topic) ? duplicate : topic));
}

type Answer = Input<DeleteTopicsResponse["responses"][number]>;

function failed({ name, topicId }: Asked, { errorCode, message }: KafkaError): Answer {
  return { name, topicId: name === null ? topicId : ZERO_UUID, errorCode, errorMessage: message };
}
