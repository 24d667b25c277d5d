import { describe, expect, test } from "vitest";
import { type Cluster } from "#ground/cluster";
import { Metadata } from "#sender/metadata";
import { type NetworkClient } from "#sender/network-client";
import { type MetadataWaiter } from "#sender/given/assembly/metadata-waiter";
import { WaitingLine } from "#sender/waiting-line";
import { clusterOf } from "../support/clusters.ts";
import { metadataAnswer, steadyBackoff } from "./fixtures.ts";

/** A line with metadata of its own, and a list of what became of those who waited. */
class Bench {
  readonly metadata: Metadata;
  readonly line: WaitingLine;
  readonly told: string[] = [];
  readonly clusters: Cluster[] = [];

  constructor() {
    const backoff = steadyBackoff();
    this.metadata = new Metadata({ bootstrap: clusterOf({}), maxAgeMs: 300_000, maxIdleMs: 300_000, backoff });
    this.line = new WaitingLine(this.metadata, { lastErrorOf: () => null } as unknown as NetworkClient, 1_000);
  }

  /** Puts somebody into the line who is called `name`. */
  wait(name: string, options: Partial<MetadataWaiter> = {}): void {
    this.line.wait({
      topic: "orders",
      partition: -1,
      heldBytes: 10,
      deadlineMs: 1_000,
      proceed: (cluster, now) => {
        this.told.push(`${name} at ${now}`);
        this.clusters.push(cluster);
      },
      fail: (error) => void this.told.push(`${name}: ${error.message}`),
      ...options,
    });
  }

  /** An answer comes. */
  learn(...answer: Parameters<typeof metadataAnswer>): void {
    this.metadata.update(metadataAnswer(...answer), this.metadata.wishes, 0);
  }
}

const topicIs = (wanted: string) => ({ topic }: MetadataWaiter): boolean => topic === wanted;

describe("leave", () => {
  test("4.5 leave: those for whom it is said go, in the order in which they came; the others stay in theirs", () => {
    const bench = new Bench();
    const left: string[] = [];
    for (const [i, topic] of ["a", "b", "a", "b", "a"].entries()) bench.wait(`${topic}${i}`, { topic, heldBytes: i });
    bench.line.leave(topicIs("a"), ({ heldBytes }) => void left.push(`a${heldBytes}`));
    expect([left, bench.line.heldBytes]).toEqual([["a0", "a2", "a4"], 4]);
    bench.line.leave(topicIs("b"), ({ heldBytes }) => void left.push(`b${heldBytes}`));
    expect([left.slice(3), bench.line.heldBytes]).toEqual([["b1", "b3"], 0]);
  });

  test("4.5 leave: by the time that somebody is told, all of them are out of the line [I6]", () => {
    const bench = new Bench();
    for (const topic of ["a", "a", "b"]) bench.wait(topic, { topic });
    const held: number[] = [];
    bench.line.leave(topicIs("a"), () => {
      held.push(bench.line.heldBytes);
      bench.line.leave(topicIs("a"), () => void held.push(-1));
    });
    expect(held).toEqual([10, 10]);
  });

  test("4.5 leave: one who is told may get in line again, and stays there", () => {
    const bench = new Bench();
    bench.wait("first");
    bench.line.leave(() => true, () => bench.wait("again", { heldBytes: 7 }));
    expect(bench.line.heldBytes).toBe(7);
    const left: number[] = [];
    bench.line.leave(() => true, ({ heldBytes }) => void left.push(heldBytes));
    expect(left).toEqual([7]);
  });

  test("4.5 leave: whoever waits for those in line is told when the last one is settled, not before", async () => {
    const bench = new Bench();
    const order: string[] = [];
    for (const topic of ["a", "b"]) bench.wait(topic, { topic });
    void bench.line.whenTheseHaveLeft().then(() => order.push("all have left"));
    bench.line.leave(topicIs("a"), () => void order.push("a"));
    await Promise.resolve();
    bench.wait("late", { topic: "late" });
    bench.line.leave(topicIs("b"), () => void order.push("b"));
    await Promise.resolve();
    expect(order).toEqual(["a", "b", "all have left"]);
  });
});

describe("onUpdate", () => {
  test("4.5 onUpdate: whoever waited for a topic that is known now proceeds, in order; nobody else does", () => {
    const bench = new Bench();
    bench.wait("a");
    bench.wait("other", { topic: "clicks" });
    bench.wait("b");
    bench.learn({ orders: [1] }, { errors: { clicks: 3 } });
    bench.line.onUpdate(5);
    expect([bench.told, bench.line.heldBytes]).toEqual([["a at 5", "b at 5"], 10]);
    expect(bench.clusters.every((cluster) => cluster === bench.metadata.cluster)).toBe(true);
  });

  test("4.5 onUpdate: whoever waits for a certain partition waits until there are enough", () => {
    const bench = new Bench();
    bench.wait("second", { partition: 1 });
    bench.wait("first", { partition: 0 });
    bench.learn({ orders: [1] });
    bench.line.onUpdate(5);
    expect(bench.told).toEqual(["first at 5"]);
    bench.learn({ orders: [1, 1] });
    bench.line.onUpdate(6);
    expect(bench.told.slice(1)).toEqual(["second at 6"]);
  });

  test("4.5 onUpdate: while somebody waits for a partition an update is wanted: the answer seemed complete", () => {
    const bench = new Bench();
    bench.wait("any", { topic: "clicks" });
    bench.learn({ orders: [1] });
    bench.line.onUpdate(5);
    expect(bench.metadata.updateRequested, "for a topic that is missing the answer itself asks").toBe(false);
    bench.wait("second", { partition: 1 });
    bench.line.onUpdate(6);
    expect(bench.metadata.updateRequested).toBe(true);
    bench.learn({ orders: [1, 1] });
    bench.line.onUpdate(7);
    expect(bench.metadata.updateRequested, "it is there").toBe(false);
  });

  test("4.5 onUpdate: a topic that can't be sent to is an error at once; one that may still come is waited for", () => {
    const bench = new Bench();
    for (const topic of ["a b", "secret", "later"]) bench.wait(topic, { topic });
    bench.learn({}, { errors: { "a b": 17, secret: 29, later: 3 } });
    bench.line.onUpdate(5);
    const [invalid, secret, ...others] = bench.told;
    expect(invalid).toBe(`a b: ${bench.metadata.errorOf("a b")!.message}`);
    expect(secret).toBe(`secret: ${bench.metadata.errorOf("secret")!.message}`);
    expect([others, bench.line.heldBytes]).toEqual([[], 10]);
  });
});

describe("expire", () => {
  test("4.5 expire: whose deadline has come fails; it says when the next one is due", () => {
    const bench = new Bench();
    bench.wait("a", { deadlineMs: 1_000 });
    bench.wait("b", { deadlineMs: 1_300 });
    expect(bench.line.expire(400)).toBe(600);
    expect(bench.told).toEqual([]);
    expect(bench.line.expire(1_000)).toBe(300);
    expect(bench.told).toEqual(["a: Nothing is known of topic orders after 1000 ms (max.block.ms)."]);
  });

  test("4.5 expire: all whose deadlines have come, in order; with nobody in line it needn't be called again", () => {
    const bench = new Bench();
    expect(bench.line.expire(0)).toBe(Infinity);
    for (const name of ["a", "b", "c"]) bench.wait(name);
    expect(bench.line.expire(5_000)).toBe(Infinity);
    expect(bench.told.map((text) => text[0])).toEqual(["a", "b", "c"]);
    expect(bench.line.heldBytes).toBe(0);
  });

  test("4.5 expire: says which partition is missing of a topic that is known", () => {
    const bench = new Bench();
    bench.learn({ orders: [1, 1] });
    bench.wait("a", { partition: 2 });
    bench.line.expire(1_000);
    const text = "Partition 2 of topic orders, which has 2, is not there after 1000 ms (max.block.ms).";
    expect(bench.told).toEqual([`a: ${text}`]);
  });
});
