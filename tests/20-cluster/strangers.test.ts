import { afterEach, describe, expect, test, vi } from "vitest";
import { Fetch } from "#ground/protocol/messages/01-fetch";
import { Partition } from "#replication";
import { createTopic, fetch, frame, produce } from "./clients.ts";
import { SimBroker } from "./sim-broker.ts";

const MEGABYTE = 1 << 20;

afterEach(() => {
  vi.restoreAllMocks();
});

/** Counts the bytes of records that are read from now on. */
function countReads(): () => number {
  const reads = vi.spyOn(Partition.prototype, "read");
  return () =>
    reads.mock.results.reduce((sum, { type, value }) => {
      return type === "return" ? sum + (value as ReturnType<Partition["read"]>).records.length : sum;
    }, 0);
}

function fetchFrame(correlationId: number, minBytes: number): Uint8Array {
  const topics = [{ topic: "orders", partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 8 * MEGABYTE }] }];
  return frame(Fetch, 12, correlationId, { maxWaitMs: 60_000, minBytes, topics });
}

describe("Broker: answers that nobody reads", { timeout: 60_000 }, () => {
  test("fetches of one client that wait: the log is read for the one whose answer is the next to leave", async () => {
    const sim = await SimBroker.started();
    const client = await sim.connect();
    await sim.run(createTopic(client, "orders"));
    const silent = await sim.connectRaw();
    silent.pause();
    for (let i = 0; i < 10; i++) silent.send(fetchFrame(i, 1));
    await sim.world.run(100);
    const bytesRead = countReads();
    await sim.run(produce(client, "orders", ["x".repeat(200_000)]));
    await sim.world.run(1_000);
    expect(bytesRead()).toBeLessThan(300_000);
    silent.resume();
    await sim.world.runUntil(() => silent.answers.length === 10, 60_000);
  });

  test("clients that wait for the same records and read nothing: all together get what memory there is", async () => {
    const sim = await SimBroker.started();
    const client = await sim.connect();
    await sim.run(createTopic(client, "orders"));
    const value = "x".repeat(500_000);
    for (let i = 0; i < 8; i++) await sim.run(produce(client, "orders", [value]));
    for (let i = 0; i < 60; i++) {
      const silent = await sim.connectRaw(`silent-${i}`);
      silent.pause();
      silent.send(fetchFrame(i, 4_200_000));
    }
    await sim.world.run(100);
    const bytesRead = countReads();
    // With this one there is enough for all of them, in the same moment.
    await sim.run(produce(client, "orders", [value]));
    await sim.world.run(1_000);
    expect(bytesRead()).toBeGreaterThan(30 * MEGABYTE);
    expect(bytesRead()).toBeLessThan(130 * MEGABYTE);
    // Who reads goes on.
    expect((await sim.run(fetch(client, "orders", 8, { maxWaitMs: 500 }))).values).toEqual([value]);
  });
});
