/**
 * What goes into the next request to a broker.
 *
 * Source: `RecordAccumulator.drainBatchesForOneNode`.
 *
 * @module
 */
import { type Cluster } from "#ground/cluster";
import { type ProducerBatch } from "./producer-batch.ts";
import { type Sequencer } from "#accumulator/given/sequencer";
import { type AllQueues } from "#accumulator/given/topic-queues";

/** Takes batches out of the queues, and remembers for each broker where it stopped. */
export class Drain {
  readonly #queues: AllQueues;
  readonly #sequencer: Sequencer | null;
  /** Broker → the place in its list of partitions at which the next request starts. */
  readonly #starts = new Map<number, number>();

  constructor(queues: AllQueues, sequencer: Sequencer | null) {
    this.#queues = queues;
    this.#sequencer = sequencer;
  }

  /**
   * Takes the batches for one request to a broker out of their queues: the first one of each partition that the broker
   * leads, ready or not, as long as they are at most `maxRequestSize` bytes together. The request is made anyway: what
   * rides along costs nothing.
   *
   * - A partition is passed over when it is muted, when its first batch has to wait after a failure (tell it of the
   *   leader first: {@link ProducerBatch.sawLeader}), and when the sequencer says that the batch may not leave.
   * - The first batch that doesn't fit any more ends the request. The next request to this broker begins with its
   *   partition: so no partition is passed over for ever. A batch that is larger than `maxRequestSize` is sent alone.
   * - A batch that leaves for the first time gets its sequence number, if there is a sequencer. A batch that has one
   *   already keeps it: with another number the broker would take it for another batch.
   * - A batch that is taken is built. From then on its real size counts, not the estimate.
   *
   * @exercise 3.6 Drain.forNode
   * @returns the batches, in the order of the request
   */
  forNode(cluster: Cluster, nodeId: number, maxRequestSize: number, now: number): ProducerBatch[] {
    const partitions = cluster.partitionsForNode(nodeId);
    const start = this.#starts.get(nodeId) ?? 0;
    const drained: ProducerBatch[] = [];
    let size = 0;
    for (let i = 0; i < partitions.length; i++) {
      const { topic, partition, leaderEpoch } = partitions[(start + i) % partitions.length]!;
      const queue = this.#queues.existingQueue(topic, partition);
      const batch = queue?.batches.first;
      if (queue === undefined || batch === undefined || queue.isMuted) continue;
      batch.sawLeader(leaderEpoch);
      if (now < batch.retryAtMs || this.#sequencer?.maySend(batch) === false) continue;
      if (drained.length > 0 && size + batch.estimatedSizeInBytes > maxRequestSize) {
        this.#starts.set(nodeId, (start + i) % partitions.length);
        break;
      }
      queue.batches.pollFirst();
      if (!batch.hasSequence) this.#sequencer?.assignSequence(batch);
      size += batch.build().length;
      drained.push(batch);
    }
    return drained;
  }
}
