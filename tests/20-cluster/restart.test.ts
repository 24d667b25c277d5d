import { describe, expect, test } from "vitest";
import { type BrokerConnection } from "#ground/network/broker-connection";
import { OffsetForLeaderEpoch } from "#ground/protocol/messages/23-offset-for-leader-epoch";
import { createTopic, offsetAt, produce } from "./clients.ts";
import { SimBroker } from "./sim-broker.ts";

const MINUTE_MS = 60_000;

async function restart(sim: SimBroker): Promise<BrokerConnection> {
  await sim.stop();
  await sim.start(sim.node.restart());
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
