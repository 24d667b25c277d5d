/**
 * Topics that come into being because somebody asked for them (`auto.create.topics.enable`).
 * Source: Kafka's `AutoTopicCreationManager`.
 *
 * @module
 */
import { type BrokerConfig } from "#ground/config/broker-config";
import { errorForCode, rethrowStub } from "#ground/errors";
import { type Input } from "#ground/protocol/message";
import { CreateTopics, type CreateTopicsRequest } from "#ground/protocol/messages/19-create-topics";
import { type Logger } from "#ground/runtime";
import { GROUP_METADATA_TOPIC_NAME } from "#groups";
import { type ControllerChannel } from "./inter-broker/controller-channel.ts";

/** What one broker may have under way at a time: a client that asks for a million names can't fill the memory. */
const MAX_UNDER_WAY = 1000;

const TIMEOUT_MS = 10_000;

/** `num.partitions` and `default.replication.factor`. */
const DEFAULTS = { numPartitions: -1, replicationFactor: -1 };

/** Asks the controller for each missing topic once, however many clients ask at the same time. */
export class AutoTopics {
  readonly #channel: ControllerChannel;
  readonly #config: BrokerConfig;
  readonly #log: Logger;
  readonly #underWay = new Set<string>();

  constructor(channel: ControllerChannel, config: BrokerConfig, log: Logger) {
    this.#channel = channel;
    this.#config = config;
    this.#log = log;
  }

  /**
   * Starts the creation of topic `name`, unless that is under way: with the broker's defaults, or, where it is one of
   * the cluster's own, as the config says for it.
   */
  create(name: string): void {
    if (this.#underWay.has(name) || this.#underWay.size >= MAX_UNDER_WAY) return;
    this.#underWay.add(name);
    const wanted = name === GROUP_METADATA_TOPIC_NAME ? offsetsTopic(this.#config) : DEFAULTS;
    this.#channel
      .send(CreateTopics, CreateTopics.maxVersion, { topics: [{ name, ...wanted }], timeoutMs: TIMEOUT_MS })
      .then(({ topics: [result] }) => {
        const error = errorForCode(result?.errorCode ?? 0, result?.errorMessage);
        if (error !== null) this.#log.warn(`Topic ${name} was not created: ${error.message}`);
        if (error?.code === "NOT_CONTROLLER") this.#channel.forget();
      })
      .catch((error: unknown) => {
        rethrowStub(error);
        this.#log.warn(`Topic ${name} was not created: ${String(error)}`);
      })
      .finally(() => this.#underWay.delete(name));
  }
}

/** Source: Kafka's `GroupCoordinatorService.groupMetadataTopicConfigs`. */
function offsetsTopic(config: BrokerConfig): Omit<Input<CreateTopicsRequest["topics"][number]>, "name"> {
  return {
    numPartitions: config["offsets.topic.num.partitions"],
    replicationFactor: config["offsets.topic.replication.factor"],
    configs: [
      { name: "cleanup.policy", value: "compact" },
      { name: "segment.bytes", value: String(config["offsets.topic.segment.bytes"]) },
    ],
  };
}
