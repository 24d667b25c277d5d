import { orThrow } from "#cluster/admin/admin";
import { mirrorFlows } from "#cluster/mirror/mirror-config";
import { MirrorFlow } from "#cluster/mirror/mirror-flow";
import { OffsetSyncs } from "#cluster/mirror/offset-syncs";
import { DefaultReplicationPolicy } from "#cluster/mirror/replication-policy";
import { describe, expect, test } from "vitest";
import { type City, MIRROR_PROPERTIES, TwoClusters } from "./two-clusters.ts";

describe("two clusters that copy each other", { timeout: 60_000 }, () => {
  test("have each other's topics, under the other's name, and nothing comes home", async () => {
    const cities = new TwoClusters();
    await cities.start();
    cities.mirror();
    await cities.write("paris", "orders", ["a", "b"]);
    await cities.write("rome", "orders", ["x"]);
    await cities.paris.world.run(10_000);
    expect(await cities.read("rome", "paris.orders")).toEqual(["a", "b"]);
    expect(await cities.read("paris", "rome.orders")).toEqual(["x"]);
    const names = async (city: City): Promise<string[]> => {
      const topics = await cities.paris.run(cities.admin(city).listTopics());
      return topics.map(({ name }) => name).filter((name) => !name.startsWith("__"));
    };
    expect(await names("paris")).toEqual(["orders", "rome.orders"]);
    expect(await names("rome")).toEqual(["orders", "paris.orders"]);
  });

  test("where offsets differ, a group goes on at the record where it was", async () => {
    const cities = new TwoClusters();
    await cities.start();
    cities.mirror();
    await cities.stopMirror();
    await cities.write("paris", "orders", ["a", "b", "c", "d"]);
    const admin = cities.admin("paris");
    orThrow(await cities.paris.run(admin.deleteRecords([{ topic: "orders", partition: 0, offset: 2 }])));
    const atD = [{ topic: "orders", partition: 0, offset: 3, leaderEpoch: -1 }];
    await cities.paris.run(admin.alterGroupOffsets("g", atD));
    cities.mirror();
    await cities.paris.world.run(10_000);
    expect(await cities.read("rome", "paris.orders")).toEqual(["c", "d"]);
    expect(await cities.paris.run(cities.admin("rome").listGroupOffsets("g")))
      .toMatchObject([{ topic: "paris.orders", partition: 0, offset: 1 }]);
  });

  test("go on where they were after a pause, and with topics that have grown", async () => {
    const cities = new TwoClusters();
    await cities.start();
    cities.mirror();
    await cities.write("paris", "orders", ["a"]);
    await cities.paris.world.run(5_000);
    await cities.stopMirror();
    await cities.write("paris", "orders", ["b"]);
    orThrow(await cities.paris.run(cities.admin("paris").createPartitions(new Map([["orders", { count: 3 }]]))));
    cities.mirror();
    await cities.paris.world.run(10_000);
    expect(await cities.read("rome", "paris.orders")).toEqual(["a", "b"]);
    const described = orThrow(await cities.paris.run(cities.admin("rome").describeTopics(["paris.orders"])));
    expect(described.get("paris.orders")!.partitions.length).toBe(3);
  });

  test("copy all else, when a topic can't be made there: its name would be too long", async () => {
    const cities = new TwoClusters();
    await cities.start();
    cities.mirror();
    await cities.write("paris", "a".repeat(248), ["lost"]);
    await cities.write("paris", "orders", ["a"]);
    await cities.paris.world.run(10_000);
    expect(await cities.read("rome", "paris.orders")).toEqual(["a"]);
  });

  test("leave out what is excluded", async () => {
    const cities = new TwoClusters();
    await cities.start();
    cities.mirror({ ...MIRROR_PROPERTIES, "topics.exclude": "secret.*,other" });
    await cities.write("paris", "secrets", ["s"]);
    await cities.write("paris", "orders", ["a"]);
    await cities.paris.world.run(10_000);
    const names = (await cities.paris.run(cities.admin("rome").listTopics())).map(({ name }) => name);
    expect(names).toContain("paris.orders");
    expect(names).not.toContain("paris.secrets");
  });

  test("lose nothing when the other is down for a while", async () => {
    const cities = new TwoClusters();
    await cities.start();
    cities.mirror();
    await cities.write("paris", "orders", ["a"]);
    await cities.paris.world.run(5_000);
    cities.rome.crash(1);
    await cities.write("paris", "orders", ["b", "c"]);
    await cities.paris.world.run(20_000);
    await cities.rome.restart(1);
    await cities.paris.world.run(60_000);
    expect(new Set(await cities.read("rome", "paris.orders"))).toEqual(new Set(["a", "b", "c"]));
  });

  const DEAD: [City, string][] = [["rome", "before it begins"], ["rome", "meanwhile"], ["paris", "meanwhile"]];
  test.each(DEAD)("a mirror ends soon when it is stopped, also if %s has died %s", async (city, when) => {
    const cities = new TwoClusters();
    await cities.start();
    const { world } = cities.paris;
    await cities.write("paris", "orders", ["a"]);
    if (when === "before it begins") cities[city].crash(1);
    const [config] = mirrorFlows({ ...MIRROR_PROPERTIES, "sync.group.offsets.enabled": "false" });
    const flow = new MirrorFlow(config!, world.node("mirror").runtime);
    const over = flow.run();
    await world.run(5_000);
    if (when === "meanwhile") {
      if (city === "rome") await cities.write("paris", "orders", ["b"]);
      cities[city].crash(1);
    }
    await world.run(3_000);
    flow.stop();
    await cities.paris.run(over, 15_000);
    expect(world.node("mirror").openResources).toEqual([]);
  });
});

test("a topic that has been at a cluster before isn't sent there again, however far it has come", () => {
  const policy = new DefaultReplicationPolicy();
  expect(policy.remoteTopic("paris", "orders")).toBe("paris.orders");
  expect(["paris.orders", "rome.paris.orders", "rome.orders", "orders"].map((name) => policy.isFrom("paris", name)))
    .toEqual([true, true, false, false]);
});

test("an offset is translated to that of the same record, and never past one that wasn't read", () => {
  const syncs = new OffsetSyncs();
  for (const [source, target] of [[5, 0], [6, 1], [9, 2], [10, 4]] as const) syncs.add(source, target);
  expect([4, 5, 6, 7, 8, 9, 10, 11, 50].map((offset) => syncs.translate(offset))).toEqual([
    null, 0, 1, 2, 2, 2, 4, 5, 5,
  ]);
});

test("what is wrong with the properties is said", () => {
  expect(() => mirrorFlows({})).toThrow('clusters: expected two names or more, such as paris,rome, got "nothing"');
  expect(() => mirrorFlows({ clusters: "a,b" })).toThrow("a.bootstrap.servers: expected host:port");
  const servers = { clusters: "a,b", "a.bootstrap.servers": "x:1", "b.bootstrap.servers": "y:1" };
  expect(() => mirrorFlows(servers)).toThrow("expected a line such as a->b.enabled=true");
});
