/**
 * Integers of a fixed size, big endian as everything in Kafka.
 *
 * Source: `org.apache.kafka.common.serialization.{Short,Integer,Long}Serializer` and `…Deserializer`.
 *
 * @module
 */
import { NotImplementedError } from "#ground/errors";
import {
  type Int64,
  isInt64,
  readInt16, readInt64,
  writeInt16, writeInt64
} from "#ground/int64";
import { type Headers, type RecordHeader } from "#serialization/given/headers";
import { type Deserializer, SerializationError, type Serializer } from "#serialization/given/serializer";

/** A 16-bit integer. */
export class ShortSerializer implements Serializer<number> {
  serialize(_topic: string, _headers: Headers, data: number | null): Uint8Array | null {
    if (data === null) return null;
    checkInteger(data, 16);
    const bytes = new Uint8Array(2);
    writeInt16(bytes, 0, data);
    return bytes;
  }
}

/** A 16-bit integer. */
export class ShortDeserializer implements Deserializer<number> {
  deserialize(_topic: string, _headers: readonly RecordHeader[], data: Uint8Array | null): number | null {
    if (data === null) return null;
    checkSize(data, 2);
    return readInt16(data, 0);
  }
}

/** A 32-bit integer. */
export class IntegerSerializer implements Serializer<number> {
  /**
   * Four bytes. JavaScript would make any number fit by dropping what is too much; here that is an error.
   *
   * @exercise 1.2 IntegerSerializer.serialize
   * @throws SerializationError for a fraction, and outside of −2³¹ to 2³¹ − 1: see {@link checkInteger}
   */
  serialize(_topic: string, _headers: Headers, data: number | null): Uint8Array | null {
    throw new NotImplementedError("1.2 IntegerSerializer.serialize");
  }
}

/** A 32-bit integer. */
export class IntegerDeserializer implements Deserializer<number> {
  /**
   * The number in four bytes.
   *
   * @exercise 1.2 IntegerDeserializer.deserialize
   * @throws SerializationError when there are fewer bytes or more: see {@link checkSize}
   */
  deserialize(_topic: string, _headers: readonly RecordHeader[], data: Uint8Array | null): number | null {
    throw new NotImplementedError("1.2 IntegerDeserializer.deserialize");
  }
}

/** A 64-bit integer: a bigint may be given, and comes back for what a number can't hold. */
export class LongSerializer implements Serializer<Int64> {
  serialize(_topic: string, _headers: Headers, data: Int64 | null): Uint8Array | null {
    if (data === null) return null;
    if (!isInt64(data)) throw new SerializationError(`Expected a 64-bit integer, got ${String(data)}.`);
    const bytes = new Uint8Array(8);
    writeInt64(bytes, 0, data);
    return bytes;
  }
}

/** A 64-bit integer: a number if it is a safe one, else a bigint. */
export class LongDeserializer implements Deserializer<Int64> {
  deserialize(_topic: string, _headers: readonly RecordHeader[], data: Uint8Array | null): Int64 | null {
    if (data === null) return null;
    checkSize(data, 8);
    return readInt64(data, 0);
  }
}

/** @throws SerializationError unless `data` is an integer that `bits` bits can hold, signed */
export function checkInteger(data: number, bits: 16 | 32): void {
  const limit = 2 ** (bits - 1);
  if (Number.isInteger(data) && data >= -limit && data < limit) return;
  throw new SerializationError(`Expected a ${bits}-bit integer, got ${data}.`);
}

/** @throws SerializationError unless `data` has `size` bytes */
export function checkSize(data: Uint8Array, size: number): void {
  if (data.length !== size) throw new SerializationError(`Expected ${size} bytes, got ${data.length}.`);
}
