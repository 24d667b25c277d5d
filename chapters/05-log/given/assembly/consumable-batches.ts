import { type Int64 } from "#ground/int64";
import { batches, type RecordBatch } from "#serialization";
import { readMarker } from "./transaction-marker.ts";

/**
 * The batches of a fetched answer that a consumer hands to its user. Markers never are. With `read_committed`, nor is
 * what belongs to an aborted transaction: the broker sends it all the same, with the list of those transactions, as it
 * sends its files as they are.
 *
 * @param records as fetched: up to the last stable offset, so that every transaction in them is decided
 * @param aborted the aborted transactions among them, each by producer id and first offset, as the answer says; null
 * for `read_uncommitted`
 * @throws KafkaError CORRUPT_MESSAGE
 *
 * Source: Kafka's `CompletedFetch`, KIP-98.
 */
export function* consumableBatches(
  records: Uint8Array,
  aborted: readonly { readonly producerId: Int64; readonly firstOffset: Int64 }[] | null,
): Generator<RecordBatch, void> {
  const upcoming = [...(aborted ?? [])].sort((a, b) => (a.firstOffset < b.firstOffset ? -1 : 1));
  /** Producers of which an aborted transaction has begun and not ended. */
  const abortedProducers = new Set<Int64>();
  for (const batch of batches(records)) {
    while (upcoming.length > 0 && upcoming[0]!.firstOffset <= batch.lastOffset) {
      abortedProducers.add(upcoming.shift()!.producerId);
    }
    if (batch.isControl) {
      if (readMarker(batch)?.isAbort === true) abortedProducers.delete(batch.producerId);
    } else if (!batch.isTransactional || !abortedProducers.has(batch.producerId)) {
      yield batch;
    }
  }
}
