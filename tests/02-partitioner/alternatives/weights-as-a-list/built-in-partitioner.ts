// Different from the reference: what is left of the sticky partition's share is counted down, not what it has got up;
// the sums are made in a loop over the tail of their own list; and a draw is looked for from the first entry on.
import { type Cluster } from "#ground/cluster";
import { KafkaError } from "#ground/errors";
import { type Random } from "#ground/runtime";
import { randomPartition } from "#partitioner/given/random-partition";

export interface PartitionLoadStats {
  readonly cumulativeWeights: readonly number[];
  readonly partitionIds: readonly number[];
}

export class BuiltInPartitioner {
  readonly topic: string;
  readonly #stickyBatchSize: number;
  readonly #random: Random;
  #stay: { readonly partition: number; readonly bytesLeft: number } | null = null;
  #loadStats: PartitionLoadStats | null = null;

  constructor(topic: string, stickyBatchSize: number, random: Random) {
    if (!(stickyBatchSize >= 1)) {
      throw new KafkaError("INVALID_CONFIG", `Expected a sticky batch size of at least 1, got ${stickyBatchSize}.`);
    }
    this.topic = topic;
    this.#stickyBatchSize = stickyBatchSize;
    this.#random = random;
  }

  get loadStats(): PartitionLoadStats | null {
    return this.#loadStats;
  }

  nextPartition(cluster: Cluster): number {
    const stats = this.#loadStats;
    if (stats === null) return randomPartition(this.topic, cluster, this.#random);
    return partitionOfDraw(stats, this.#random.int(stats.cumulativeWeights.at(-1)!));
  }

  currentPartition(cluster: Cluster): number {
    return this.#currentStay(cluster).partition;
  }

  updatePartitionInfo(appendedBytes: number, cluster: Cluster, enableSwitch: boolean = true): void {
    const { partition, bytesLeft } = this.#currentStay(cluster);
    this.#stay = { partition, bytesLeft: bytesLeft - appendedBytes };
    const overdraft = enableSwitch ? 0 : -this.#stickyBatchSize;
    if (this.#stay.bytesLeft <= overdraft) this.#stay = this.#newStay(cluster);
  }

  updatePartitionLoadStats(
    queueSizes: readonly number[] | null,
    partitionIds: readonly number[],
    length: number,
  ): void {
    this.#loadStats = queueSizes === null || queueSizes.length < 2 ? null : statsOf(queueSizes, partitionIds, length);
  }

  #currentStay(cluster: Cluster): { readonly partition: number; readonly bytesLeft: number } {
    const isGone = this.#stay !== null && cluster.partition(this.topic, this.#stay.partition) === undefined;
    if (this.#stay === null || isGone) this.#stay = this.#newStay(cluster);
    return this.#stay;
  }

  #newStay(cluster: Cluster): { readonly partition: number; readonly bytesLeft: number } {
    return { partition: this.nextPartition(cluster), bytesLeft: this.#stickyBatchSize };
  }
}

function statsOf(sizes: readonly number[], partitionIds: readonly number[], length: number): PartitionLoadStats | null {
  let longest = 0;
  let shortest = Infinity;
  for (let i = 0; i < length; i++) {
    longest = Math.max(longest, sizes[i]!);
    shortest = Math.min(shortest, sizes[i]!);
  }
  if (length === 0 || (longest === shortest && length === sizes.length)) return null;
  const cumulativeWeights: number[] = [];
  for (let i = 0; i < length; i++) cumulativeWeights.push((cumulativeWeights.at(-1) ?? 0) + longest - sizes[i]! + 1);
  return { cumulativeWeights, partitionIds: [...partitionIds].slice(0, length) };
}

export function partitionOfDraw({ cumulativeWeights, partitionIds }: PartitionLoadStats, draw: number): number {
  return partitionIds[cumulativeWeights.findIndex((sum) => sum > draw)]!;
}
