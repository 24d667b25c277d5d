import { describe, expect, test } from "vitest";
import { type TopicPartition } from "#ground/topic-partition";
import { MemberRebalance } from "#groups/member-rebalance";
import { SubscriptionState } from "#groups/subscription-state";

const named = (names: readonly string[]): TopicPartition[] =>
  names.map((name) => ({ topic: name.slice(0, -2), partition: Number(name.at(-1)) }));
const textOf = (partitions: readonly TopicPartition[]): string =>
  partitions.map(({ topic, partition }) => `${topic}-${partition}`).join(" ");

/** A member that has `owned`; what happens is written down, with what is assigned at that moment. */
function memberWith(owned: readonly string[], { cooperative = false, hearsLost = true, throws = "" } = {}): {
  member: MemberRebalance;
  subscriptions: SubscriptionState;
  happened: string[];
} {
  const happened: string[] = [];
  const subscriptions = new SubscriptionState("earliest");
  subscriptions.assign(named(owned));
  const note = (what: string): void => void happened.push(`${what} | has ${textOf(subscriptions.assigned)}`);
  const member = new MemberRebalance(subscriptions, cooperative, async () => {
    note("commit");
    await Promise.resolve();
  });
  const hear = (what: string) => async (partitions: readonly TopicPartition[]): Promise<void> => {
    await Promise.resolve();
    note(`${what} ${textOf(partitions)}`);
    if (throws === what) throw new Error(`${what} failed`);
  };
  member.listener = {
    onPartitionsAssigned: hear("assigned"),
    onPartitionsRevoked: hear("revoked"),
    ...(hearsLost ? { onPartitionsLost: hear("lost") } : {}),
  };
  return { member, subscriptions, happened };
}

describe("eager", () => {
  test("7.7 beforeJoin, giveUp: eager, everything is committed, revoked, and given up, in this order", async () => {
    const { member, subscriptions, happened } = memberWith(["a-0", "a-1"]);
    await member.beforeJoin(new Set(["a"]), false);
    expect(happened, "what happened").toEqual(["commit | has a-0 a-1", "revoked a-0 a-1 | has a-0 a-1"]);
    expect(subscriptions.assigned, "what it has").toEqual([]);
  });

  test("7.7 giveUp: nobody is told before the commit is decided", async () => {
    const [subscriptions, told] = [new SubscriptionState("earliest"), [] as string[]];
    subscriptions.assign(named(["a-0"]));
    let decide = (): void => {};
    const member = new MemberRebalance(subscriptions, false, () => new Promise((resolve) => (decide = resolve)));
    member.listener = { onPartitionsRevoked: (partitions) => void told.push(textOf(partitions)) };
    const given = member.beforeJoin(new Set(["a"]), false);
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    expect(told).toEqual([]);
    decide();
    await given;
    expect(told).toEqual(["a-0"]);
  });

  test("7.7 afterSync: eager, it has its assignment, and is told all of it", async () => {
    const { member, happened } = memberWith([]);
    expect(await member.afterSync(named(["a-1", "a-2"])), "does it join again?").toBe(false);
    expect(happened, "what happened").toEqual(["assigned a-1 a-2 | has a-1 a-2"]);
  });

  test("7.7 afterSync: eager, a member that gets nothing is told so", async () => {
    const { member, happened } = memberWith([]);
    await member.afterSync([]);
    expect(happened, "what happened").toEqual(["assigned  | has "]);
  });

  test("7.7 beforeJoin, giveUp: eager, who has nothing has nothing revoked", async () => {
    const { member, happened } = memberWith([]);
    await member.beforeJoin(new Set(["a"]), false);
    expect(happened, "what happened").toEqual(["commit | has "]);
  });
});

describe("cooperative", () => {
  test("7.7 beforeJoin: cooperative, it keeps everything", async () => {
    const { member, subscriptions, happened } = memberWith(["a-0", "a-1"], { cooperative: true });
    await member.beforeJoin(new Set(["a"]), false);
    expect(happened, "what happened").toEqual(["commit | has a-0 a-1"]);
    expect(textOf(subscriptions.assigned), "what it has").toBe("a-0 a-1");
  });

  test("7.7 beforeJoin: cooperative, but for topics that it doesn't want any more", async () => {
    const { member, subscriptions, happened } = memberWith(["a-0", "b-0"], { cooperative: true });
    await member.beforeJoin(new Set(["a"]), false);
    expect(happened, "what happened").toContain("revoked b-0 | has a-0 b-0");
    expect(textOf(subscriptions.assigned), "what it has").toBe("a-0");
  });

  test("7.7 afterSync: cooperative, what goes is revoked, what is new is assigned, and it joins again", async () => {
    const { member, happened } = memberWith(["a-0", "a-1"], { cooperative: true });
    expect(await member.afterSync(named(["a-1", "a-2"])), "does it join again?").toBe(true);
    expect(happened, "what happened").toEqual([
      "commit | has a-0 a-1",
      "revoked a-0 | has a-0 a-1",
      "assigned a-2 | has a-1 a-2",
    ]);
  });

  test("7.7 afterSync: cooperative, when nothing goes, nobody joins again, and nothing new is told, too", async () => {
    const { member, happened } = memberWith(["a-0"], { cooperative: true });
    expect(await member.afterSync(named(["a-0"])), "does it join again?").toBe(false);
    expect(happened, "what happened").toEqual(["assigned  | has a-0"]);
  });

  test("7.7 afterSync: cooperative, what stays keeps its position", async () => {
    const { member, subscriptions } = memberWith(["a-0", "a-1"], { cooperative: true });
    const [, kept] = subscriptions.assigned;
    subscriptions.seek(kept!, { offset: 42, leaderEpoch: -1 });
    await member.afterSync(named(["a-1"]));
    expect(subscriptions.assigned[0]).toBe(kept);
    expect(kept!.position!.offset).toBe(42);
  });
});

describe("what is lost", () => {
  test("7.7 lose: nothing is committed, and it has gone when the listener hears, cooperative or not [I2]", async () => {
    for (const cooperative of [false, true]) {
      const { member, happened } = memberWith(["a-0", "a-1"], { cooperative });
      await member.beforeJoin(new Set(["a"]), true);
      expect(happened, "what happened").toEqual(["lost a-0 a-1 | has "]);
    }
  });

  test("7.7 lose: a listener without onPartitionsLost hears onPartitionsRevoked", async () => {
    const { member, happened } = memberWith(["a-0"], { hearsLost: false });
    await member.beforeJoin(new Set(["a"]), true);
    expect(happened, "what happened").toEqual(["revoked a-0 | has "]);
  });

  test("7.7 lose: who had nothing has lost nothing", async () => {
    const { member, happened } = memberWith([]);
    await member.beforeJoin(new Set(["a"]), true);
    expect(happened, "what happened").toEqual([]);
  });
});

describe("while the listener works", () => {
  test("7.7 giveUp: what is about to go is marked already during the commit, and what stays isn't [I5]", async () => {
    const { member, subscriptions } = memberWith(["a-0", "a-1"], { cooperative: true });
    const states = [...subscriptions.assigned];
    const seen: boolean[][] = [];
    member.listener = { onPartitionsRevoked: () => void seen.push(states.map(({ isGoing }) => isGoing)) };
    await member.afterSync(named(["a-1"]));
    expect(seen).toEqual([[true, false]]);
  });

  test("7.7 giveUp: a listener that throws changes nothing in what is done, and the error comes through", async () => {
    const { member, subscriptions } = memberWith(["a-0"], { throws: "revoked" });
    await expect(member.beforeJoin(new Set(["a"]), false)).rejects.toThrow("revoked failed");
    expect(subscriptions.assigned, "what it has").toEqual([]);
  });

  test("7.7 afterSync: after a revoke that throws the rest is assigned all the same", async () => {
    const { member, happened } = memberWith(["a-0"], { cooperative: true, throws: "revoked" });
    await expect(member.afterSync(named(["a-1"]))).rejects.toThrow("revoked failed");
    expect(happened.at(-1)).toBe("assigned a-1 | has a-1");
  });
});
