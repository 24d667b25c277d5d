import { expect, test } from "vitest";
import { ERRORS } from "#ground/errors";
import { type BrokerConnection } from "#ground/network/broker-connection";
import { Metadata } from "#ground/protocol/messages/03-metadata";
import { CreateTopics } from "#ground/protocol/messages/19-create-topics";
import { DeleteTopics } from "#ground/protocol/messages/20-delete-topics";
import { AlterConfigs } from "#ground/protocol/messages/33-alter-configs";
import { CreatePartitions } from "#ground/protocol/messages/37-create-partitions";
import { ElectLeaders } from "#ground/protocol/messages/43-elect-leaders";
import { IncrementalAlterConfigs } from "#ground/protocol/messages/44-incremental-alter-configs";
import { AlterPartitionReassignments } from "#ground/protocol/messages/45-alter-partition-reassignments";
import { ListPartitionReassignments } from "#ground/protocol/messages/46-list-partition-reassignments";
import { SimCluster } from "./sim-cluster.ts";

const REQUEST_TIMEOUT_MS = 2_000;
const TIMED_OUT = { errorCode: ERRORS.REQUEST_TIMED_OUT[0] };
const TOPIC_CONFIG = { resourceType: 2, resourceName: "orders", configs: [{ name: "retention.ms", value: "1" }] };
const PARTITION = { name: "orders", partitions: [{ partitionIndex: 1, replicas: [1] }] };

/** A client of a broker that isn't the controller, and the names of both brokers' machines. */
async function started(config: Record<string, unknown> = {}, count = 2): Promise<{
  readonly cluster: SimCluster;
  readonly client: BrokerConnection;
  readonly asked: string;
  readonly controller: string;
}> {
  const cluster = await SimCluster.started(count, 1, { "request.timeout.ms": REQUEST_TIMEOUT_MS, ...config });
  const { controllerId } = cluster.brokers.get(1)!.state()!;
  const asked = controllerId === 1 ? 2 : 1;
  const client = await cluster.connect(asked);
  // The way there is open.
  await cluster.run(client.send(ListPartitionReassignments, { topics: null }));
  return { cluster, client, asked: cluster.hostOf(asked), controller: cluster.hostOf(controllerId) };
}

test("a controller that doesn't answer in time: the client is told so, in the fields of each API", async () => {
  const { cluster, client, asked, controller } = await started();
  const send: SimCluster["run"] = (call) => cluster.run(call);
  // What is asked arrives, the answer never does.
  cluster.world.network.cut(controller, asked);
  expect(await send(client.send(CreateTopics, { topics: [{ name: "a", numPartitions: 1, replicationFactor: 1 }] })))
    .toMatchObject({ topics: [{ name: "a", ...TIMED_OUT }] });
  expect(await send(client.send(DeleteTopics, { topicNames: ["a", "b"] }, { version: 5 })))
    .toMatchObject({ responses: [{ name: "a", ...TIMED_OUT }, { name: "b", ...TIMED_OUT }] });
  expect(await send(client.send(AlterConfigs, { resources: [TOPIC_CONFIG] })))
    .toMatchObject({ responses: [{ resourceType: 2, resourceName: "orders", ...TIMED_OUT }] });
  expect(await send(client.send(IncrementalAlterConfigs, { resources: [TOPIC_CONFIG] })))
    .toMatchObject({ responses: [{ resourceType: 2, resourceName: "orders", ...TIMED_OUT }] });
  expect(await send(client.send(CreatePartitions, { topics: [{ name: "a", count: 3, assignments: null }] })))
    .toMatchObject({ results: [{ name: "a", ...TIMED_OUT }] });
  expect(await send(client.send(ElectLeaders, { topicPartitions: [{ topic: "a", partitions: [0] }] }))).toMatchObject({
    ...TIMED_OUT, replicaElectionResults: [{ topic: "a", partitionResult: [{ partitionId: 0, ...TIMED_OUT }] }],
  });
  expect(await send(client.send(AlterPartitionReassignments, { topics: [PARTITION] }))).toMatchObject({
    ...TIMED_OUT, responses: [{ name: "orders", partitions: [{ partitionIndex: 1, ...TIMED_OUT }] }],
  });
  expect(await send(client.send(ListPartitionReassignments, { topics: null }))).toMatchObject(TIMED_OUT);
});

test("it is told after request.timeout.ms, and the connection stays: what comes next is answered", async () => {
  const { cluster, client, asked, controller } = await started();
  const create = (name: string): ReturnType<typeof client.send<typeof CreateTopics>> => {
    return cluster.run(client.send(CreateTopics, { topics: [{ name, numPartitions: 1, replicationFactor: 1 }] }));
  };
  expect(await create("a")).toMatchObject({ topics: [{ errorCode: 0 }] });
  cluster.world.network.cut(controller, asked);
  const beganMs = cluster.world.nowMs;
  expect(await create("b")).toMatchObject({ topics: [TIMED_OUT] });
  expect(cluster.world.nowMs - beganMs).toBeLessThan(REQUEST_TIMEOUT_MS + 200);
  expect((await cluster.run(client.send(Metadata, { topics: null }))).brokers).toHaveLength(2);
});

test("a controller that takes its time is asked once: it would say that the topic is there already", async () => {
  const { cluster, client, asked, controller } = await started({ "request.timeout.ms": 30_000 });
  cluster.world.network.cut(controller, asked);
  const created = client.send(CreateTopics, { topics: [{ name: "a", numPartitions: 1, replicationFactor: 1 }] });
  await cluster.world.run(8_000);
  cluster.world.network.heal();
  expect(await cluster.run(created)).toMatchObject({ topics: [{ name: "a", errorCode: 0 }] });
});

test("who can't wait any longer takes no answer from others", async () => {
  const { cluster, client, asked, controller } = await started({ "request.timeout.ms": 10_000 });
  const other = await cluster.connect(Number(asked.at(-1)), "other");
  const create = (connection: BrokerConnection, name: string): ReturnType<typeof client.send<typeof CreateTopics>> => {
    return connection.send(CreateTopics, { topics: [{ name, numPartitions: 1, replicationFactor: 1 }] });
  };
  cluster.world.network.cut(controller, asked);
  const first = create(client, "a");
  await cluster.world.run(8_000);
  const second = create(other, "b");
  expect(await cluster.run(first)).toMatchObject({ topics: [TIMED_OUT] });
  cluster.world.network.heal();
  expect(await cluster.run(second)).toMatchObject({ topics: [{ name: "b", errorCode: 0 }] });
});

test("a controller that stands still is left for the next one, long before the time is up", async () => {
  const { cluster, client, controller } = await started({ "request.timeout.ms": 30_000 }, 3);
  cluster.world.node(controller).freeze(20_000);
  const beganMs = cluster.world.nowMs;
  const topics = [{ name: "a", numPartitions: 1, replicationFactor: 1 }];
  expect(await cluster.run(client.send(CreateTopics, { topics }))).toMatchObject({ topics: [{ errorCode: 0 }] });
  expect(cluster.world.nowMs - beganMs).toBeLessThan(10_000);
});

test("a controller that learns in the midst of it that it is none any more hands the request on", async () => {
  const { cluster, controller } = await started({ "request.timeout.ms": 30_000 }, 3);
  const client = await cluster.connect(Number(controller.at(-1)), "other");
  cluster.world.node(controller).freeze(3_000);
  const topics = [{ name: "a", numPartitions: 1, replicationFactor: 1 }];
  expect(await cluster.run(client.send(CreateTopics, { topics }))).toMatchObject({ topics: [{ errorCode: 0 }] });
});
