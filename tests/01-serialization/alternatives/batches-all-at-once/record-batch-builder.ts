// Different from the reference: records are kept as records until the batch is built; only then they are written, into
// memory of just the right size. Sizes are counted as records come.
import { Buffer } from "node:buffer";
import { KafkaError } from "#ground/errors";
import { type Int64 } from "#ground/int64";
import { compress, compressionId, type CompressionType } from "#ground/compression/compression";
import { crc32c } from "#serialization/crc32c";
import { type RecordHeader } from "#serialization/given/headers";
import { sizeOfRecordBody, writeRecord } from "#serialization/record-encoding";
import { sizeOfVarint } from "#serialization/varint";

export interface RecordBatchOptions {
  readonly buffer?: Uint8Array;
  readonly capacity?: number;
  readonly compression?: CompressionType;
  readonly baseOffset?: Int64;
  readonly partitionLeaderEpoch?: number;
  readonly producerId?: Int64;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
  readonly isTransactional?: boolean;
  readonly isControl?: boolean;
}

interface Kept {
  readonly timestampMs: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
  readonly bodySize: number;
}

const HEADER_BYTES = 61;

export class RecordBatchBuilder {
  sizeInBytes: number = HEADER_BYTES;
  #options: RecordBatchOptions;
  readonly #records: Kept[] = [];
  #state: "open" | "closed" = "open";

  constructor(options: RecordBatchOptions = {}) {
    this.#options = options;
  }

  get count(): number {
    return this.#records.length;
  }

  hasRoomFor(
    timestampMs: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
    headers: readonly RecordHeader[] = [],
  ): boolean {
    const { buffer, capacity = buffer?.length ?? 16_384 } = this.#options;
    const { bodySize } = this.#kept(timestampMs, key, value, headers);
    return this.count === 0 || this.sizeInBytes + sizeOfVarint(bodySize) + bodySize <= capacity;
  }

  append(
    timestampMs: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
    headers: readonly RecordHeader[] = [],
  ): void {
    if (this.#state === "closed") throw new KafkaError("INVALID_REQUEST", "too late");
    const isTime = timestampMs === -1 || (timestampMs >= 0 && Number.isSafeInteger(timestampMs));
    if (!isTime) throw new KafkaError("INVALID_TIMESTAMP");
    const record = this.#kept(timestampMs, copied(key), copied(value), headers);
    this.#records.push(record);
    this.sizeInBytes += sizeOfVarint(record.bodySize) + record.bodySize;
  }

  #kept(
    timestampMs: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
    headers: readonly RecordHeader[],
  ): Kept {
    const delta = timestampMs - (this.#records[0]?.timestampMs ?? timestampMs);
    return { timestampMs, key, value, headers, bodySize: sizeOfRecordBody(delta, this.count, key, value, headers) };
  }

  setProducerState(producerId: Int64, producerEpoch: number, baseSequence: number, isTransactional: boolean): void {
    this.#options = { ...this.#options, producerId, producerEpoch, baseSequence, isTransactional };
  }

  build(): Uint8Array {
    this.#state = "closed";
    if (this.count === 0) return new Uint8Array(0);
    const { compression = "none" } = this.#options;
    const plain = this.#memory();
    this.#writeRecords(plain);
    const records = compress(compression, plain.subarray(HEADER_BYTES));
    const batch = compression === "none" ? plain : Buffer.concat([plain.subarray(0, HEADER_BYTES), records]);
    this.#header(batch.length).copy(batch);
    batch.writeUInt32BE(crc32c(batch.subarray(21)), 17);
    return batch;
  }

  /** The lent buffer if it is large enough, else new memory. */
  #memory(): Buffer {
    const { buffer } = this.#options;
    if (buffer === undefined || buffer.length < this.sizeInBytes) return Buffer.alloc(this.sizeInBytes);
    return Buffer.from(buffer.buffer, buffer.byteOffset, this.sizeInBytes);
  }

  #writeRecords(into: Buffer): void {
    const base = this.#records[0]!.timestampMs;
    this.#records.reduce((at, { timestampMs, key, value, headers, bodySize }, i) => {
      return writeRecord(into, at, bodySize, timestampMs - base, i, key, value, headers);
    }, HEADER_BYTES);
  }

  #header(batchBytes: number): Buffer {
    const { baseOffset = 0, partitionLeaderEpoch = -1, producerId = -1, producerEpoch = -1 } = this.#options;
    const { baseSequence = -1, compression = "none", isTransactional, isControl } = this.#options;
    const times = this.#records.map(({ timestampMs }) => BigInt(timestampMs));
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeBigInt64BE(BigInt(baseOffset), 0);
    header.writeInt32BE(batchBytes - 12, 8);
    header.writeInt32BE(partitionLeaderEpoch, 12);
    header.writeInt8(2, 16);
    header.writeInt16BE(compressionId(compression) + (isTransactional ? 16 : 0) + (isControl ? 32 : 0), 21);
    header.writeInt32BE(this.count - 1, 23);
    header.writeBigInt64BE(times[0]!, 27);
    header.writeBigInt64BE(times.reduce((a, b) => (a > b ? a : b)), 35);
    header.writeBigInt64BE(BigInt(producerId), 43);
    header.writeInt16BE(producerEpoch, 51);
    header.writeInt32BE(baseSequence, 53);
    header.writeInt32BE(this.count, 57);
    return header;
  }
}

function copied(bytes: Uint8Array | null): Uint8Array | null {
  return bytes === null ? null : Uint8Array.from(bytes);
}
