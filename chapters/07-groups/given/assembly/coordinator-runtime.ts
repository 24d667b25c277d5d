/**
 * What all coordinators have in common, of groups and of transactions: their state is in the partitions of an internal
 * topic, and they are where the partitions are led. Source: Kafka's `CoordinatorRuntime`.
 *
 * @module
 */
import { refusal } from "#ground/errors";
import { type Runtime } from "#ground/runtime";
import { type Partition, type PartitionListener } from "#replication";
import { type CoordinatorOptions, CoordinatorPartition } from "./coordinator-partition.ts";
import { answer, type CoordinatorResult, type CoordinatorShard, type Reply } from "./coordinator-shard.ts";

/**
 * The partitions of the internal topic that this broker leads, each with its state. A partition's state is loaded when
 * the broker begins to lead it, and in each new epoch anew; it is dropped when the lead is lost.
 */
export class CoordinatorRuntime<S extends CoordinatorShard<R>, R> implements PartitionListener {
  readonly #runtime: Runtime;
  readonly #options: CoordinatorOptions<S, R>;
  readonly #partitions = new Map<number, CoordinatorPartition<S, R>>();
  #isClosed = false;

  constructor(runtime: Runtime, options: CoordinatorOptions<S, R>) {
    this.#runtime = runtime;
    this.#options = options;
  }

  /**
   * Does `operation` with the state of partition `index`, in one turn.
   * @returns what the operation answers to its request, once all that the answer may tell of is committed. Rejects with
   *   a KafkaError: COORDINATOR_LOAD_IN_PROGRESS, NOT_COORDINATOR, COORDINATOR_NOT_AVAILABLE, or the operation's own.
   */
  async write<A>(index: number, operation: (shard: S, reply: Reply<A>) => CoordinatorResult<R>): Promise<A> {
    const partition = this.#partitions.get(index);
    if (partition === undefined) throw refusal("NOT_COORDINATOR");
    return partition.run(operation);
  }

  /** As {@link write}, for what changes nothing. */
  read<A>(index: number, look: (shard: S) => A): Promise<A> {
    return this.write<A>(index, (shard, reply) => ({ records: [], answers: [answer(reply, look(shard))] }));
  }

  /**
   * The partitions that this broker coordinates.
   * @throws KafkaError COORDINATOR_LOAD_IN_PROGRESS while one of them is being loaded
   */
  indexes(): number[] {
    const partitions = [...this.#partitions];
    if (partitions.some(([, { isLoading }]) => isLoading)) throw refusal("COORDINATOR_LOAD_IN_PROGRESS");
    return partitions.filter(([, { isActive }]) => isActive).map(([index]) => index);
  }

  /** The state of each partition that is loaded, for who looks on: what isn't committed yet is in it, too. */
  get shards(): S[] {
    return [...this.#partitions.values()].filter(({ isActive }) => isActive).map(({ shard }) => shard);
  }

  becameLeader(partition: Partition): void {
    if (partition.topic !== this.#options.topic || this.#isClosed) return;
    this.#drop(partition);
    const loading = new CoordinatorPartition(this.#runtime, this.#options, partition);
    this.#partitions.set(partition.index, loading);
    this.#runtime.scheduler.spawn(`load ${partition.name}`, () => loading.load());
  }

  becameFollower(partition: Partition): void {
    this.#drop(partition);
  }

  stopped(partition: Partition): void {
    this.#drop(partition);
  }

  highWatermarkMoved(partition: Partition): void {
    if (partition.topic === this.#options.topic) this.#partitions.get(partition.index)?.highWatermarkMoved();
  }

  /** Coordinates nothing any more. */
  close(): void {
    this.#isClosed = true;
    for (const partition of this.#partitions.values()) partition.close();
    this.#partitions.clear();
  }

  #drop({ topic, index }: Partition): void {
    if (topic !== this.#options.topic) return;
    this.#partitions.get(index)?.close();
    this.#partitions.delete(index);
  }
}
