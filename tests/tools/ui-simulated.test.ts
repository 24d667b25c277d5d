import { describe, expect, test } from "vitest";
import { NotImplementedError } from "#ground/errors";
import { SimWorld } from "#ground/sim/sim-world";
import { KafkaProducer } from "#sender";
import { SimulatedCluster } from "../../tools/simulate/replication/simulated-cluster.ts";
import { PRODUCER } from "../../tools/ui/server/load.ts";
import { type PartitionPicture } from "../../tools/ui/picture.ts";
import { type ClusterPicture } from "../../tools/ui/server/compose.ts";
import { ROOT } from "../../tools/course/chapters.ts";
import { captureNode } from "../../tools/run/capture.ts";
import { bundleSimulated } from "../../tools/ui/simulated/bundle.ts";
import { gunzip, gzip, lz4Compress, zstdDecompress } from "../../tools/ui/simulated/browser/no-codecs.ts";
import { FIRST_SCENARIO, linkOf, scenarioOf } from "../../tools/ui/simulated/scenario.ts";
import { SimulatedRun } from "../../tools/ui/simulated/simulated-run.ts";
import { SimulatedSource } from "../../tools/ui/simulated/simulated-source.ts";

const LIMIT_MS = 30_000;
/** On a busy machine. */
const TIMEOUT_MS = 120_000;
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
    const { runtime } = this.world.node(PRODUCER);
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

describe("the picture of a simulated cluster", { timeout: TIMEOUT_MS }, () => {
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

  test("says what is done to a broker's network, until that is over", async () => {
    const scene = await Scene.started();
    const well = { isCut: false, slowMs: 0, losesNext: false };
    const networks = (): unknown[] => scene.source.picture().brokers.map(({ network }) => network);
    expect(networks()).toEqual([well, well, well]);
    for (const command of ["cut 1", "slow 2 300", "lose 3"]) await scene.source.act(command);
    expect(networks()).toEqual([{ ...well, isCut: true }, { ...well, slowMs: 300 }, { ...well, losesNext: true }]);
    await scene.source.act("mend 1");
    expect(await scene.source.act("slow 2 0")).toBe("broker 2 is as quick as it was");
    expect(networks()).toEqual([well, well, { ...well, losesNext: true }]);
    for (const command of ["cut 1", "slow 2 300", "heal"]) await scene.source.act(command);
    expect(networks()).toEqual([well, well, { ...well, losesNext: true }]);
  });

  test("refuses what it doesn't know", async () => {
    const scene = await Scene.started();
    expect(await scene.source.act("kill 9")).toBe("There is no broker 9.");
    expect(await scene.source.act("paint 1")).toBe("Unknown command: paint 1");
  });
});

describe("a run in the simulated world", { timeout: TIMEOUT_MS }, () => {
  const load = {
    topic: "orders", recordsPerSecond: 100, valueBytes: 10, skew: 0, acks: "all", lingerMs: 0, batchSize: 1_000,
  } as const;

  test("the page's producer and members work in it", async () => {
    const run = new SimulatedRun(FIRST_SCENARIO);
    await run.started();
    const said: string[] = [];
    await run.act({ do: "produce", settings: load }, (text) => said.push(text));
    await run.act({ do: "add-member", topic: "orders", isCooperative: true }, (text) => said.push(text));
    await run.act({ do: "follow", topic: "orders" }, (text) => said.push(text));
    await run.advance(6_000);
    const { producer, members, followed, partitions } = await run.look();
    expect(said.toSorted()).toEqual([
      '100 records/s go to "orders"', 'member-1 joins the group "page"', "on its way",
    ]);
    expect(partitions).toHaveLength(FIRST_SCENARIO.settings.partitions);
    expect([producer!.acknowledged, producer!.failed]).toEqual([expect.closeTo(595, -1), 0]);
    expect(members[0]!.read).toBeGreaterThan(100);
    expect(followed!.stations.map(({ text }) => text)).toContain("poll() of member-1 has returned it");
  });

  test("a link holds all of it: opened, the same happens, event for event, in whatever steps one looks", async () => {
    const run = new SimulatedRun({ ...FIRST_SCENARIO, seed: 5 });
    await run.started();
    await run.act({ do: "produce", settings: load }, () => {});
    await run.advance(1_500);
    for (let i = 0; i < 10; i++) await run.step();
    await run.act({ do: "kill", broker: 2 }, () => {});
    await run.advance(1_500);
    const again = new SimulatedRun(scenarioOf(linkOf(run.scenario))!);
    while (again.world.nowMs < run.world.nowMs) await again.advance(Math.min(70, run.world.nowMs - again.world.nowMs));
    expect(again.world.traceHash).toBe(run.world.traceHash);
    expect(again.scenario).toEqual(run.scenario);
  });

  test("the page's producer shows its batches as they fill, and its memory", async () => {
    const run = new SimulatedRun({ ...FIRST_SCENARIO, settings: { ...FIRST_SCENARIO.settings, partitions: 1 } });
    await run.started();
    await run.act({ do: "produce", settings: { ...load, lingerMs: 1_000, batchSize: 16_384 } }, () => {});
    let fullest = 0;
    for (let i = 0; i < 200; i++) {
      await run.advance(10);
      const [queue] = (await run.look()).producer?.queues ?? [];
      fullest = Math.max(fullest, queue?.bytes ?? 0);
      if (queue !== undefined) expect(queue).toMatchObject({ partition: 0, sizeBytes: queue.batches > 0 ? 16_384 : 0 });
    }
    // Some eighty records of a second, and no more than there is room for.
    expect(fullest).toBeGreaterThan(1_000);
    expect(fullest).toBeLessThanOrEqual(16_384);
    expect((await run.look()).producer!.metrics["buffer-available-bytes"]).toBeGreaterThan(0);
  });

  test("min.insync.replicas of a topic is changed, and what the ISR can't keep is refused", async () => {
    const run = new SimulatedRun(FIRST_SCENARIO);
    await run.started();
    await run.act({ do: "produce", settings: load }, () => {});
    const configure = async (minInsyncReplicas: number): Promise<string> => {
      let said = "";
      await run.act({ do: "configure", topic: "orders", minInsyncReplicas }, (text) => (said = text));
      await run.advance(1_000);
      return said;
    };
    const grown = async (): Promise<number> => {
      const before = (await run.look()).producer!.acknowledged;
      await run.advance(2_000);
      return (await run.look()).producer!.acknowledged - before;
    };
    expect(await configure(0)).toContain("min.insync.replicas");
    expect(await configure(3)).toBe('"orders" has min.insync.replicas=3');
    await run.act({ do: "kill", broker: 2 }, () => {});
    await run.advance(8_000);
    expect(await grown()).toBe(0);
    expect(await configure(2)).toBe('"orders" has min.insync.replicas=2');
    expect(await grown()).toBeGreaterThan(100);
  });

  test("a log rolls at log.segment.bytes, and loses its old segments above log.retention.bytes", async () => {
    const settings = { ...FIRST_SCENARIO.settings, partitions: 1, segmentBytes: 8_192, retentionBytes: 16_384 };
    const run = new SimulatedRun({ ...FIRST_SCENARIO, settings });
    await run.started();
    await run.act({ do: "produce", settings: { ...load, valueBytes: 100 } }, () => {});
    await run.advance(4_000);
    expect((await run.look()).partitions[0]!.replicas[0]!.segments.length).toBeGreaterThan(3);
    // Logs are looked through half a minute after the start, and every five seconds from then on.
    await run.advance(32_000);
    const { events, partitions } = await run.look();
    expect(events.map(({ after }) => after)).toContainEqual(expect.stringMatching(/^begins at \d+$/));
    expect(partitions[0]!.replicas[0]!.logStartOffset).toBeGreaterThan(0);
  });

  test("a link that is opened shows what was done to the network as done", async () => {
    const run = new SimulatedRun(FIRST_SCENARIO);
    await run.started();
    await run.act({ do: "cut", broker: 1 }, () => {});
    await run.act({ do: "slow", broker: 2, other: 300 }, () => {});
    const again = new SimulatedRun(scenarioOf(linkOf(run.scenario))!);
    await again.advance(run.world.nowMs + 100);
    const { brokers } = await again.look();
    const hurts = brokers.map(({ network }) => [network!.isCut, network!.slowMs]);
    expect(hurts).toEqual([[true, 0], [false, 300], [false, 0]]);
  });

  test("an exercise that a client meets is told of as the client's", async () => {
    const run = new SimulatedRun(FIRST_SCENARIO);
    const { scheduler } = run.world.node("producer").runtime;
    scheduler.soon(() => run.metStub(new NotImplementedError("3.2 BufferPool.allocate")));
    await run.advance(1);
    run.metStub(new NotImplementedError("7.1 JoiningGroup.join"));
    expect(run.unwrittenAtClients).toEqual([
      "producer: 3.2 BufferPool.allocate is yours to write", "client: 7.1 JoiningGroup.join is yours to write",
    ]);
    expect((await run.look()).brokers.map(({ unwritten }) => unwritten)).toEqual([null, null, null]);
  });

  const none = ["", "1", "1,9,3,2,3000", "1,3,3,2,3000,10", "1,3,3,2,3000;[[1]]", "%", "x,3,3,2,3000"];
  test.each(none)("%j is no link", (text) => {
    expect(scenarioOf(text)).toBeNull();
  });
});

test("the chapters pass their tests on the browser's Buffer", { timeout: 300_000 }, async () => {
  const folders = ["tests/01-serialization", "tests/06-replication", "tests/07-groups", "tests/00-ground/protocol"];
  const args = ["node_modules/vitest/vitest.mjs", "run", ...folders];
  const { code, stdout } = await captureNode(ROOT, args, { KATAFKA_BUFFER: "browser" });
  expect(stdout).toContain("passed");
  expect({ code, failed: /^.*FAIL.*$/m.exec(stdout)?.[0] }).toEqual({ code: 0, failed: undefined });
});

test("the codecs of a tab refuse in a sentence", () => {
  for (const codec of [gzip, gunzip, lz4Compress, zstdDecompress]) {
    expect(codec).toThrow("A browser's tab has no codec: set compression.type=none.");
  }
});

test("the page of it is one file that asks for nothing: no module of Node, no script or style from elsewhere", {
  timeout: TIMEOUT_MS,
}, async () => {
  const page = await bundleSimulated();
  expect(page).not.toMatch(/\b(from|import|require)\s*\(?["'](node:|fs"|net"|os"|path"|crypto"|zlib"|buffer")/);
  expect(page).not.toMatch(/<(script|link|img)[^>]*(src|href)="(?!data:)/);
  expect(page).toContain("new Worker(");
});
