/**
 * FindCoordinator: the broker that keeps a group, or a transaction.
 *
 * Behaviour / Version notes
 * - A group is kept where its partition of `__consumer_offsets` is led. The first who asks makes the topic come into
 *   being; until it has leaders, COORDINATOR_NOT_AVAILABLE, and the client asks again.
 * - There are no transactions yet: TRANSACTIONAL_ID_AUTHORIZATION_FAILED, the one error at which every client stops
 *   asking. (*Different*: a retriable one would be asked for ever.)
 * - Share groups (2) and unknown types are INVALID_REQUEST.
 * - v0 knows groups only. v4 takes many keys.
 *
 * @module
 */
import { type KafkaError, refusal } from "#ground/errors";
import { type Input } from "#ground/protocol/message";
import { FindCoordinator, type FindCoordinatorResponse } from "#ground/protocol/messages/10-find-coordinator";
import { GROUP_METADATA_TOPIC_NAME } from "#groups";
import { endPointOf } from "../brokers-for.ts";
import { type ApiHandler, handler, type RequestContext } from "../handler.ts";

const FIRST_VERSION_WITH_MANY_KEYS = 4;
const GROUP = 0;
const TRANSACTION = 1;

export const findCoordinator: ApiHandler = handler({
  api: FindCoordinator,
  versions: [0, 6],
  handle({ key, keyType, coordinatorKeys }, context): Input<FindCoordinatorResponse> {
    if (context.version < FIRST_VERSION_WITH_MANY_KEYS) return find(key, keyType, context);
    return { coordinators: coordinatorKeys.map((one) => ({ key: one, ...find(one, keyType, context) })) };
  },
});

type Found = Omit<Input<FindCoordinatorResponse["coordinators"][number]>, "key">;

function find(key: string, keyType: number, { broker, listener }: RequestContext): Found {
  if (keyType === TRANSACTION) {
    return nowhere(refusal("TRANSACTIONAL_ID_AUTHORIZATION_FAILED", "Transactions are not served yet."));
  }
  if (keyType !== GROUP) return nowhere(refusal("INVALID_REQUEST"));
  const { image } = broker.replicas;
  if (!image.topics.has(GROUP_METADATA_TOPIC_NAME)) broker.autoTopics.create(GROUP_METADATA_TOPIC_NAME);
  const nodeId = broker.groups.find(key);
  const at = nodeId === null ? undefined : endPointOf(image, nodeId, listener);
  if (nodeId === null || at === undefined) return nowhere(refusal("COORDINATOR_NOT_AVAILABLE"));
  return { nodeId, host: at.host, port: at.port, errorCode: 0, errorMessage: "" };
}

function nowhere({ errorCode, message }: KafkaError): Found {
  return { errorCode, errorMessage: message, nodeId: -1, host: "", port: -1 };
}
