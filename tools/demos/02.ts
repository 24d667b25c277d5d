/**
 * Chapter 2 at work: which partition, what moves when partitions are added, what a few large keys do, how records
 * without a key are spread.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { Cluster, type Node, type PartitionInfo } from "#ground/cluster";
import { KafkaError } from "#ground/errors";
import { SeededRandom } from "#ground/sim/seeded-random";
import {
  BuiltInPartitioner,
  murmur2,
  PartitionChooser,
  partitionForKey,
  type Partitioner,
  RoundRobinPartitioner,
  StickyPartitioner,
  toPositive,
} from "#partitioner";
import { type Stage } from "../stage.ts";

const TOPIC = "orders";
const BATCH_SIZE = 16_384;

export default async function demo(stage: Stage): Promise<void> {
  stage.say("1. A key is hashed, the hash made positive, and divided by the number of partitions: 6.");
  stage.table(["user-1", "user-2", "user-3", "größe", ""].map(explainKey));
  stage.say("An empty key is a key. No key is none, and then nobody has decided:");
  stage.show("no key", new PartitionChooser(null).choose({ topic: TOPIC }, null, null, clusterOf(6)));
  await stage.pause();

  stage.say("2. Partitions are added. Of 10,000 keys so many go to another partition from then on:");
  const keys = Array.from({ length: 10_000 }, (_, i) => Buffer.from(`user-${i}`));
  stage.table([7, 8, 12, 60].map((to) => ({ partitions: `6, then ${to}`, ...moved(keys, 6, to) })));
  stage.say("And so many, if a producer counted only partitions with a leader and one of six had lost its own:");
  stage.table([{ partitions: "6, then 5 with a leader", ...moved(keys, 6, 5) }]);
  await stage.pause();

  stage.say("3. 50,000 orders of 1,000 merchants, the largest of whom has 30 %. What should be the key?");
  const orders = someOrders(50_000);
  const byOrder = countsOf(orders, 6, ({ order }) => partitionForKey(order, 6));
  bars(stage, "The order: even, but a merchant's orders are all over the place.", byOrder);
  const byMerchant = countsOf(orders, 6, ({ merchant }) => partitionForKey(merchant, 6));
  bars(stage, "The merchant: in order, but one partition has most of the work.", byMerchant);
  const spread = new LargeMerchants();
  spread.configure({ "partitioner.large.merchants": "merchant-0", "partitioner.large.spread": 3 });
  const chooser = new PartitionChooser(spread);
  const six = clusterOf(6);
  const own = countsOf(orders, 6, ({ merchant }) => chooser.choose({ topic: TOPIC }, merchant, null, six));
  bars(stage, "The merchant, with a partitioner of one's own that gives the largest three partitions.", own);
  spread.close();
  await stage.pause();

  stage.say("4. 960 records of 200 bytes without a key, 24 partitions; then linger.ms is over and all batches leave.");
  const twentyFour = clusterOf(24);
  stage.table([
    { partitioner: "round robin", ...batchesOf(new RoundRobinPartitioner(), twentyFour) },
    { partitioner: "sticky (KIP-480)", ...batchesOf(new StickyPartitioner(new SeededRandom("sticky")), twentyFour) },
  ]);
  await stage.pause();

  stage.say("5. Three partitions; the second one's broker is slow. 1, 9 and 0 batches wait for them.");
  const built = new BuiltInPartitioner(TOPIC, BATCH_SIZE, new SeededRandom("built-in"));
  const three = clusterOf(3);
  built.updatePartitionLoadStats([1, 9, 0], [0, 1, 2], 3);
  stage.show("running sums", built.loadStats?.cumulativeWeights.join(", "));
  const draws = Array.from({ length: 1000 }, () => built.nextPartition(three));
  bars(stage, "Of the next thousand batches they get:", countsOf(draws, 3, (partition) => partition));
  await stage.pause();

  stage.say("6. A partitioner by value: what is dearer than 100 goes to partition 0, the rest by key to the others.");
  const byValue = new PartitionChooser(new DearFirst());
  stage.table([4, 2, 1].map((count) => ({ partitions: count, ...whereOrdersGo(byValue, count) })));
}

/** A topic of `count` partitions, on three brokers. */
function clusterOf(count: number): Cluster {
  const nodes: Node[] = [1, 2, 3].map((id) => ({ id, host: `broker-${id}`, port: 9092, rack: null }));
  const partitions = Array.from({ length: count }, (_, partition): PartitionInfo => {
    const leader = nodes[partition % 3]!;
    const replicas = [leader];
    const rest = { leaderEpoch: 0, replicas, inSyncReplicas: replicas, offlineReplicas: [] };
    return { topic: TOPIC, partition, leader, ...rest };
  });
  return new Cluster({ nodes, partitions });
}

function explainKey(text: string): Record<string, unknown> {
  const key = Buffer.from(text);
  const hash = murmur2(key);
  return {
    key: JSON.stringify(text),
    bytes: key.toString("hex") || "(none)",
    murmur2: hash,
    positive: toPositive(hash),
    "% 6": partitionForKey(key, 6),
  };
}

/** How many of the keys have another partition among `to` than among `from`. */
function moved(keys: readonly Buffer[], from: number, to: number): { "keys that move": number; share: string } {
  const count = keys.filter((key) => partitionForKey(key, from) !== partitionForKey(key, to)).length;
  return { "keys that move": count, share: `${Math.round((100 * count) / keys.length)} %` };
}

interface Order {
  readonly order: Buffer;
  readonly merchant: Buffer;
}

/** Orders of 1,000 merchants: 30 % of the largest, the rest the fewer the smaller the merchant. */
function someOrders(count: number): Order[] {
  const random = new SeededRandom("orders");
  return Array.from({ length: count }, (_, i) => {
    const merchant = random.happens(0.3) ? 0 : 1 + Math.floor(999 * random.next() ** 3);
    return { order: Buffer.from(`order-${i}`), merchant: Buffer.from(`merchant-${merchant}`) };
  });
}

/** How many of the things each partition gets. */
function countsOf<T>(things: readonly T[], partitions: number, choose: (thing: T) => number): number[] {
  const counts = new Array<number>(partitions).fill(0);
  for (const thing of things) counts[choose(thing)]! += 1;
  return counts;
}

/** A bar for each partition. */
function bars(stage: Stage, title: string, counts: readonly number[]): void {
  const widest = Math.max(...counts);
  stage.say(title);
  const bar = (count: number): string => "█".repeat(Math.round((50 * count) / widest));
  stage.table(counts.map((count, partition) => ({ partition, count, "": bar(count) })));
}

/** Puts the dear ones apart. What it forgets shows with one partition. */
class DearFirst implements Partitioner {
  configure(): void {}

  partition(
    topic: string,
    _key: unknown,
    keyBytes: Uint8Array | null,
    value: unknown,
    _valueBytes: Uint8Array | null,
    cluster: Cluster,
  ): number {
    const others = cluster.partitionsForTopic(topic).length - 1;
    return Number(value) > 100 ? 0 : 1 + (toPositive(murmur2(keyBytes ?? new Uint8Array(0))) % others);
  }

  close(): void {}
}

/** Where three events of one order go, one after the other. */
function whereOrdersGo(chooser: PartitionChooser, count: number): Record<string, unknown> {
  const key = Buffer.from("order-7");
  const where = (value: number): unknown => {
    try {
      return chooser.choose({ topic: TOPIC, value }, key, null, clusterOf(count));
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error;
      return "refused";
    }
  };
  return { "order-7: 20": where(20), "order-7: 120": where(120), "order-7: 0": where(0) };
}

/** Spreads some merchants, named in the configuration, over several partitions, in turn. */
class LargeMerchants implements Partitioner {
  #large: ReadonlySet<string> = new Set();
  #spread = 1;
  #seen = 0;

  configure(configs: Readonly<Record<string, unknown>>): void {
    this.#large = new Set(String(configs["partitioner.large.merchants"]).split(","));
    this.#spread = Number(configs["partitioner.large.spread"]);
  }

  partition(
    topic: string,
    _key: unknown,
    keyBytes: Uint8Array | null,
    _value: unknown,
    _valueBytes: Uint8Array | null,
    cluster: Cluster,
  ): number {
    const count = cluster.partitionsForTopic(topic).length;
    const home = partitionForKey(keyBytes ?? new Uint8Array(0), count);
    if (keyBytes === null || !this.#large.has(Buffer.from(keyBytes).toString())) return home;
    return (home + (this.#seen++ % this.#spread)) % count;
  }

  close(): void {
    this.#large = new Set();
  }
}

/** How many batches 960 records of 200 bytes make, and how large these are. */
function batchesOf(partitioner: Partitioner, cluster: Cluster): { batches: number; "bytes each": number } {
  const full: number[] = [];
  const open = new Map<number, number>();
  const hasRoom = (partition: number): boolean => (open.get(partition) ?? BATCH_SIZE) + 200 <= BATCH_SIZE;
  for (let i = 0; i < 960; i++) {
    let partition = partitioner.partition(TOPIC, null, null, null, null, cluster);
    if (partitioner.onNewBatch !== undefined && !hasRoom(partition)) {
      partitioner.onNewBatch(TOPIC, cluster, partition);
      partition = partitioner.partition(TOPIC, null, null, null, null, cluster);
    }
    if (open.has(partition) && !hasRoom(partition)) {
      full.push(open.get(partition)!);
      open.delete(partition);
    }
    open.set(partition, (open.get(partition) ?? 0) + 200);
  }
  const sizes = [...full, ...open.values()];
  return { batches: sizes.length, "bytes each": (960 * 200) / sizes.length };
}
