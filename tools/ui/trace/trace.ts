/**
 * A run that was kept, step by step: what happened, and the picture of the cluster after it. Plain data: it goes
 * through a JSON file to the page.
 *
 * @module
 */
import { type ClusterEvent } from "#ground/events";
import { type Picture } from "../picture.ts";
import { type Change } from "./change.ts";

/** The part of a picture that a run has. */
export type KeptPicture = Pick<
  Picture,
  "timeMs" | "clusterId" | "controllerEpoch" | "brokers" | "partitions" | "omittedPartitions" | "groups"
>;

/** What happened at one moment. */
export interface TraceStep {
  /** At least one; all of the same time. */
  readonly events: readonly ClusterEvent[];
  /** What it has changed in the picture. */
  readonly change: Change;
}

/** The steps of a run. */
export interface Recording {
  /** The picture before the first step; null: there are only events, whose before and after say the state. */
  readonly first: KeptPicture | null;
  readonly steps: readonly TraceStep[];
  /** Steps before these that are not kept. */
  readonly omitted: number;
}

/** The whole file. */
export interface Trace extends Recording {
  /** `EVENTS_VERSION` of whoever wrote it. */
  readonly eventsVersion: number;
  /** As `replication, seed 7`. */
  readonly title: string;
  /** What shows it again. */
  readonly command: string;
  /** What the run was about, for people. */
  readonly about: string;
  /** What was wrong at the end; null: nothing. */
  readonly violation: string | null;
}
