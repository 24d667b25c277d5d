/**
 * A group and those who talk to it: what they ask, and what it answers, by name. What the group writes is replayed at
 * once, as the coordinator does it.
 *
 * @module
 */
import { type KafkaErrorName } from "#ground/errors";
import { ClassicGroup } from "#groups/given/classic-group";
import { type Reply } from "#groups/given/assembly/coordinator-shard";
import { type GroupRecord } from "#groups/given/group-records";
import {
  type CommitAnswer,
  type CommitRequest,
  type JoinAnswer,
  type JoinRequest,
  type LeaveAnswer,
  type MemberIdentity,
  type SyncAnswer,
  type SyncRequest,
} from "#groups/given/assembly/group-requests";
import { type GroupLimits, GroupTurn } from "#groups/given/group-turn";
import { joinGroup } from "#groups/group-join";
import { leaveGroup, replayGroup, syncGroup } from "#groups/group-sync";
import { tellOnFailure } from "../support/story.ts";
import { Timeline } from "../support/timeline.ts";

/** Wall time when the monotonic clock is 0. */
export const EPOCH_MS = 1_000_000;

const LIMITS: GroupLimits = {
  maxSize: 100,
  initialRebalanceDelayMs: 0,
  offsetMetadataMaxBytes: 4096,
  offsetsRetentionMs: 60_000,
};

/** What a member says of itself, if nothing else matters. */
export const CLIENT = {
  groupInstanceId: null,
  clientId: "client",
  clientHost: "/10.0.0.1",
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: 30_000,
};

/** Bytes of a text, for metadata and assignments. */
export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The text that {@link bytes} were made of. */
export function textOf(from: Uint8Array): string {
  return new TextDecoder().decode(from);
}

/** Protocols by name; what a member says under each is `metadata`. */
export function protocols(names: readonly string[], metadata = ""): JoinRequest["protocols"] {
  return names.map((name) => ({ name, metadata: bytes(metadata) }));
}

/** What a request was told: an error, or an answer in short. */
export type Told = readonly [request: string, answer: unknown];

export class GroupTalk {
  readonly group = new ClassicGroup("g");
  nowMs = 0;
  /** Everything that was to be written. */
  readonly records: GroupRecord[] = [];
  readonly #limits: GroupLimits;
  readonly #names = new Map<Reply<never>, string>();
  #ids = 0;
  /** Who did what, and the group after it: shown when the test fails. */
  readonly timeline = new Timeline(() => stateOf(this.group));

  constructor(limits: Partial<GroupLimits> = {}) {
    this.#limits = { ...LIMITS, ...limits };
    tellOnFailure(this.timeline);
  }

  /** A turn now. Member ids end in a number. */
  turn(): GroupTurn {
    return new GroupTurn(this.nowMs, EPOCH_MS + this.nowMs, this.#limits, () => String(++this.#ids));
  }

  /** Does something with the group; tells who was answered what. */
  act(what: (turn: GroupTurn) => void, name = "the group is looked at"): Told[] {
    const turn = this.turn();
    what(turn);
    this.records.push(...turn.records);
    for (const record of turn.records) {
      if (record.kind === "group-metadata" && record.value !== null) replayGroup(this.group, record.value);
    }
    const told = turn.answers.map(({ to, error, value }): Told => [this.#names.get(to) ?? "?", error ?? value]);
    const answers = told.map(([who, answer]) => (who === name ? brief(answer) : `${who}: ${brief(answer)}`));
    this.timeline.note(this.nowMs, `${name} → ${answers.join("; ") || "no answer"}`);
    return told;
  }

  /** A request with a name. */
  ask<A>(name: string, what: (reply: Reply<A>, turn: GroupTurn) => void): Told[] {
    const reply: Reply<A> = {};
    this.#names.set(reply, name);
    return this.act((turn) => what(reply, turn), name);
  }

  /**
   * JoinGroup. An id that the group gave is used as the member's; a name that it doesn't know is a new client, which
   * joins without an id, unless `changes` give one.
   */
  join(name: string, changes: Partial<JoinRequest> = {}): Told[] {
    const { members, pendingMembers } = this.group;
    const request: JoinRequest = {
      memberId: members.has(name) || pendingMembers.has(name) ? name : "",
      protocolType: "consumer",
      protocols: protocols(["range"]),
      ...CLIENT,
      clientId: name,
      requiresKnownMemberId: false,
      supportsSkippingAssignment: true,
      ...changes,
    };
    const told = this.ask<JoinAnswer>(`${name} joins`, (reply, turn) => joinGroup(this.group, request, reply, turn));
    return told.map(([who, answer]) => [who, inShort(answer as JoinAnswer)]);
  }

  /** SyncGroup in the present generation; the leader brings `assignments`, by member id. */
  sync(memberId: string, assignments: Record<string, string> = {}, changes: Partial<SyncRequest> = {}): Told[] {
    const request: SyncRequest = {
      memberId,
      groupInstanceId: null,
      generationId: this.group.generationId,
      protocolType: null,
      protocolName: null,
      assignments: Object.entries(assignments).map(([id, text]) => ({ memberId: id, assignment: bytes(text) })),
      ...changes,
    };
    const told = this.ask<SyncAnswer>(`${memberId} syncs`, (reply, turn) => {
      return syncGroup(this.group, request, reply, turn);
    });
    return told.map(([who, answer]) => [who, inShort(answer as SyncAnswer)]);
  }

  /** LeaveGroup. */
  leave(...members: (string | MemberIdentity)[]): Told[] {
    const leaving = members.map((one) => (typeof one === "string" ? { memberId: one, groupInstanceId: null } : one));
    const told = this.ask<LeaveAnswer>("leave", (reply, turn) => leaveGroup(this.group, leaving, reply, turn));
    return told.map(([who, answer]) => [who, inShort(answer as LeaveAnswer)]);
  }

  /** Time passes; nobody does anything. */
  wait(ms: number): void {
    this.nowMs += ms;
  }

  /** A Stable group of these clients, with the ids `a-1`, `b-2`, …: each has its name for an assignment. */
  static stable(names: readonly string[], limits: Partial<GroupLimits> = {}): GroupTalk {
    const talk = new GroupTalk(limits);
    for (const name of names) talk.join(name);
    const ids = [...talk.group.members.keys()];
    // Those that were there before the last one have to join again.
    for (const id of ids) talk.join(id);
    const assignments = Object.fromEntries(ids.map((id) => [id, id.split("-")[0]!]));
    for (const id of ids) talk.sync(id, id === talk.group.leaderId ? assignments : {});
    return talk;
  }
}

/** A commit request by somebody in no group, unless `changes` say more. */
export function commitRequest(offsets: Record<string, number>, changes: Partial<CommitRequest> = {}): CommitRequest {
  return {
    memberId: "",
    groupInstanceId: null,
    generationId: -1,
    retentionMs: null,
    offsets: Object.entries(offsets).map(([name, offset]) => {
      const [topic, partition] = name.split("-");
      return { topic: topic!, partition: Number(partition), offset, leaderEpoch: 3, metadata: "" };
    }),
    ...changes,
  };
}

/** The group in a few words: state, generation, members; in brackets those that have not joined the next generation. */
function stateOf(group: ClassicGroup): string {
  const members = [...group.members.values()].map(({ memberId, awaitingJoin }) => {
    return group.state === "PreparingRebalance" && awaitingJoin === null ? `(${memberId})` : memberId;
  });
  return `${group.state.replace("Rebalance", "")} g${group.generationId}: ${members.join(" ") || "nobody"}`;
}

/** An answer, as a word of a timeline. */
function brief(answer: unknown): string {
  const short = typeof answer === "object" ? inShort(answer as JoinAnswer) : answer;
  const text = Array.isArray(short) ? short.map((one: unknown) => one ?? "ok").join(", ") : String(short);
  return text.replace(/ in generation (\d+).*/, " in g$1");
}

/** As a test says it. */
function inShort(answer: JoinAnswer | SyncAnswer | LeaveAnswer | CommitAnswer | KafkaErrorName): unknown {
  if (typeof answer === "string") return answer;
  if ("assignment" in answer) return textOf(answer.assignment);
  if ("generationId" in answer) {
    const { error, memberId, generationId, leader, protocolName, members, skipAssignment } = answer;
    if (error !== null) return `${error} ${memberId}`;
    const skips = skipAssignment ? ", skips the assignment" : "";
    const all = members.map((member) => member.memberId).join(" ");
    return `${memberId} in generation ${generationId}: ${protocolName}, led by ${leader} (${all})${skips}`;
  }
  return answer.map((one) => (typeof one === "object" && one !== null ? (one.error ?? "left") : one));
}
