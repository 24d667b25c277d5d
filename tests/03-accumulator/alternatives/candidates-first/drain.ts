// Different from the reference: all that may leave is found first, in the order of the request; then it is cut where
// the request is full; and only what is left is taken out of its queue.
import { type Cluster } from "#ground/cluster";
import { type PartitionQueue } from "#accumulator/partition-queue";
import { type ProducerBatch } from "#accumulator/producer-batch";
import { type Sequencer } from "#accumulator/given/sequencer";
import { type AllQueues } from "#accumulator/given/topic-queues";

interface Candidate {
  readonly queue: PartitionQueue;
  readonly batch: ProducerBatch;
  readonly place: number;
}

export class Drain {
  readonly #queues: AllQueues;
  readonly #sequencer: Sequencer | null;
  readonly #starts = new Map<number, number>();

  constructor(queues: AllQueues, sequencer: Sequencer | null) {
    this.#queues = queues;
    this.#sequencer = sequencer;
  }

  forNode(cluster: Cluster, nodeId: number, maxRequestSize: number, now: number): ProducerBatch[] {
    let left = maxRequestSize;
    const leaving: ProducerBatch[] = [];
    for (const { queue, batch, place } of this.#candidates(cluster, nodeId, now)) {
      const fits = batch.estimatedSizeInBytes <= left;
      if (!fits && leaving.length > 0) {
        this.#starts.set(nodeId, place);
        return leaving;
      }
      queue.batches.removeIf((other) => other === batch);
      if (!batch.hasSequence && this.#sequencer !== null) this.#sequencer.assignSequence(batch);
      leaving.push(batch);
      left -= batch.build().length;
    }
    return leaving;
  }

  #candidates(cluster: Cluster, nodeId: number, now: number): Candidate[] {
    const partitions = cluster.partitionsForNode(nodeId).map((info, place) => ({ ...info, place }));
    const start = this.#starts.get(nodeId) ?? 0;
    const inTurn = [...partitions.slice(start), ...partitions.slice(0, start)];
    return inTurn.flatMap(({ topic, partition, leaderEpoch, place }) => {
      const queue = this.#queues.existingQueue(topic, partition);
      if (queue === undefined || queue.isMuted) return [];
      const [batch] = queue.batches;
      if (batch === undefined) return [];
      batch.sawLeader(leaderEpoch);
      const mayLeave = batch.retryAtMs <= now && (this.#sequencer?.maySend(batch) ?? true);
      return mayLeave ? [{ queue, batch, place }] : [];
    });
  }
}
