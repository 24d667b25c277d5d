import { describe, expect, test } from "vitest";
import { KafkaError } from "#ground/errors";
import { InitProducerId } from "#ground/protocol/messages/22-init-producer-id";
import { ProducerIds } from "#cluster/producer-ids";
import { SimCluster } from "./sim-cluster.ts";

describe("ProducerIds", () => {
  test("asks for another block when one is used up", async () => {
    let first = -2;
    const ids = new ProducerIds(async () => ({ brokerId: 1, first: (first += 2), last: first + 1 }));
    expect(await Promise.all([ids.next(), ids.next(), ids.next(), ids.next(), ids.next()])).toEqual([0, 1, 2, 3, 4]);
  });

  test.each(["REQUEST_TIMED_OUT", "NOT_CONTROLLER"] as const)(
    "tells the producer to try again when the controller says %s, and asks anew then",
    async (code) => {
      const answers = [new KafkaError(code), { brokerId: 1, first: 7, last: 8 }];
      const ids = new ProducerIds(async () => {
        const answer = answers.shift()!;
        if (answer instanceof KafkaError) throw answer;
        return answer;
      });
      await expect(ids.next()).rejects.toMatchObject({ code: "COORDINATOR_LOAD_IN_PROGRESS", retriable: true });
      expect(await ids.next()).toBe(7);
    },
  );
});

test("a producer that asks another broker than the controller has its id at once", async () => {
  const cluster = await SimCluster.started(3, 6);
  const client = await cluster.connect(2);
  // From then on that broker waits for the next image, and nothing changes.
  await cluster.world.run(3_000);
  const begunMs = cluster.world.nowMs;
  await cluster.run(client.send(InitProducerId, { transactionalId: null, transactionTimeoutMs: 0 }));
  expect(cluster.world.nowMs - begunMs).toBeLessThan(100);
  client.close();
});
