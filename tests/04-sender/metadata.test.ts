import { describe, expect, test } from "vitest";
import { bootstrapCluster } from "#sender/given/assembly/bootstrap-servers";
import { Metadata, newestPartition } from "#sender/metadata";
import { clusterOf } from "../support/clusters.ts";
import { metadataAnswer, steadyBackoff } from "./fixtures.ts";

const MAX_AGE_MS = 300_000;

function newMetadata(): Metadata {
  const bootstrap = bootstrapCluster(["broker-1:9092", "broker-2:9092"]);
  return new Metadata({ bootstrap, maxAgeMs: MAX_AGE_MS, maxIdleMs: 60_000, backoff: steadyBackoff() });
}

/** Metadata that have had an answer with the topic "orders" at time `now`. */
function updated(now = 0): Metadata {
  const metadata = newMetadata();
  metadata.use("orders", now);
  metadata.update(metadataAnswer({ orders: [1, 2] }), metadata.wishes, now);
  return metadata;
}

describe("timeToNextUpdateMs", () => {
  test("4.3 timeToNextUpdateMs: at the beginning it is time at once", () => {
    expect(newMetadata().timeToNextUpdateMs(1_000)).toBe(0);
  });

  test("4.3 timeToNextUpdateMs: after an attempt that failed it is time after a pause, each one longer", () => {
    const metadata = newMetadata();
    metadata.pause(1_000);
    expect(metadata.timeToNextUpdateMs(1_000)).toBe(100);
    expect(metadata.timeToNextUpdateMs(1_060)).toBe(40);
    expect(metadata.timeToNextUpdateMs(1_200)).toBe(0);
    metadata.pause(2_000);
    expect(metadata.timeToNextUpdateMs(2_000)).toBe(200);
  });

  test("4.3 timeToNextUpdateMs: after a success it is time when it is metadata.max.age.ms old", () => {
    const metadata = updated(1_000);
    expect(metadata.timeToNextUpdateMs(1_000)).toBe(MAX_AGE_MS);
    expect(metadata.timeToNextUpdateMs(11_000)).toBe(MAX_AGE_MS - 10_000);
    expect(metadata.timeToNextUpdateMs(1_000 + MAX_AGE_MS + 5)).toBe(0);
  });

  test("4.3 timeToNextUpdateMs: it is time at once when an update was requested", () => {
    const metadata = updated(1_000);
    metadata.requestUpdate();
    expect(metadata.timeToNextUpdateMs(2_000)).toBe(0);
  });

  test("4.3 timeToNextUpdateMs: a request doesn't cut a pause short", () => {
    const metadata = updated(1_000);
    metadata.pause(2_000);
    metadata.requestUpdate();
    expect(metadata.timeToNextUpdateMs(2_030)).toBe(70);
  });

  test("4.3 timeToNextUpdateMs: nor does old age: what comes later, the age or the end of the pause, decides", () => {
    const metadata = updated(0);
    metadata.pause(MAX_AGE_MS - 40);
    expect(metadata.timeToNextUpdateMs(MAX_AGE_MS - 40)).toBe(100);
    expect(metadata.timeToNextUpdateMs(MAX_AGE_MS + 10)).toBe(50);
  });

  test("4.3 timeToNextUpdateMs: but a topic that is new does: nobody has asked about it in vain", () => {
    const metadata = updated(1_000);
    metadata.pause(2_000);
    metadata.use("payments", 2_000);
    expect(metadata.timeToNextUpdateMs(2_000)).toBe(0);
  });
});

describe("update", () => {
  test("4.3 update: takes over the brokers, and the leaders of the partitions", () => {
    const { cluster } = updated();
    expect(cluster.nodes.map(({ id, host }) => `${id} ${host}`)).toEqual(["1 broker-1", "2 broker-2", "3 broker-3"]);
    expect(cluster.partitionsForTopic("orders").map(({ leader }) => leader?.id)).toEqual([1, 2]);
  });

  test("4.3 update: fulfils the wishes that were there when the request was sent", () => {
    const metadata = newMetadata();
    expect(metadata.updateRequested).toBe(true);
    metadata.requestUpdate();
    metadata.update(metadataAnswer({}), metadata.wishes, 0);
    expect(metadata.updateRequested).toBe(false);
  });

  test("4.3 update: a topic that became known while the request was on its way is asked about next [I3]", () => {
    const metadata = newMetadata();
    metadata.use("orders", 0);
    const { wishes } = metadata;
    metadata.use("payments", 5);
    metadata.update(metadataAnswer({ orders: [1] }), wishes, 10);
    expect(metadata.updateRequested).toBe(true);
    expect(metadata.timeToNextUpdateMs(10)).toBe(0);
  });

  test("4.3 update: a partition without a leader is asked about again", () => {
    const metadata = newMetadata();
    metadata.use("orders", 0);
    metadata.update(metadataAnswer({ orders: [1, -1] }), metadata.wishes, 0);
    expect(metadata.cluster.leaderFor("orders", 1)).toBeNull();
    expect(metadata.updateRequested).toBe(true);
    expect(metadata.timeToNextUpdateMs(0)).toBe(0);
  });

  test("4.3 update: a topic that doesn't exist yet is asked about again, one whose name is none is not", () => {
    const metadata = newMetadata();
    metadata.update(metadataAnswer({}, { errors: { "a b": 17 } }), metadata.wishes, 0);
    expect(metadata.errorOf("a b")?.code).toBe("INVALID_TOPIC_EXCEPTION");
    expect(metadata.updateRequested).toBe(false);
    metadata.update(metadataAnswer({}, { errors: { later: 3 } }), metadata.wishes, 0);
    expect(metadata.errorOf("later")?.code).toBe("UNKNOWN_TOPIC_OR_PARTITION");
    expect(metadata.errorOf("a b")).toBeNull();
    expect(metadata.updateRequested).toBe(true);
  });

  test("4.3 update: an answer that was requested and says nothing new was in vain: a pause, each one longer", () => {
    const metadata = updated(1_000);
    for (const pauseMs of [100, 200, 400]) {
      metadata.requestUpdate();
      metadata.update(metadataAnswer({ orders: [1, 2] }), metadata.wishes, 2_000);
      metadata.requestUpdate();
      expect(metadata.timeToNextUpdateMs(2_000)).toBe(pauseMs);
    }
  });

  test("4.3 update: an answer with news makes the next pause a short one again", () => {
    const metadata = updated(1_000);
    metadata.pause(1_000);
    metadata.pause(1_100);
    metadata.update(metadataAnswer({ orders: [[2, 1], 2] }), metadata.wishes, 2_000);
    metadata.pause(3_000);
    metadata.requestUpdate();
    expect(metadata.timeToNextUpdateMs(3_000)).toBe(100);
  });

  test("4.3 update: an answer that was asked for because of age alone brings no pause, however little it says", () => {
    const metadata = updated(0);
    metadata.update(metadataAnswer({ orders: [1, 2] }), metadata.wishes, MAX_AGE_MS);
    metadata.requestUpdate();
    expect(metadata.timeToNextUpdateMs(MAX_AGE_MS)).toBe(0);
  });

  test("4.3 update: also an answer that says nothing new is a success: its age counts from there", () => {
    const metadata = updated(0);
    metadata.update(metadataAnswer({ orders: [1, 2] }), metadata.wishes, MAX_AGE_MS);
    expect(metadata.timeToNextUpdateMs(MAX_AGE_MS)).toBe(MAX_AGE_MS);
  });

  test("4.3 update: a topic that nobody uses any more is forgotten", () => {
    const metadata = updated(0);
    metadata.use("payments", 50_000);
    metadata.update(metadataAnswer({ orders: [1], payments: [1] }), metadata.wishes, 60_001);
    expect(metadata.topics).toEqual(["payments"]);
  });

  test("4.3 update: what an outdated broker says about a leader changes nothing", () => {
    const metadata = newMetadata();
    metadata.update(metadataAnswer({ orders: [[2, 5], [1, 0]] }), metadata.wishes, 0);
    metadata.update(metadataAnswer({ orders: [[1, 4], [3, 1]] }), metadata.wishes, 10);
    const leaders = metadata.cluster.partitionsForTopic("orders").map((info) => [info.leader?.id, info.leaderEpoch]);
    expect(leaders).toEqual([[2, 5], [3, 1]]);
  });

  test("4.3 update: the epochs of a topic that was created anew begin anew", () => {
    const metadata = newMetadata();
    metadata.update(metadataAnswer({ orders: [[2, 5]] }, { topicIds: { orders: 1 } }), metadata.wishes, 0);
    metadata.update(metadataAnswer({ orders: [[3, 0]] }, { topicIds: { orders: 2 } }), metadata.wishes, 10);
    expect(metadata.cluster.leaderFor("orders", 0)?.id).toBe(3);
  });

  test("4.3 update: after all brokers were out of reach, an answer ends the asking of the first addresses", () => {
    const metadata = updated();
    metadata.rebootstrap();
    expect(metadata.nodesToAsk.map(({ id }) => id)).toEqual([-1, -2, 1, 2, 3]);
    metadata.update(metadataAnswer({}, { brokers: [7] }), metadata.wishes, 0);
    expect(metadata.nodesToAsk.map(({ id }) => id)).toEqual([7]);
  });
});

describe("newestPartition", () => {
  const at = (epoch: number, leader: number) => clusterOf({ orders: [{ leader, epoch }] }).partition("orders", 0)!;

  /** Which one is the newest: the one with epoch `known`, or the one with epoch `answered`. */
  function newest(known: number, answered: number, isSameTopic = true): string {
    const { leader } = newestPartition(at(known, 1), at(answered, 2), isSameTopic);
    return leader!.id === 1 ? "what was known" : "the answer";
  }

  test("4.3 newestPartition: what was not known is taken", () => {
    const answered = at(3, 1);
    expect(newestPartition(undefined, answered, true)).toBe(answered);
  });

  test("4.3 newestPartition: a lower leader epoch is older news [I3]", () => {
    expect(newest(5, 4)).toBe("what was known");
  });

  test("4.3 newestPartition: a higher epoch is taken, and the same one: the rest may have changed", () => {
    expect(newest(5, 6)).toBe("the answer");
    expect(newest(5, 5)).toBe("the answer");
  });

  test("4.3 newestPartition: the epochs of another topic of that name say nothing", () => {
    expect(newest(5, 0, false)).toBe("the answer");
  });

  test("4.3 newestPartition: an answer without an epoch is taken, and so is the first one with an epoch", () => {
    expect(newest(5, -1)).toBe("the answer");
    expect(newest(-1, 0)).toBe("the answer");
  });
});

describe("bootstrap", () => {
  test("given: bootstrap.servers are addresses without ids", () => {
    const { nodes } = bootstrapCluster(["one:1", "PLAINTEXT://two:2", "[::1]:9092"]);
    const found = nodes.map(({ id, host, port }) => [id, host, port]);
    expect(found).toEqual([[-1, "one", 1], [-2, "two", 2], [-3, "::1", 9092]]);
  });

  test.each(["localhost", "localhost:", "localhost:0", "localhost:65536", ":9092", "http://a/b:1", "a b:1", ""])(
    "given: %j is no address, and the error says so",
    (server) => {
      const text = `bootstrap.servers: expected host:port, such as localhost:9092, got "${server}"`;
      expect(() => bootstrapCluster([server])).toThrow(text);
    },
  );

  test("given: at least one address is needed", () => {
    expect(() => bootstrapCluster([])).toThrow("expected addresses such as localhost:9092, got none");
  });
});
