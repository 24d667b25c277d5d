/**
 * DescribeConfigs: the settings of topics and of this broker.
 *
 * Behaviour / Version notes
 * - Resource types: 2 a topic, 4 a broker (its own id, or "" for what is set for all brokers while they run).
 *   All others are INVALID_REQUEST. (*Simplified*: Kafka also tells log levels, type 8.)
 * - No keys given, null or an empty list: all. Unknown keys are left out.
 * - Secrets are never told.
 * - v0 says whether a value is the default; v1 where it comes from and, if asked, the keys that would set it; v3 its
 *   type and, if asked, what it means.
 *
 * @module
 */
import {
  CONFIG_SOURCE,
  type ConfigDescription,
  describeBrokerConfig,
  describeBrokerDefaults,
  describeTopicConfig,
} from "#ground/config/describe";
import { refusal } from "#ground/errors";
import { type Input } from "#ground/protocol/message";
import {
  DescribeConfigs,
  type DescribeConfigsRequest,
  type DescribeConfigsResponse,
} from "#ground/protocol/messages/32-describe-configs";
import { toKafkaError } from "#ground/to-kafka-error";
import { refusalOfTopicName } from "#ground/topic-name";
import { RESOURCE_TYPES } from "../admin/admin-types.ts";
import { type ApiHandler, type BrokerParts, handler } from "../handler.ts";

export const describeConfigs: ApiHandler = handler({
  api: DescribeConfigs,
  versions: [0, 4],
  handle(request, { broker }) {
    return { results: request.resources.map((resource) => answer(resource, request, broker)) };
  },
});

type Resource = DescribeConfigsRequest["resources"][number];
type Answer = Input<DescribeConfigsResponse["results"][number]>;

function answer(resource: Resource, request: DescribeConfigsRequest, broker: BrokerParts): Answer {
  const { resourceType, resourceName } = resource;
  try {
    const configs = describe(resource, broker).map((config) => shape(config, request));
    return { errorMessage: "", resourceType, resourceName, configs };
  } catch (error) {
    const { errorCode, message } = toKafkaError(error, `DescribeConfigs of ${resourceName}`, broker.log);
    return { errorCode, errorMessage: message, resourceType, resourceName };
  }
}

function describe(resource: Resource, broker: BrokerParts): ConfigDescription[] {
  const { resourceType, resourceName, configurationKeys } = resource;
  if (resourceType === RESOURCE_TYPES.topic) {
    const refused = refusalOfTopicName(resourceName);
    if (refused !== null) throw refused;
    const topic = broker.replicas.image.topics.get(resourceName);
    if (topic === undefined) throw refusal("UNKNOWN_TOPIC_OR_PARTITION");
    return describeTopicConfig(broker.parsedConfig, topic.configs, configurationKeys);
  }
  if (resourceType !== RESOURCE_TYPES.broker) {
    throw refusal("INVALID_REQUEST", `Expected resource type 2 (topic) or 4 (broker), got ${resourceType}`);
  }
  if (resourceName === "") return describeBrokerDefaults(broker.parsedConfig, configurationKeys);
  const brokerId = String(broker.config["broker.id"]);
  if (resourceName !== brokerId) {
    throw refusal("INVALID_REQUEST", `Expected broker id ${brokerId} or an empty string, got ${resourceName}`);
  }
  return describeBrokerConfig(broker.parsedConfig, configurationKeys);
}

function shape(
  config: ConfigDescription,
  { includeSynonyms, includeDocumentation }: DescribeConfigsRequest,
): Input<DescribeConfigsResponse["results"][number]["configs"][number]> {
  return {
    ...config,
    isDefault: config.configSource === CONFIG_SOURCE.default,
    synonyms: includeSynonyms ? config.synonyms : [],
    documentation: includeDocumentation ? config.documentation : null,
  };
}
