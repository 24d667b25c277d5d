/**
 * Bytes as they are, and what is made of one or a few: truth values, UUIDs, nothing at all.
 *
 * Source: `org.apache.kafka.common.serialization.{ByteArray,ByteBuffer,Boolean,UUID,Void}Serializer`, `…Deserializer`.
 *
 * @module
 */
import { NotImplementedError } from "#ground/errors";
import { Buffer } from "node:buffer";
import { type Headers, type RecordHeader } from "#serialization/given/headers";
import { type Deserializer, SerializationError, type Serializer } from "#serialization/given/serializer";

/** Bytes as they are. (Kafka's `Bytes`, which only wraps them, has no counterpart in JavaScript.) */
export class ByteArraySerializer implements Serializer<Uint8Array> {
  serialize(_topic: string, _headers: Headers, data: Uint8Array | null): Uint8Array | null {
    return data;
  }
}

/** Bytes as they are: a slice of what was fetched. */
export class ByteArrayDeserializer implements Deserializer<Uint8Array> {
  deserialize(_topic: string, _headers: readonly RecordHeader[], data: Uint8Array | null): Uint8Array | null {
    return data;
  }
}

/** The bytes under a view: a DataView, a Float64Array, a Buffer. */
export class ByteBufferSerializer implements Serializer<ArrayBufferView> {
  /**
   * The bytes that `data` shows, without copying them. A view is a window: the buffer behind it may be larger. Small
   * Buffers of Node, for one, share a buffer of 8 KiB.
   *
   * @exercise 1.2 ByteBufferSerializer.serialize
   */
  serialize(_topic: string, _headers: Headers, data: ArrayBufferView | null): Uint8Array | null {
    throw new NotImplementedError("1.2 ByteBufferSerializer.serialize");
  }
}

/** A DataView over the fetched bytes. */
export class ByteBufferDeserializer implements Deserializer<DataView> {
  deserialize(_topic: string, _headers: readonly RecordHeader[], data: Uint8Array | null): DataView | null {
    return data === null ? null : new DataView(data.buffer, data.byteOffset, data.byteLength);
  }
}

/** One byte, 1 or 0. */
export class BooleanSerializer implements Serializer<boolean> {
  serialize(_topic: string, _headers: Headers, data: boolean | null): Uint8Array | null {
    return data === null ? null : Uint8Array.of(data ? 1 : 0);
  }
}

/** One byte, 1 or 0; any other is an error. */
export class BooleanDeserializer implements Deserializer<boolean> {
  deserialize(_topic: string, _headers: readonly RecordHeader[], data: Uint8Array | null): boolean | null {
    if (data === null) return null;
    if (data.length === 1 && data[0]! <= 1) return data[0] === 1;
    throw new SerializationError(`Expected one byte, 0 or 1, got ${hexOf(data)}.`);
  }
}

/** A UUID's text form (8-4-4-4-12 hex digits) in UTF-8: 36 bytes, not 16. */
export class UUIDSerializer implements Serializer<string> {
  serialize(_topic: string, _headers: Headers, data: string | null): Uint8Array | null {
    if (data === null) return null;
    if (!UUID.test(data)) throw new SerializationError(`Expected a UUID, got "${data}".`);
    return Buffer.from(data.toLowerCase());
  }
}

/** A UUID's text form, in lower case. */
export class UUIDDeserializer implements Deserializer<string> {
  deserialize(_topic: string, _headers: readonly RecordHeader[], data: Uint8Array | null): string | null {
    if (data === null) return null;
    const text = Buffer.from(data).toString("latin1");
    if (!UUID.test(text)) throw new SerializationError(`Expected the text of a UUID, got ${hexOf(data)}.`);
    return text.toLowerCase();
  }
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** For keys or values that are always null. */
export class VoidSerializer implements Serializer<never> {
  serialize(_topic: string, _headers: Headers, _data: null): null {
    return null;
  }
}

/** For keys or values that are always null; bytes are an error. */
export class VoidDeserializer implements Deserializer<never> {
  deserialize(_topic: string, _headers: readonly RecordHeader[], data: Uint8Array | null): null {
    if (data !== null) throw new SerializationError(`Expected null, got ${hexOf(data)}.`);
    return null;
  }
}

function hexOf(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.subarray(0, 16)).toString("hex");
  return `${bytes.length} bytes (${hex}${bytes.length > 16 ? "…" : ""})`;
}
