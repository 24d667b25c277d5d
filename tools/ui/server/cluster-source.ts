/**
 * A cluster that can be looked at.
 *
 * @module
 */
import { type ClusterPicture } from "./compose.ts";

/** Where pictures come from. */
export interface ClusterSource {
  /** The pause between two looks. */
  readonly lookMs: number;
  /** Whether brokers can be killed, frozen, started. */
  readonly canAct: boolean;
  /** What the cluster doesn't tell, in a sentence; null: it tells all. */
  readonly isPartial: string | null;
  /** Looks once. Rejects when the cluster is gone. */
  look(): Promise<ClusterPicture>;
  /** Does something with a broker: `kill 2`. @returns what has become of it */
  act(command: string): Promise<string>;
  /** A broker's metrics in Prometheus' text format; null: it can't be asked. */
  metrics(brokerId: number): Promise<string | null>;
}
