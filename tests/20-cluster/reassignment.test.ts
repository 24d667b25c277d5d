import { describe, expect, test } from "vitest";
import { Admin } from "#cluster/admin/admin";
import { type PartitionDescription } from "#cluster/admin/admin-types";
import { fetch, produce } from "./clients.ts";
import { SimCluster } from "./sim-cluster.ts";

const TOPIC = "orders";

interface Moving {
  readonly cluster: SimCluster;
  readonly admin: Admin;
  readonly partition: () => Promise<PartitionDescription>;
  readonly move: (replicas: readonly number[] | null) => Promise<string | null>;
}

/** Four brokers, and a topic whose only partition is on 1 and 2. */
async function started(seed = 1): Promise<Moving> {
  const cluster = await SimCluster.started(4, seed, { "min.insync.replicas": 1 });
  const admin = new Admin({ "bootstrap.servers": "broker-2:9092" }, { runtime: cluster.world.node("admin").runtime });
  await cluster.run(admin.createTopics([{ name: TOPIC, assignments: [[1, 2]] }]));
  await cluster.world.run(1_000);
  return {
    cluster,
    admin,
    async partition() {
      const described = (await cluster.run(admin.describeTopics([TOPIC]))).get(TOPIC);
      if (described === undefined || described instanceof Error) throw new Error("no topic");
      return described.partitions[0]!;
    },
    async move(replicas) {
      const [result] = await cluster.run(admin.alterPartitionReassignments([{ topic: TOPIC, partition: 0, replicas }]));
      return result!.error?.code ?? null;
    },
  };
}

/** Writes one record to whoever leads. @returns whether it was acknowledged */
async function write({ cluster, partition }: Moving, value: string): Promise<boolean> {
  const { leader } = await partition();
  if (leader === null) return false;
  const client = await cluster.connect(leader, `writer-${leader}`);
  const { errorCode } = await cluster.run(produce(client, TOPIC, [value]));
  client.close();
  return errorCode === 0;
}

async function readAll({ cluster, partition }: Moving): Promise<string[]> {
  const { leader } = await partition();
  const client = await cluster.connect(leader!, "reader");
  await cluster.world.run(500);
  return (await cluster.run(fetch(client, TOPIC, 0))).values;
}

async function until(moving: Moving, isThere: (partition: PartitionDescription) => boolean): Promise<void> {
  for (let i = 0; i < 100; i++) {
    if (isThere(await moving.partition())) return;
    await moving.cluster.world.run(100);
  }
  throw new Error(`It didn't come to it within 10 s: ${JSON.stringify(await moving.partition())}`);
}

/** Whose log dirs have the partition's folder. */
async function holders({ cluster, admin }: Moving): Promise<number[]> {
  const held: number[] = [];
  for (const id of [...cluster.brokers.keys()].toSorted((a, b) => a - b)) {
    const dirs = await cluster.run(admin.describeLogDirs(id));
    if (dirs.some(({ replicas }) => replicas.some(({ topic }) => topic === TOPIC))) held.push(id);
  }
  return held;
}

describe("a partition moves to other brokers", () => {
  test("while records are written: none is lost, the new ones lead, the old ones have nothing left", async () => {
    const moving = await started();
    const acknowledged: string[] = [];
    for (let i = 0; i < 10; i++) if (await write(moving, `before-${i}`)) acknowledged.push(`before-${i}`);
    expect(await moving.move([3, 4])).toBeNull();
    for (let i = 0; i < 30; i++) if (await write(moving, `during-${i}`)) acknowledged.push(`during-${i}`);
    await until(moving, ({ replicas, isr }) => replicas.length === 2 && isr.length === 2);
    expect(await moving.partition()).toMatchObject({ replicas: [3, 4], leader: 3 });
    expect(await moving.cluster.run(moving.admin.listPartitionReassignments())).toEqual([]);
    expect(await holders(moving)).toEqual([3, 4]);
    expect(acknowledged.length).toBeGreaterThan(30);
    expect(await readAll(moving)).toEqual(acknowledged);
  });

  test("one of them is dead: it goes on when that one comes back", async () => {
    const moving = await started(2);
    expect(await write(moving, "a")).toBe(true);
    moving.cluster.crash(4);
    expect(await moving.move([3, 4])).toBeNull();
    await moving.cluster.world.run(5_000);
    expect(await moving.cluster.run(moving.admin.listPartitionReassignments())).toEqual([
      { topic: TOPIC, partition: 0, replicas: [3, 4, 1, 2], addingReplicas: [3, 4], removingReplicas: [1, 2] },
    ]);
    expect(await write(moving, "b")).toBe(true);
    await moving.cluster.restart(4);
    await until(moving, ({ replicas }) => replicas.length === 2);
    expect(await readAll(moving)).toEqual(["a", "b"]);
  });

  test("the leader dies in the midst, and so does the controller: others go on with it", async () => {
    const moving = await started(3);
    expect(await write(moving, "a")).toBe(true);
    moving.cluster.crash(4);
    expect(await moving.move([3, 4])).toBeNull();
    moving.cluster.crash(1);
    await moving.cluster.restart(4);
    await until(moving, ({ replicas, leader }) => replicas.length === 2 && leader !== null);
    expect(await moving.partition()).toMatchObject({ replicas: [3, 4] });
    expect(await readAll(moving)).toEqual(["a"]);
    await moving.cluster.restart(1);
    await moving.cluster.world.run(2_000);
    expect(await holders(moving)).toEqual([3, 4]);
  });

  test("it is called off: all is as before, and what was written meanwhile is there", async () => {
    const moving = await started(4);
    expect(await write(moving, "a")).toBe(true);
    moving.cluster.crash(4);
    expect(await moving.move([3, 4])).toBeNull();
    await moving.cluster.world.run(3_000);
    expect(await write(moving, "b")).toBe(true);
    expect(await moving.move(null)).toBeNull();
    expect(await moving.move(null)).toBe("NO_REASSIGNMENT_IN_PROGRESS");
    expect(await moving.partition()).toMatchObject({ replicas: [1, 2], leader: 1 });
    await moving.cluster.restart(4);
    await moving.cluster.world.run(1_000);
    expect(await holders(moving)).toEqual([1, 2]);
    expect(await readAll(moving)).toEqual(["a", "b"]);
  });
});
