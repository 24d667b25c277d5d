/**
 * Topics that come into being because somebody asked for them (`auto.create.topics.enable`).
 * Source: Kafka's `AutoTopicCreationManager`.
 *
 * @module
 */
import { errorForCode, rethrowStub } from "#ground/errors";
import { CreateTopics } from "#ground/protocol/messages/19-create-topics";
import { type Logger } from "#ground/runtime";
import { type ControllerChannel } from "./inter-broker/controller-channel.ts";

/** What one broker may have under way at a time: a client that asks for a million names can't fill the memory. */
const MAX_UNDER_WAY = 1000;

const TIMEOUT_MS = 10_000;

/** Asks the controller for each missing topic once, however many clients ask at the same time. */
export class AutoTopics {
  readonly #channel: ControllerChannel;
  readonly #log: Logger;
  readonly #underWay = new Set<string>();

  constructor(channel: ControllerChannel, log: Logger) {
    this.#channel = channel;
    this.#log = log;
  }

  /** Starts the creation of topic `name` with the broker's defaults, unless that is under way. */
  create(name: string): void {
    if (this.#underWay.has(name) || this.#underWay.size >= MAX_UNDER_WAY) return;
    this.#underWay.add(name);
    const wanted = { name, numPartitions: -1, replicationFactor: -1 };
    this.#channel
      .send(CreateTopics, CreateTopics.maxVersion, { topics: [wanted], timeoutMs: TIMEOUT_MS })
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
