import { describe, expect, test } from "vitest";
import { SeededRandom } from "#ground/sim/seeded-random";
import { createPartitioner } from "#partitioner/given/create-partitioner";
import { type Partitioner } from "#partitioner/given/partitioner";
import { RoundRobinPartitioner } from "#partitioner/round-robin-partitioner";
import { StickyPartitioner } from "#partitioner/sticky-partitioner";

/** A user's own: what it was told, and a choice that its configuration sets. */
class MyPartitioner implements Partitioner {
  choice = -1;
  closed = false;

  configure(configs: Readonly<Record<string, unknown>>): void {
    this.choice = Number(configs["my.choice"]);
  }

  partition(): number {
    return this.choice;
  }

  close(): void {
    this.closed = true;
  }
}

const create = (choice: string | object | null, configs = {}): Partitioner | null =>
  createPartitioner(choice, configs, new SeededRandom(1));

describe("partitioner.class", () => {
  test("given: by name, also by the name that it has in Java", () => {
    expect(create("RoundRobinPartitioner")).toBeInstanceOf(RoundRobinPartitioner);
    expect(create("org.apache.kafka.clients.producer.RoundRobinPartitioner")).toBeInstanceOf(RoundRobinPartitioner);
    expect(create("StickyPartitioner")).toBeInstanceOf(StickyPartitioner);
  });

  test("given: none stands for the built-in one", () => {
    expect(create(null)).toBeNull();
  });

  test("given: a class is made and configured with the producer's configuration", () => {
    expect(create(MyPartitioner, { "my.choice": "7" })).toMatchObject({ choice: 7, closed: false });
  });

  test("given: an instance is used as it is, and configured", () => {
    const mine = new MyPartitioner();
    expect(create(mine, { "my.choice": 3 })).toBe(mine);
    expect(mine.choice).toBe(3);
  });

  test("given: an unknown name is refused, with those that there are", () => {
    expect(() => create("RandomPartitioner")).toThrow(
      'partitioner.class: expected one of RoundRobinPartitioner, StickyPartitioner, got "RandomPartitioner"',
    );
    expect(() => create("toString")).toThrow('got "toString"');
  });

  test("given: what is no partitioner is refused, with what it lacks", () => {
    expect(() => create(Date)).toThrow("partitioner.class: expected Date to have a method configure");
    expect(() => create({ configure() {}, partition: () => 0 })).toThrow(
      "partitioner.class: expected Object to have a method close",
    );
  });
});
