import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type SentRequest } from "#sender/given/assembly/network-request";
import { InFlightRequests } from "#sender/in-flight-requests";
import { property } from "../support/property.ts";

interface Named extends SentRequest {
  readonly name: string;
}

function request(name: string, options: { sentMs?: number; timeoutMs?: number; isSent?: boolean } = {}): Named {
  return { name, sentMs: 0, timeoutMs: 1_000, isSent: true, ...options };
}

describe("queues", () => {
  test("4.1 add, count: each node has a count of its own", () => {
    const inFlight = new InFlightRequests<Named>(5);
    inFlight.add(1, request("a"));
    inFlight.add(2, request("b"));
    inFlight.add(1, request("c"));
    expect([inFlight.count(1), inFlight.count(2), inFlight.count(3), inFlight.total]).toEqual([2, 1, 0, 3]);
  });

  test("4.1 completeNext: an answer belongs to the oldest request of its node", () => {
    const inFlight = new InFlightRequests<Named>(5);
    for (const [node, name] of [[1, "a"], [2, "b"], [1, "c"]] as const) inFlight.add(node, request(name));
    expect(inFlight.completeNext(1).name).toBe("a");
    expect(inFlight.completeNext(1).name).toBe("c");
    expect([inFlight.count(1), inFlight.count(2), inFlight.total]).toEqual([0, 1, 1]);
  });

  test("4.1 completeNext: an answer that belongs to no request is an error that names the node", () => {
    const inFlight = new InFlightRequests<Named>(5);
    expect(() => inFlight.completeNext(3)).toThrow("no request to node 3 is in flight");
    inFlight.add(4, request("a"));
    inFlight.completeNext(4);
    expect(() => inFlight.completeNext(4)).toThrow("no request to node 4 is in flight");
    expect(inFlight.total).toBe(0);
  });

  test("4.1 clearAll: gives out all requests to one node, the oldest first", () => {
    const inFlight = new InFlightRequests<Named>(5);
    for (const [node, name] of [[1, "a"], [2, "b"], [1, "c"]] as const) inFlight.add(node, request(name));
    expect(inFlight.clearAll(1).map(({ name }) => name)).toEqual(["a", "c"]);
    expect([inFlight.count(1), inFlight.total, inFlight.clearAll(9)]).toEqual([0, 1, []]);
  });

  test("4.1 clearAll: what it gives out is the caller's: requests that are added later are not in it", () => {
    const inFlight = new InFlightRequests<Named>(5);
    inFlight.add(1, request("a"));
    const cleared = inFlight.clearAll(1);
    inFlight.add(1, request("b"));
    expect([cleared.map(({ name }) => name), inFlight.count(1)]).toEqual([["a"], 1]);
    expect(inFlight.completeNext(1).name).toBe("b");
  });

  test("4.1 remove: takes one out, wherever it stands; the others keep their order", () => {
    const inFlight = new InFlightRequests<Named>(5);
    const [a, b, c] = [request("a"), request("b"), request("c")];
    for (const each of [a, b, c]) inFlight.add(1, each);
    inFlight.remove(1, b);
    expect([inFlight.count(1), inFlight.total]).toEqual([2, 2]);
    expect([inFlight.completeNext(1).name, inFlight.completeNext(1).name]).toEqual(["a", "c"]);
  });

  test("4.1 remove: one that isn't there any more, or was never there, changes nothing", () => {
    const inFlight = new InFlightRequests<Named>(5);
    const [a, b] = [request("a"), request("b")];
    for (const each of [a, b]) inFlight.add(1, each);
    inFlight.completeNext(1);
    for (const node of [1, 9]) inFlight.remove(node, a);
    expect([inFlight.count(1), inFlight.total], "how many there are: b waits for its answer").toEqual([1, 1]);
    expect(inFlight.completeNext(1).name).toBe("b");
  });

  test("4.1 counts: whatever happens, the total is the sum over the nodes", () => {
    const step = fc.tuple(fc.constantFrom("add", "complete", "clear"), fc.nat(2));
    property([fc.array(step, { maxLength: 40 })], (steps) => {
      const inFlight = new InFlightRequests<Named>(5);
      for (const [what, node] of steps) {
        if (what === "add") inFlight.add(node, request("x"));
        else if (what === "clear") inFlight.clearAll(node);
        else if (inFlight.count(node) > 0) inFlight.completeNext(node);
        expect(inFlight.total).toBe([0, 1, 2].reduce((sum, each) => sum + inFlight.count(each), 0));
      }
    });
  });
});

describe("canSendMore", () => {
  test("4.1 canSendMore: as long as fewer than max.in.flight are in flight to this node [I4]", () => {
    const inFlight = new InFlightRequests<Named>(2);
    expect(inFlight.canSendMore(1)).toBe(true);
    inFlight.add(1, request("a"));
    expect(inFlight.canSendMore(1)).toBe(true);
    inFlight.add(1, request("b"));
    expect([inFlight.canSendMore(1), inFlight.canSendMore(2)]).toEqual([false, true]);
    inFlight.completeNext(1);
    expect(inFlight.canSendMore(1)).toBe(true);
  });

  test("4.1 canSendMore: not while the only request is still leaving", () => {
    const inFlight = new InFlightRequests<Named>(5);
    inFlight.add(1, request("a", { isSent: false }));
    expect(inFlight.canSendMore(1)).toBe(false);
  });

  test("4.1 canSendMore: not before the network has taken all of the newest request", () => {
    const inFlight = new InFlightRequests<Named>(5);
    const newest = request("b", { isSent: false });
    inFlight.add(1, request("a"));
    inFlight.add(1, newest);
    expect([inFlight.canSendMore(1), inFlight.canSendMore(2)]).toEqual([false, true]);
    newest.isSent = true;
    expect(inFlight.canSendMore(1)).toBe(true);
  });

  test("4.1 canSendMore: a node whose requests are all answered can take more", () => {
    const inFlight = new InFlightRequests<Named>(1);
    inFlight.add(1, request("a"));
    inFlight.completeNext(1);
    expect(inFlight.canSendMore(1)).toBe(true);
  });
});

describe("nodesWithTimedOutRequests", () => {
  test("4.1 nodesWithTimedOutRequests: those with a request that is older than its time-out", () => {
    const inFlight = new InFlightRequests<Named>(5);
    inFlight.add(1, request("a", { sentMs: 0 }));
    inFlight.add(2, request("b", { sentMs: 500 }));
    expect(inFlight.nodesWithTimedOutRequests(999)).toEqual([]);
    expect(inFlight.nodesWithTimedOutRequests(1_000)).toEqual([1]);
    expect(inFlight.nodesWithTimedOutRequests(1_500).sort()).toEqual([1, 2]);
  });

  test("4.1 nodesWithTimedOutRequests: a later request with a shorter time-out counts, too", () => {
    const inFlight = new InFlightRequests<Named>(5);
    inFlight.add(1, request("a", { sentMs: 0, timeoutMs: 30_000 }));
    inFlight.add(1, request("b", { sentMs: 100, timeoutMs: 50 }));
    expect(inFlight.nodesWithTimedOutRequests(149)).toEqual([]);
    expect(inFlight.nodesWithTimedOutRequests(150)).toEqual([1]);
  });

  test("4.1 nodesWithTimedOutRequests: also a request that the network has not taken yet [I5]", () => {
    const inFlight = new InFlightRequests<Named>(5);
    inFlight.add(1, request("a", { isSent: false }));
    expect(inFlight.nodesWithTimedOutRequests(1_000)).toEqual([1]);
  });

  test("4.1 nodesWithTimedOutRequests: names a node once, and none whose requests were answered", () => {
    const inFlight = new InFlightRequests<Named>(5);
    for (const name of ["a", "b", "c"]) inFlight.add(1, request(name));
    inFlight.add(2, request("d"));
    inFlight.completeNext(2);
    expect(inFlight.nodesWithTimedOutRequests(5_000)).toEqual([1]);
  });

  test("4.1 nextTimeoutMs: the earliest time-out of all requests in flight", () => {
    const inFlight = new InFlightRequests<Named>(5);
    expect(inFlight.nextTimeoutMs).toBe(Infinity);
    inFlight.add(1, request("a", { sentMs: 300 }));
    inFlight.add(2, request("b", { sentMs: 400, timeoutMs: 100 }));
    expect(inFlight.nextTimeoutMs).toBe(500);
  });
});
