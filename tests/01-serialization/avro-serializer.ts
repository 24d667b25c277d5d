import { Buffer } from "node:buffer";
import { type Deserializer, type Headers, SerializationError, type Serializer } from "#serialization";

/** A schema's encoder and decoder, as Avro libraries give one; Protobuf's generated classes have the same two. */
export interface Schema<T> {
  toBuffer(value: T): Uint8Array;
  fromBuffer(bytes: Uint8Array): T;
}

/** Writes a zero byte, the schema's id in a registry (int32), then what the schema makes of the value. */
export class AvroSerializer<T> implements Serializer<T> {
  readonly #id: number;
  readonly #schema: Schema<T>;

  constructor(id: number, schema: Schema<T>) {
    this.#id = id;
    this.#schema = schema;
  }

  serialize(_topic: string, _headers: Headers, data: T | null): Uint8Array | null {
    if (data === null) return null;
    const prefix = Buffer.alloc(5);
    prefix.writeInt32BE(this.#id, 1);
    return Buffer.concat([prefix, this.#schema.toBuffer(data)]);
  }
}

/** Reads with the schema that the value was written with. */
export class AvroDeserializer<T> implements Deserializer<T> {
  readonly #schemas: ReadonlyMap<number, Schema<T>>;

  constructor(schemas: ReadonlyMap<number, Schema<T>>) {
    this.#schemas = schemas;
  }

  deserialize(_topic: string, _headers: Headers, data: Uint8Array | null): T | null {
    if (data === null) return null;
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.length);
    const schema = bytes.length >= 5 && bytes[0] === 0 ? this.#schemas.get(bytes.readInt32BE(1)) : undefined;
    if (schema === undefined) throw new SerializationError("Expected a zero byte and the id of a known schema.");
    return schema.fromBuffer(bytes.subarray(5));
  }
}
