/**
 * The brokers of a simulation: scripted ones, which lose answers and elect leaders at will, or the real one of chapter
 * 20.
 *
 * @module
 */
import { Broker } from "#cluster/broker";
import { parseBrokerConfig } from "#ground/config/broker-config";
import { CoordinationServer } from "#ground/coordination/coordination-server";
import { LocalCoordination } from "#ground/coordination/local-coordination";
import { BrokerConnection } from "#ground/network/broker-connection";
import { CreateTopics } from "#ground/protocol/messages/19-create-topics";
import { type Runtime } from "#ground/runtime";
import { type SeededRandom } from "#ground/sim/seeded-random";
import { type SimWorld } from "#ground/sim/sim-world";
import { FakeCluster } from "../../tests/support/fake-cluster.ts";
import { recordsFrom } from "./reading.ts";

/** What a scenario needs of brokers. */
export interface Brokers {
  readonly bootstrap: string;
  /** Names of what may happen to them; each is over some time after it has happened. */
  readonly faults: Readonly<Record<string, () => void>>;
  /** Ends all faults that don't end by themselves, and waits until the brokers serve. */
  heal(): Promise<void>;
  /** What is in a partition, in order, as text. */
  values(partition: number): Promise<readonly string[]>;
}

/** The topic of a scenario. */
export const TOPIC = "orders";

/** The fault that tries a producer most: it comes more often than others. */
export const LOST_ANSWERS = "lost answers";

/** Three scripted brokers. A batch with a value that ends in "!" is refused, always. */
export async function scriptedBrokers(world: SimWorld, random: SeededRandom, partitions: number): Promise<Brokers> {
  const ids = [1, 2, 3];
  const leaders = Array.from({ length: partitions }, (_, i) => ids[i % ids.length]!);
  const cluster = await FakeCluster.start(world, ids, { [TOPIC]: leaders });
  let trouble = 0;
  cluster.fate = ({ batches: seen }) => {
    const refused = seen.filter(({ values }) => values.some((value) => value.endsWith("!")));
    const errorFor = refused.map(({ partition }) => partition);
    if (errorFor.length > 0) return { error: "INVALID_RECORD", errorFor };
    if (!random.happens(trouble)) return {};
    const fates = [
      { answer: "close" }, { answer: "close", lost: true }, { answer: "never" }, { answer: "never", lost: true },
      { error: "NOT_ENOUGH_REPLICAS" }, { delayMs: random.int(3_000) }, { delayMs: random.int(300) },
    ] as const;
    return fates[random.int(fates.length)]!;
  };
  const some = (): number => ids[random.int(ids.length)]!;
  const elect = (): void => cluster.elect(TOPIC, random.int(partitions), some());
  const revive = async (): Promise<void> => {
    for (const id of ids) if (!cluster.brokers.includes(id)) await cluster.startBroker(id);
  };
  return {
    bootstrap: "broker-1:9092,broker-2:9092,broker-3:9092",
    faults: {
      [LOST_ANSWERS]: () => (trouble = random.next() / 2),
      election: elect,
      "no leader": () => cluster.elect(TOPIC, random.int(partitions), null),
      crash: () => cluster.crash(some()),
      restart: () => void revive(),
      partition: () => world.network.partition("client", `broker-${some()}`),
      "end of partitions": () => world.network.heal(),
      freeze: () => cluster.node(some()).freeze(random.int(2_000)),
    },
    async heal() {
      trouble = 0;
      world.network.heal();
      await world.settled(revive());
      for (let partition = 0; partition < partitions; partition++) cluster.elect(TOPIC, partition, some());
    },
    values: (partition) => Promise.resolve(cluster.values(TOPIC, partition)),
  };
}

/** The broker of chapter 20, alone. It is killed and started again, frozen, cut off, and its disk becomes slow. */
export async function realBroker(world: SimWorld, random: SeededRandom, partitions: number): Promise<Brokers> {
  const node = world.node("broker-1");
  const start = async (runtime: Runtime): Promise<void> => {
    const server = CoordinationServer.open(runtime, "/data/coordination");
    const config = { listeners: "PLAINTEXT://broker-1:9092", "log.dirs": "/data/logs", "broker.id": 1 };
    const coordination = new LocalCoordination(server, runtime);
    await new Broker(runtime, { config: parseBrokerConfig(config), coordination }).start();
  };
  await world.settled(start(node.runtime));
  const reader = (): Promise<BrokerConnection> =>
    world.settled(BrokerConnection.connect(world.node("reader").runtime, {
      host: "broker-1", port: 9092, clientId: "reader", connectTimeoutMs: 10_000, requestTimeoutMs: 10_000,
    }));
  const admin = await reader();
  const topics = [{ name: TOPIC, numPartitions: partitions, replicationFactor: 1 }];
  await world.settled(admin.send(CreateTopics, { topics }));
  admin.close();
  const restart = (): Promise<void> => start(node.restart());
  return {
    bootstrap: "broker-1:9092",
    faults: {
      "crash and restart": () => {
        node.crash();
        const after = world.node("operator").runtime;
        after.scheduler.at(after.clock.nowMs() + random.int(3_000), () => void (node.isAlive ? null : restart()));
      },
      partition: () => world.network.partition("client", "broker-1"),
      "end of partition": () => world.network.heal(),
      freeze: () => node.freeze(random.int(2_000)),
      "slow disk": () => node.slowDisk(1 + random.int(20)),
      "end of slow disk": () => node.healDisk(),
    },
    async heal() {
      world.network.heal();
      node.healDisk();
      await world.run(5_000);
      if (!node.isAlive) await world.settled(restart());
    },
    async values(partition) {
      const connection = await reader();
      const values: string[] = [];
      for (;;) {
        const read = await world.settled(recordsFrom(connection, { topic: TOPIC, partition }, values.length));
        if (read.length === 0) break;
        values.push(...read.map(({ value }) => value));
      }
      connection.close();
      return values;
    },
  };
}
