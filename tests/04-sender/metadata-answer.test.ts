import { describe, expect, test } from "vitest";
import { Cluster, type PartitionInfo } from "#ground/cluster";
import { readMetadataAnswer } from "#sender/metadata-answer";
import { clusterOf } from "../support/clusters.ts";
import { metadataAnswer } from "./fixtures.ts";

const NOTHING = new Cluster({ nodes: [] });
const theAnswer = (_: PartitionInfo | undefined, answered: PartitionInfo): PartitionInfo => answered;
const whatWasKnown = (known: PartitionInfo | undefined): PartitionInfo => known!;

describe("readMetadataAnswer", () => {
  test("4.3 readMetadataAnswer: the brokers, and who leads each partition", () => {
    const { cluster, topicErrors, isIncomplete } = readMetadataAnswer(
      metadataAnswer({ orders: [1, 2], clicks: [3] }), NOTHING, theAnswer,
    );
    expect(cluster.nodes.map(({ id, host }) => `${id} ${host}`)).toEqual(["1 broker-1", "2 broker-2", "3 broker-3"]);
    const leadersOf = (topic: string) => cluster.partitionsForTopic(topic).map(({ leader }) => leader?.id);
    expect(["orders", "clicks"].map(leadersOf)).toEqual([[1, 2], [3]]);
    expect({ errors: topicErrors.size, isIncomplete }).toEqual({ errors: 0, isIncomplete: false });
  });

  test("4.3 readMetadataAnswer: a partition without a leader is in the cluster, and the answer is incomplete", () => {
    const answer = metadataAnswer({ orders: [1, -1], clicks: [2] });
    const { cluster, isIncomplete } = readMetadataAnswer(answer, NOTHING, theAnswer);
    expect(cluster.partitionsForTopic("orders").map(({ leader }) => leader?.id ?? null)).toEqual([1, null]);
    expect(isIncomplete).toBe(true);
  });

  test("4.3 readMetadataAnswer: a topic that may still come is an error, and the answer is incomplete", () => {
    const answer = metadataAnswer({ orders: [1] }, { errors: { later: 3 } });
    const { cluster, topicErrors, isIncomplete } = readMetadataAnswer(answer, NOTHING, theAnswer);
    expect(topicErrors.get("later")?.code).toBe("UNKNOWN_TOPIC_OR_PARTITION");
    expect(cluster.partitionCountForTopic("later")).toBeUndefined();
    expect(cluster.partitionCountForTopic("orders")).toBe(1);
    expect(isIncomplete).toBe(true);
  });

  test("4.3 readMetadataAnswer: an error that is final is one, and the answer is complete", () => {
    const answer = metadataAnswer({ orders: [1] }, { errors: { "a b": 17, secret: 29 } });
    const { topicErrors, isIncomplete } = readMetadataAnswer(answer, NOTHING, theAnswer);
    const codes = [...topicErrors].map(([topic, { code }]) => `${topic}: ${code}`);
    expect(codes).toEqual(["a b: INVALID_TOPIC_EXCEPTION", "secret: TOPIC_AUTHORIZATION_FAILED"]);
    expect(isIncomplete).toBe(false);
  });

  test("4.3 readMetadataAnswer: a topic that is wrong doesn't hide those that come after it", () => {
    const answer = metadataAnswer({ orders: [1] }, { errors: { later: 3 } });
    const topics = [answer.topics[1]!, { ...answer.topics[0]!, name: null }, answer.topics[0]!];
    const { cluster, isIncomplete } = readMetadataAnswer({ ...answer, topics }, NOTHING, theAnswer);
    expect({ topics: cluster.topics, isIncomplete }).toEqual({ topics: ["orders"], isIncomplete: true });
  });

  test("4.3 readMetadataAnswer: `newest` chooses, from what was known of that partition and what is said of it", () => {
    const previous = clusterOf({ orders: [{ leader: 3, epoch: 7 }] });
    const asked: unknown[] = [];
    const answer = metadataAnswer({ orders: [[1, 4], 2] });
    const { cluster } = readMetadataAnswer(answer, previous, (known, answered, same) => {
      asked.push([answered.partition, known?.leaderEpoch, answered.leaderEpoch, same]);
      return known ?? answered;
    });
    expect(asked).toEqual([[0, 7, 4, true], [1, undefined, 0, true]]);
    expect(cluster.partitionsForTopic("orders").map(({ leader }) => leader?.id)).toEqual([3, 2]);
  });

  test("4.3 readMetadataAnswer: a topic with another id is another one", () => {
    const { cluster: previous } = readMetadataAnswer(
      metadataAnswer({ orders: [1], clicks: [1] }, { topicIds: { orders: 1, clicks: 2 } }), NOTHING, theAnswer,
    );
    const same: boolean[] = [];
    const answer = metadataAnswer({ orders: [1], clicks: [1] }, { topicIds: { orders: 9, clicks: 2 } });
    readMetadataAnswer(answer, previous, (_, answered, isSameTopic) => {
      same.push(isSameTopic);
      return answered;
    });
    expect(same).toEqual([false, true]);
  });

  test("4.3 readMetadataAnswer: a leader is where this answer says, also one that was known before", () => {
    const previous = clusterOf({ orders: [2] });
    const answer = metadataAnswer({ orders: [1] });
    const brokers = answer.brokers.map((broker) => ({ ...broker, host: `moved-${broker.nodeId}` }));
    const { cluster } = readMetadataAnswer({ ...answer, brokers }, previous, whatWasKnown);
    expect(cluster.leaderFor("orders", 0)).toMatchObject({ id: 2, host: "moved-2" });
  });

  test("4.3 readMetadataAnswer: a leader that this answer doesn't name is none, and the answer is incomplete", () => {
    const previous = clusterOf({ orders: [2] });
    const answer = metadataAnswer({ orders: [1] }, { brokers: [1, 3] });
    const { cluster, isIncomplete } = readMetadataAnswer(answer, previous, whatWasKnown);
    expect(cluster.leaderFor("orders", 0)).toBeNull();
    expect(isIncomplete).toBe(true);
  });

  test("4.3 readMetadataAnswer: incomplete also when what was known has a leader, and the answer has none", () => {
    const previous = clusterOf({ orders: [2] });
    const { cluster, isIncomplete } = readMetadataAnswer(metadataAnswer({ orders: [-1] }), previous, whatWasKnown);
    expect(cluster.leaderFor("orders", 0)?.id).toBe(2);
    expect(isIncomplete).toBe(true);
  });
});
