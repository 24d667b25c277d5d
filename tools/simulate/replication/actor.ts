/**
 * Who works with the simulated cluster. A scenario is a list of actors; each has a node of its own, on which it may do
 * what a client does, and holds what it is told against the {@link Ledger}.
 *
 * @module
 */
import { type SeededRandom } from "#ground/sim/seeded-random";
import { type SimWorld } from "#ground/sim/sim-world";
import { type GroupBooks } from "../groups/group-book.ts";
import { type Ledger } from "./ledger.ts";
import { type SimulatedCluster } from "./simulated-cluster.ts";

/** Where actors work. */
export interface Workplace {
  readonly world: SimWorld;
  readonly cluster: SimulatedCluster;
  readonly ledger: Ledger;
  /** What is known of consumer groups. */
  readonly groups: GroupBooks;
  /** Faults of actors, by name: how often each has happened. */
  readonly deeds: Map<string, number>;
}

/** A client. */
export interface Actor {
  readonly name: string;
  /** The nodes that it works on: faults may cut them off. */
  readonly hosts: readonly string[];
  /** What it is, for people. */
  readonly about: string;
  start(): void;
  /** All faults are over: begins nothing more, and resolves when it has been told all that it waits for. */
  finish(): Promise<void>;
  /** Called after each event, as the oracle is. @throws Violation */
  check?(host: string | null): void;
}

/** Makes an actor of a name; what it is like is drawn. */
export type MakeActor = (place: Workplace, name: string, random: SeededRandom) => Actor;

/** One of `values`, drawn. */
export function pick<T>(random: SeededRandom, ...values: readonly T[]): T {
  return values[random.int(values.length)]!;
}
