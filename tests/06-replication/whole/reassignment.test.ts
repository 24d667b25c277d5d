import { describe, expect, test } from "vitest";
import { KafkaError } from "#ground/errors";
import { completeReassignment, planReassignment, type PartitionRegistration } from "#replication";
import { image, partition, topic } from "../images.ts";

const NOBODY: ReadonlySet<number> = new Set();

/** Brokers 1 to 3 are alive. */
function planned(old: PartitionRegistration, replicas: readonly number[] | null): PartitionRegistration | null {
  const changed = planReassignment({ topic: "t", partition: 0, replicas }, image(1, topic("t", 1, [old])), NOBODY);
  return changed?.registration ?? null;
}

function refused(call: () => unknown): string {
  try {
    call();
    return "nothing";
  } catch (error) {
    return error instanceof KafkaError ? error.code : String(error);
  }
}

const ELECTORATE = { brokerEpoch: (id: number) => (id <= 3 ? 100 + id : undefined), hasLeft: (id: number) => id > 3 };

describe("a reassignment", () => {
  test("6.6 it begins with the new replicas beside the old ones; leader, ISR and leader epoch stay", () => {
    const old = partition([1, 2], { leaderEpoch: 4, partitionEpoch: 7 });
    expect(planned(old, [3, 2])).toEqual({
      ...old, replicas: [3, 2, 1], addingReplicas: [3], removingReplicas: [1], partitionEpoch: 8,
    });
  });

  test("given: it ends when all new ones are in sync: the old ones go, one of the others leads, in a new epoch", () => {
    const moving = partition([3, 2, 1], {
      addingReplicas: [3], removingReplicas: [1], isr: [1, 2], leader: 1, leaderEpoch: 4,
    });
    expect(completeReassignment(moving, ELECTORATE)).toBe(moving);
    const ended = completeReassignment({ ...moving, isr: [1, 2, 3] }, ELECTORATE);
    expect(ended).toEqual({
      replicas: [3, 2], isr: [2, 3], leader: 3, leaderEpoch: 5, leaderBrokerEpoch: 103, partitionEpoch: 0,
    });
  });

  test("given: it doesn't end while nobody who stays is alive and in sync", () => {
    const moving = partition([4, 1], { addingReplicas: [4], removingReplicas: [1], isr: [1, 4], leader: 1 });
    expect(completeReassignment(moving, ELECTORATE)).toBe(moving);
  });

  test("6.6 it is done at once when it only takes replicas away, or orders them anew", () => {
    const old = partition([1, 2, 3]);
    expect(planned(old, [3, 1])).toEqual({
      ...old, replicas: [3, 1], isr: [1, 3], leaderEpoch: old.leaderEpoch + 1, partitionEpoch: 1,
    });
    expect(planned(old, [2, 3, 1])).toEqual({ ...old, replicas: [2, 3, 1], partitionEpoch: 1 });
    expect(planned(old, [1, 2, 3])).toBeNull();
  });

  test("6.6 it is called off: the new ones go, also from the ISR", () => {
    const moving = partition([3, 2, 1], {
      addingReplicas: [3], removingReplicas: [1], isr: [1, 3], leader: 1, leaderEpoch: 4,
    });
    expect(planned(moving, null)).toEqual({
      replicas: [2, 1], isr: [1], leader: 1, leaderEpoch: 5, leaderBrokerEpoch: 101, partitionEpoch: 1,
    });
  });

  test("6.6 it is replaced by another one: those that were added for the first go at once", () => {
    const moving = partition([2, 1], { addingReplicas: [2], removingReplicas: [1], isr: [1], leader: 1 });
    expect(planned(moving, [3])).toMatchObject({ replicas: [3, 1], addingReplicas: [3], removingReplicas: [1] });
  });

  test("6.6 it is refused: none to call off, unknown brokers or partitions, nobody left in sync", () => {
    const old = partition([1, 2]);
    expect(refused(() => planned(old, null))).toBe("NO_REASSIGNMENT_IN_PROGRESS");
    expect(refused(() => planned(old, [1, 9]))).toBe("INVALID_REPLICA_ASSIGNMENT");
    expect(refused(() => planned(old, [1, 1]))).toBe("INVALID_REPLICA_ASSIGNMENT");
    expect(refused(() => planned(old, []))).toBe("INVALID_REPLICA_ASSIGNMENT");
    const elsewhere = { topic: "t", partition: 1, replicas: [1] };
    expect(refused(() => planReassignment(elsewhere, image(1, topic("t", 1)), NOBODY))).toBe(
      "UNKNOWN_TOPIC_OR_PARTITION",
    );
    const onlyNew = partition([3, 1], { addingReplicas: [3], removingReplicas: [1], isr: [3], leader: 3 });
    expect(refused(() => planned(onlyNew, null))).toBe("INVALID_REPLICA_ASSIGNMENT");
  });
});
