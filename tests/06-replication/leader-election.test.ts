import { describe, expect, test } from "vitest";
import { electLeader, type Electorate, NO_LEADER } from "#replication";
import { partition } from "./images.ts";

/** These brokers are alive, each with epoch 100 + its id. */
function alive(...ids: readonly number[]): Electorate {
  return electorate(new Map(ids.map((id) => [id, 100 + id])));
}

function electorate(epochs: ReadonlyMap<number, number>): Electorate {
  return { brokerEpoch: (id) => epochs.get(id), hasLeft: (id) => !epochs.has(id) };
}

describe("electLeader", () => {
  test("a leader that lives stays", () => {
    expect(electLeader(partition([1, 2, 3]), alive(1, 2, 3), false)).toBeNull();
  });

  test("when it dies, the first in-sync replica that lives leads, in a new epoch", () => {
    const old = partition([1, 2, 3], { isr: [1, 3], leaderEpoch: 4, partitionEpoch: 9 });
    expect(electLeader(old, alive(2, 3), false)).toEqual({
      replicas: [1, 2, 3],
      isr: [3],
      leader: 3,
      leaderBrokerEpoch: 103,
      leaderEpoch: 5,
      partitionEpoch: 10,
    });
  });

  test("a leader that came back is elected anew: it may have lost what was not flushed", () => {
    const restarted = { brokerEpoch: () => 555, hasLeft: () => true };
    const elected = electLeader(partition([1]), restarted, false);
    expect(elected).toMatchObject({ leader: 1, leaderEpoch: 1, leaderBrokerEpoch: 555, isr: [1] });
  });

  test("nobody leads when no in-sync replica lives, and the ISR remembers who may", () => {
    const elected = electLeader(partition([1, 2], { isr: [1] }), alive(2), false);
    expect(elected).toMatchObject({ leader: NO_LEADER, leaderEpoch: 1, isr: [1] });
    expect(electLeader(elected!, alive(2), false)).toBeNull();
    expect(electLeader(elected!, alive(1, 2), false)).toMatchObject({ leader: 1, leaderEpoch: 2, isr: [1] });
  });

  test("an unclean election, where it is allowed, takes any replica that lives", () => {
    expect(electLeader(partition([1, 2], { isr: [1] }), alive(2), true)).toMatchObject({ leader: 2, isr: [2] });
  });
});
