/**
 * Changes of a topic that are more than the coordination service takes at once: they are written in several
 * transactions, between which a node says what has to be cleared away, should the controller get no further.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { type CoordinationSession, type Operation } from "#ground/coordination/coordination";
import * as layout from "#ground/coordination/layout";
import { type ImageChange } from "./image-changes.ts";

/** What one transaction may hold, roughly: half of what ZooKeeper takes (`jute.maxbuffer`), and ours. */
const PART_BYTES = 500_000;
/** What a step takes besides its path and its data. */
const STEP_BYTES = 64;

/** A change of one topic, of which a reader must see all or nothing. */
export interface TopicChange {
  readonly name: string;
  /** How many partitions stay when not all steps are done. Without any, the topic goes, with all that belongs to it. */
  readonly kept: number;
  readonly steps: readonly Operation[];
  /** What the steps mean. */
  readonly change: ImageChange;
}

/** Changes that go into one transaction together; what is too large for one is alone. */
export function togetherOrAlone(changes: readonly TopicChange[]): TopicChange[][] {
  return packed(changes, ({ steps }) => steps.reduce((sum, step) => sum + costOf(step), 0));
}

/** The transactions that it takes: mostly one. */
export function transactionsOf({ name, kept, steps }: TopicChange): readonly (readonly Operation[])[] {
  const parts = inParts(steps);
  if (parts.length <= 1) return [steps];
  const path = layout.unfinishedPath(name);
  parts.at(0)!.unshift({ type: "create", path, data: Buffer.from(String(kept)) });
  parts.at(-1)!.push({ type: "delete", path });
  return parts;
}

function inParts(steps: readonly Operation[]): Operation[][] {
  return packed(steps, costOf);
}

/** Groups that cost {@link PART_BYTES} at most, in order; what costs more is a group of its own. */
function packed<T>(all: readonly T[], costOf: (one: T) => number): T[][] {
  const groups: T[][] = [];
  let bytes = Infinity;
  for (const one of all) {
    const cost = costOf(one);
    if (bytes + cost > PART_BYTES) {
      groups.push([]);
      bytes = 0;
    }
    groups.at(-1)!.push(one);
    bytes += cost;
  }
  return groups;
}

function costOf(step: Operation): number {
  return step.path.length + ("data" in step ? step.data.length : 0) + STEP_BYTES;
}

/**
 * Clears away what the last controller, or this one, has begun and not ended: a topic that was being made or deleted
 * goes, and of one that was growing the partitions that were to come.
 * @param write as the controller
 */
export async function clearUnfinished(
  session: CoordinationSession,
  write: (steps: readonly Operation[]) => Promise<void>,
): Promise<void> {
  for (const name of await session.children(layout.UNFINISHED_PATH)) {
    const path = layout.unfinishedPath(name);
    const node = await session.get(path);
    if (node === null) continue;
    const paths = await leftOvers(session, name, Number(Buffer.from(node.data).toString()));
    const steps = [...paths, path].map((one): Operation => ({ type: "delete", path: one }));
    for (const part of inParts(steps)) await write(part);
  }
}

/** Children before their parents. */
async function leftOvers(session: CoordinationSession, name: string, kept: number): Promise<string[]> {
  const indexes = (await session.children(layout.partitionsPath(name))).map(Number).filter((index) => index >= kept);
  const partitions = await Promise.all(indexes.map(async (index) => {
    const state = layout.partitionStatePath(name, index);
    return [...((await session.exists(state)) ? [state] : []), layout.partitionPath(name, index)];
  }));
  const topic = kept > 0 ? [] : [layout.partitionsPath(name), layout.topicPath(name), layout.topicConfigPath(name)];
  const isThere = await Promise.all(topic.map((path) => session.exists(path)));
  return [...partitions.flat(), ...topic.filter((_, i) => isThere[i])];
}
