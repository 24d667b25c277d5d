import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  electLeader,
  electorateOf,
  electPreferred,
  type Electorate,
  MetadataImage,
  NO_LEADER,
  type PartitionRegistration,
} from "#replication";
import { replicaName } from "#replication/given/metadata-image";
import { property } from "../support/property.ts";
import { broker, image, partition, topic } from "./images.ts";

/** These brokers are alive, each with epoch 100 + its id; all others have left. */
function alive(...ids: readonly number[]): Electorate {
  return { brokerEpoch: (id) => (ids.includes(id) ? 100 + id : undefined), hasLeft: (id) => !ids.includes(id) };
}

/** Brokers 1 to 3 are alive; `id` has been restarted since it was put into the ISR. */
function restarted(id: number): Electorate {
  const epoch = (each: number): number => (each === id ? 555 : 100 + each);
  return { brokerEpoch: epoch, hasLeft: (each) => each === id };
}

/** The partition as it was, for failures. */
function was(old: PartitionRegistration, value = "the partition, now"): string {
  const led = old.leader === NO_LEADER ? "no leader" : `leader ${old.leader}`;
  const epochs = `leader epoch ${old.leaderEpoch}, partition epoch ${old.partitionEpoch}`;
  const ids = `replicas ${old.replicas.join(" ")}, ISR ${old.isr.join(" ")}`;
  return `  it was      ${ids}, ${led}\n              ${epochs}\n\n${value}`;
}

/** The election with a partition that was `old`, and what to say of it. */
function elected(
  old: PartitionRegistration,
  electorate: Electorate,
  allowUnclean: boolean,
): [PartitionRegistration | null, string] {
  const living = old.replicas.filter((id) => electorate.brokerEpoch(id) !== undefined);
  const gone = old.replicas.filter((id) => electorate.hasLeft(id));
  const brokers = `  brokers     alive ${living.join(" ") || "none"}; left the ISR ${gone.join(" ") || "none"}`;
  const text = `${brokers}${allowUnclean ? "; unclean elections are allowed" : ""}`;
  return [electLeader(old, electorate, allowUnclean), `${text}\n${was(old)}`];
}

const THREE = partition([1, 2, 3], { leaderEpoch: 4, partitionEpoch: 9 });

describe("electLeader", () => {
  test("6.6 electLeader: as long as all live, nothing changes", () => {
    expect(...elected(THREE, alive(1, 2, 3), false)).toBeNull();
    expect(...elected(partition([1, 2, 3], { isr: [1, 2] }), alive(1, 2), false)).toBeNull();
  });

  test("6.6 electLeader: the leader dies: the first replica that is alive and in sync leads, in a new epoch", () => {
    const old = partition([1, 2, 3], { isr: [1, 3], leaderEpoch: 4, partitionEpoch: 9 });
    expect(...elected(old, alive(2, 3), false)).toEqual({
      replicas: [1, 2, 3],
      isr: [3],
      leader: 3,
      leaderBrokerEpoch: 103,
      leaderEpoch: 5,
      partitionEpoch: 10,
    });
  });

  test("6.6 electLeader: the order of the replicas decides, not that of the ISR", () => {
    expect(...elected(partition([1, 2, 3], { isr: [1, 3, 2] }), alive(2, 3), false)).toMatchObject({
      leader: 2,
      isr: [3, 2],
    });
  });

  test("6.6 electLeader: a follower that dies leaves the ISR at once, and the leader's epoch stays", () => {
    expect(...elected(THREE, alive(1, 3), false)).toEqual({ ...THREE, isr: [1, 3], partitionEpoch: 10 });
  });

  test("6.6 electLeader: also when only the leader is left: acks=all need not wait for the dead", () => {
    expect(...elected(partition([1, 2]), alive(1), false)).toMatchObject({ leader: 1, leaderEpoch: 0, isr: [1] });
  });

  test("6.6 electLeader: a follower that was restarted leaves the ISR, too: its disk may have lost something", () => {
    expect(...elected(THREE, restarted(2), false)).toEqual({ ...THREE, isr: [1, 3], partitionEpoch: 10 });
  });

  test("6.6 electLeader: a leader that was restarted makes way for one that was there all the time", () => {
    expect(...elected(THREE, restarted(1), false)).toMatchObject({ leader: 2, isr: [2, 3], leaderEpoch: 5 });
  });

  test("6.6 electLeader: a leader that has left the ISR makes way, though it is alive", () => {
    const electorate: Electorate = { brokerEpoch: (id) => 100 + id, hasLeft: (id) => id === 1 };
    expect(...elected(THREE, electorate, false)).toMatchObject({ leader: 2, isr: [2, 3], leaderEpoch: 5 });
  });

  test("6.6 electLeader: alone in the ISR a restarted leader leads again, in a new epoch [I6]", () => {
    expect(...elected(partition([1], { leaderEpoch: 4 }), restarted(1), false)).toMatchObject({
      leader: 1,
      leaderEpoch: 5,
      leaderBrokerEpoch: 555,
      isr: [1],
    });
  });

  test("6.6 electLeader: nobody leads when none of the ISR lives, and the ISR remembers who may [I5]", () => {
    const old = partition([1, 2], { isr: [1], leaderEpoch: 4, partitionEpoch: 9 });
    const leaderless = electLeader(old, alive(2), false);
    expect(leaderless).toEqual({
      ...old,
      leader: NO_LEADER,
      leaderBrokerEpoch: -1,
      leaderEpoch: 5,
      partitionEpoch: 10,
    });
    expect(...elected(leaderless!, alive(2), false)).toBeNull();
    expect(...elected(leaderless!, alive(1, 2), false)).toMatchObject({ leader: 1, leaderEpoch: 6, isr: [1] });
  });

  test("6.6 electLeader: when all of the ISR die at once, all of them may come back as leader [I5]", () => {
    const leaderless = electLeader(THREE, alive(), false)!;
    expect(leaderless).toMatchObject({ leader: NO_LEADER, isr: [1, 2, 3] });
    // Broker 3 comes back, in another life.
    const back: Electorate = { brokerEpoch: (id) => (id === 3 ? 555 : undefined), hasLeft: () => true };
    expect(...elected(leaderless, back, false)).toMatchObject({ leader: 3, isr: [3], leaderEpoch: 6 });
  });

  test("6.6 electLeader: an unclean election takes the first replica that lives, alone in the ISR", () => {
    const old = partition([1, 2, 3], { isr: [1], leaderEpoch: 4 });
    expect(...elected(old, alive(3, 2), true)).toMatchObject({ leader: 2, isr: [2], leaderEpoch: 5 });
  });

  test("6.6 electLeader: also where it is allowed, it is the last resort", () => {
    const old = partition([1, 2, 3], { isr: [1, 3] });
    expect(...elected(old, alive(2, 3), true)).toMatchObject({ leader: 3, isr: [3] });
  });

  test("6.6 electLeader: one who shuts down hands over, though it is still there", () => {
    // The broker is alive, but may not lead any more.
    expect(...elected(partition([1, 2]), alive(2), false)).toMatchObject({ leader: 2, isr: [2] });
  });

  const state = fc.record({
    isr: fc.subarray([1, 2, 3, 4], { minLength: 1 }),
    living: fc.subarray([1, 2, 3, 4]),
    restarted: fc.subarray([1, 2, 3, 4]),
    leaderIndex: fc.nat(4),
  });

  test("6.6 electLeader: only who is in sync is elected, the ISR is never empty, epochs tell every change [I5]", () => {
    property([state, fc.boolean()], ({ isr, living, restarted: again, leaderIndex }, allowUnclean) => {
      const leader = isr[leaderIndex] ?? NO_LEADER;
      const old = partition([4, 2, 1, 3], { isr, leader, leaderEpoch: 4, partitionEpoch: 9 });
      const epochOf = (id: number): number => (again.includes(id) ? 500 : 100) + id;
      const chosen = electLeader(
        old,
        {
          brokerEpoch: (id) => (living.includes(id) ? epochOf(id) : undefined),
          hasLeft: (id) => !living.includes(id) || again.includes(id),
        },
        allowUnclean,
      );
      const now = chosen ?? old;
      if (!allowUnclean || isr.some((id) => living.includes(id))) {
        const added = now.isr.filter((id) => !isr.includes(id));
        expect(added, `new in the ISR, which was ${isr.join(" ")}`).toEqual([]);
      }
      expect(now.isr.length, "members of the ISR").toBeGreaterThan(0);
      const stays = (id: number): boolean => living.includes(id) && !again.includes(id);
      if (isr.some(stays)) expect(now.isr, "the ISR of those who have not left").toEqual(isr.filter(stays));
      if (now.leader !== NO_LEADER) {
        expect(now.isr, "the leader is in the ISR").toContain(now.leader);
        expect(now.leaderBrokerEpoch, "the leader's broker epoch").toBe(epochOf(now.leader));
        expect(living, "the leader is alive").toContain(now.leader);
      } else if (isr.some((id) => living.includes(id))) {
        expect.fail("somebody in sync is alive, but nobody leads");
      }
      if (chosen === null) return;
      expect(chosen.partitionEpoch, "partition epoch").toBe(10);
      const isSame = chosen.leader === leader && chosen.leaderBrokerEpoch === old.leaderBrokerEpoch;
      expect(chosen.leaderEpoch, "leader epoch").toBe(isSame ? 4 : 5);
    });
  });
});

describe("electPreferred", () => {
  const moved = partition([1, 2, 3], { leader: 2, isr: [2, 3, 1], leaderEpoch: 4, partitionEpoch: 9 });

  test("6.6 electPreferred: the first of the replicas leads, in a new epoch, and the ISR stays", () => {
    expect(electPreferred(moved, alive(1, 2, 3)), was(moved)).toEqual({
      ...moved,
      leader: 1,
      leaderBrokerEpoch: 101,
      leaderEpoch: 5,
      partitionEpoch: 10,
    });
  });

  test("6.6 electPreferred: not when it leads already: that would be an election for nothing", () => {
    expect(electPreferred(THREE, alive(1, 2, 3)), was(THREE)).toBeNull();
  });

  test("6.6 electPreferred: not while it is out of sync [I5]", () => {
    expect(electPreferred({ ...moved, isr: [2, 3] }, alive(1, 2, 3)), was({ ...moved, isr: [2, 3] })).toBeNull();
  });

  test("6.6 electPreferred: not while it is dead, or about to go", () => {
    expect(electPreferred(moved, alive(2, 3)), was(moved)).toBeNull();
  });
});

describe("electorateOf", () => {
  const ORDERS = topic("orders", 1, [partition([1, 2, 3]), partition([2, 3, 1])]);

  /** Brokers 1 to 3, the second one changed, of orders-`index`: the epoch of each, and whether it has left the ISR. */
  function electorate(changes: object, { again = [], index = 0 }: { again?: number[]; index?: number } = {}) {
    const brokers = new Map(image(1, ORDERS).brokers).set(2, { ...broker(2), ...changes });
    const changed = new MetadataImage({ ...image(1, ORDERS), brokers });
    const { brokerEpoch, hasLeft } = electorateOf(changed, new Set(again), ORDERS.topicId, index);
    const of = (id: number) => ({ brokerEpoch: brokerEpoch(id), hasLeft: hasLeft(id) });
    return [1, 2, 3, 4].map(of);
  }

  const ONE = { brokerEpoch: 101, hasLeft: false };
  const TWO = { brokerEpoch: 102, hasLeft: false };
  const THREE = { brokerEpoch: 103, hasLeft: false };
  const GONE = { brokerEpoch: undefined, hasLeft: true };

  test("6.6 electorateOf: who is alive may lead and stays in sync; who isn't, neither", () => {
    expect(electorate({}), "brokers 1, 2, 3; and 4, which is dead").toEqual([ONE, TWO, THREE, GONE]);
  });

  test("6.6 electorateOf: who is about to shut down leads nothing, and is not in sync", () => {
    const shuttingDown = electorate({ inControlledShutdown: true });
    expect(shuttingDown, "brokers 1, 2 (shuts down), 3, 4 (dead)").toEqual([ONE, GONE, THREE, GONE]);
  });

  test("6.6 electorateOf: who can't use its replica leads all but that", () => {
    const offlineReplicas = new Set([replicaName(ORDERS.topicId, 1)]);
    const of = (index: number) => electorate({ offlineReplicas }, { index });
    expect(of(0), "of orders-0: brokers 1, 2, 3, 4 (dead)").toEqual([ONE, TWO, THREE, GONE]);
    expect(of(1), "of orders-1, which 2 can't use: brokers 1, 2, 3, 4").toEqual([ONE, GONE, THREE, GONE]);
  });

  test("6.6 electorateOf: who was restarted may lead, but is not in sync any more [I5]", () => {
    const again = electorate({ brokerEpoch: 555 }, { again: [2] });
    expect(again, "brokers 1, 2 (restarted), 3, 4").toEqual([ONE, { brokerEpoch: 555, hasLeft: true }, THREE, GONE]);
  });
});
