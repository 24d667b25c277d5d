// Different from the reference: not the records are counted, but the next place in the list is kept.
import { type Cluster } from "#ground/cluster";
import { type Partitioner } from "#partitioner/given/partitioner";

export class RoundRobinPartitioner implements Partitioner {
  readonly #nextPlaces = new Map<string, number>();

  configure(): void {}

  partition(
    topic: string,
    _key: unknown,
    _keyBytes: Uint8Array | null,
    _value: unknown,
    _valueBytes: Uint8Array | null,
    cluster: Cluster,
  ): number {
    const available = cluster.availablePartitionsForTopic(topic);
    const candidates = available.length > 0 ? available : cluster.partitionsForTopic(topic);
    const place = (this.#nextPlaces.get(topic) ?? 0) % candidates.length;
    this.#nextPlaces.set(topic, (place + 1) % candidates.length);
    return candidates[place]!.partition;
  }

  close(): void {}
}
