/**
 * What the demos of chapter 6 need of a simulated cluster: topics, writes, and looks at the replicas of each broker.
 * All of it over the wire, as any client could.
 *
 * @module
 */
import { errorForCode } from "#ground/errors";
import { type BrokerConnection } from "#ground/network/broker-connection";
import { Metadata } from "#ground/protocol/messages/03-metadata";
import { CreateTopics } from "#ground/protocol/messages/19-create-topics";
import { fetch, offsetAt, produce } from "../../../tests/20-cluster/clients.ts";
import { SimCluster } from "../../../tests/20-cluster/sim-cluster.ts";

/** The end of a log, in ListOffsets. */
const LATEST = -1;
/** It may ask a follower, too. */
const DEBUGGING_READER = -2;

/** Who leads partition 0 of a topic, and who is in sync. */
export interface PartitionState {
  readonly leaderId: number;
  readonly leaderEpoch: number;
  readonly isrNodes: readonly number[];
}

/** Three brokers, and topics of one partition with a replica on each. */
export class ReplicatedCluster {
  readonly cluster: SimCluster;

  constructor(cluster: SimCluster) {
    this.cluster = cluster;
  }

  static async started(config: Readonly<Record<string, unknown>> = {}): Promise<ReplicatedCluster> {
    // Its records are of 1970: they would be too old at once.
    const own = { "min.insync.replicas": 1, "log.retention.ms": -1, ...config };
    return new ReplicatedCluster(await SimCluster.started(3, 6, own));
  }

  get alive(): number[] {
    return [...this.cluster.brokers.keys()].sort();
  }

  /** Makes a topic led by broker 1, and waits until all three know it and are in sync. */
  async createTopic(name: string, configs: Readonly<Record<string, string>> = {}): Promise<void> {
    const list = Object.entries(configs).map(([key, value]) => ({ name: key, value }));
    const assignments = [{ partitionIndex: 0, brokerIds: [1, 2, 3] }];
    const topics = [{ name, numPartitions: -1, replicationFactor: -1, assignments, configs: list }];
    await this.#ask(1, (client) => client.send(CreateTopics, { topics, timeoutMs: 5_000 }));
    for (const id of this.alive) await this.until(name, id, ({ isrNodes }) => isrNodes.length === 3);
  }

  /** How `broker` sees the partition; null while it doesn't know it. */
  async describe(topic: string, broker: number = this.alive[0]!): Promise<PartitionState | null> {
    const { topics } = await this.#ask(broker, (client) => client.send(Metadata, { topics: [{ name: topic }] }));
    return topics[0]?.partitions[0] ?? null;
  }

  /** Lets time pass until `broker` sees the partition as wanted. @returns how many milliseconds that took */
  async until(topic: string, broker: number, isThere: (state: PartitionState) => boolean): Promise<number> {
    const { world } = this.cluster;
    const begunMs = world.nowMs;
    while (world.nowMs - begunMs < 60_000) {
      const seen = await this.describe(topic, broker);
      if (seen !== null && isThere(seen)) return world.nowMs - begunMs;
      await world.run(20);
    }
    throw new Error(`It didn't come to it within a minute: ${JSON.stringify(await this.describe(topic, broker))}`);
  }

  /** Writes records, one batch. @returns what the producer is told, in words */
  async write(topic: string, broker: number, values: readonly string[], acks: number): Promise<string> {
    const { errorCode, baseOffset } = await this.#ask(broker, (client) => produce(client, topic, values, acks));
    const last = baseOffset + values.length - 1;
    const offsets = last > baseOffset ? `offsets ${baseOffset} to ${last}` : `offset ${last}`;
    return errorForCode(errorCode)?.code ?? `ok, ${offsets}`;
  }

  /** What a consumer reads at `broker`: the values, or the error's name. */
  async read(topic: string, broker: number): Promise<string> {
    const { errorCode, values } = await this.#ask(broker, (client) => fetch(client, topic, 0));
    return errorForCode(errorCode)?.code ?? (values.join(" ") || "(nothing)");
  }

  /** A row for each broker that lives: where its log ends, and its high watermark. */
  async replicas(topic: string): Promise<Record<string, string | number>[]> {
    const rows: Record<string, string | number>[] = [];
    for (const broker of this.alive) {
      const state = await this.describe(topic, broker);
      const { errorCode, highWatermark } = await this.#ask(broker, (client) => fetch(client, topic, 0));
      rows.push({
        broker: `broker ${broker}`,
        role: state?.leaderId === broker ? "leader" : "follower",
        "log end": await this.#ask(broker, (client) => offsetAt(client, topic, LATEST, DEBUGGING_READER)),
        "high watermark": errorCode === 0 ? highWatermark : "-",
      });
    }
    return rows;
  }

  async #ask<T>(broker: number, question: (client: BrokerConnection) => Promise<T>): Promise<T> {
    const client = await this.cluster.connect(broker, "client");
    try {
      return await this.cluster.run(question(client));
    } finally {
      client.close();
    }
  }
}

/** `leader 1, epoch 0, ISR [1, 2, 3]`. */
export function stateText(state: PartitionState | null): string {
  if (state === null) return "unknown";
  const leader = state.leaderId < 0 ? "no leader" : `leader ${state.leaderId}`;
  return `${leader}, epoch ${state.leaderEpoch}, ISR [${state.isrNodes.join(", ")}]`;
}
