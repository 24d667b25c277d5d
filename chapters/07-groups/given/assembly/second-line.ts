/** @module */
import { type Node } from "#ground/cluster";

/** Ids of second connections count down from here. */
const TOP = 0x7fff_ffff;

/**
 * A second connection to a broker. On one connection it answers in the order of the requests, and a fetch may wait for
 * `fetch.max.wait.ms`: what must not wait behind one (heartbeats, commits, questions for offsets) has its own.
 *
 * Source: `AbstractCoordinator.FindCoordinatorResponseHandler`, which does it for the coordinator.
 */
export function secondLine(node: Node): Node {
  return { ...node, id: TOP - node.id };
}
