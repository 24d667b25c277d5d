import { expect, test } from "vitest";
import { type Api } from "#ground/protocol/api";
import { ExponentialBackoff } from "#sender";
import { Heartbeats } from "#groups/heartbeats";
import { type CoordinatorLink } from "#groups/given/assembly/coordinator-link";
import { GroupMember } from "#groups/given/group-member";
import { testRuntime } from "../../support/sim.ts";

/** A link that is cut when the test wants it, and notes what is sent. */
class ScriptedLink {
  readonly groupId = "g";
  readonly sent: string[] = [];
  isCut = false;
  #answer: ((response: unknown) => void) | null = null;

  isReady(): boolean {
    return !this.isCut;
  }

  send(api: Api, _value: unknown, handler: { onResponse(response: unknown, now: number): void }): void {
    if (this.isCut) throw new TypeError("there is nobody to send to");
    this.sent.push(api.name);
    this.#answer = (response) => handler.onResponse(response, 0);
  }

  answer(response: unknown): void {
    this.#answer!(response);
  }
}

test("given: a leader whose coordinator is lost while it shares out says it when that is found again", () => {
  const runtime = testRuntime();
  const link = new ScriptedLink();
  const options = { intervalMs: 3_000, sessionTimeoutMs: 10_000, maxPollIntervalMs: 60_000, retryBackoffMs: 100 };
  const member = new GroupMember(
    link as unknown as CoordinatorLink,
    new Heartbeats(options),
    new ExponentialBackoff(100, 1_000, runtime.random),
    { groupInstanceId: null, sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 60_000, requestTimeoutMs: 30_000 },
    { protocols: () => [], assign: () => [], onFatal: () => {}, onHeartbeat: () => {} },
    runtime.log,
  );
  member.join();
  member.runOnce(0);
  const leads = { errorCode: 0, memberId: "m", leader: "m", generationId: 1, protocolName: "range", members: [] };
  link.answer({ ...leads, skipAssignment: false });
  link.isCut = true;
  member.runOnce(0);
  expect(link.sent).toEqual(["JoinGroup"]);
  link.isCut = false;
  member.runOnce(0);
  expect(link.sent).toEqual(["JoinGroup", "SyncGroup"]);
});
