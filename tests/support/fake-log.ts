/**
 * The log of a partition of a {@link FakeCluster}: what was written, in order, and the duplicates that were found.
 *
 * @module
 */
import { type KafkaErrorName } from "#ground/errors";
import { RecordBatch } from "#serialization";

/** How many batches of a producer a broker remembers. */
const REMEMBERED = 5;

interface ProducerEntry {
  epoch: number;
  /** The last batches, oldest first: first and last sequence (both inclusive), offset. */
  batches: { first: number; last: number; offset: number }[];
}

/** What came of an append. */
export type Appended = { readonly offset: number; readonly isDuplicate: boolean } | { readonly error: KafkaErrorName };

/** One partition's records. It does what Kafka does about sequence numbers, and no other checks. */
export class FakeLog {
  /** The values, as text. */
  readonly values: string[] = [];
  /** Offset at which each batch begins. */
  readonly batchStarts: number[] = [];
  readonly #producers = new Map<string, ProducerEntry>();

  /** Appends a batch, unless its sequence numbers speak against it. */
  append(records: Uint8Array): Appended {
    const batch = new RecordBatch(records);
    batch.ensureValid();
    if (batch.producerId === -1) return this.#write(batch);
    const key = String(batch.producerId);
    const { producerEpoch: epoch, baseSequence: first, lastSequence: last } = batch;
    const entry = this.#producers.get(key);
    if (entry === undefined) return this.#remember(key, { epoch, batches: [] }, batch);
    if (epoch < entry.epoch) return { error: "INVALID_PRODUCER_EPOCH" };
    if (epoch > entry.epoch) {
      if (first !== 0) return { error: "OUT_OF_ORDER_SEQUENCE_NUMBER" };
      return this.#remember(key, { epoch, batches: [] }, batch);
    }
    const same = entry.batches.find((known) => known.first === first && known.last === last);
    if (same !== undefined) return { offset: same.offset, isDuplicate: true };
    const next = (entry.batches.at(-1)!.last + 1) & 0x7fff_ffff;
    return first === next ? this.#remember(key, entry, batch) : { error: "OUT_OF_ORDER_SEQUENCE_NUMBER" };
  }

  /** Loses everything from `offset` on: the leader died, and the new one had no more. */
  truncateTo(offset: number): void {
    this.values.length = Math.min(offset, this.values.length);
    while ((this.batchStarts.at(-1) ?? -1) >= offset) this.batchStarts.pop();
  }

  #remember(key: string, entry: ProducerEntry, batch: RecordBatch): Appended {
    const written = this.#write(batch);
    entry.batches.push({ first: batch.baseSequence, last: batch.lastSequence, offset: written.offset });
    if (entry.batches.length > REMEMBERED) entry.batches.shift();
    this.#producers.set(key, entry);
    return written;
  }

  #write(batch: RecordBatch): { offset: number; isDuplicate: false } {
    const offset = this.values.length;
    this.batchStarts.push(offset);
    this.values.push(...valuesOf(batch));
    return { offset, isDuplicate: false };
  }
}

/** The values of a batch's records, as text; null as "null". */
export function valuesOf(batch: RecordBatch): string[] {
  return [...batch.records()].map(({ value }) => (value === null ? "null" : Buffer.from(value).toString()));
}
