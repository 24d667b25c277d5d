import { describe, expect, test } from "vitest";
import { FetchBuffer } from "#groups/fetch-buffer";
import { FIRST, ScriptedFetch, shortly, subscribed } from "./positions.ts";

function bufferOf(positions: readonly number[]): {
  buffer: FetchBuffer;
} & ReturnType<typeof subscribed> {
  const made = subscribed(positions);
  return { buffer: new FetchBuffer(made.subscriptions), ...made };
}

describe("where to fetch on from", () => {
  test("7.6 nextOffset: at the position if nothing is there", () => {
    const { buffer, states } = bufferOf([5]);
    expect(buffer.nextOffset(states[0]!)).toBe(5);
  });

  test("7.6 nextOffset: behind what is there, also if it is several fetches [I5]", () => {
    const { buffer, states } = bufferOf([5]);
    buffer.add(new ScriptedFetch(states[0]!, 5, 8));
    buffer.add(new ScriptedFetch(states[0]!, 8, 20));
    expect(buffer.nextOffset(states[0]!)).toBe(20);
  });

  test("7.6 nextOffset: what others have doesn't count", () => {
    const { buffer, states } = bufferOf([5, 5]);
    buffer.add(new ScriptedFetch(states[1]!, 5, 8));
    expect(buffer.nextOffset(states[0]!)).toBe(5);
  });

  test("7.6 nextOffset: after a seek what is there doesn't count any more", () => {
    const { buffer, states, subscriptions } = bufferOf([5]);
    buffer.add(new ScriptedFetch(states[0]!, 5, 8));
    subscriptions.seek(states[0]!, { offset: 2, leaderEpoch: -1 });
    expect(buffer.nextOffset(states[0]!)).toBe(2);
  });
});

describe("collect", () => {
  test("7.6 collect: the records come in order, and the position moves behind them [I5]", () => {
    const { buffer, states } = bufferOf([5, 0]);
    buffer.add(new ScriptedFetch(states[1]!, 0, 1));
    buffer.add(new ScriptedFetch(states[0]!, 5, 7));
    expect(shortly(buffer.collect(500))).toEqual(["1@0", "0@5", "0@6"]);
    expect(states.map(({ position }) => position)).toEqual([
      { offset: 7, leaderEpoch: 3 },
      { offset: 1, leaderEpoch: 3 },
    ]);
    expect(buffer.size).toBe(0);
  });

  test("7.6 collect: not more than asked for; the rest comes next, none twice [I5]", () => {
    const { buffer, states } = bufferOf([0]);
    buffer.add(new ScriptedFetch(states[0]!, 0, 3));
    buffer.add(new ScriptedFetch(states[0]!, 3, 5));
    expect([buffer.collect(2), buffer.collect(2), buffer.collect(2), buffer.collect(2)].map(shortly)).toEqual([
      ["0@0", "0@1"], ["0@2", "0@3"], ["0@4"], [],
    ]);
  });

  test("7.6 collect: after a seek what was fetched before is thrown away", () => {
    const { buffer, states, subscriptions } = bufferOf([5]);
    buffer.add(new ScriptedFetch(states[0]!, 5, 8));
    subscriptions.seek(states[0]!, { offset: 0, leaderEpoch: -1 });
    buffer.add(new ScriptedFetch(states[0]!, 0, 2));
    expect(shortly(buffer.collect(500))).toEqual(["0@0", "0@1"]);
    expect(buffer.size).toBe(0);
  });

  test("7.6 collect: while a position is looked for nothing is returned", () => {
    const { buffer, states, subscriptions } = bufferOf([5]);
    buffer.add(new ScriptedFetch(states[0]!, 5, 8));
    subscriptions.requestReset(states[0]!, "latest");
    expect(buffer.collect(500)).toEqual([]);
    expect(states[0]!.position).toBe(null);
  });

  test("7.6 collect: what is paused waits, the others don't, and it comes when it is resumed [I5]", () => {
    const { buffer, states } = bufferOf([5, 0]);
    buffer.add(new ScriptedFetch(states[0]!, 5, 6));
    buffer.add(new ScriptedFetch(states[1]!, 0, 1));
    states[0]!.isPaused = true;
    expect(shortly(buffer.collect(500))).toEqual(["1@0"]);
    expect(states[0]!.position!.offset).toBe(5);
    states[0]!.isPaused = false;
    expect(shortly(buffer.collect(500))).toEqual(["0@5"]);
  });

  test("7.6 collect: what is about to go waits, too", () => {
    const { buffer, states } = bufferOf([5]);
    buffer.add(new ScriptedFetch(states[0]!, 5, 6));
    states[0]!.isGoing = true;
    expect(buffer.collect(500)).toEqual([]);
    expect(states[0]!.position!.offset).toBe(5);
  });

  test("7.6 collect: what has gone, even if it has come back, is thrown away", () => {
    const { buffer, states, subscriptions } = bufferOf([5]);
    buffer.add(new ScriptedFetch(states[0]!, 5, 6));
    subscriptions.assign([]);
    subscriptions.assign([FIRST]);
    subscriptions.seek(subscriptions.assigned[0]!, { offset: 5, leaderEpoch: -1 });
    expect(buffer.collect(500)).toEqual([]);
    expect(buffer.size).toBe(0);
  });

  test("7.6 collect: a record that can't be returned: first those before it, then the error, again and again", () => {
    const { buffer, states } = bufferOf([5, 0]);
    buffer.add(new ScriptedFetch(states[0]!, 5, 9, { poison: 7 }));
    buffer.add(new ScriptedFetch(states[1]!, 0, 1));
    expect(shortly(buffer.collect(500))).toEqual(["0@5", "0@6"]);
    expect(() => buffer.collect(500)).toThrow("poison at 7");
    expect(() => buffer.collect(500)).toThrow("poison at 7");
    expect(states[0]!.position!.offset).toBe(7);
  });

  test("7.6 collect: who seeks past it goes on, and nothing of the others is lost", () => {
    const { buffer, states, subscriptions } = bufferOf([5, 0]);
    buffer.add(new ScriptedFetch(states[0]!, 5, 9, { poison: 5 }));
    buffer.add(new ScriptedFetch(states[1]!, 0, 1));
    expect(() => buffer.collect(500)).toThrow("poison at 5");
    subscriptions.seek(states[0]!, { offset: 6, leaderEpoch: -1 });
    buffer.add(new ScriptedFetch(states[0]!, 6, 7));
    expect(shortly(buffer.collect(500))).toEqual(["1@0", "0@6"]);
  });
});
