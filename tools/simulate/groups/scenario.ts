/**
 * Consumer groups among faults: the cluster and its faults are those of replication, and members have faults of their
 * own. What is looked at besides: see `group-book.ts`.
 *
 * @module
 */
import { type Outcome } from "../outcome.ts";
import { type Plan, runOnCluster } from "../replication/cluster-scenario.ts";
import { operator } from "../replication/operator.ts";
import { idempotentProducer, plainProducer } from "../replication/producers.ts";
import { cooperativeGroup, eagerGroup } from "./group.ts";
import { lateCommits } from "./late-commits.ts";

const OFFSETS_PARTITIONS = 2;

const PLAN: Plan = {
  partitions: 5,
  offsetsPartitions: OFFSETS_PARTITIONS,
  actors: {
    "producer-1": idempotentProducer,
    "producer-2": plainProducer,
    "operator-1": operator,
    "group-1": eagerGroup,
    "group-2": cooperativeGroup,
    "late-1": lateCommits,
  },
  settings: {
    "offsets.topic.num.partitions": OFFSETS_PARTITIONS,
    "offsets.topic.replication.factor": 3,
    "group.min.session.timeout.ms": 1_000,
    "group.initial.rebalance.delay.ms": 300,
    "offsets.commit.timeout.ms": 2_000,
    // A batch at a time: on a slow disk loading takes its time, and members come meanwhile.
    "offsets.load.buffer.size": 1,
  },
};

/** Runs one seed. @throws ScenarioFailure */
export function groupsScenario(seed: number, isRecorded = false): Promise<Outcome> {
  return runOnCluster(PLAN, seed, isRecorded);
}
