/**
 * Limits for partitions that move: settings of their topics and of the brokers (KIP-73).
 *
 * @module
 */
import { groupBy } from "#ground/group-by";
import { nameOf } from "#ground/topic-partition";
import { type Admin } from "../admin/admin.ts";
import { type AlterConfigOp, type ConfigResource } from "../admin/admin-types.ts";
import { type Placed } from "./placements.ts";

const RATES = ["leader.replication.throttled.rate", "follower.replication.throttled.rate"];
const DIRS_RATE = "replica.alter.log.dirs.io.max.bytes.per.second";
const [LEADERS, FOLLOWERS] = ["leader.replication.throttled.replicas", "follower.replication.throttled.replicas"];

type Change = ConfigResource & { readonly ops: readonly AlterConfigOp[] };

/** Limits what goes from the brokers that have the partitions to those that shall have them. */
export async function setThrottles(
  admin: Admin, current: readonly Placed[], wanted: readonly Placed[], bytesPerSecond: number,
): Promise<void> {
  const before = new Map(current.map((one) => [nameOf(one), one.replicas]));
  const moves = wanted.map(({ topic, partition, replicas }) => {
    const from = before.get(nameOf({ topic, partition }))!;
    return { topic, partition, from, to: replicas.filter((id) => !from.includes(id)) };
  });
  const ids = new Set(moves.flatMap(({ from, to }) => (to.length === 0 ? [] : [...from, ...to])));
  const rates = RATES.map((name) => ({ name, op: "set", value: String(bytesPerSecond) }) as const);
  const brokers = Array.from(ids, (id): Change => ({ type: "broker", name: String(id), ops: rates }));
  const topics = Array.from(groupBy(moves, ({ topic }) => topic), ([topic, ofTopic]): Change => {
    const list = (side: "from" | "to"): string => {
      const moving = ofTopic.filter(({ to }) => to.length > 0);
      return moving.flatMap((one) => one[side].map((id) => `${one.partition}:${id}`)).toSorted().join(",");
    };
    const ops = [
      { name: LEADERS!, op: "append", value: list("from") }, { name: FOLLOWERS!, op: "append", value: list("to") },
    ] as const;
    return { type: "topic", name: topic, ops: ops.filter(({ value }) => value !== "") };
  });
  await change(admin, [...brokers, ...topics.filter(({ ops }) => ops.length > 0)]);
}

/** Takes all limits away. */
export async function clearThrottles(
  admin: Admin, brokers: readonly number[], topics: readonly string[],
): Promise<void> {
  const without = (names: readonly string[]): AlterConfigOp[] => names.map((name) => ({ name, op: "delete" }));
  await change(admin, brokers.map((id) => ({ type: "broker", name: String(id), ops: without([...RATES, DIRS_RATE]) })));
  await change(admin, topics.map((name) => ({ type: "topic", name, ops: without([LEADERS!, FOLLOWERS!]) })));
}

async function change(admin: Admin, changes: readonly Change[]): Promise<void> {
  for (const result of await admin.incrementalAlterConfigs(changes)) if (result !== null) throw result;
}
