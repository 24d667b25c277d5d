/**
 * One vocabulary for what happens in a cluster: the event line of the picture, timelines of failures and of the
 * simulation speak it. An event is made of plain data, so that it can be kept and shown later.
 *
 * @module
 */

/** Of what is kept in files: grows when a field changes its meaning. */
export const EVENTS_VERSION = 2;

/** What can happen, and what its subject is. */
export type EventKind =
  /** A broker: up, frozen, down. */
  | "broker"
  /** The cluster: another controller. */
  | "controller"
  /** `topic-partition`: another leader or leader epoch. */
  | "leader"
  /** `topic-partition`: another ISR. */
  | "isr"
  /** `topic-partition` at a broker: its log rolled, lost segments, or was cut. */
  | "log"
  /** A topic that was made or deleted. */
  | "topic"
  /** A group and a `topic-partition`: where the group goes on is another offset. */
  | "commit"
  /** A client: records that it sends again, or that have failed. */
  | "client"
  /** A group: another state, other members, another assignment. */
  | "group"
  /** A member of a group. */
  | "member"
  /** `topic-partition` at a broker: records have come, or more of them are committed. */
  | "append"
  /** What goes wrong by intent: `fault` until the same is over, `fault at once` for what lasts no longer. */
  | "fault"
  /** A node that starts or ends, and is no broker. */
  | "node"
  /** What a node says in its log; its subject is the node. */
  | "said"
  /** What somebody does: its subject is what, before and after are the state of what it is done to. */
  | "deed"
  /** An invariant that doesn't hold; its subject is its name. */
  | "violation";

/** Something that has happened. */
export interface ClusterEvent {
  /** Wall time or simulated time, in milliseconds. */
  readonly timeMs: number;
  /** Where it was seen: `broker 1`, `client`. */
  readonly node: string;
  readonly kind: EventKind;
  readonly subject: string;
  /** In words for people; "" when there was nothing before. */
  readonly before: string;
  /** In words for people; "" when nothing is left. */
  readonly after: string;
}

/** An event on a line: `12.345 broker-1 orders-0: ended at 5 → cut at 3`, with the time in milliseconds. */
export function eventLine({ timeMs, node, subject, before, after }: ClusterEvent): string {
  const what = subject === node ? "" : `${subject}: `;
  return `${timeMs.toFixed(3)} ${node} ${what}${before === "" ? "" : `${before} → `}${after === "" ? "gone" : after}`;
}
