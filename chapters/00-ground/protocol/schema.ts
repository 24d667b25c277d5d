/**
 * # The language of the message tables
 *
 * Every message of Kafka's protocol is a struct: fields, one after the other, without names, types or padding on the
 * wire. What makes it interesting is that there are up to eighteen *versions* of a message, because brokers and
 * clients of all ages talk to each other. A table in `messages/` says all of that at once, as Kafka's own message
 * definitions do:
 *
 * ```ts
 * export const Heartbeat = api({
 *   key: 12,                                       // the number that a request begins with
 *   name: "Heartbeat",
 *   versions: [0, 4],                              // what this table covers, both inclusive
 *   flexibleFrom: 4,                               // see below
 *   request: {
 *     groupId: string(),
 *     generationId: int32(),
 *     memberId: string(),
 *     groupInstanceId: string({ since: 3, nullable: true }),
 *   },
 *   response: {
 *     throttleTimeMs: int32({ since: 1 }),
 *     errorCode: int16(),
 *   },
 * });
 * export type HeartbeatRequest = RequestOf<typeof Heartbeat>;
 * ```
 *
 * That is the whole source: the TypeScript types are inferred from it, and the encoder and the decoder of a version are
 * put together from it when that version is first met. A program always handles one shape, whatever the version:
 * - decoding fills the fields that a version lacks with their defaults (`groupInstanceId` is null in version 2);
 * - encoding leaves them out. In a request, a value that would be *lost* that way is refused, unless the field is
 *   `ignorable`; a response may lose it. Fields that the caller leaves out get their defaults.
 *
 * ## Fields
 * `bool int8 int16 uint16 int32 int64 string uuid bytes records`, `array(element)` and `struct(fields)`; where a
 * table says `array({ … })`, the element is a struct. {@link FieldOptions} has the options.
 *
 * The default of a field is 0, false, "", no bytes or []; and null if it is `nullable`. Arrays are the exception:
 * theirs is always [], because null and [] often mean the opposite of each other, all and none.
 *
 * ## On the wire
 * | type | old encoding | compact encoding, in flexible versions |
 * |---|---|---|
 * | integers, uuid (16 bytes) | big endian | the same |
 * | string | int16 length, UTF-8 | unsigned varint of length + 1, UTF-8 |
 * | bytes, records | int32 length, bytes | unsigned varint of length + 1, bytes |
 * | array | int32 count, elements | unsigned varint of count + 1, elements |
 * | null | length −1 | 0 |
 * | struct that may be null | int8: 1, or −1 for null; then the fields | the same |
 * | end of each struct | nothing | tagged fields: their count; tag, size and value of each, ascending |
 *
 * *Flexible* versions (KIP-482) came with Kafka 2.4: lengths are compact, and each struct ends with *tagged fields*.
 * A tagged field that has its default is not sent, and a reader that doesn't know one skips it by its size; so fields
 * can be added without a new version.
 *
 * ## How to add an API version
 * 1. Raise the upper end of `versions`.
 * 2. Give each new field `since: N`, each removed one `until: N - 1`. The order in the table is that on the wire.
 * 3. Put rows of the new version, from a real broker, into tests/golden/wire, and run the tests of this chapter.
 *
 * A new API is a new file in `messages/`, and a line in `apis.ts`. Which versions a broker advertises is for its
 * handler to say, in chapter 20.
 *
 * ## Where to read on
 * `field.ts`: what becomes of a line of a table · `decoder.ts`, `encoder.ts`: how a version's codec is put together ·
 * `wire-reader.ts`, `wire-writer.ts`: the primitive types · `message.ts`, `frames.ts`: what all others use.
 *
 * @module
 */

import { type Int64 } from "#ground/int64";
import {
  type ElementOf,
  Field,
  type FieldOptions,
  type FieldType,
  type Fields,
  type NullableOptions,
  type StructOf,
} from "./field.ts";
import { ZERO_UUID } from "./uuid.ts";

type MaybeNull<T, O> = O extends { readonly nullable: true } | { readonly nullableSince: number } ? T | null : T;

/** true or false, in one byte. */
export function bool(options: FieldOptions<boolean> = {}): Field<boolean> {
  return new Field({ kind: "bool" }, false, options);
}

/** −128 to 127. */
export function int8(options: FieldOptions<number> = {}): Field<number> {
  return new Field({ kind: "int8" }, 0, options);
}

/** −32,768 to 32,767: error codes, producer epochs. */
export function int16(options: FieldOptions<number> = {}): Field<number> {
  return new Field({ kind: "int16" }, 0, options);
}

/** 0 to 65,535: ports. */
export function uint16(options: FieldOptions<number> = {}): Field<number> {
  return new Field({ kind: "uint16" }, 0, options);
}

/** −2^31 to 2^31 − 1: partitions, broker ids, leader epochs, milliseconds. */
export function int32(options: FieldOptions<number> = {}): Field<number> {
  return new Field({ kind: "int32" }, 0, options);
}

/** −2^63 to 2^63 − 1: offsets, timestamps, producer ids. */
export function int64(options: FieldOptions<Int64> = {}): Field<Int64> {
  return new Field<Int64>({ kind: "int64" }, 0, options);
}

/** Text, at most 32,767 bytes of UTF-8. */
export function string<const O extends NullableOptions<string>>(options?: O): Field<MaybeNull<string, O>> {
  return maybeNull({ kind: "string" }, "", options);
}

/** 16 bytes: topic ids, directory ids. See `uuid.ts` for the text form. */
export function uuid(options: FieldOptions<Uint8Array> = {}): Field<Uint8Array> {
  return new Field<Uint8Array>({ kind: "uuid" }, ZERO_UUID, options);
}

/** Bytes that the protocol doesn't look into. Decoding gives a view of the frame. */
export function bytes<const O extends NullableOptions<Uint8Array>>(options?: O): Field<MaybeNull<Uint8Array, O>> {
  return maybeNull({ kind: "bytes" }, new Uint8Array(0), options);
}

/** Record batches, as a log holds them, one after the other; or null. Decoding gives a view of the frame. */
export function records(options: FieldOptions<Uint8Array | null> = {}): Field<Uint8Array | null> {
  return maybeNull({ kind: "records" }, new Uint8Array(0), { ...options, nullable: true });
}

/** A list. @param element a field (`int32()`), or the fields of a struct (`{ … }`). */
export function array<const E extends Field<unknown> | Fields, const O extends NullableOptions<readonly never[]>>(
  element: E,
  options?: O,
): Field<MaybeNull<readonly ElementOf<E>[], O>> {
  const type = { kind: "array", element: element instanceof Field ? element : struct(element as Fields) } as const;
  return maybeNull<readonly ElementOf<E>[], O>(type, Object.freeze([]), options);
}

/** A struct within a struct. Unless it may be null, its fields simply follow; its default is all their defaults. */
export function struct<const F extends Fields, const O extends NullableOptions<StructOf<F>>>(
  fields: F,
  options?: O,
): Field<MaybeNull<StructOf<F>, O>> {
  const defaults = Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.default]));
  return maybeNull({ kind: "struct", fields }, Object.freeze(defaults) as StructOf<F>, options);
}

/** A field of a type that may be null. The compiler has checked the options against the caller's type. */
function maybeNull<T, O extends object>(type: FieldType, zero: T, options: O | undefined): Field<MaybeNull<T, O>> {
  const given: NullableOptions<T | null> = options ?? {};
  const byDefault = given.nullable && type.kind !== "array" ? null : zero;
  return new Field<T | null>(type, byDefault, given) as Field<MaybeNull<T, O>>;
}
