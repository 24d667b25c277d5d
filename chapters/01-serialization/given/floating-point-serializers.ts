/**
 * Floating-point numbers, big endian as everything in Kafka.
 *
 * Source: `org.apache.kafka.common.serialization.{Float,Double}Serializer` and `…Deserializer`.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { asBuffer } from "#ground/as-buffer";
import { checkSize } from "#serialization/number-serializers";
import { type Headers, type RecordHeader } from "./headers.ts";
import { type Deserializer, type Serializer } from "./serializer.ts";

/** A 32-bit floating-point number: of a JavaScript number's sixteen digits seven are left. */
export class FloatSerializer implements Serializer<number> {
  serialize(_topic: string, _headers: Headers, data: number | null): Uint8Array | null {
    if (data === null) return null;
    const bytes = Buffer.alloc(4);
    bytes.writeFloatBE(data);
    return bytes;
  }
}

/** A 32-bit floating-point number. */
export class FloatDeserializer implements Deserializer<number> {
  deserialize(_topic: string, _headers: readonly RecordHeader[], data: Uint8Array | null): number | null {
    if (data === null) return null;
    checkSize(data, 4);
    return asBuffer(data).readFloatBE();
  }
}

/** A 64-bit floating-point number: JavaScript's own. */
export class DoubleSerializer implements Serializer<number> {
  serialize(_topic: string, _headers: Headers, data: number | null): Uint8Array | null {
    if (data === null) return null;
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleBE(data);
    return bytes;
  }
}

/** A 64-bit floating-point number. */
export class DoubleDeserializer implements Deserializer<number> {
  deserialize(_topic: string, _headers: readonly RecordHeader[], data: Uint8Array | null): number | null {
    if (data === null) return null;
    checkSize(data, 8);
    return asBuffer(data).readDoubleBE();
  }
}
