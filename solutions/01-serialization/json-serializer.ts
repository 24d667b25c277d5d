/**
 * JSON in UTF-8.
 *
 * Source: `org.apache.kafka.connect.json.JsonSerializer`, `JsonDeserializer`.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { type Headers, type RecordHeader } from "#serialization/given/headers";
import { type Deserializer, SerializationError, type Serializer } from "#serialization/given/serializer";

/** Any value that JSON can say. */
export class JsonSerializer<T = unknown> implements Serializer<T> {
  /**
   * The JSON text of `data` in UTF-8. Null stays null, a tombstone: the four letters `null` would be a value.
   * What `JSON.stringify` has a text for is not refused: NaN becomes the word null.
   *
   * @exercise 1.2 JsonSerializer.serialize
   * @throws SerializationError for what has no JSON: a function, undefined, a bigint, a circle
   */
  serialize(_topic: string, _headers: Headers, data: T | null): Uint8Array | null {
    if (data === null) return null;
    let text: string | undefined;
    try {
      text = JSON.stringify(data);
    } catch (cause) {
      throw new SerializationError(`Expected a value that JSON can say: ${(cause as Error).message}.`, { cause });
    }
    if (text === undefined) throw new SerializationError(`Expected a value that JSON can say, got ${typeof data}.`);
    return Buffer.from(text);
  }
}

/** Any value that JSON can say. Nobody has checked that it is a `T`: the name of the type is a hope. */
export class JsonDeserializer<T = unknown> implements Deserializer<T> {
  /**
   * The value of a JSON text in UTF-8.
   *
   * @exercise 1.2 JsonDeserializer.deserialize
   * @throws SerializationError when the bytes are no JSON; no bytes at all are none either
   */
  deserialize(_topic: string, _headers: readonly RecordHeader[], data: Uint8Array | null): T | null {
    if (data === null) return null;
    try {
      return JSON.parse(Buffer.from(data).toString("utf8")) as T;
    } catch (cause) {
      throw new SerializationError(`Expected JSON: ${(cause as Error).message}.`, { cause });
    }
  }
}
