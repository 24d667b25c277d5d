/**
 * Requests that were sent and are not answered yet, node by node.
 *
 * Source: `org.apache.kafka.clients.InFlightRequests`.
 *
 * @module
 */

import { NotImplementedError } from "#ground/errors";
import { type SentRequest } from "#sender/given/assembly/network-request";

/** The requests in flight of one client. A broker answers in the order of the requests, so each node has a queue. */
export class InFlightRequests<T extends SentRequest> {
  readonly #maxPerNode: number;
  /** By node id, the oldest first. A node without requests has none, or an empty one. */
  readonly #queues = new Map<number, T[]>();
  #total = 0;

  /** @param maxPerNode - `max.in.flight.requests.per.connection` */
  constructor(maxPerNode: number) {
    this.#maxPerNode = maxPerNode;
  }

  /** How many requests are in flight, to all nodes together. */
  get total(): number {
    return this.#total;
  }

  /**
   * How many requests to this node are in flight.
   *
   * @exercise 4.1 InFlightRequests.count
   */
  count(nodeId: number): number {
    throw new NotImplementedError("4.1 InFlightRequests.count");
  }

  /**
   * Puts a request behind those to the same node.
   *
   * @exercise 4.1 InFlightRequests.add
   */
  add(nodeId: number, request: T): void {
    throw new NotImplementedError("4.1 InFlightRequests.add");
  }

  /**
   * Takes out the request that the next answer of this node belongs to.
   *
   * @exercise 4.1 InFlightRequests.completeNext
   * @throws Error "no request to node 3 is in flight", which is a mistake of the caller's
   */
  completeNext(nodeId: number): T {
    throw new NotImplementedError("4.1 InFlightRequests.completeNext");
  }

  /**
   * Whether another request to this node may be sent: fewer than `maxPerNode` are in flight, *and* the network has
   * taken all bytes of the newest one. While it hasn't, one more request would only wait in memory behind it; batches
   * do better to wait in the accumulator, where they can still grow.
   *
   * @exercise 4.1 InFlightRequests.canSendMore
   */
  canSendMore(nodeId: number): boolean {
    throw new NotImplementedError("4.1 InFlightRequests.canSendMore");
  }

  /**
   * The nodes that have not answered some request in time: its time-out, counted from when it was sent, ends at `now`
   * or before. It need not be the oldest one, as time-outs differ; nor need the network have taken it: perhaps the
   * broker has stopped reading. Each node once, in any order.
   *
   * @exercise 4.1 InFlightRequests.nodesWithTimedOutRequests
   */
  nodesWithTimedOutRequests(now: number): number[] {
    throw new NotImplementedError("4.1 InFlightRequests.nodesWithTimedOutRequests");
  }

  /** The earliest time at which some request will have timed out; Infinity when none is in flight. */
  get nextTimeoutMs(): number {
    let next = Infinity;
    for (const queue of this.#queues.values()) {
      for (const { sentMs, timeoutMs } of queue) next = Math.min(next, sentMs + timeoutMs);
    }
    return next;
  }

  /**
   * Takes out one request, wherever it stands: it gets no answer, or never got as far as the network. One that isn't
   * there any more changes nothing.
   *
   * @exercise 4.1 InFlightRequests.remove
   */
  remove(nodeId: number, request: T): void {
    throw new NotImplementedError("4.1 InFlightRequests.remove");
  }

  /**
   * Takes out all requests to a node: its connection is gone, and no answer will come.
   *
   * @exercise 4.1 InFlightRequests.clearAll
   * @returns the requests, the oldest first
   */
  clearAll(nodeId: number): T[] {
    throw new NotImplementedError("4.1 InFlightRequests.clearAll");
  }
}
