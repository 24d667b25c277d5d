/** What a program learns of its records: three ways to send, and interceptors, which see every one of them. */
import { describe, expect, test } from "vitest";
import { type KafkaProducer, type ProducerInterceptor } from "#sender";
import { type SimWorld } from "#ground/sim/sim-world";
import { FakeCluster } from "../../support/fake-cluster.ts";
import { ended, producerIn, settled, started, toFirst, withSim } from "../fixtures.ts";

/** Sends a record, and tells when the program goes on, and when it learns that the record is written. */
type Way = (producer: KafkaProducer, value: string, onKnown: () => void) => Promise<void>;

const WAYS: Record<string, Way> = {
  "fire and forget": async (producer, value) => void producer.send(toFirst(value)),
  awaited: async (producer, value, onKnown) => {
    await producer.send(toFirst(value));
    onKnown();
  },
  "with a callback": async (producer, value, onKnown) => {
    producer.send(toFirst(value), (_, error) => {
      if (error === null) onKnown();
    });
  },
};

/** Hands over 20 records, one in 3 ms at most, to a broker that is 5 ms away. Null: nobody kills the program. */
async function run(world: SimWorld, way: Way, killAtMs: number | null): Promise<Record<string, number>> {
  world.network.latencyMs = 5;
  const { producer, cluster } = await started(world);
  const { scheduler, clock } = world.node("client").runtime;
  const beganMs = world.nowMs;
  const counts = { handedOver: 0, known: 0 };
  const program = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) {
      counts.handedOver++;
      await way(producer, `${i}`, () => counts.known++);
      await new Promise<void>((resolve) => scheduler.at(clock.nowMs() + 3, resolve));
    }
    await producer.flush();
  };
  const over = program();
  if (killAtMs === null) {
    await settled(world, over);
    const tookMs = Math.floor(world.nowMs - beganMs);
    await ended(world, producer);
    return { ...counts, arrived: cluster.values("orders", 0).length, tookMs };
  }
  await world.run(killAtMs);
  world.node("client").crash();
  await world.run(100);
  return { ...counts, arrived: cluster.values("orders", 0).length };
}

async function runAll(killAtMs: number | null): Promise<Record<string, Record<string, number>>> {
  const outcomes: Record<string, Record<string, number>> = {};
  for (const [name, way] of Object.entries(WAYS)) {
    await withSim(1, async (world) => {
      outcomes[name] = await run(world, way, killAtMs);
    });
  }
  return outcomes;
}

describe("three ways to send", () => {
  test("4.7 undisturbed all of them write all; who awaits each record pays a round trip for it", async () => {
    expect(await runAll(null)).toEqual({
      "fire and forget": { handedOver: 20, known: 0, arrived: 20, tookMs: 66 },
      awaited: { handedOver: 20, known: 20, arrived: 20, tookMs: 290 },
      "with a callback": { handedOver: 20, known: 20, arrived: 20, tookMs: 66 },
    });
  });

  test("4.7 killed in the middle: what is known to be written is there, perhaps more; the rest is lost", async () => {
    const outcomes = await runAll(40);
    for (const { handedOver, arrived, known } of Object.values(outcomes)) {
      expect(known).toBeLessThanOrEqual(arrived!);
      expect(arrived).toBeLessThanOrEqual(handedOver!);
    }
    expect(outcomes).toEqual({
      "fire and forget": { handedOver: 14, known: 0, arrived: 12 },
      awaited: { handedOver: 2, known: 1, arrived: 2 },
      "with a callback": { handedOver: 14, known: 9, arrived: 12 },
    });
  });
});

describe("interceptors", () => {
  test("4.7 one that takes 5 ms for each acknowledgement: nothing is sent meanwhile", async () => {
    const tookMs: number[] = [];
    for (const pauseMs of [0, 5]) {
      await withSim(1, async (world) => {
        const slow: ProducerInterceptor = { onAcknowledgement: () => world.node("client").freeze(pauseMs) };
        const { producer } = await started(world, { "interceptor.classes": [slow], "batch.size": 1 });
        const beganMs = world.nowMs;
        const sends = Array.from({ length: 20 }, (_, i) => producer.send(toFirst(`${i}`)));
        await settled(world, Promise.all(sends));
        tookMs.push(Math.floor(world.nowMs - beganMs));
        await ended(world, producer);
      });
    }
    expect(tookMs).toEqual([2, 96]);
  });

  test("4.7 one that prints its ratio of successes in close: every acknowledgement has come by then", async () => {
    await withSim(1, async (world) => {
      const printed: string[] = [];
      class Ratio implements ProducerInterceptor {
        #good = 0;
        #all = 0;
        onAcknowledgement(_: unknown, error: Error | null): void {
          this.#all++;
          if (error === null) this.#good++;
        }
        close(): void {
          printed.push(`${this.#good} of ${this.#all}: ${(100 * this.#good) / this.#all} %`);
        }
      }
      const { producer, cluster } = await started(world, { "interceptor.classes": [new Ratio()], "batch.size": 1 });
      cluster.fate = (_, n) => (n === 1 ? { error: "INVALID_RECORD" } : {});
      for (const value of ["a", "b", "c", "d"]) producer.send(toFirst(value));
      await ended(world, producer);
      expect(printed).toEqual(["3 of 4: 75 %"]);
    });
  });
});

describe("acks=0", () => {
  test("4.7 nothing is tried again, whatever `retries` say: no answer comes that could be an error", async () => {
    await withSim(1, async (world) => {
      const cluster = await FakeCluster.start(world, [1], { orders: [1] });
      const { producer, unheard } = producerIn(world, { acks: 0, retries: 1_000 });
      await settled(world, producer.partitionsFor("orders"));
      cluster.fate = () => ({ error: "NOT_ENOUGH_REPLICAS" });
      expect(await settled(world, producer.send(toFirst("a")))).toMatchObject({ offset: -1 });
      await world.run(5_000);
      expect([cluster.seen.length, cluster.values("orders", 0), unheard]).toEqual([1, [], []]);
      await ended(world, producer);
    });
  });
});
