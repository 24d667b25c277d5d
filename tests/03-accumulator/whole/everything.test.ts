import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ProducerBatch } from "#accumulator/producer-batch";
import { precedes } from "#accumulator/put-back";
import { type Sequencer } from "#accumulator/given/sequencer";
import { clusterOf } from "../../support/clusters.ts";
import { property } from "../../support/property.ts";
import { TestAccumulator, valueOf } from "../fixtures.ts";

const PARTITIONS = [0, 1, 2];

/** One thing that happens; `which` says to whom. */
interface Step {
  readonly kind: string;
  readonly which: number;
  readonly size: number;
}

/**
 * A producer and brokers without a network between them: everything that can happen to a batch happens, at random.
 * Broker 0 leads partitions 0 and 1, broker 1 partition 2. They take the batches of a partition only in the order of
 * their sequence numbers, and answer everything else with an error that allows another attempt.
 */
class Machine {
  readonly #test = new TestAccumulator({
    memory: 1500,
    lingerMs: 5,
    deliveryTimeoutMs: 60,
    cluster: clusterOf({ orders: [0, 0, 1] }),
    sequencer: this.#sequencer(),
  });
  /** Drained and not settled. */
  readonly #underWay: ProducerBatch[] = [];
  /** In the hands of a socket. */
  readonly #lent: ProducerBatch[] = [];
  /** Of each partition: the records that went into a batch, those that a broker has, those that failed. */
  readonly #sent: string[][] = PARTITIONS.map(() => []);
  readonly #stored: string[][] = PARTITIONS.map(() => []);
  readonly #failed: string[][] = PARTITIONS.map(() => []);

  /**
   * Batches of a partition get their numbers in order; one that comes back goes only when all lower numbers are
   * settled.
   */
  #sequencer(): Sequencer {
    const next = PARTITIONS.map(() => 0);
    return {
      maySend: (batch) => !batch.hasSequence || this.#isFirst(batch),
      assignSequence: (batch) => {
        batch.setProducerState(4000, 0, next[batch.partition]!, false);
        next[batch.partition]! += batch.recordCount;
      },
      track: () => {},
    };
  }

  /** Whether no unsettled batch of the partition has a lower number. */
  #isFirst(batch: ProducerBatch): boolean {
    const others = [...this.#underWay, ...this.#test.queue(batch.partition)];
    return others.every(
      ({ partition, hasSequence, baseSequence }) =>
        partition !== batch.partition || !hasSequence || !precedes(baseSequence, batch.baseSequence),
    );
  }

  step({ kind, which, size }: Step, name: string): void {
    if (kind === "append") this.#append(valueOf(size, name), (which % 4) - 1, name);
    else if (kind === "drain") this.#drain(which % 2, which % 3 === 0 ? 200 : 1000);
    else if (kind === "time") this.#test.now += which % 20;
    else if (kind === "expire") this.#expire();
    else if (kind === "release") this.#oneOf(this.#lent, which, (batch) => this.#test.accumulator.release(batch));
    else this.#oneOf(this.#underWay, which, (batch) => this.#answer(kind, batch));
    this.#checkMemory();
  }

  #oneOf(batches: ProducerBatch[], which: number, happens: (batch: ProducerBatch) => void): void {
    if (batches.length > 0) happens(batches.splice(which % batches.length, 1)[0]!);
  }

  #append(value: Buffer, partition: number, name: string): void {
    const batch = this.#test.append(value, partition);
    if (batch === null) return;
    this.#sent[batch.partition]!.push(name);
    batch.result.onCompletion(batch.recordCount - 1, (metadata) => {
      (metadata === null ? this.#failed : this.#stored)[batch.partition]!.push(name);
    });
  }

  #drain(node: number, maxRequestSize: number): void {
    for (const batch of this.#test.drain(node, maxRequestSize)) {
      this.#test.accumulator.lend(batch);
      this.#lent.push(batch);
      this.#underWay.push(batch);
    }
  }

  #answer(kind: string, batch: ProducerBatch): void {
    if (kind === "acknowledge" && this.#isFirst(batch)) this.#test.acknowledge(batch);
    else if (kind === "fail") this.#fail(batch);
    else if (kind === "split" && batch.recordCount > 1) {
      this.#test.accumulator.splitAndReenqueue(batch);
      this.#test.accumulator.deallocate(batch);
    } else this.#test.accumulator.reenqueue(batch, this.#test.now);
  }

  #expire(): void {
    for (const batch of this.#test.accumulator.expiredBatches(this.#test.now)) this.#fail(batch);
  }

  #fail(batch: ProducerBatch): void {
    batch.result.fail(new Error("failed"));
    this.#test.accumulator.deallocate(batch);
  }

  /** What the pool has and what the batches have is all there is, and nobody has a buffer that another one has. */
  #checkMemory(): void {
    const queued = PARTITIONS.flatMap((partition) => this.#test.queue(partition));
    const holders = [...new Set([...this.#underWay, ...this.#lent, ...queued])].filter((batch) => !batch.isSplitBatch);
    expect(new Set(holders.map(({ buffer }) => buffer)).size, "buffers of different batches").toBe(holders.length);
    const held = holders.reduce((sum, { buffer }) => sum + buffer.length, 0);
    expect(this.#test.pool.availableMemory + held, "memory in the pool and with batches").toBe(1500);
  }

  /** Sends everything that is left, and looks at what became of the records. */
  finish(): void {
    const { accumulator, pool } = this.#test;
    for (const batch of this.#underWay.splice(0)) accumulator.reenqueue(batch, this.#test.now);
    accumulator.close();
    for (let i = 0; accumulator.hasUndrained; i++) {
      if (i === 1000) throw new Error("The queues don't get empty, however often they are drained.");
      this.#test.now += 200;
      for (const node of [0, 1]) this.#drain(node, 1000);
      for (const batch of this.#underWay.splice(0)) this.#test.acknowledge(batch);
    }
    for (const batch of this.#lent.splice(0)) accumulator.release(batch);
    expect([pool.availableMemory, accumulator.hasIncomplete]).toEqual([1500, false]);
    for (const partition of PARTITIONS) {
      const [sent, stored, failed] = [this.#sent[partition]!, this.#stored[partition]!, this.#failed[partition]!];
      const settled = [...stored, ...failed];
      expect(settled.sort(), `settled records of partition ${partition}`).toEqual([...sent].sort());
      const inOrder = sent.filter((name) => stored.includes(name));
      expect(stored, `records that partition ${partition} has`).toEqual(inOrder);
    }
  }
}

describe("everything at once", () => {
  const step: fc.Arbitrary<Step> = fc.record({
    kind: fc.constantFrom(
      ...["append", "append", "append", "append", "append", "drain", "drain", "acknowledge", "acknowledge"],
      ...["retry", "split", "fail", "expire", "release", "time"],
    ),
    which: fc.nat(),
    size: fc.oneof(fc.integer({ min: 8, max: 60 }), fc.integer({ min: 73, max: 400 })),
  });

  test("3.8 everything: no record is lost or there twice, every partition is in order [I5]", () => {
    property([fc.array(step, { maxLength: 120 })], (steps) => {
      const machine = new Machine();
      steps.forEach((each, i) => machine.step(each, `${i}`));
      machine.finish();
    });
  });
});
