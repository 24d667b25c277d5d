import { describe, expect, test } from "vitest";
import { type BrokerConnection } from "#ground/network/broker-connection";
import { Metadata } from "#ground/protocol/messages/03-metadata";
import { OffsetCommit } from "#ground/protocol/messages/08-offset-commit";
import { OffsetFetch } from "#ground/protocol/messages/09-offset-fetch";
import { FindCoordinator } from "#ground/protocol/messages/10-find-coordinator";
import { JoinGroup } from "#ground/protocol/messages/11-join-group";
import { Heartbeat } from "#ground/protocol/messages/12-heartbeat";
import { SyncGroup } from "#ground/protocol/messages/14-sync-group";
import { DescribeGroups } from "#ground/protocol/messages/15-describe-groups";
import { ListGroups } from "#ground/protocol/messages/16-list-groups";
import { DescribeConfigs } from "#ground/protocol/messages/32-describe-configs";
import { DeleteGroups } from "#ground/protocol/messages/42-delete-groups";
import { OffsetDelete } from "#ground/protocol/messages/47-offset-delete";
import { KafkaConsumer } from "#groups";
import { createTopic } from "./clients.ts";
import { SimBroker } from "./sim-broker.ts";
import { SimCluster } from "./sim-cluster.ts";

const FEW = { "offsets.topic.num.partitions": 4, "group.initial.rebalance.delay.ms": 0 };
const ALONE = { ...FEW, "offsets.topic.replication.factor": 1 };
const GROUP = "g";
const TOPIC = 2;

interface World {
  run<T>(call: Promise<T>): Promise<T>;
  readonly world: { run(ms: number): Promise<void> };
}

/** Asks until there is a coordinator. @returns its broker id */
async function findCoordinator(sim: World, client: BrokerConnection): Promise<number> {
  for (let i = 0; i < 100; i++) {
    const answer = await sim.run(client.send(FindCoordinator, { coordinatorKeys: [GROUP] }));
    const { errorCode, nodeId } = answer.coordinators[0]!;
    if (errorCode === 0) return nodeId;
    expect(errorCode).toBe(15);
    await sim.world.run(200);
  }
  throw new Error("There is no coordinator.");
}

async function commit(client: BrokerConnection, offset: number, member = {}): Promise<number> {
  const partitions = [{ partitionIndex: 0, committedOffset: offset, committedMetadata: "note" }];
  const request = { groupId: GROUP, generationIdOrMemberEpoch: -1, ...member, topics: [{ name: "t", partitions }] };
  const { topics } = await client.send(OffsetCommit, request);
  return topics[0]!.partitions[0]!.errorCode;
}

/** The committed offset, or the error. */
async function committed(client: BrokerConnection): Promise<number | string> {
  const { groups } = await client.send(OffsetFetch, { groups: [{ groupId: GROUP, topics: null }] });
  const { errorCode, topics } = groups[0]!;
  if (errorCode !== 0) return `error ${errorCode}`;
  return Number(topics[0]?.partitions[0]?.committedOffset ?? -1);
}

/** Joins and syncs alone. @returns the member id */
async function becomeMember(client: BrokerConnection): Promise<string> {
  const request = {
    groupId: GROUP,
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 10_000,
    memberId: "",
    groupInstanceId: "i",
    protocolType: "consumer",
    protocols: [{ name: "range", metadata: new Uint8Array([1]) }],
  };
  const { errorCode, memberId, generationId } = await client.send(JoinGroup, request);
  expect(errorCode).toBe(0);
  const assignments = [{ memberId, assignment: new Uint8Array([7]) }];
  const identity = { memberId, groupInstanceId: "i" };
  const synced = await client.send(SyncGroup, { groupId: GROUP, generationId, ...identity, assignments });
  expect(synced).toMatchObject({ errorCode: 0, assignment: new Uint8Array([7]) });
  return memberId;
}

describe("groups on one broker", () => {
  async function started(config = {}): Promise<{ sim: SimBroker; client: BrokerConnection }> {
    const sim = await SimBroker.started(1, { ...ALONE, ...config });
    const client = await sim.connect();
    await sim.run(createTopic(client, "t"));
    await findCoordinator(sim, client);
    return { sim, client };
  }

  test("the offsets topic is made as the config says, and compacted", async () => {
    const { sim, client } = await started({ "offsets.topic.segment.bytes": 1_000_000 });
    const { topics } = await sim.run(client.send(Metadata, { topics: [{ name: "__consumer_offsets" }] }));
    expect(topics[0]).toMatchObject({ isInternal: true, partitions: { length: 4 } });
    const resources = [{ resourceType: TOPIC, resourceName: "__consumer_offsets", configurationKeys: null }];
    const { results } = await sim.run(client.send(DescribeConfigs, { resources }));
    const values = new Map(results[0]!.configs.map(({ name, value }) => [name, value]));
    expect([values.get("cleanup.policy"), values.get("segment.bytes")]).toEqual(["compact", "1000000"]);
  });

  test.each(["stop", "crash"] as const)("offsets and members outlive a %s of the broker", async (how) => {
    const { sim, client } = await started();
    const memberId = await sim.run(becomeMember(client));
    const member = { memberId, groupInstanceId: "i", generationIdOrMemberEpoch: 1 };
    expect(await sim.run(commit(client, 42, member))).toBe(0);
    if (how === "stop") {
      await sim.stop();
      await sim.start(sim.node.restart());
    } else {
      await sim.crash();
    }
    const again = await sim.connect();
    await findCoordinator(sim, again);
    expect(await sim.run(committed(again))).toBe(42);
    const alive = { groupId: GROUP, generationId: 1, memberId, groupInstanceId: "i" };
    expect(await sim.run(again.send(Heartbeat, alive))).toMatchObject({ errorCode: 0 });
    const { groups } = await sim.run(again.send(DescribeGroups, { groups: [GROUP] }));
    expect(groups[0]).toMatchObject({ groupState: "Stable", protocolData: "range", members: [{ memberId }] });
  });

  test("a member that isn't heard of is out after its session time-out, without anybody asking", async () => {
    const { sim, client } = await started();
    await sim.run(becomeMember(client));
    await sim.world.run(9_000);
    const listed = async (): Promise<unknown> => (await sim.run(client.send(ListGroups, {}))).groups;
    expect(await listed()).toMatchObject([{ groupId: GROUP, groupState: "Stable", groupType: "classic" }]);
    await sim.world.run(1_500);
    expect(await listed()).toMatchObject([{ groupId: GROUP, groupState: "Empty" }]);
    const filtered = await sim.run(client.send(ListGroups, { statesFilter: ["stable"] }));
    expect(filtered.groups).toEqual([]);
  });

  test("offsets of an empty group are forgotten after a time, and the group with them, for good", async () => {
    const { sim, client } = await started({
      "offsets.retention.minutes": 1,
      "offsets.retention.check.interval.ms": 1_000,
    });
    expect(await sim.run(commit(client, 5))).toBe(0);
    await sim.world.run(58_000);
    expect(await sim.run(committed(client))).toBe(5);
    await sim.world.run(4_000);
    expect(await sim.run(committed(client))).toBe(-1);
    expect((await sim.run(client.send(ListGroups, {}))).groups).toEqual([]);
    await sim.crash();
    const again = await sim.connect();
    expect(await sim.run(committed(again))).toBe(-1);
    expect((await sim.run(again.send(ListGroups, {}))).groups).toEqual([]);
  });

  test("groups and offsets are deleted only when nobody uses them", async () => {
    const { sim, client } = await started();
    const deleteGroup = async (): Promise<number> => {
      return (await sim.run(client.send(DeleteGroups, { groupsNames: [GROUP] }))).results[0]!.errorCode;
    };
    const topics = ["t", "u"].map((name) => ({ name, partitions: [{ partitionIndex: 0 }] }));
    const deleteOffsets = (): Promise<unknown> => sim.run(client.send(OffsetDelete, { groupId: GROUP, topics }));
    expect(await deleteGroup()).toBe(69);
    expect(await deleteOffsets()).toMatchObject({ errorCode: 69 });
    const memberId = await sim.run(becomeMember(client));
    await sim.run(commit(client, 5, { memberId, groupInstanceId: "i", generationIdOrMemberEpoch: 1 }));
    expect(await deleteGroup()).toBe(68);
    // Its metadata is no subscription that we can read: nobody can say what it uses.
    expect(await deleteOffsets()).toMatchObject({ errorCode: 68 });
    await sim.world.run(11_000);
    expect(await deleteOffsets()).toMatchObject({
      errorCode: 0,
      topics: [{ name: "t", partitions: [{ errorCode: 0 }] }, { name: "u", partitions: [{ errorCode: 3 }] }],
    });
    expect(await sim.run(committed(client))).toBe(-1);
    expect(await deleteGroup()).toBe(0);
    expect(await deleteGroup()).toBe(69);
  });

  test("a JoinGroup that waits doesn't outlive the broker: its client is answered when the broker stops", async () => {
    const { sim, client } = await started({ "group.initial.rebalance.delay.ms": 60_000 });
    const joining = becomeMember(client).then(
      () => "joined",
      () => "failed",
    );
    await sim.world.run(100);
    await sim.stop();
    expect(await sim.run(joining)).toBe("failed");
  });
});

describe("groups on three brokers", () => {
  async function coordinated(): Promise<{ sim: SimCluster; id: number; client: BrokerConnection }> {
    const sim = await SimCluster.started(3, 1, FEW);
    const any = await sim.connect(1);
    await sim.run(createTopic(any, "t"));
    const id = await findCoordinator(sim, any);
    return { sim, id, client: await sim.connect(id) };
  }

  test("only the coordinator answers; the others say that they aren't", async () => {
    const { sim, id, client } = await coordinated();
    expect(await sim.run(commit(client, 5))).toBe(0);
    const other = await sim.connect((id % 3) + 1);
    expect(await sim.run(committed(other))).toBe("error 16");
    expect(await sim.run(commit(other, 6))).toBe(16);
  });

  test("when the coordinator is killed another one goes on: offsets, members, generation", async () => {
    const { sim, id, client } = await coordinated();
    const memberId = await sim.run(becomeMember(client));
    const member = { memberId, groupInstanceId: "i", generationIdOrMemberEpoch: 1 };
    expect(await sim.run(commit(client, 42, member))).toBe(0);
    sim.crash(id);
    const other = await sim.connect((id % 3) + 1);
    await sim.world.run(3_000);
    const next = await findCoordinator(sim, other);
    expect(next).not.toBe(id);
    const again = await sim.connect(next);
    expect(await sim.run(committed(again))).toBe(42);
    const alive = { groupId: GROUP, generationId: 1, memberId, groupInstanceId: "i" };
    expect(await sim.run(again.send(Heartbeat, alive))).toMatchObject({ errorCode: 0 });
    expect(await sim.run(commit(again, 41, { ...member, generationIdOrMemberEpoch: 0 }))).toBe(22);
    expect(await sim.run(commit(again, 43, member))).toBe(0);
  });

  test("a consumer whose coordinator is dead asks calmly who coordinates, until another one does", async () => {
    const { sim, id } = await coordinated();
    const config = { "bootstrap.servers": "broker-1:9092,broker-2:9092,broker-3:9092", "group.id": GROUP };
    const consumer = new KafkaConsumer(config, { runtime: sim.world.node("consumer").runtime });
    const partition = { topic: "t", partition: 0 };
    await sim.run(consumer.commitSync([{ ...partition, offset: 7 }]));
    sim.crash(id);
    const before = sim.world.steps;
    const committed = consumer.committed([partition]);
    await sim.world.run(800);
    // Some hundred are the brokers'. Without pauses there would be thousands.
    expect(sim.world.steps - before).toBeLessThan(1_000);
    expect(await sim.run(committed)).toMatchObject([{ offset: 7 }]);
    await sim.run(consumer.close());
  });

  test("a commit that too few replicas have is not acknowledged, and no read tells of it", async () => {
    const { sim, id, client } = await coordinated();
    expect(await sim.run(commit(client, 5))).toBe(0);
    for (const other of [1, 2, 3].filter((one) => one !== id)) sim.crash(other);
    const late = commit(client, 6);
    const read = committed(client);
    expect(await sim.run(late)).toBe(15);
    expect(await sim.run(read)).not.toBe(6);
  });
});
