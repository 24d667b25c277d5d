import { describe, expect, test } from "vitest";
import { Admin } from "#cluster/admin/admin";
import { type AlterConfigOp, type ConfigEntry } from "#cluster/admin/admin-types";
import { AlterConfigs } from "#ground/protocol/messages/33-alter-configs";
import { IncrementalAlterConfigs } from "#ground/protocol/messages/44-incremental-alter-configs";
import { ERRORS } from "#ground/errors";
import { createTopic, produce } from "./clients.ts";
import { SimCluster } from "./sim-cluster.ts";

const TOPIC = { type: "topic", name: "orders" } as const;
const ALL = { type: "broker", name: "" } as const;

/** Three brokers, a topic with a replica on broker 1 alone, and an admin client. */
async function started(): Promise<{ cluster: SimCluster; admin: Admin }> {
  const cluster = await SimCluster.started(3, 1, { "min.insync.replicas": 1 });
  const admin = new Admin({ "bootstrap.servers": "broker-2:9092" }, { runtime: cluster.world.node("admin").runtime });
  await cluster.run(admin.createTopics([{ name: TOPIC.name, assignments: [[1]] }]));
  return { cluster, admin };
}

type Resource = typeof TOPIC | { readonly type: "broker"; readonly name: string };

async function alter(
  { cluster, admin }: { cluster: SimCluster; admin: Admin }, resource: Resource, ...ops: AlterConfigOp[]
): Promise<string | null> {
  const [result] = await cluster.run(admin.incrementalAlterConfigs([{ ...resource, ops }]));
  await cluster.world.run(500);
  return result instanceof Error ? result.code : null;
}

const set = (name: string, value: string): AlterConfigOp => ({ name, op: "set", value });

async function entry(
  { cluster, admin }: { cluster: SimCluster; admin: Admin }, resource: Resource, key: string,
): Promise<ConfigEntry | undefined> {
  const [entries] = await cluster.run(admin.describeConfigs([resource]));
  if (entries instanceof Error) throw entries;
  return entries?.find(({ name }) => name === key);
}

describe("settings of topics", () => {
  test("take effect in the running log, and again after a restart", async () => {
    const { cluster, admin } = await started();
    const client = await cluster.connect(1);
    const big = "x".repeat(2_000);
    expect(await cluster.run(produce(client, TOPIC.name, [big]))).toMatchObject({ errorCode: 0 });
    expect(await alter({ cluster, admin }, TOPIC, set("max.message.bytes", "1000"))).toBeNull();
    const tooLarge = { errorCode: ERRORS.MESSAGE_TOO_LARGE[0] };
    expect(await cluster.run(produce(client, TOPIC.name, [big]))).toMatchObject(tooLarge);
    cluster.crash(1);
    await cluster.restart(1);
    const again = await cluster.connect(1);
    expect(await cluster.run(produce(again, TOPIC.name, [big]))).toMatchObject(tooLarge);
    expect(await alter({ cluster, admin }, TOPIC, { name: "max.message.bytes", op: "delete" })).toBeNull();
    expect(await cluster.run(produce(again, TOPIC.name, [big]))).toMatchObject({ errorCode: 0 });
  });

  test("what can't be isn't taken over, not even in part", async () => {
    const own = await started();
    expect(await alter(own, TOPIC, set("retention.ms", "1000"), set("segment.bytes", "few"))).toBe("INVALID_CONFIG");
    expect(await alter(own, TOPIC, set("no.such.key", "1"))).toBe("INVALID_CONFIG");
    expect(await alter(own, TOPIC, set("retention.ms", "1"), set("retention.ms", "2"))).toBe("INVALID_REQUEST");
    expect(await alter(own, TOPIC, { name: "retention.ms", op: "set" })).toBe("INVALID_REQUEST");
    expect(await alter(own, TOPIC, { name: "retention.ms", op: "append", value: "1" })).toBe("INVALID_CONFIG");
    expect(await entry(own, TOPIC, "retention.ms")).toMatchObject({ value: "604800000", configSource: 5 });
  });

  test("lists are added to and taken from, beginning with the default", async () => {
    const own = await started();
    const change = async (op: "append" | "subtract", value: string): Promise<string | null | undefined> => {
      await alter(own, TOPIC, { name: "cleanup.policy", op, value });
      return (await entry(own, TOPIC, "cleanup.policy"))?.value;
    };
    expect(await change("append", "compact")).toBe("delete,compact");
    expect(await change("append", "compact")).toBe("delete,compact");
    expect(await change("subtract", "delete")).toBe("compact");
  });

  test("AlterConfigs sets what it names, and all else back; validateOnly changes nothing", async () => {
    const own = await started();
    await alter(own, TOPIC, set("retention.ms", "1000"));
    const client = await own.cluster.connect(3);
    const resources = [
      { resourceType: 2, resourceName: "orders", configs: [{ name: "segment.bytes", value: "5000" }] },
    ];
    for (const validateOnly of [true, false]) {
      const { responses } = await own.cluster.run(client.send(AlterConfigs, { resources, validateOnly }));
      expect(responses).toMatchObject([{ errorCode: 0, resourceType: 2, resourceName: "orders" }]);
      await own.cluster.world.run(500);
      const left = validateOnly ? "1000" : "604800000";
      expect(await entry(own, TOPIC, "retention.ms")).toMatchObject({ value: left });
    }
    expect(await entry(own, TOPIC, "segment.bytes")).toMatchObject({ value: "5000", configSource: 1 });
  });

  test("a resource that is named twice, or of a type that we don't have, is refused; the others are not", async () => {
    const { cluster } = await started();
    const client = await cluster.connect(1);
    const configs = [{ name: "retention.ms", configOperation: 0, value: "1" }];
    await cluster.run(createTopic(client, "other"));
    const resources = [
      { resourceType: 2, resourceName: "orders", configs },
      { resourceType: 2, resourceName: "other", configs },
      { resourceType: 2, resourceName: "orders", configs },
      { resourceType: 8, resourceName: "1", configs },
      { resourceType: 2, resourceName: "gone", configs },
    ];
    const { responses } = await cluster.run(client.send(IncrementalAlterConfigs, { resources }));
    const [invalid] = ERRORS.INVALID_REQUEST;
    const codes = responses.map(({ resourceName, errorCode }) => [resourceName, errorCode]);
    expect(codes).toEqual([
      ["orders", invalid], ["other", 0], ["orders", invalid], ["1", invalid],
      ["gone", ERRORS.UNKNOWN_TOPIC_OR_PARTITION[0]],
    ]);
  });
});

describe("settings of brokers", () => {
  test("of all and of one: the default of topics, in the running log, and again after a restart", async () => {
    const own = await started();
    const { cluster } = own;
    const big = "x".repeat(2_000);
    const errorOf = async (): Promise<number> => {
      const client = await cluster.connect(1);
      return (await cluster.run(produce(client, TOPIC.name, [big]))).errorCode;
    };
    expect(await errorOf()).toBe(0);
    expect(await alter(own, ALL, set("message.max.bytes", "1000"))).toBeNull();
    expect(await errorOf()).toBe(ERRORS.MESSAGE_TOO_LARGE[0]);
    expect(await alter(own, { type: "broker", name: "1" }, set("message.max.bytes", "3000"))).toBeNull();
    expect(await errorOf()).toBe(0);
    expect(await alter(own, { type: "broker", name: "1" }, { name: "message.max.bytes", op: "delete" })).toBeNull();
    for (const id of [1, 2, 3]) cluster.crash(id);
    for (const id of [1, 2, 3]) await cluster.restart(id);
    await cluster.world.run(5_000);
    expect(await errorOf()).toBe(ERRORS.MESSAGE_TOO_LARGE[0]);
  });

  test("are told with where they come from: for this broker, for all, from the start, by default", async () => {
    const own = await started();
    const of1 = { type: "broker", name: "1" } as const;
    await alter(own, ALL, set("min.insync.replicas", "2"), set("log.retention.ms", "5000"));
    await alter(own, of1, set("min.insync.replicas", "3"));
    expect(await entry(own, of1, "min.insync.replicas")).toMatchObject({
      value: "3", configSource: 2, readOnly: false,
      synonyms: [
        { name: "min.insync.replicas", value: "3", source: 2 },
        { name: "min.insync.replicas", value: "2", source: 3 },
        { name: "min.insync.replicas", value: "1", source: 4 },
        { name: "min.insync.replicas", value: "1", source: 5 },
      ],
    });
    expect(await entry(own, of1, "log.dirs")).toMatchObject({ readOnly: true });
    expect(await entry(own, ALL, "min.insync.replicas")).toMatchObject({ value: "2", configSource: 3 });
    expect(await entry(own, TOPIC, "retention.ms")).toMatchObject({
      value: "5000", configSource: 3, synonyms: [{ name: "log.retention.ms" }, { name: "log.retention.hours" }],
    });
  });

  test("what is read when a broker starts can't be set, nor for a broker that isn't there", async () => {
    const own = await started();
    expect(await alter(own, ALL, set("log.dirs", "/x"))).toBe("INVALID_REQUEST");
    expect(await alter(own, ALL, set("message.max.bytes", "many"))).toBe("INVALID_REQUEST");
    const client = await own.cluster.connect(1);
    const configs = [{ name: "message.max.bytes", configOperation: 0, value: "5000" }];
    const resources = ["9", "01"].map((resourceName) => ({ resourceType: 4, resourceName, configs }));
    const { responses } = await own.cluster.run(client.send(IncrementalAlterConfigs, { resources }));
    const [errorCode] = ERRORS.INVALID_REQUEST;
    expect(responses).toMatchObject([{ errorCode }, { errorCode }]);
  });
});
