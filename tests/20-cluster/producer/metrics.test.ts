/** What of the producer is given in chapter 04, and no exercise: tested here, where no learner waits for it. */
import { describe, expect, test } from "vitest";
import { ended, settled, started, toFirst } from "../../04-sender/fixtures.ts";
import { withSim } from "../../support/sim.ts";

const TO_SECOND = { topic: "orders", partition: 1, value: "abc" };
/** A batch's header; and a record with a value of three bytes and nothing else. */
const [BATCH_BYTES, RECORD_BYTES] = [61, 10];

describe("metrics", () => {
  test("before anything is sent all are zero, averages too", async () => {
    await withSim(1, async (world) => {
      const { producer } = await started(world);
      const { "metadata-age": _, "buffer-total-bytes": total, "buffer-available-bytes": free, ...others } =
        producer.metrics();
      expect([total, free]).toEqual([32 * 1024 * 1024, 32 * 1024 * 1024]);
      expect(new Set(Object.values(others))).toEqual(new Set([0]));
      await ended(world, producer);
    });
  });

  test("count records, batches, requests and bytes", async () => {
    await withSim(1, async (world) => {
      const { producer } = await started(world, { "linger.ms": 5 });
      for (const record of [toFirst("abc"), toFirst("abc"), toFirst("abc"), TO_SECOND]) producer.send(record);
      await settled(world, producer.flush());
      producer.send(TO_SECOND);
      await settled(world, producer.flush());
      const bytes = 3 * BATCH_BYTES + 5 * RECORD_BYTES;
      expect(producer.metrics()).toMatchObject({
        "record-send-total": 5,
        "record-error-total": 0,
        "record-retry-total": 0,
        "request-total": 2,
        "byte-total": bytes,
        "batch-size-avg": bytes / 3,
        "record-size-avg": bytes / 5,
        "records-per-request-avg": 5 / 2,
      });
      await ended(world, producer);
    });
  });

  test("say how long batches waited and requests took: on average, and at most", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster } = await started(world, { "linger.ms": 40 });
      const one = async (): Promise<Record<string, number>> => {
        await settled(world, producer.send(toFirst("abc")));
        return producer.metrics();
      };
      cluster.fate = (_, n) => ({ delayMs: [200, 500, 100][n]! });
      const [first, second, third] = [await one(), await one(), await one()];
      for (const { "record-queue-time-avg": avg, "record-queue-time-max": max } of [first, second, third]) {
        expect([avg, max]).toEqual([expect.closeTo(40, -1), expect.closeTo(40, -1)]);
      }
      const latencies = [first, second, third].map((now) => [now["request-latency-avg"], now["request-latency-max"]]);
      const [rtt] = [first["request-latency-avg"]! - 200];
      expect(rtt).toBeGreaterThan(0);
      // The network of this world takes a few milliseconds, now more, now less.
      const about = (ms: number): unknown => expect.closeTo(ms + rtt, -1);
      expect(latencies).toEqual([
        [about(200), about(200)],
        [about(350), about(500)],
        [about(800 / 3), about(500)],
      ]);
      await ended(world, producer);
    });
  });

  test("the longest wait of a batch stays the longest", async () => {
    await withSim(1, async (world) => {
      const { producer } = await started(world, { "linger.ms": 1_000 });
      for (const waitMs of [100, 700, 300]) {
        producer.send(toFirst("abc"));
        await world.run(waitMs);
        await settled(world, producer.flush());
      }
      const { "record-queue-time-avg": avg, "record-queue-time-max": max } = producer.metrics();
      expect([avg, max]).toEqual([expect.closeTo(1_100 / 3, -1), expect.closeTo(700, -1)]);
      await ended(world, producer);
    });
  });

  test("count what is sent again, and what is split", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster } = await started(world, { "linger.ms": 5 });
      cluster.fate = (_, n) => (n < 2 ? { error: "NOT_LEADER_OR_FOLLOWER" } : {});
      for (let i = 0; i < 3; i++) producer.send(toFirst("abc"));
      await settled(world, producer.flush());
      expect(producer.metrics()).toMatchObject({ "record-retry-total": 6, "record-send-total": 9, "request-total": 3 });
      cluster.fate = (_, n) => (n === 3 ? { error: "MESSAGE_TOO_LARGE" } : {});
      for (let i = 0; i < 2; i++) producer.send(toFirst("abc"));
      await settled(world, producer.flush());
      expect(producer.metrics()).toMatchObject({ "batch-split-total": 1, "record-error-total": 0 });
      expect(cluster.values("orders", 0)).toHaveLength(5);
      await ended(world, producer);
    });
  });

  test("count what fails, in a batch or before", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster } = await started(world, { "linger.ms": 5 });
      cluster.fate = () => ({ error: "INVALID_RECORD" });
      for (const count of [2, 3]) {
        for (let i = 0; i < count; i++) producer.send(toFirst("abc")).catch(() => {});
        await settled(world, producer.flush());
      }
      producer.send({ topic: "orders", partition: -7, value: "abc" }).catch(() => {});
      await world.run(10);
      expect(producer.metrics()).toMatchObject({ "record-error-total": 6, "record-error-unheard-total": 0 });
      await ended(world, producer);
    });
  });

  test("say what is going on now: requests in flight, memory, the age of the metadata in seconds", async () => {
    await withSim(1, async (world) => {
      const config = { "linger.ms": 0, "buffer.memory": 100_000, "batch.size": 1_000 };
      const { producer, cluster } = await started(world, config);
      cluster.fate = () => ({ answer: "never" });
      producer.send(toFirst("abc")).catch(() => {});
      await world.run(3_000);
      expect(producer.metrics()).toMatchObject({
        "requests-in-flight": 1,
        "buffer-total-bytes": 100_000,
        "buffer-available-bytes": 99_000,
        "metadata-age": expect.closeTo(3, 1),
      });
      await settled(world, producer.close(0));
    });
  });
});
