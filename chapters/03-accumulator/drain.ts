/**
 * What goes into the next request to a broker.
 *
 * Source: `RecordAccumulator.drainBatchesForOneNode`.
 *
 * @module
 */
import { NotImplementedError } from "#ground/errors";
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
   * - The first batch that would be too much ends the request, and the next request to this broker begins with its
   *   partition. So none is for ever the one that didn't fit. A batch that is too large all alone is taken alone.
   * - A batch that leaves for the first time gets its sequence number, if there is a sequencer. One that has one keeps
   *   it: with a new one the broker couldn't know the batch again.
   * - What was taken is built; its size is what counts from then on.
   *
   * @exercise 3.6 Drain.forNode
   * @returns the batches, in the order of the request
   */
  forNode(cluster: Cluster, nodeId: number, maxRequestSize: number, now: number): ProducerBatch[] {
    throw new NotImplementedError("3.6 Drain.forNode");
  }
}
