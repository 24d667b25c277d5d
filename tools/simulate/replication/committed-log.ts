/**
 * What is known to be committed in one partition: grows, and never changes.
 *
 * @module
 */
import { type RecordBatch } from "#serialization";
import { demand } from "./violation.ts";

/** A record as the invariants see it. */
interface Entry {
  readonly value: string;
  /** The leader epoch and the checksum of its batch: together with the offset they tell two records apart. */
  readonly epoch: number;
  readonly crc: number;
}

/** A record with key and value. */
type Content = { readonly key: Uint8Array | null; readonly value: Uint8Array | null };

/** Takes a record that is committed at the end of a log. @returns what it says, for people */
export type TakeRecord = (record: Content, log: CommittedLog) => string;

/** One partition. */
export class CommittedLog {
  readonly topic: string;
  readonly index: number;
  readonly name: string;
  readonly #entries: Entry[] = [];
  readonly #take: TakeRecord;
  /** The checksum of each batch that was ever seen, by epoch and base offset. */
  readonly #seen = new Map<string, number>();
  /** How far it was committed in which leader epoch. */
  readonly #epochs: { readonly epoch: number; end: number }[] = [];

  /** @param take called for each record, in order */
  constructor(topic: string, index: number, take: TakeRecord) {
    this.topic = topic;
    this.index = index;
    this.name = `${topic}-${index}`;
    this.#take = take;
  }

  /** The end of what is committed, exclusive. */
  get end(): number {
    return this.#entries.length;
  }

  /** The end of what was committed in epochs before this one. */
  endBefore(epoch: number): number {
    return this.#epochs.reduce((end, known) => (known.epoch < epoch ? Math.max(end, known.end) : end), 0);
  }

  /** All so far was committed in this epoch, or before. */
  reached(epoch: number): void {
    const known = this.#epochs.find((each) => each.epoch === epoch);
    if (known === undefined) this.#epochs.push({ epoch, end: this.end });
    else known.end = this.end;
  }

  valueAt(offset: number): string | undefined {
    return this.#entries[offset]?.value;
  }

  /** Whether there is such a record anywhere. */
  has(value: string): boolean {
    return this.#entries.some((entry) => entry.value === value);
  }

  /** A replica has appended a batch: in one epoch one broker leads, and gives each offset once. */
  appended(batch: RecordBatch, who: string): void {
    const { partitionLeaderEpoch: epoch, baseOffset, crc } = batch;
    const key = `${epoch}/${baseOffset}`;
    const known = this.#seen.get(key);
    const text = (): string => `one leader an epoch: ${who} has another batch at ${baseOffset} of epoch ${epoch}`;
    demand(known === undefined || known === crc, () => `${this.name}: ${text()}`);
    this.#seen.set(key, crc);
  }

  /**
   * A replica says that this batch is committed, as far as it lies in [`from`, `to`). What was committed before must
   * be the same.
   * @param invariant which one it is, if it isn't
   */
  check(batch: RecordBatch, from: number, to: number, invariant: string): void {
    const { partitionLeaderEpoch: epoch, crc } = batch;
    if (batch.lastOffset < this.end) return this.#checkKnown(batch, from, to, invariant);
    for (const record of batch.records()) {
      const offset = Number(record.offset);
      if (offset < from || offset >= to) continue;
      if (offset < this.end) {
        this.#demandSame(offset, epoch, crc, invariant);
        continue;
      }
      demand(offset === this.end, () => `${this.name}: a log has no holes: ${offset} comes after ${this.end - 1}`);
      this.#entries.push({ value: this.#take(record, this), epoch, crc });
    }
  }

  /** Quicker: needs no look at the records. */
  #checkKnown(batch: RecordBatch, from: number, to: number, invariant: string): void {
    const last = Math.min(Number(batch.lastOffset), to - 1);
    for (let offset = Math.max(Number(batch.baseOffset), from); offset <= last; offset++) {
      this.#demandSame(offset, batch.partitionLeaderEpoch, batch.crc, invariant);
    }
  }

  #demandSame(offset: number, epoch: number, crc: number, invariant: string): void {
    const entry = this.#entries[offset]!;
    demand(entry.epoch === epoch && entry.crc === crc, () => {
      const text = `at ${offset} stands a record of epoch ${epoch}, not ${entry.value} of epoch ${entry.epoch}`;
      return `${this.name}: ${invariant}: ${text}`;
    });
  }
}
