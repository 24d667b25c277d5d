/**
 * Topics that come into being because somebody asked for them (`auto.create.topics.enable`).
 * Source: Kafka's `AutoTopicCreationManager`.
 *
 * @module
 */
import { rethrowStub } from "#ground/errors";
import { type Logger } from "#ground/runtime";
import { type Controller } from "#replication";

/** What one broker may have under way at a time: a client that asks for a million names can't fill the memory. */
const MAX_UNDER_WAY = 1000;

/** Asks the controller for each missing topic once, however many clients ask at the same time. */
export class AutoTopics {
  readonly #controller: Controller;
  readonly #log: Logger;
  readonly #underWay = new Set<string>();

  constructor(controller: Controller, log: Logger) {
    this.#controller = controller;
    this.#log = log;
  }

  /** Starts the creation of topic `name` with the broker's defaults, unless that is under way. */
  create(name: string): void {
    if (this.#underWay.has(name) || this.#underWay.size >= MAX_UNDER_WAY) return;
    this.#underWay.add(name);
    const wanted = { name, numPartitions: -1, replicationFactor: -1, assignments: [], configs: {} };
    this.#controller
      .createTopics([wanted], { validateOnly: false })
      .then(([result]) => {
        if (result?.error) this.#log.warn(`Topic ${name} was not created: ${result.error.message}`);
      })
      .catch((error: unknown) => {
        rethrowStub(error);
        this.#log.warn(`Topic ${name} was not created: ${String(error)}`);
      })
      .finally(() => this.#underWay.delete(name));
  }
}
