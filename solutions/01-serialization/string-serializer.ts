/**
 * Text.
 *
 * Source: `org.apache.kafka.common.serialization.StringSerializer`, `StringDeserializer`.
 *
 * @module
 */
import { type Charset, charsetNamed, UTF_8 } from "#ground/charsets";
import { type Headers, type RecordHeader } from "#serialization/given/headers";
import { type Configs, type Deserializer, type Serializer } from "#serialization/given/serializer";

/**
 * The name of the encoding that `configs` ask for. Keys and values may differ: `key.serializer.encoding` counts for
 * keys, `value.serializer.encoding` for values. Where that one is missing `serializer.encoding` counts for both, and
 * without any it is UTF-8. Deserializers have the same three settings with `deserializer` in their names. A setting
 * that is null or undefined is missing, an empty text is not; one that is not a string is turned into text.
 *
 * @exercise 1.2 configuredEncoding
 * @param role - which of the two asks
 * @returns the name as it was set; whether there is such an encoding is another question
 */
export function configuredEncoding(configs: Configs, isKey: boolean, role: "serializer" | "deserializer"): string {
  const own = configs[`${isKey ? "key" : "value"}.${role}.encoding`];
  const common = configs[`${role}.encoding`];
  return String(own ?? common ?? "UTF-8");
}

/** Text as bytes, UTF-8 unless configured otherwise. */
export class StringSerializer implements Serializer<string> {
  #charset: Charset = UTF_8;

  /** @throws KafkaError INVALID_CONFIG when the encoding is unknown */
  configure(configs: Configs, isKey: boolean): void {
    this.#charset = charsetNamed(configuredEncoding(configs, isKey, "serializer"));
  }

  /**
   * The bytes of `data` in the configured encoding. An empty string is no bytes, and that is not null. What can't be
   * encoded, such as half of a surrogate pair, is written as the {@link Charset} does it.
   *
   * @exercise 1.2 StringSerializer.serialize
   */
  serialize(_topic: string, _headers: Headers, data: string | null): Uint8Array | null {
    return data === null ? null : this.#charset.encode(data);
  }
}

/** Bytes as text, UTF-8 unless configured otherwise. Bytes that are no text become U+FFFD. */
export class StringDeserializer implements Deserializer<string> {
  #charset: Charset = UTF_8;

  /** @throws KafkaError INVALID_CONFIG when the encoding is unknown */
  configure(configs: Configs, isKey: boolean): void {
    this.#charset = charsetNamed(configuredEncoding(configs, isKey, "deserializer"));
  }

  deserialize(_topic: string, _headers: readonly RecordHeader[], data: Uint8Array | null): string | null {
    return data === null ? null : this.#charset.decode(data);
  }
}
