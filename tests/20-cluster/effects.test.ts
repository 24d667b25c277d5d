/** Requests that a client sends without waiting for the answers to those before. */
import { describe, expect, test } from "vitest";
import { type BrokerConnection } from "#ground/network/broker-connection";
import { Metadata } from "#ground/protocol/messages/03-metadata";
import { CreateTopics } from "#ground/protocol/messages/19-create-topics";
import { DeleteTopics } from "#ground/protocol/messages/20-delete-topics";
import { createTopic, fetch, produce } from "./clients.ts";
import { SimBroker } from "./sim-broker.ts";
import { SimCluster } from "./sim-cluster.ts";

async function create(client: BrokerConnection, name: string): Promise<number> {
  const { topics } = await client.send(CreateTopics, { topics: [{ name, numPartitions: 1, replicationFactor: 1 }] });
  return topics[0]!.errorCode;
}

async function remove(client: BrokerConnection, name: string): Promise<number> {
  const { responses } = await client.send(DeleteTopics, { topics: [{ name }] }, { version: 6 });
  return responses[0]!.errorCode;
}

async function names(client: BrokerConnection): Promise<(string | null)[]> {
  const { topics } = await client.send(Metadata, { topics: null });
  return topics.map(({ name }) => name);
}

describe("requests of one connection take effect one after the other", () => {
  test("a topic is there for the requests behind the one that makes it", async () => {
    const sim = await SimBroker.started();
    const client = await sim.connect();
    const made = create(client, "t");
    const produced = produce(client, "t", ["a"]);
    expect(await sim.run(made)).toBe(0);
    expect(await sim.run(produced)).toEqual({ errorCode: 0, baseOffset: 0 });
  });

  test.each([["the controller", 1], ["a broker that asks the controller", 2]])("at %s", async (_, at) => {
    const cluster = await SimCluster.started(3);
    const client = await cluster.connect(at);
    const all = [create(client, "t"), remove(client, "t"), create(client, "t"), create(client, "t")];
    expect(await cluster.run(Promise.all(all))).toEqual([0, 0, 0, 36]);
  });

  test("when no controller is there yet: each waits for the one before", async () => {
    const cluster = await SimCluster.started(3);
    const client = await cluster.connect(2);
    cluster.crash(1);
    const all = [create(client, "t"), remove(client, "t"), create(client, "u")];
    expect(await cluster.run(Promise.all(all))).toEqual([0, 0, 0]);
  });

  test("but not the answers: a request that waits for records holds nobody back", async () => {
    const sim = await SimBroker.started();
    const client = await sim.connect();
    await sim.run(createTopic(client, "t"));
    const parked = fetch(client, "t", 0, { maxWaitMs: 60_000 });
    const made = create(client, "u");
    const other = await sim.connect("other");
    await sim.world.run(1_000);
    expect(await sim.run(names(other))).toEqual(["t", "u"]);
    await sim.run(produce(other, "t", ["a"]));
    expect((await sim.run(parked)).values).toEqual(["a"]);
    expect(await sim.run(made)).toBe(0);
  });
});
