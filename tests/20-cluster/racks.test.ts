import { describe, expect, test } from "vitest";
import { Fetch, type FetchResponse } from "#ground/protocol/messages/01-fetch";
import { Metadata } from "#ground/protocol/messages/03-metadata";
import { DeleteRecords } from "#ground/protocol/messages/21-delete-records";
import { KafkaConsumer } from "#groups";
import { createTopic, produce } from "./clients.ts";
import { SimCluster } from "./sim-cluster.ts";

const RACK_AWARE = "org.apache.kafka.common.replica.RackAwareReplicaSelector";
const PARTITION = { topic: "orders", partition: 0 };
const LEASE_MS = 20_000;

interface Racks {
  readonly cluster: SimCluster;
  readonly leader: number;
  /** One of the followers; its rack is `rack-ID`, as with each broker. */
  readonly near: number;
  readonly write: (...values: readonly string[]) => Promise<unknown>;
}

/** Three brokers in racks rack-1 to rack-3, with a topic that all have. */
async function started(selector: string | null = RACK_AWARE): Promise<Racks> {
  const cluster = new SimCluster(1, selector === null ? {} : { "replica.selector.class": selector });
  for (const id of [1, 2, 3]) await cluster.start(id, undefined, { "broker.rack": `rack-${id}` });
  const client = await cluster.connect(1);
  await cluster.run(createTopic(client, "orders", { "retention.ms": "-1" }, 1, 3));
  const found = await cluster.run(client.send(Metadata, { topics: [{ name: "orders" }] }));
  const leader = found.topics[0]!.partitions[0]!.leaderId;
  const toLeader = await cluster.connect(leader, "writer");
  const write: Racks["write"] = (...values) => cluster.run(produce(toLeader, "orders", values, -1));
  await write("r0", "r1", "r2");
  await cluster.world.run(1_000);
  return { cluster, leader, near: leader === 1 ? 2 : 1, write };
}

type Answer = FetchResponse["responses"][number]["partitions"][number];

/** What a broker answers to a consumer that says where it is. */
async function ask({ cluster }: Racks, at: number, rackId: string, change: object = {}): Promise<Answer> {
  const client = await cluster.connect(at, "reader");
  const partition = { partition: 0, fetchOffset: 0, partitionMaxBytes: 1e6, ...change };
  const topics = [{ topic: "orders", partitions: [partition] }];
  const request = { maxWaitMs: 0, minBytes: 1, isolationLevel: 0, topics, rackId };
  const { responses } = await cluster.run(client.send(Fetch, request, { version: 12 }));
  client.close();
  return responses[0]!.partitions[0]!;
}

describe("a leader names a replica in the consumer's rack", () => {
  test("and gives no records; in its own rack, in an unknown one and without one it gives them", async () => {
    const racks = await started();
    const { leader, near } = racks;
    const there = await ask(racks, leader, `rack-${near}`);
    expect(there).toMatchObject({ errorCode: 0, preferredReadReplica: near, highWatermark: 3 });
    expect(there.records).toHaveLength(0);
    for (const rackId of [`rack-${leader}`, "elsewhere", ""]) {
      const here = await ask(racks, leader, rackId);
      expect([here.preferredReadReplica, here.records!.length > 0]).toEqual([-1, true]);
    }
  });

  test("a follower names nobody, and gives what is committed", async () => {
    const racks = await started();
    const { preferredReadReplica, records } = await ask(racks, racks.near, "elsewhere");
    expect([preferredReadReplica, records!.length > 0]).toEqual([-1, true]);
  });

  test("not one that has left the ISR, nor one that hasn't got the record", async () => {
    const racks = await started();
    const { cluster, leader, near, write } = racks;
    expect(await ask(racks, leader, `rack-${near}`, { fetchOffset: 4 })).toMatchObject({ preferredReadReplica: -1 });
    cluster.world.network.partition(cluster.hostOf(leader), cluster.hostOf(near));
    await write("r3");
    await cluster.world.run(5_000);
    expect(await ask(racks, leader, `rack-${near}`)).toMatchObject({ preferredReadReplica: -1 });
  });

  test("without replica.selector.class it gives the records itself", async () => {
    const racks = await started(null);
    expect(await ask(racks, racks.leader, `rack-${racks.near}`)).toMatchObject({ preferredReadReplica: -1 });
  });
});

/** A consumer in the rack of broker `near`. What it was given, and by whom, is noted. */
function consume({ cluster, near }: Racks): { consumer: KafkaConsumer; poll: (count: number) => Promise<string[]> } {
  const consumer = new KafkaConsumer({
    "bootstrap.servers": [1, 2, 3].map((id) => `${cluster.hostOf(id)}:9092`).join(),
    "auto.offset.reset": "earliest",
    "client.rack": `rack-${near}`,
    "metadata.max.age.ms": LEASE_MS,
    "request.timeout.ms": 2_000,
    "socket.connection.setup.timeout.ms": 500,
  }, { runtime: cluster.world.node("consumer").runtime });
  consumer.assign([PARTITION]);
  const poll = async (count: number): Promise<string[]> => {
    const values: string[] = [];
    for (let polls = 0; values.length < count && polls < 200; polls++) {
      for (const { value } of await cluster.run(consumer.poll(200))) values.push(Buffer.from(value!).toString());
    }
    return values;
  };
  return { consumer, poll };
}

/** Cuts the consumer off from a broker. */
function cutOff({ cluster }: Racks, brokerId: number): void {
  cluster.world.network.partition("consumer", cluster.hostOf(brokerId));
}

describe("a consumer reads from the replica that its leader names", () => {
  test("without asking the leader again, while it may", async () => {
    const racks = await started();
    const { poll } = consume(racks);
    expect(await poll(3)).toEqual(["r0", "r1", "r2"]);
    cutOff(racks, racks.leader);
    await racks.write("r3");
    expect(await poll(1)).toEqual(["r3"]);
  });

  test("when metadata.max.age.ms is over it asks the leader again", async () => {
    const racks = await started();
    const { poll } = consume(racks);
    expect(await poll(3)).toHaveLength(3);
    cutOff(racks, racks.leader);
    await racks.cluster.world.run(LEASE_MS + 1_000);
    await racks.write("r3");
    expect(await poll(1)).toEqual([]);
    racks.cluster.world.network.heal();
    expect(await poll(1)).toEqual(["r3"]);
  });

  test("one that dies is left: the leader has the records", async () => {
    const racks = await started();
    const { poll } = consume(racks);
    expect(await poll(3)).toHaveLength(3);
    racks.cluster.crash(racks.near);
    await racks.cluster.world.run(5_000);
    await racks.write("r3");
    expect(await poll(1)).toEqual(["r3"]);
  });

  test("also where nothing is written: it is told when one comes that is nearer", async () => {
    const racks = await started();
    const { cluster, leader, near } = racks;
    cluster.crash(near);
    await cluster.world.run(5_000);
    const { consumer, poll } = consume(racks);
    expect(await poll(3)).toEqual(["r0", "r1", "r2"]);
    await cluster.start(near, cluster.node(near).restart(), { "broker.rack": `rack-${near}` });
    await cluster.world.run(5_000);
    for (let polls = 0; polls < 10; polls++) await cluster.run(consumer.poll(200));
    cutOff(racks, leader);
    await racks.write("r3");
    expect(await poll(1)).toEqual(["r3"]);
  });

  test("one that it can't reach stays in sync: it goes on from there once it can", async () => {
    const racks = await started();
    const { poll } = consume(racks);
    cutOff(racks, racks.near);
    expect(await poll(1)).toEqual([]);
    racks.cluster.world.network.heal();
    expect(await poll(3)).toEqual(["r0", "r1", "r2"]);
  });

  test("an offset that the replica hasn't got is looked for at the leader, and not reset", async () => {
    const racks = await started();
    const { cluster, leader, near } = racks;
    const { consumer, poll } = consume(racks);
    expect(await poll(3)).toHaveLength(3);
    // The follower lags behind, and doesn't know yet what the leader has.
    cluster.world.network.partition(cluster.hostOf(leader), cluster.hostOf(near));
    await cluster.world.run(4_000);
    await racks.write("r3", "r4", "r5");
    consumer.seek(PARTITION, 5);
    expect(await poll(1)).toEqual(["r5"]);
  });

  test("what the leader has deleted, and says so, is reset", async () => {
    const racks = await started();
    const { cluster, leader } = racks;
    const { consumer, poll } = consume(racks);
    expect(await poll(3)).toHaveLength(3);
    const client = await cluster.connect(leader);
    const topics = [{ name: "orders", partitions: [{ partitionIndex: 0, offset: 2 }] }];
    await cluster.run(client.send(DeleteRecords, { topics, timeoutMs: 5_000 }));
    consumer.seek(PARTITION, 0);
    expect(await poll(1)).toEqual(["r2"]);
  });
});
