import { describe, expect, test } from "vitest";
import { type MetadataImage } from "#replication";
import { type AlterPartitionRequest, planIsr } from "#replication/isr-plan";
import { broker, image, partition, topic } from "./images.ts";

const ORDERS = topic("orders", 1, [partition([1, 2, 3], { leaderEpoch: 4, partitionEpoch: 9 })]);
const IMAGE = image(0, ORDERS);
const WISH: AlterPartitionRequest = {
  brokerId: 1,
  topicId: ORDERS.topicId,
  index: 0,
  leaderEpoch: 4,
  partitionEpoch: 9,
  isr: [1, 3],
};

/** What is answered: the ISR and its epochs, or an error's name. */
function answer(changes: Partial<AlterPartitionRequest>, to: MetadataImage = IMAGE): unknown {
  try {
    return planIsr(to, { ...WISH, ...changes }).registration;
  } catch (error) {
    if ((error as Error).name === "NotImplementedError") throw error;
    return (error as { code?: string }).code ?? error;
  }
}

describe("planIsr", () => {
  test("6.4 planIsr: the ISR that was asked for, in the next partition epoch and the same leader epoch", () => {
    const change = planIsr(IMAGE, WISH);
    expect(change).toEqual({
      topic: "orders",
      index: 0,
      registration: { ...ORDERS.partitions[0], isr: [1, 3], partitionEpoch: 10 },
    });
  });

  test.each<[string, Partial<AlterPartitionRequest>, string]>([
    ["a topic that is gone", { topicId: new Uint8Array(16) }, "UNKNOWN_TOPIC_ID"],
    ["a partition that isn't there", { index: 1 }, "UNKNOWN_TOPIC_OR_PARTITION"],
    ["a leader of an earlier epoch [I6]", { leaderEpoch: 3 }, "FENCED_LEADER_EPOCH"],
    ["a leader of a later epoch", { leaderEpoch: 5 }, "NOT_CONTROLLER"],
    ["a broker that doesn't lead", { brokerId: 3 }, "INVALID_REQUEST"],
    ["a leader that has missed a change [I6]", { partitionEpoch: 8 }, "INVALID_UPDATE_VERSION"],
    ["an ISR without the leader", { isr: [2, 3] }, "INVALID_REQUEST"],
    ["an empty ISR [I5]", { isr: [] }, "INVALID_REQUEST"],
    ["an ISR with a broker that has no replica", { isr: [1, 4] }, "INVALID_REQUEST"],
  ])("6.4 planIsr: refuses %s", (_, changes, code) => {
    expect(answer(changes)).toBe(code);
  });

  test("6.4 planIsr: whoever is dead, or about to go, can't be in sync [I5]", () => {
    const withBrokers = (...brokers: ReturnType<typeof broker>[]): MetadataImage => {
      return IMAGE.next({ brokers: new Map(brokers.map((each) => [each.brokerId, each])) });
    };
    expect(answer({}, withBrokers(broker(1), broker(2)))).toBe("INELIGIBLE_REPLICA");
    const leaving = { ...broker(3), inControlledShutdown: true };
    expect(answer({}, withBrokers(broker(1), broker(2), leaving))).toBe("INELIGIBLE_REPLICA");
    // Broker 2 is not in it.
    expect(answer({}, withBrokers(broker(1), broker(3)))).toMatchObject({ isr: [1, 3] });
  });

  test("6.4 planIsr: who doesn't lead learns that, also when it has missed a change", () => {
    expect(answer({ brokerId: 3, partitionEpoch: 8 })).toBe("INVALID_REQUEST");
  });

  test("6.4 planIsr: a stale leader learns that it is one, whatever else is wrong with its wish", () => {
    expect(answer({ leaderEpoch: 3, brokerId: 2, partitionEpoch: 1, isr: [4] })).toBe("FENCED_LEADER_EPOCH");
    expect(answer({ partitionEpoch: 8, isr: [1, 4] })).toBe("INVALID_UPDATE_VERSION");
  });
});
