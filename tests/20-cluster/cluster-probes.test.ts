import { describe, expect, test } from "vitest";
import { Metadata } from "#ground/protocol/messages/03-metadata";
import { CreateTopics } from "#ground/protocol/messages/19-create-topics";
import { uuidFromString } from "#ground/protocol/uuid";
import { answerJson, brokersOf, comparable, frameOf, type Probe, probesOf } from "./probes.ts";
import { SimCluster } from "./sim-cluster.ts";
import { type RawClient } from "./sim-broker.ts";

/** Any broker is named as the controller; and ours have other addresses. */
const INCIDENTAL: ReadonlySet<string> = new Set(["controllerId", "host", "port"]);

interface RecordedTopic {
  readonly name: string;
  /** That the topic had when the probes were recorded. */
  readonly recordedId: string;
  readonly replicas: readonly number[];
}

interface PartitionSeen {
  readonly leaderId: number;
  readonly isrNodes: readonly number[];
}

/** A cluster of three, and the connections of a recording. */
class ClusterProber {
  readonly cluster: SimCluster;
  readonly #ids: { readonly recorded: Uint8Array; readonly ours: Uint8Array }[] = [];
  readonly #brokers: ReadonlyMap<number, number>;
  readonly #clients = new Map<number, RawClient>();

  constructor(cluster: SimCluster, session: string) {
    this.cluster = cluster;
    this.#brokers = brokersOf(session);
  }

  async create(topics: readonly RecordedTopic[]): Promise<void> {
    const { cluster } = this;
    const admin = await cluster.connect(1, "admin");
    const wanted = topics.map(({ name, replicas }) => ({
      name,
      numPartitions: -1,
      replicationFactor: -1,
      assignments: [{ partitionIndex: 0, brokerIds: replicas }],
      // The recorded timestamps lie in the future of the simulation.
      configs: [{ name: "message.timestamp.after.max.ms", value: "9223372036854775807" }],
    }));
    const created = await cluster.run(admin.send(CreateTopics, { topics: wanted, timeoutMs: 5_000 }));
    created.topics.forEach(({ errorCode, topicId }, i) => {
      expect(errorCode).toBe(0);
      this.#ids.push({ recorded: uuidFromString(topics[i]!.recordedId), ours: topicId });
    });
    admin.close();
    await cluster.world.run(500);
  }

  /** Our answer in comparable form; null when the broker closed the connection. */
  async answer(probe: Probe): Promise<unknown> {
    const client = await this.#client(probe.conn);
    const frame = this.#withOurTopicIds(frameOf(probe));
    const answer = await client.ask(frame);
    await this.cluster.world.run(20);
    return answer === null ? null : comparable(answerJson(frame, answer), INCIDENTAL);
  }

  /** Waits until all brokers that are alive show a topic's only partition as wanted. */
  async until(topic: string, isThere: (seen: PartitionSeen) => boolean): Promise<void> {
    const { cluster } = this;
    for (const id of cluster.brokers.keys()) {
      const client = await cluster.connect(id, "watcher");
      for (let i = 0; ; i++) {
        const { topics } = await cluster.run(client.send(Metadata, { topics: [{ name: topic }] }));
        const seen = topics[0]!.partitions[0]!;
        if (isThere(seen)) break;
        expect(i, `still ${JSON.stringify(seen)}`).toBeLessThan(500);
        await cluster.world.run(50);
      }
      client.close();
    }
    // The followers get the high watermark with their next fetch.
    await cluster.world.run(500);
  }

  async #client(conn: number): Promise<RawClient> {
    let client = this.#clients.get(conn);
    if (client === undefined || client.isClosed) client = await this.cluster.connectRaw(this.#brokers.get(conn)!);
    this.#clients.set(conn, client);
    return client;
  }

  #withOurTopicIds(frame: Uint8Array): Uint8Array {
    for (const { recorded, ours } of this.#ids) {
      const at = Buffer.from(frame).indexOf(recorded);
      if (at >= 0) frame.set(ours, at);
    }
    return frame;
  }
}

interface Replay {
  /** What has to happen before a probe. */
  readonly before: Readonly<Record<string, () => Promise<void>>>;
  /** Probes to which we answer differently, or not at all, by the words with which they begin; and why. */
  readonly different: Readonly<Record<string, string>>;
}

async function replay(session: string, prober: ClusterProber, { before, different }: Replay): Promise<void> {
  const prefixes = Object.keys(different);
  const met = new Set<string>();
  const ours: Record<string, unknown> = {};
  const recorded: Record<string, unknown> = {};
  for (const [i, probe] of probesOf(session).entries()) {
    const { purpose } = probe;
    await before[purpose]?.();
    const prefix = prefixes.find((each) => purpose.startsWith(each));
    if (prefix !== undefined) {
      met.add(prefix);
      continue;
    }
    const title = `${i} ${purpose}`;
    ours[title] = await prober.answer(probe);
    recorded[title] = probe.response === null ? null : comparable(probe.response.json, INCIDENTAL);
  }
  expect(ours).toEqual(recorded);
  expect(prefixes.filter((prefix) => !met.has(prefix))).toEqual([]);
}

const NO_COORDINATORS = "there are no group or transaction coordinators yet";
const COORDINATED = [
  "find-coordinator",
  "join-group",
  "heartbeat",
  "sync-group",
  "leave-group",
  "offset-commit",
  "offset-fetch",
  "describe-groups",
  "delete-groups",
  "consumer-group-heartbeat",
  "init-producer-id-v5-at-a-wrong-coordinator",
  "end-txn",
];
const CONTROLLERS = "our controllers are brokers: there is none apart from them to ask";

describe("three brokers answer as Apache Kafka 4.0 does", { timeout: 60_000 }, () => {
  test("at a follower, at a broker without a replica, in an old epoch", async () => {
    const cluster = await SimCluster.started(3, 1, { "min.insync.replicas": 1 });
    const prober = new ClusterProber(cluster, "raw-probes-not-leader");
    await prober.create([
      { name: "probe-nl", recordedId: "UfC3cQ-CSNuHLGqSO8Xf8Q", replicas: [1, 2, 3] },
      { name: "probe-one", recordedId: "If1GxjMPSbG1PlpQUhHLQw", replicas: [1] },
    ]);
    await replay("raw-probes-not-leader", prober, {
      before: {
        "fetch-v13-consumer-at-a-follower": () => cluster.world.run(500),
        "metadata-v12-while-broker-1-is-down": async () => {
          cluster.crash(1);
          await prober.until("probe-nl", ({ leaderId }) => leaderId === 2);
        },
        "elect-leaders-v2-preferred": async () => {
          await cluster.restart(1);
          await prober.until("probe-nl", ({ isrNodes }) => isrNodes.length === 3);
        },
        "metadata-v12-epoch-2": () => prober.until("probe-nl", ({ leaderId }) => leaderId === 1),
      },
      different: {
        "fetch-v11-consumer-at-a-follower": "the recorded follower had not heard of the high watermark yet",
        "fetch-v12-consumer-at-a-follower": "the recorded follower had not heard of the high watermark yet",
        "describe-topic-partitions": "not served: clients take Metadata instead",
        "describe-cluster-endpoint-type-2-at-the-controller": CONTROLLERS,
        "describe-cluster-endpoint-type-1-at-the-controller": CONTROLLERS,
        "create-topics-v7-at-the-controller": CONTROLLERS,
        "delete-topics-v6-at-broker-1": CONTROLLERS,
        "metadata-at-the-controller": CONTROLLERS,
        "produce-at-the-controller": CONTROLLERS,
        "alter-partition-at-a-broker": CONTROLLERS,
        "describe-producers": "not served",
        "list-partition-reassignments": "not served",
        "init-producer-id-v5-no-transactional-id": "the recorded brokers were still waiting for ids to give out",
        ...Object.fromEntries(COORDINATED.map((api) => [api, NO_COORDINATORS])),
      },
    });
  });

  test("two of three dead: what acks=all and readers are told below min.insync.replicas", async () => {
    // As the recorded ones had them.
    const config = { "zookeeper.session.timeout.ms": 9_000, "replica.lag.time.max.ms": 30_000 };
    const cluster = await SimCluster.started(3, 1, config);
    const prober = new ClusterProber(cluster, "raw-probes-two-of-three-dead");
    await prober.create([{ name: "probe-dead", recordedId: "owoWglTrRvy058-Bx-2jiA", replicas: [1, 2, 3] }]);
    await replay("raw-probes-two-of-three-dead", prober, {
      before: {
        "produce-v11-acks-all-timeout-2000-just-after-the-kill": async () => {
          cluster.crash(2);
          cluster.crash(3);
        },
        "fetch-v16-after-broker-2-is-back": async () => {
          await cluster.restart(2);
          await prober.until("probe-dead", ({ isrNodes }) => isrNodes.length === 2);
        },
      },
      different: {
        "find-coordinator": NO_COORDINATORS,
        "create-topics-v7-factor-3": "our controller knows only brokers that are registered, so too few of them",
      },
    });
  });
});
