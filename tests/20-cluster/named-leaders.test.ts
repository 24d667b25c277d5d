import { expect, test } from "vitest";
import { Admin } from "#cluster/admin/admin";
import { KafkaConsumer } from "#groups";
import { produce } from "./clients.ts";
import { SimCluster } from "./sim-cluster.ts";

const FIRST = { topic: "orders", partition: 0 };
/** So long a client pauses that has to ask who leads. */
const PAUSE_MS = 20_000;

test("a consumer goes on at once at the leader that the old one names", async () => {
  const cluster = await SimCluster.started();
  const servers = { "bootstrap.servers": "broker-3:9092" };
  const admin = new Admin(servers, { runtime: cluster.world.node("admin").runtime });
  await cluster.run(admin.createTopics([{ name: "orders", assignments: [[1, 2, 3]] }]));
  await cluster.world.run(1_000);
  const write = async (leader: number, value: string): Promise<void> => {
    const client = await cluster.connect(leader, `writer-${leader}`);
    expect((await cluster.run(produce(client, "orders", [value]))).errorCode).toBe(0);
  };
  const consumer = new KafkaConsumer({
    ...servers, "auto.offset.reset": "earliest", "retry.backoff.ms": PAUSE_MS, "retry.backoff.max.ms": PAUSE_MS,
  }, { runtime: cluster.world.node("consumer").runtime });
  consumer.assign([FIRST]);
  const read = async (): Promise<string> => {
    for (let polls = 0; polls < 600; polls++) {
      for (const { value } of await cluster.run(consumer.poll(100))) return Buffer.from(value!).toString();
    }
    return "nothing";
  };
  await write(1, "a");
  expect(await read()).toBe("a");
  await cluster.run(admin.alterPartitionReassignments([{ ...FIRST, replicas: [2, 1, 3] }]));
  await cluster.run(admin.electLeaders("preferred", [FIRST]));
  await cluster.world.run(1_000);
  await write(2, "b");
  const beganMs = cluster.world.nowMs;
  expect(await read()).toBe("b");
  expect(cluster.world.nowMs - beganMs, "milliseconds until the record came").toBeLessThan(2_000);
  await cluster.run(consumer.close());
});
