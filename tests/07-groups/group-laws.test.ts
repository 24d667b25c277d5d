import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ClassicGroup } from "#groups/given/classic-group";
import { expire } from "#groups/group-deadlines";
import { replayGroup } from "#groups/group-sync";
import { property } from "../support/property.ts";
import { GroupTalk, textOf, type Told } from "./group-talk.ts";

const NAMES = ["a", "b", "c", "d"];

type Step = readonly [what: "join" | "sync" | "leave" | "wait", who: number, ms: number];

const STEPS: fc.Arbitrary<Step[]> = fc.array(
  fc.tuple(fc.constantFrom("join", "join", "sync", "sync", "leave", "wait"), fc.nat(3), fc.nat(12_000)),
  { maxLength: 60 },
);

/** What each step says, on a group of up to four clients; each goes on under the id that it was last told. */
function* run(steps: readonly Step[], talk: GroupTalk): Generator<Told[]> {
  const ids = new Map<string, string>();
  for (const [what, who, ms] of steps) {
    const name = NAMES[who]!;
    const id = ids.get(name) ?? "none";
    if (what === "join") {
      const before = new Set(talk.group.members.keys());
      const told = talk.join(before.has(id) ? id : name);
      const isNew = ([memberId]: [string, unknown]): boolean => !before.has(memberId);
      for (const [memberId] of [...talk.group.members].filter(isNew)) ids.set(name, memberId);
      yield told;
    } else if (what === "sync") {
      // The leader gives partition i to the member at place i: nothing twice.
      const places = [...talk.group.members.keys()].map((memberId, i) => [memberId, `p${i}`]);
      yield talk.sync(id, talk.group.isLeader(id) ? Object.fromEntries(places) : {});
    } else if (what === "leave") {
      yield talk.leave(id);
    } else {
      talk.wait(ms);
      yield talk.act((turn) => expire(talk.group, turn));
    }
  }
}

describe("whatever members do, and however long they take", () => {
  test("7.4 law: a partition has one owner in each generation, and generations only grow [I1]", () => {
    property([STEPS], (steps) => {
      const talk = new GroupTalk();
      const owners = new Map<string, string>();
      let generation = 0;
      for (const told of run(steps, talk)) {
        expect(talk.group.generationId).toBeGreaterThanOrEqual(generation);
        generation = talk.group.generationId;
        for (const [request, answer] of told) {
          if (!request.endsWith(" syncs") || typeof answer !== "string" || !/^p\d$/.test(answer)) continue;
          const place = `${answer} in generation ${generation}`;
          expect(owners.get(place) ?? request, place).toBe(request);
          owners.set(place, request);
        }
      }
    });
  });

  test("7.4 law: who reads the log knows the group as of its last sync [I3]", () => {
    property([STEPS], (steps) => {
      const talk = new GroupTalk();
      const read = new ClassicGroup("g");
      for (const _ of run(steps, talk)) {
        const { state } = talk.group;
        const written = talk.records.splice(0);
        for (const record of written) if (record.kind === "group-metadata") replayGroup(read, record.value!);
        if (written.length === 0 || (state !== "Stable" && state !== "Empty")) continue;
        expect(durable(read)).toEqual(durable(talk.group));
      }
    });
  });
});

function durable({ state, generationId, protocolType, protocolName, leaderId, members }: ClassicGroup): unknown {
  const assignments = Array.from(members.values(), ({ memberId, assignment }) => [memberId, textOf(assignment)]);
  return { state, generationId, protocolType, protocolName, leaderId, assignments };
}
