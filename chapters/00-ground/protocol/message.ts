/**
 * A message: its table, and the encoders and decoders that have been put together for the versions met so far.
 *
 * @module
 */

import { KafkaError } from "#ground/errors";
import { type Decode, structDecoder } from "./decoder.ts";
import { type Encode, structEncoder } from "./encoder.ts";
import { withPlace } from "./field-error.ts";
import { type Fields, type StructOf } from "./field.ts";
import { WireReader } from "./wire-reader.ts";
import { WireWriter } from "./wire-writer.ts";

/**
 * What encoding takes for a `T`: the same, but fields may be left out. They get their default.
 * A decoded value can be encoded as it is.
 */
export type Input<T> = T extends Uint8Array
  ? T
  : T extends readonly (infer E)[]
    ? readonly Input<E>[]
    : T extends object
      ? { readonly [K in keyof T]?: Input<T[K]> | undefined }
      : T;

/** How to decode. */
export interface DecodeOptions {
  /** Whether bytes after the last field are refused. Default true; a broker accepts them, as Apache Kafka does. */
  readonly strict?: boolean;
  /** Whether tagged fields that the table doesn't know are kept: see `unknown-tags.ts`. Default false. */
  readonly keepUnknownTags?: boolean;
}

/** What a table says about a message. */
export interface MessageTable<F extends Fields> {
  /** For error texts: `Produce request`. */
  readonly name: string;
  /** The first and the last version of the table. */
  readonly versions: readonly [number, number];
  /** The first version with compact lengths and tagged fields; null when there is none. */
  readonly flexibleFrom: number | null;
  readonly fields: F;
  /** Whether encoding drops values that a version can't carry, instead of refusing them. Default false. */
  readonly dropsUnsupported?: boolean;
}

/** One kind of message, in all its versions, to and from bytes. */
export class Message<T> {
  readonly name: string;
  readonly minVersion: number;
  readonly maxVersion: number;
  /** Infinity when no version is flexible. */
  readonly firstFlexibleVersion: number;
  readonly fields: Fields;
  readonly #dropsUnsupported: boolean;
  readonly #decoders = new Map<number, Decode>();
  readonly #encoders = new Map<number, Encode>();

  constructor(table: MessageTable<Fields>) {
    this.name = table.name;
    [this.minVersion, this.maxVersion] = table.versions;
    this.firstFlexibleVersion = table.flexibleFrom ?? Infinity;
    this.fields = table.fields;
    this.#dropsUnsupported = table.dropsUnsupported ?? false;
  }

  /**
   * Decodes `body`. Byte fields of the result are views of it: who keeps one keeps all of `body` alive.
   * @throws KafkaError INVALID_REQUEST with the field's path and the byte; UNSUPPORTED_VERSION.
   */
  decode(version: number, body: Uint8Array, options: DecodeOptions = {}): T {
    const reader = new WireReader(body, 0, options.keepUnknownTags);
    return this.read(version, reader, options.strict);
  }

  /**
   * Encodes `value`. The result is to be sent part by part; byte fields of 4 KiB and more are in it as they were
   * given, not copied, and may not change until it has been sent.
   * @throws KafkaError INVALID_REQUEST with the path of the field that can't be encoded; UNSUPPORTED_VERSION when
   * the version is not in the table, or can't carry a value.
   */
  encode(version: number, value: Input<T>): Uint8Array[] {
    const writer = new WireWriter();
    this.write(version, writer, value);
    return writer.finish();
  }

  /** As {@link encode}, in one piece. */
  encodeToBytes(version: number, value: Input<T>): Uint8Array {
    const writer = new WireWriter();
    this.write(version, writer, value);
    return writer.finishInOne();
  }

  /** Decodes from where `reader` is; with `strict`, to the end. For frames, which have a header in front. */
  read(version: number, reader: WireReader, strict = true): T {
    let decode = this.#decoders.get(version);
    if (decode === undefined) {
      this.#checkVersion(version);
      decode = structDecoder(this.fields, version, version >= this.firstFlexibleVersion);
      this.#decoders.set(version, decode);
    }
    try {
      const value = decode(reader);
      if (strict) reader.expectEnd();
      return value as T;
    } catch (error) {
      throw withPlace(error, `${this.name} v${version}`);
    }
  }

  /** Encodes to the end of what `writer` has. */
  write(version: number, writer: WireWriter, value: Input<T>): void {
    let encode = this.#encoders.get(version);
    if (encode === undefined) {
      this.#checkVersion(version);
      const flexible = version >= this.firstFlexibleVersion;
      encode = structEncoder(this.fields, { version, flexible, dropsUnsupported: this.#dropsUnsupported });
      this.#encoders.set(version, encode);
    }
    try {
      encode(writer, value);
    } catch (error) {
      throw withPlace(error, `${this.name} v${version}`);
    }
  }

  #checkVersion(version: number): void {
    if (Number.isInteger(version) && version >= this.minVersion && version <= this.maxVersion) return;
    const range = `versions ${this.minVersion} to ${this.maxVersion}`;
    throw new KafkaError("UNSUPPORTED_VERSION", `${this.name}: expected one of ${range}, got ${version}`);
  }
}

/** Makes a message that is not a request or a response: a header, or a record of an internal topic. */
export function message<const F extends Fields>(table: MessageTable<F>): Message<StructOf<F>> {
  return new Message<StructOf<F>>(table);
}

/** The decoded value of a {@link Message}. */
export type ValueOf<M> = M extends Message<infer T> ? T : never;
