/**
 * JSON in UTF-8.
 *
 * Source: `org.apache.kafka.connect.json.JsonSerializer`, `JsonDeserializer`.
 *
 * @module
 */
import { NotImplementedError } from "#ground/errors";
import { type Headers, type RecordHeader } from "#serialization/given/headers";
import { type Deserializer, type Serializer } from "#serialization/given/serializer";

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
    throw new NotImplementedError("1.2 JsonSerializer.serialize");
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
    throw new NotImplementedError("1.2 JsonDeserializer.deserialize");
  }
}
