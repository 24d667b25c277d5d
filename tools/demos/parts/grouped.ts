/**
 * What the demos of chapter 7 need: a simulated broker, and programs that read from it as members of groups.
 *
 * @module
 */
import { errorForCode, KafkaError } from "#ground/errors";
import { type BrokerConnection } from "#ground/network/broker-connection";
import { OffsetCommit } from "#ground/protocol/messages/08-offset-commit";
import { OffsetFetch } from "#ground/protocol/messages/09-offset-fetch";
import { FindCoordinator } from "#ground/protocol/messages/10-find-coordinator";
import { type OffsetAndMetadata } from "#groups";
import { createTopic, produce } from "../../../tests/20-cluster/clients.ts";
import { SimBroker } from "../../../tests/20-cluster/sim-broker.ts";
import { Program, type ProgramOptions, TOPIC } from "./program.ts";

/** A broker of one, and those who talk to it. */
export class GroupedBroker {
  readonly sim: SimBroker;
  readonly client: BrokerConnection;

  constructor(sim: SimBroker, client: BrokerConnection) {
    this.sim = sim;
    this.client = client;
  }

  /** A broker that coordinates groups, with the topic, of so many partitions. */
  static async started(partitions: number, config: Readonly<Record<string, unknown>> = {}): Promise<GroupedBroker> {
    const sim = await SimBroker.started(7, {
      "group.initial.rebalance.delay.ms": 0,
      "offsets.topic.replication.factor": 1,
      "offsets.topic.num.partitions": 1,
      ...config,
    });
    const client = await sim.connect();
    const broker = new GroupedBroker(sim, client);
    await broker.createTopic(TOPIC, partitions);
    await broker.#awaitCoordinator();
    return broker;
  }

  async createTopic(name: string, partitions: number, configs: Readonly<Record<string, string>> = {}): Promise<void> {
    // Its records are of 1970: they would be too old at once.
    await this.sim.run(createTopic(this.client, name, { "retention.ms": "-1", ...configs }, partitions));
  }

  /** Starts a program on a machine of its own. */
  start(name: string, options: ProgramOptions): Program {
    const program = new Program(name, this.sim.world, options);
    void program.run();
    return program;
  }

  /** Appends records, one batch. */
  async write(values: readonly string[], partition: number = 0): Promise<void> {
    await this.sim.run(produce(this.client, TOPIC, values, 1, partition));
  }

  /** The offset that a group has committed in partition 0; null for none. */
  async committed(groupId: string): Promise<number | null> {
    const { groups } = await this.sim.run(this.client.send(OffsetFetch, { groups: [{ groupId, topics: null }] }));
    const offset = Number(groups[0]!.topics[0]?.partitions[0]?.committedOffset ?? -1);
    return offset < 0 ? null : offset;
  }

  async #awaitCoordinator(): Promise<void> {
    for (let i = 0; i < 100; i++) {
      const { coordinators } = await this.sim.run(this.client.send(FindCoordinator, { coordinatorKeys: ["any"] }));
      if (coordinators[0]!.errorCode === 0) return;
      await this.sim.world.run(100);
    }
    throw new Error("There is no coordinator after ten seconds.");
  }
}

/** Commits for a group that has no members. @returns what went wrong, null if nothing did */
export async function commitOver(
  connection: BrokerConnection,
  groupId: string,
  offsets: readonly OffsetAndMetadata[],
): Promise<KafkaError | null> {
  const partitions = offsets.map(({ partition, offset }) => {
    return { partitionIndex: partition, committedOffset: offset, committedMetadata: "" };
  });
  try {
    const { topics } = await connection.send(OffsetCommit, { groupId, topics: [{ name: TOPIC, partitions }] });
    return errorForCode(topics[0]!.partitions[0]!.errorCode);
  } catch (error) {
    if (error instanceof KafkaError) return error;
    throw error;
  }
}
