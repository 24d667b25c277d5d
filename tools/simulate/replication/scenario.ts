/**
 * Replication among faults: producers, readers, and somebody who administers.
 *
 * @module
 */
import { type Outcome } from "../outcome.ts";
import { type Plan, runOnCluster } from "./cluster-scenario.ts";
import { operator } from "./operator.ts";
import { carelessProducer, idempotentProducer, plainProducer } from "./producers.ts";
import { followerReader, leaderReader } from "./readers.ts";

const PLAN: Plan = {
  partitions: 3,
  offsetsPartitions: 0,
  actors: {
    "producer-1": idempotentProducer,
    "producer-2": idempotentProducer,
    "producer-3": plainProducer,
    "producer-4": carelessProducer,
    "reader-1": leaderReader,
    "reader-2": followerReader,
    "operator-1": operator,
  },
  settings: {},
};

/** Runs one seed. @throws ScenarioFailure */
export function replicationScenario(seed: number, isRecorded = false): Promise<Outcome> {
  return runOnCluster(PLAN, seed, isRecorded);
}
