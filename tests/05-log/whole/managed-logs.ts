/**
 * What the tests of the log manager have in common: two dirs on a simulated disk.
 *
 * @module
 */
import { type Runtime } from "#ground/runtime";
import { type TopicPartition } from "#ground/topic-partition";
import { LogManager, type LogManagerOptions, type LogSpec } from "#log";
import { type TestRuntime } from "../../support/sim.ts";
import { config } from "../fixtures.ts";

/** Who writes to the dirs. */
export const OWNER = { clusterId: "cluster-1", nodeId: 3 };
/** A new partition with small segments. */
export const NEW: LogSpec = { config: config({ segmentBytes: 300, retentionMs: -1 }), isNew: true };

/** Runs what takes simulated time to its end. */
export async function during<T>(runtime: TestRuntime, work: Promise<T>): Promise<T> {
  work.catch(() => {});
  await runtime.advance(1000);
  return await work;
}

/** Options for a manager of `/a` and `/b`. */
export function options(runtime: Runtime, overrides: Partial<LogManagerOptions> = {}): LogManagerOptions {
  return { runtime, logDirs: ["/a", "/b"], configFor: () => NEW.config, owner: OWNER, ...overrides };
}

/** Starts one. */
export function start(runtime: TestRuntime, overrides: Partial<LogManagerOptions> = {}): Promise<LogManager> {
  return during(runtime, LogManager.start(options(runtime, overrides)));
}

/** A partition of the topic `t`, or of another one. */
export const of = (partition: number, topic = "t"): TopicPartition => ({ topic, partition });
