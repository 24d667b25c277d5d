/**
 * One vocabulary for what happens in a cluster: the event line of the picture, timelines of failures and of the
 * simulation speak it. An event is made of plain data, so that it can be kept and shown later.
 *
 * @module
 */

/** Of what is kept in files: grows when a field changes its meaning. */
export const EVENTS_VERSION = 1;

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
  /** A group: another state, other members, another assignment. */
  | "group"
  /** A member of a group. */
  | "member";

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
