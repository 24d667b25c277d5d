import { describe, expect, test } from "vitest";
import { type BrokerConnection } from "#ground/network/broker-connection";
import { type Disk } from "#ground/runtime";
import { OffsetForLeaderEpoch } from "#ground/protocol/messages/23-offset-for-leader-epoch";
import { createTopic, fetch, fetchAll, offsetAt, produce } from "./clients.ts";
import { SimBroker } from "./sim-broker.ts";

const MINUTE_MS = 60_000;

const JOURNAL = "/data/coordination/journal-1";

/** @param meanwhile what happens to the disk while nothing runs */
async function restart(sim: SimBroker, meanwhile: (disk: Disk) => void = () => {}): Promise<BrokerConnection> {
  await sim.stop();
  const runtime = sim.node.restart();
  meanwhile(runtime.disk);
  await sim.start(runtime);
  return sim.connect(`client-${sim.world.nowMs}`);
}

describe("a partition that nobody writes to, after a restart", () => {
  test("loses its old records to retention, and can still tell where their epoch ended", async () => {
    const sim = await SimBroker.started(1, { "log.retention.check.interval.ms": MINUTE_MS });
    let client = await sim.connect();
    await sim.run(createTopic(client, "orders", { "retention.ms": `${10 * MINUTE_MS}` }));
    await sim.run(produce(client, "orders", ["a", "b", "c"]));
    client = await restart(sim);
    expect(await sim.run(offsetAt(client, "orders", -2))).toBe(0);
    await sim.world.run(20 * MINUTE_MS);
    client = await sim.connect("later");
    expect(await sim.run(offsetAt(client, "orders", -2))).toBe(3);
    client = await restart(sim);
    const partitions = [{ partition: 0, currentLeaderEpoch: -1, leaderEpoch: 0 }];
    const asked = client.send(OffsetForLeaderEpoch, { replicaId: -1, topics: [{ topic: "orders", partitions }] });
    expect((await sim.run(asked)).topics[0]!.partitions[0]).toMatchObject({ leaderEpoch: 0, endOffset: 3 });
  });
});

describe("a partition that the cluster doesn't know any more, after a restart", () => {
  const stray = (topic: string): unknown => expect.stringMatching(new RegExp(`^${topic}-0\\.[0-9a-f]{32}-stray$`));

  test("keeps its log under another name, when the journal was restored from an older copy", async () => {
    const sim = await SimBroker.started();
    let client = await sim.connect();
    await sim.run(createTopic(client, "before"));
    let older: Uint8Array = new Uint8Array();
    client = await restart(sim, (disk) => (older = disk.readFile(JOURNAL)));
    await sim.run(createTopic(client, "after"));
    for (const topic of ["before", "after"]) await sim.run(produce(client, topic, ["a", "b"]));
    client = await restart(sim, (disk) => disk.writeFileAtomically(JOURNAL, older));
    const { disk } = sim.node.runtime;
    const folders = (): string[] => disk.list("/data/broker-1").filter((name) => name.includes("-0"));
    expect(folders()).toEqual([stray("after"), "before-0"]);
    expect(await sim.run(fetchAll(client, "before"))).toEqual(["a", "b"]);
    // A new topic of that name begins with nothing, and the old one's records stay.
    await sim.run(createTopic(client, "after"));
    expect(await sim.run(offsetAt(client, "after", -1))).toBe(0);
    await sim.world.run(60 * MINUTE_MS);
    expect(folders()).toEqual(["after-0", stray("after"), "before-0"]);
    const kept = folders()[1]!;
    expect(disk.size(`/data/broker-1/${kept}/00000000000000000000.log`)).toBeGreaterThan(60);
  });

  test("keeps its log however much of the journal was cut off", async () => {
    for (let part = 1; part < 8; part++) {
      const sim = await SimBroker.started(part);
      const client = await sim.connect();
      for (const topic of ["t", "u"]) {
        await sim.run(createTopic(client, topic, { "retention.ms": "-1" }));
        await sim.run(produce(client, topic, ["a"]));
      }
      await sim.stop();
      const { disk } = sim.node.restart();
      const whole = disk.readFile(JOURNAL);
      disk.writeFileAtomically(JOURNAL, whole.subarray(0, (whole.length * part) >> 3));
      // A journal that has forgotten the cluster's id makes another cluster, which the data doesn't belong to.
      await sim.start(sim.node.restart()).catch((error: unknown) => {
        expect(error).toMatchObject({ code: "INCONSISTENT_CLUSTER_ID" });
      });
      await sim.world.run(60 * MINUTE_MS);
      const image = sim.node.restart().disk;
      const folders = image.list("/data/broker-1").filter((name) => /-(0|stray)$/.test(name));
      const sizes = folders.map((name) => image.size(`/data/broker-1/${name}/00000000000000000000.log`));
      expect(sizes, `${part} of 8`).toEqual([expect.any(Number), expect.any(Number)]);
      expect(Math.min(...sizes), `${part} of 8`).toBeGreaterThan(60);
    }
  });
});

test("a changed topic id in partition.metadata takes the partition offline; put right, all is there", async () => {
  const sim = await SimBroker.started();
  let client = await sim.connect();
  await sim.run(createTopic(client, "orders"));
  await sim.run(produce(client, "orders", ["a", "b"]));
  const path = "/data/broker-1/orders-0/partition.metadata";
  let right: Uint8Array = new Uint8Array();
  client = await restart(sim, (disk) => {
    right = disk.readFile(path);
    const changed = right.slice();
    const at = changed.length - 5;
    changed[at] = changed[at] === 0x41 ? 0x42 : 0x41;
    disk.writeFileAtomically(path, changed);
  });
  expect(await sim.run(produce(client, "orders", ["c"]))).toMatchObject({ errorCode: 56 });
  expect(await sim.run(fetch(client, "orders", 0))).toMatchObject({ errorCode: 56 });
  const said = sim.world.trace.filter((line) => line.includes(`in ${path}`) && line.includes("put the id right"));
  expect(said).toHaveLength(1);
  client = await restart(sim, (disk) => disk.writeFileAtomically(path, right));
  expect(await sim.run(fetchAll(client, "orders"))).toEqual(["a", "b"]);
});
