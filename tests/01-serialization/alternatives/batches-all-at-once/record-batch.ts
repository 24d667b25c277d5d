// Different from the reference: everything is read at once. The walk collects all batches first and then gives them
// out; the records of a batch are an array; the checksum is taken in two pieces. Fields are read through a DataView.
import { KafkaError } from "#ground/errors";
import { type Int64, toInt64 } from "#ground/int64";
import { type CompressionType, compressionTypeForId, decompress } from "#ground/compression/compression";
import { crc32c } from "#serialization/crc32c";
import { Record } from "#serialization/given/record";
import { RecordCursor } from "#serialization/record-cursor";

export type TimestampType = "CreateTime" | "LogAppendTime";

export const MAX_INFLATED_BYTES: number = 128 * 1024 * 1024;

export class RecordBatch {
  readonly bytes: Uint8Array;
  readonly position: number;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, position: number = 0) {
    this.bytes = bytes;
    this.position = position;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset + position, bytes.length - position);
  }

  get baseOffset(): Int64 {
    return toInt64(this.#view.getBigInt64(0));
  }
  get lastOffset(): Int64 {
    return addInt64(this.baseOffset, this.lastOffsetDelta);
  }
  get batchLength(): number {
    return this.#view.getInt32(8);
  }
  get sizeInBytes(): number {
    return 12 + this.batchLength;
  }
  get partitionLeaderEpoch(): number {
    return this.#view.getInt32(12);
  }
  get magic(): number {
    return this.#view.getInt8(16);
  }
  get crc(): number {
    return this.#view.getUint32(17);
  }
  get attributes(): number {
    return this.#view.getInt16(21);
  }
  get compression(): CompressionType {
    return compressionTypeForId(this.attributes % 8);
  }
  get timestampType(): TimestampType {
    return this.#has(8) ? "LogAppendTime" : "CreateTime";
  }
  get isTransactional(): boolean {
    return this.#has(16);
  }
  get isControl(): boolean {
    return this.#has(32);
  }
  get deleteHorizonMs(): Int64 | null {
    return this.#has(64) ? this.baseTimestamp : null;
  }
  get lastOffsetDelta(): number {
    return this.#view.getInt32(23);
  }
  get baseTimestamp(): Int64 {
    return toInt64(this.#view.getBigInt64(27));
  }
  get maxTimestamp(): Int64 {
    return toInt64(this.#view.getBigInt64(35));
  }
  get producerId(): Int64 {
    return toInt64(this.#view.getBigInt64(43));
  }
  get producerEpoch(): number {
    return this.#view.getInt16(51);
  }
  get baseSequence(): number {
    return this.#view.getInt32(53);
  }
  get lastSequence(): number {
    return addSequence(this.baseSequence, this.lastOffsetDelta);
  }
  get count(): number {
    return this.#view.getInt32(57);
  }

  #has(flag: number): boolean {
    return Math.floor(this.attributes / flag) % 2 === 1;
  }

  slice(): Uint8Array {
    return this.bytes.subarray(this.position, this.position + this.sizeInBytes);
  }

  isValid(): boolean {
    const own = this.slice();
    if (this.magic !== 2 || own.length < 61) return false;
    return crc32c(own, 61, own.length, crc32c(own, 21, 61)) === this.crc;
  }

  ensureValid(): void {
    if (!this.isValid()) throw new KafkaError("CORRUPT_MESSAGE", `The batch at byte ${this.position} is damaged.`);
  }

  cursor(maxBytes: number = MAX_INFLATED_BYTES): RecordCursor {
    if (this.magic !== 2) throw new KafkaError("UNSUPPORTED_FOR_MESSAGE_FORMAT");
    if (this.count < 0) throw new KafkaError("INVALID_RECORD");
    if (this.count === 0) return new RecordCursor(this.slice().subarray(61), 0);
    return new RecordCursor(decompress(this.compression, this.slice().subarray(61), maxBytes), this.count);
  }

  *records(maxBytes: number = MAX_INFLATED_BYTES): Generator<Record, void, undefined> {
    const cursor = this.cursor(maxBytes);
    const records: Record[] = [];
    for (let i = 0; i < this.count; i++) {
      cursor.next();
      const created = toInt64(BigInt.asIntN(64, BigInt(this.baseTimestamp) + BigInt(cursor.timestampDelta)));
      const timestamp = this.timestampType === "CreateTime" ? created : this.maxTimestamp;
      const offset = toInt64(BigInt(this.baseOffset) + BigInt(cursor.offsetDelta));
      records.push(new Record(cursor, offset, timestamp, addSequence(this.baseSequence, cursor.offsetDelta)));
    }
    yield* records;
  }
}

export function* batches(
  bytes: Uint8Array,
  from: number = 0,
  to: number = bytes.length,
): Generator<RecordBatch, void, undefined> {
  const { found, damage } = findAll(bytes.subarray(0, to), from);
  yield* found.map((position) => new RecordBatch(bytes, position));
  if (damage !== null) throw new KafkaError("CORRUPT_MESSAGE", damage);
}

function findAll(bytes: Uint8Array, from: number): { found: number[]; damage: string | null } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const found: number[] = [];
  for (let at = from; at + 12 <= bytes.length; at = found.at(-1)! + 12 + view.getInt32(found.at(-1)! + 8)) {
    const length = view.getInt32(at + 8);
    if (length < 14) return { found, damage: `There is no batch of ${length} bytes.` };
    if (at + 17 > bytes.length) break;
    const magic = view.getInt8(at + 16);
    if (magic < 0 || magic > 2) return { found, damage: `There is no magic ${magic}.` };
    if (at + 12 + length > bytes.length) break;
    found.push(at);
  }
  return { found, damage: null };
}

export function addInt64(value: Int64, delta: Int64): Int64 {
  return toInt64(BigInt.asIntN(64, BigInt(value) + BigInt(delta)));
}

export function addSequence(sequence: number, delta: number): number {
  return sequence < 0 ? -1 : Number(BigInt.asUintN(31, BigInt(sequence) + BigInt(delta)));
}
