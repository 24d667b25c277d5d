import { describe, expect, test } from "vitest";
import { SimWorld } from "#ground/sim/sim-world";
import { KafkaProducer } from "#sender";
import { SimulatedCluster } from "../../tools/simulate/replication/simulated-cluster.ts";
import { type PartitionPicture } from "../../tools/ui/picture.ts";
import { type ClusterPicture } from "../../tools/ui/server/compose.ts";
import { PRODUCER_HOST, SimulatedSource } from "../../tools/ui/simulated/simulated-source.ts";

const LIMIT_MS = 30_000;
const SETTINGS = {
  "zookeeper.session.timeout.ms": 1_000, "replica.lag.time.max.ms": 2_000, "default.replication.factor": 3,
  "min.insync.replicas": 2, "num.partitions": 1, "offsets.topic.num.partitions": 1,
};

class Scene {
  readonly world: SimWorld;
  readonly cluster: SimulatedCluster;
  readonly source: SimulatedSource;

  private constructor(seed: number) {
    this.world = new SimWorld(seed);
    this.cluster = new SimulatedCluster(this.world, 3, SETTINGS);
    this.source = new SimulatedSource(this.cluster);
  }

  static async started(seed = 1): Promise<Scene> {
    const scene = new Scene(seed);
    scene.cluster.start();
    await scene.see(({ brokers }) => brokers.every(({ state }) => state === "up"));
    return scene;
  }

  /** Lets time pass until the picture is so. */
  async see(isSo: (picture: ClusterPicture) => boolean): Promise<ClusterPicture> {
    await this.world.runUntil(() => isSo(this.source.picture()), LIMIT_MS);
    return this.source.picture();
  }

  /** Sends so many records to orders-0. */
  async produce(count: number): Promise<void> {
    const { runtime } = this.world.node(PRODUCER_HOST);
    const producer = new KafkaProducer({ "bootstrap.servers": this.cluster.bootstrap, acks: "all" }, { runtime });
    const sent = Array.from({ length: count }, (_, i) => producer.send({ topic: "orders", value: `${i}` }));
    await this.world.settled(Promise.all(sent));
    await this.world.settled(producer.close());
  }

  async seePartition(isSo: (partition: PartitionPicture) => boolean): Promise<PartitionPicture> {
    const isThere = ({ topic }: PartitionPicture): boolean => topic === "orders";
    const picture = await this.see(({ partitions }) => partitions.some((one) => isThere(one) && isSo(one)));
    return picture.partitions.find(isThere)!;
  }
}

describe("the picture of a simulated cluster", () => {
  test("shows what was written, at the leader and at its followers", async () => {
    const scene = await Scene.started();
    await scene.produce(10);
    const { replicas, isr } = await scene.seePartition(({ replicas }) => {
      return replicas.length === 3 && replicas.every(({ highWatermark }) => highWatermark === 10);
    });
    expect(isr.toSorted()).toEqual([1, 2, 3]);
    expect(replicas.map(({ logEndOffset }) => logEndOffset)).toEqual([10, 10, 10]);
  });

  test("a killed broker is down, another one leads, the ISR shrinks; it grows when the broker is back", async () => {
    const scene = await Scene.started();
    await scene.produce(3);
    const { leader, isr } = await scene.seePartition(({ isr }) => isr.length === 3);
    expect(await scene.source.act(`kill ${leader}`)).toBe(`broker ${leader} was killed`);
    expect(scene.source.picture().brokers.find(({ id }) => id === leader)?.state).toBe("down");
    const after = await scene.seePartition((one) => one.isr.length === 2 && one.leader !== leader && one.leader > 0);
    expect(after.isr.toSorted()).toEqual(isr.filter((id) => id !== leader).toSorted());
    await scene.source.act(`start ${leader}`);
    expect((await scene.seePartition((one) => one.isr.length === 3)).leader).toBe(after.leader);
  });

  const pairs = [["freeze", "resume"], ["cut", "mend"]] as const;
  test.each(pairs)("%s costs a follower its place in the ISR, %s gives it back", async (worse, better) => {
    const scene = await Scene.started();
    await scene.produce(3);
    const { leader, isr } = await scene.seePartition(({ isr }) => isr.length === 3);
    const follower = isr.find((id) => id !== leader)!;
    await scene.source.act(`${worse} ${follower}`);
    const after = await scene.seePartition((one) => one.isr.length === 2);
    expect(after.isr).not.toContain(follower);
    await scene.source.act(`${better} ${follower}`);
    await scene.seePartition((one) => one.isr.length === 3);
  });

  test("an acknowledgement waits for a follower whose network is slow", async () => {
    const scene = await Scene.started();
    await scene.produce(1);
    const { leader, isr } = await scene.seePartition(({ replicas }) => {
      return replicas.length === 3 && replicas.every(({ highWatermark }) => highWatermark === 1);
    });
    await scene.source.act(`slow ${isr.find((id) => id !== leader)} 200`);
    const startedMs = scene.world.nowMs;
    await scene.produce(5);
    expect(scene.world.nowMs - startedMs).toBeGreaterThan(200);
  });

  test("a lost answer is asked for again, and the record is there once", async () => {
    const scene = await Scene.started();
    await scene.produce(1);
    const { leader } = await scene.seePartition(({ isr }) => isr.length === 3);
    await scene.source.act(`lose ${leader}`);
    await scene.produce(1);
    expect(scene.world.trace.some((line) => line.includes("breaks"))).toBe(true);
    await scene.seePartition(({ replicas }) => replicas.every(({ logEndOffset }) => logEndOffset === 2));
  });

  test("looking changes nothing of what happens", async () => {
    const run = async (look: boolean): Promise<number> => {
      const scene = await Scene.started(7);
      if (look) scene.world.observe({ afterEvent: () => void scene.source.picture(), onLine: () => {} });
      await scene.produce(5);
      await scene.world.run(1_000);
      return scene.world.traceHash;
    };
    expect(await run(true)).toBe(await run(false));
  });

  test("refuses what it doesn't know", async () => {
    const scene = await Scene.started();
    expect(await scene.source.act("kill 9")).toBe("There is no broker 9.");
    expect(await scene.source.act("paint 1")).toBe("Unknown command: paint 1");
  });
});
