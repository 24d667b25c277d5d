import { describe, expect, test } from "vitest";
import { type KafkaError } from "#ground/errors";
import { FIRST, SECOND, subscribed } from "./positions.ts";

const at = (offset: number): { offset: number; leaderEpoch: number } => ({ offset, leaderEpoch: 2 });

describe("what is assigned", () => {
  test("7.6 assign: what stays keeps its position and its pause, what is new has none [I5]", () => {
    const { subscriptions, states } = subscribed([5]);
    states[0]!.isPaused = true;
    subscriptions.assign([SECOND, FIRST]);
    expect(subscriptions.assigned.length).toBe(2);
    const [first, second] = [subscriptions.get(FIRST), subscriptions.get(SECOND)];
    expect(first === states[0], "whether it is the same state as before").toBe(true);
    expect([first.position?.offset, first.isPaused]).toEqual([5, true]);
    expect([second.phase, second.position, second.isPaused]).toEqual(["unknown", null, false]);
  });

  test("7.6 assign: what goes and comes back begins anew", () => {
    const { subscriptions, states } = subscribed([5]);
    subscriptions.assign([]);
    expect(subscriptions.assigned).toEqual([]);
    subscriptions.assign([FIRST]);
    expect(subscriptions.assigned[0]).not.toBe(states[0]);
    expect(subscriptions.assigned[0]!.position).toBe(null);
  });

  test("7.6 assign: a partition that is named twice is there once", () => {
    const { subscriptions } = subscribed([]);
    subscriptions.assign([FIRST, { ...FIRST }]);
    expect(subscriptions.assigned.length).toBe(1);
  });
});

describe("seek and reset", () => {
  test("7.6 seek: sets the position, ends a reset, and ends the pause after a failure, but not the program's", () => {
    const { subscriptions, states: [state] } = subscribed([null]);
    subscriptions.requestReset(state!, "latest");
    state!.retryAtMs = 500;
    state!.isPaused = true;
    subscriptions.seek(state!, at(7));
    const { phase, position, resetTo, retryAtMs, isPaused } = state!;
    expect({ phase, position, resetTo, retryAtMs, isPaused }).toEqual({
      phase: "fetching", position: at(7), resetTo: null, retryAtMs: -Infinity, isPaused: true,
    });
  });

  test("7.6 requestReset: until the end is found there is no position", () => {
    const { subscriptions, states: [state] } = subscribed([5]);
    state!.retryAtMs = 500;
    subscriptions.requestReset(state!, "latest");
    const { phase, position, resetTo, retryAtMs } = state!;
    expect({ phase, position, resetTo, retryAtMs }).toEqual({
      phase: "resetting", position: null, resetTo: "latest", retryAtMs: -Infinity,
    });
    expect(subscriptions.completeReset(state!, "latest", at(9))).toBe(true);
    expect([state!.phase, state!.position]).toEqual(["fetching", at(9)]);
  });

  test("7.6 completeReset, seek: an answer that comes after a seek is nobody's", () => {
    const { subscriptions, states: [state] } = subscribed([5]);
    subscriptions.requestReset(state!, "earliest");
    subscriptions.seek(state!, at(7));
    expect(subscriptions.completeReset(state!, "earliest", at(0))).toBe(false);
    expect(state!.position).toEqual(at(7));
  });

  test("7.6 completeReset: an answer to the other question is nobody's", () => {
    const { subscriptions, states: [state] } = subscribed([5]);
    subscriptions.requestReset(state!, "earliest");
    subscriptions.requestReset(state!, "latest");
    expect(subscriptions.completeReset(state!, "earliest", at(0))).toBe(false);
    expect(state!.phase).toBe("resetting");
  });

  test("7.6 completeReset: an answer for a partition that has gone and come back is nobody's", () => {
    const { subscriptions, states: [state] } = subscribed([5]);
    subscriptions.requestReset(state!, "earliest");
    subscriptions.assign([]);
    subscriptions.assign([FIRST]);
    expect(subscriptions.completeReset(state!, "earliest", at(0))).toBe(false);
    expect(subscriptions.assigned[0]!.position).toBe(null);
  });
});

describe("out of range", () => {
  test("7.6 handleOutOfRange: the position is reset as auto.offset.reset says", () => {
    const { subscriptions, states: [state] } = subscribed([5], "latest");
    expect(subscriptions.handleOutOfRange(state!, 5)).toBe(null);
    expect([state!.phase, state!.resetTo]).toEqual(["resetting", "latest"]);
  });

  test("7.6 handleOutOfRange: with none the program is told where, and the position stays", () => {
    const { subscriptions, states: [state] } = subscribed([5], "none");
    const error = subscriptions.handleOutOfRange(state!, 5) as KafkaError;
    expect(error.code).toBe("OFFSET_OUT_OF_RANGE");
    expect(error.message).toMatch(/orders-0.*5/);
    expect([state!.phase, state!.position!.offset]).toEqual(["fetching", 5]);
  });

  test("7.6 handleOutOfRange: an answer from before a seek changes nothing", () => {
    const { subscriptions, states: [state] } = subscribed([5], "none");
    subscriptions.seek(state!, at(7));
    expect(subscriptions.handleOutOfRange(state!, 5)).toBe(null);
    expect([state!.phase, state!.position!.offset]).toEqual(["fetching", 7]);
  });

  test("7.6 handleOutOfRange: nor does one for a partition that has gone", () => {
    const { subscriptions, states: [state] } = subscribed([5]);
    subscriptions.assign([]);
    expect(subscriptions.handleOutOfRange(state!, 5)).toBe(null);
    expect(state!.phase).toBe("fetching");
  });
});

describe("what can be fetched", () => {
  test("7.6 fetchable: what has a position, in the order of the assignment", () => {
    const { subscriptions, states } = subscribed([5, null, 7]);
    expect(subscriptions.fetchable(0)).toEqual([states[0], states[2]]);
  });

  test("7.6 fetchable: neither what is paused, nor what is about to go, nor what isn't sure of its position", () => {
    const { subscriptions, states } = subscribed([1, 2, 3, 4]);
    states[0]!.isPaused = true;
    states[1]!.isGoing = true;
    states[2]!.phase = "validating";
    expect(subscriptions.fetchable(0)).toEqual([states[3]]);
  });

  test("7.6 fetchable: after a failure, not before its pause is over", () => {
    const { subscriptions, states } = subscribed([1]);
    states[0]!.retryAtMs = 100;
    expect([subscriptions.fetchable(99.5), subscriptions.fetchable(100)]).toEqual([[], [states[0]]]);
  });
});
