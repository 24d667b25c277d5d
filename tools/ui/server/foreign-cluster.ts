/**
 * Any Kafka cluster, looked at through its protocol: what that doesn't tell isn't shown.
 *
 * @module
 */
import { Admin } from "#cluster/admin/admin";
import {
  type GroupDescription,
  type PartitionDescription,
  SPECIAL_TIMES,
  type TopicDescription,
} from "#cluster/admin/admin-types";
import { KafkaError } from "#ground/errors";
import { type GroupPicture, type PartitionPicture, type ReplicaPicture } from "../picture.ts";
import { type ClusterSource } from "./cluster-source.ts";
import { type Before, type ClusterPicture, groupPicture, nameOf, NOTHING_BEFORE, withRates } from "./compose.ts";

/** A look is a dozen requests. */
const LOOK_MS = 1_000;
const MOST_PARTITIONS = 300;
const MOST_GROUPS = 20;

/** What one broker says of a replica in its log dirs. */
interface Kept {
  readonly sizeBytes: number;
  readonly offsetLag: number;
}

/** Offsets by `topic-partition`. */
type Offsets = ReadonlyMap<string, number>;

/** Looks at a cluster as any client may. Nothing is done with its brokers. */
export class ForeignCluster implements ClusterSource {
  readonly lookMs = LOOK_MS;
  readonly canAct = false;
  readonly isPartial =
    "Only what Kafka's protocol tells: no controller, segments, memory or CPU; a follower's end as its lag says.";
  readonly #admin: Admin;
  #before: Pick<Before, "timeMs" | "partitions"> = NOTHING_BEFORE;

  constructor(bootstrapServers: string) {
    this.#admin = new Admin({ "bootstrap.servers": bootstrapServers, "client.id": "page" });
  }

  async look(): Promise<ClusterPicture> {
    const admin = this.#admin;
    const [clusterId, brokers, listed] = await Promise.all([
      admin.clusterId(), admin.describeCluster(), admin.listTopics(),
    ]);
    const described = await admin.describeTopics(listed.filter((one) => !one.isInternal).map(({ name }) => name));
    const topics = [...described.values()].filter((one): one is TopicDescription => !(one instanceof KafkaError));
    const all = topics.flatMap(({ name, partitions }) => partitions.map((one) => ({ topic: name, ...one })));
    const shown = all.slice(0, MOST_PARTITIONS);
    const [starts, ends, kept] = await Promise.all([
      this.#offsets(shown, SPECIAL_TIMES.earliest),
      this.#offsets(shown, SPECIAL_TIMES.latest),
      Promise.all(brokers.map(async ({ nodeId }) => [nodeId, await this.#keptBy(nodeId)] as const)),
    ]);
    const timeMs = Date.now();
    const seconds = Math.max(0.001, (timeMs - this.#before.timeMs) / 1_000);
    const told = shown.map((one) => partitionOf(one, starts, ends, new Map(kept)));
    const partitions = withRates(told, this.#before.partitions, seconds);
    this.#before = { timeMs, partitions: new Map(partitions.map((one) => [nameOf(one), one])) };
    return {
      timeMs,
      clusterId: clusterId ?? "",
      controllerEpoch: -1,
      brokers: brokers.map(({ nodeId, host, port, rack }) => ({
        ...{ id: nodeId, state: "up" as const, address: `${host}:${port}`, rack, code: null },
        ...{ unwritten: null, network: null },
        isController: false,
        leads: all.filter(({ leader }) => leader === nodeId).length,
        ...{ rssBytes: null, cpuShare: null, bytesPerSecond: null },
      })),
      partitions,
      omittedPartitions: all.length - shown.length,
      groups: await this.#groups(ends),
    };
  }

  act(): Promise<string> {
    return Promise.resolve("This cluster's brokers can't be started or ended from here.");
  }

  metrics(): Promise<null> {
    return Promise.resolve(null);
  }

  close(): void {
    this.#admin.close();
  }

  /** A partition without a leader has no answer; the others have. */
  async #offsets(
    partitions: readonly (PartitionDescription & { readonly topic: string })[],
    timestamp: number,
  ): Promise<Offsets> {
    const led = partitions.filter(({ leader }) => leader !== null);
    const found = await this.#admin.listOffsets(led.map(({ topic, partition }) => ({ topic, partition, timestamp })));
    return new Map(found.map(({ topic, partition, offset }) => [`${topic}-${partition}`, offset]));
  }

  /** A broker that can't be asked, or mustn't be, keeps it to itself. */
  async #keptBy(brokerId: number): Promise<ReadonlyMap<string, Kept>> {
    const dirs = await this.#admin.describeLogDirs(brokerId).catch(() => []);
    const replicas = dirs.flatMap(({ replicas }) => replicas.filter(({ isFuture }) => !isFuture));
    return new Map(replicas.map((one) => [`${one.topic}-${one.partition}`, one]));
  }

  async #groups(ends: Offsets): Promise<GroupPicture[]> {
    const listed = (await this.#admin.listGroups()).slice(0, MOST_GROUPS);
    const groups = await Promise.all(
      listed.map(async ({ groupId }) => {
        try {
          const offsets = await this.#admin.listGroupOffsets(groupId);
          const committed = new Map(offsets.map((one) => [`${one.topic}-${one.partition}`, one.offset]));
          return [groupOf(await this.#admin.describeGroup(groupId), committed, ends)];
        } catch {
          // It moves to another coordinator, or is gone: the next look will tell.
          return [];
        }
      }),
    );
    return groups.flat();
  }
}

function partitionOf(
  described: PartitionDescription & { readonly topic: string },
  starts: Offsets,
  ends: Offsets,
  kept: ReadonlyMap<number, ReadonlyMap<string, Kept>>,
): PartitionPicture {
  const { topic, partition, leader, leaderEpoch, replicas, isr } = described;
  const name = `${topic}-${partition}`;
  const [start, end] = [starts.get(name) ?? 0, ends.get(name) ?? 0];
  return {
    topic,
    index: partition,
    leader: leader ?? -1,
    leaderEpoch,
    assigned: replicas,
    isr,
    replicas: replicas.map((brokerId): ReplicaPicture => {
      const found = kept.get(brokerId)?.get(name);
      const logEndOffset = Math.max(start, end - (found?.offsetLag ?? 0));
      return {
        brokerId,
        role: brokerId === leader ? "leader" : "follower",
        leaderEpoch,
        logStartOffset: start,
        highWatermark: Math.min(end, logEndOffset),
        logEndOffset,
        segments: [{ baseOffset: start, bytes: found?.sizeBytes ?? 0 }],
        isCurrent: kept.has(brokerId),
        lagMs: null,
      };
    }),
    recordsPerSecond: 0,
  };
}

function groupOf({ groupId, state, members }: GroupDescription, committed: Offsets, ends: Offsets): GroupPicture {
  const assigned = members.map(({ memberId, clientId, assignment }) => ({
    memberId, clientId, assigned: assignment.map(({ topic, partition }) => `${topic}-${partition}`),
  }));
  return groupPicture({ groupId, state, members: assigned }, committed, ends);
}
