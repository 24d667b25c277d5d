/**
 * # The language of the message tables
 *
 * Every message of Kafka's protocol is a struct: named fields, one after the other, without names, types or padding on the
 * wire. What makes it interesting is that there are up to eighteen *versions* of it, because brokers and clients of all
 * ages talk to each other. A table in `messages/` says all of that at once, as Kafka's own message definitions do:
 *
 * ```ts
 * export const Heartbeat = api({
 *   key: 12,                                       // the number that a request begins with
 *   name: "Heartbeat",
 *   versions: [0, 4],                              // the versions that this table covers, both inclusive
 *   flexibleFrom: 4,                               // see below
 *   request: {
 *     groupId: string(),
 *     generationId: int32(),
 *     memberId: string(),
 *     groupInstanceId: string({ since: 3, nullable: true }),
 *   },
 *   response: {
 *     throttleTimeMs: int32({ since: 1, ignorable: true }),
 *     errorCode: int16(),
 *   },
 * });
 * export type HeartbeatRequest = RequestOf<typeof Heartbeat>;
 * ```
 *
 * That is the whole source: the TypeScript types are inferred from it, and the encoder and decoder of a version are
 * put together from it when that version is first met. A program always handles one shape, whatever the version:
 * - decoding fills the fields that a version lacks with their defaults (`groupInstanceId` is null in version 2);
 * - encoding leaves them out; in a request a value that would be *lost* that way is refused, unless the field is
 *   `ignorable`. Fields that the caller leaves out get their defaults.
 *
 * ## Fields
 * `bool int8 int16 uint16 int32 int64 string uuid bytes records`, `array(element)` and `struct(fields)`; where a
 * table says `array({ … })`, the element is a struct. See {@link FieldOptions} for `since`, `until`,
 * `nullable`, `default`, `tag` and `ignorable`. Without a default it is 0, false, "", no bytes, []; and null for what
 * is `nullable`, but arrays, for which null and [] often mean the opposite: all and none.
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
 * | end of each struct | nothing | tagged fields: count, then tag, size and value of each, ascending |
 *
 * *Flexible* versions (KIP-482) came in 2.4: lengths are compact, and each struct ends with *tagged fields*, which
 * may be absent, and which a reader that doesn't know them skips by their size. So such a field can be added without
 * a new version. A field with its default value is not sent at all.
 *
 * ## How to add an API version
 * 1. Raise the upper end of `versions`.
 * 2. Give each new field `since: N`, each removed one `until: N - 1`. The order in the table is that on the wire.
 * 3. Put rows of the new version, from a real broker, into tests/golden/wire, and run the tests of this chapter.
 *
 * The handler in chapter 20 decides on its own which versions it advertises.
 *
 * @module
 */

import { type Int64 } from "#ground/int64";
import { ZERO_UUID } from "./uuid.ts";

/** A type without a structure of its own. `records` is `bytes` that hold record batches. */
export type ScalarType =
  "bool" | "int8" | "int16" | "uint16" | "int32" | "int64" | "string" | "uuid" | "bytes" | "records";

/** What a field holds. */
export type FieldType =
  | { readonly kind: ScalarType }
  | { readonly kind: "array"; readonly element: Field<unknown> }
  | { readonly kind: "struct"; readonly fields: Fields };

/** The fields of a struct, in the order in which they stand on the wire. */
export type Fields = Readonly<Record<string, Field<unknown>>>;

/** What a table says about a field, besides its type. Versions are those of the message. */
export interface FieldOptions<T> {
  /** The first version that has the field. Default: every version. */
  readonly since?: number;
  /** The last version that has the field. Default: every later version. */
  readonly until?: number;
  /** What decoding gives where the version lacks the field, and encoding takes where the value is left out. */
  readonly default?: T;
  /** Makes it a tagged field with this tag, in flexible versions. */
  readonly tag?: number;
  /** Whether encoding may drop a value that the version can't carry. Only requests ask: see {@link Fields}. */
  readonly ignorable?: boolean;
  /** false: keeps the old length encoding in flexible versions too. Only the client id of request headers does. */
  readonly compact?: boolean;
}

/** For the types that may be null. */
export interface NullableOptions<T> extends FieldOptions<T | null> {
  /** true: the value may be null in every version that has the field. */
  readonly nullable?: true;
  /** The first version in which the value may be null, where older ones have the field but can't say null. */
  readonly nullableSince?: number;
}

/** One field of a table. Made by the functions below. */
export class Field<T> {
  readonly type: FieldType;
  readonly since: number;
  /** Inclusive; Infinity when it has not been removed. */
  readonly until: number;
  /** Infinity when the value may never be null. */
  readonly nullableSince: number;
  readonly default: T;
  readonly tag: number | null;
  readonly ignorable: boolean;
  readonly compact: boolean;

  constructor(type: FieldType, zero: T, options: NullableOptions<T>) {
    this.type = type;
    this.since = options.since ?? 0;
    this.until = options.until ?? Infinity;
    this.nullableSince = options.nullable ? 0 : (options.nullableSince ?? Infinity);
    this.default = (options.default === undefined ? zero : options.default) as T;
    this.tag = options.tag ?? null;
    this.ignorable = options.ignorable ?? false;
    this.compact = options.compact ?? true;
  }

  /** Whether messages of `version` have the field. */
  isIn(version: number): boolean {
    return version >= this.since && version <= this.until;
  }
}

/** The value of a struct with these fields, as decoding gives it. */
export type StructOf<F> = { readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never };

/** The value of an array's element: of a field, or of a struct that is given by its fields. */
export type ElementOf<E> = E extends Field<infer T> ? T : StructOf<E>;

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
  const zero = (options?.nullable ? null : "") as MaybeNull<string, O>;
  return new Field<MaybeNull<string, O>>({ kind: "string" }, zero, optionsOf(options));
}

/** 16 bytes: topic ids, directory ids. See `uuid.ts` for the text form. */
export function uuid(options: FieldOptions<Uint8Array> = {}): Field<Uint8Array> {
  return new Field<Uint8Array>({ kind: "uuid" }, ZERO_UUID, options);
}

/** Bytes that the protocol doesn't look into. Decoding gives a view of the frame. */
export function bytes<const O extends NullableOptions<Uint8Array>>(options?: O): Field<MaybeNull<Uint8Array, O>> {
  const zero = (options?.nullable ? null : new Uint8Array(0)) as MaybeNull<Uint8Array, O>;
  return new Field<MaybeNull<Uint8Array, O>>({ kind: "bytes" }, zero, optionsOf(options));
}

/** Record batches, as a log holds them, one after the other; or null. Decoding gives a view of the frame. */
export function records(options: FieldOptions<Uint8Array | null> = {}): Field<Uint8Array | null> {
  return new Field<Uint8Array | null>({ kind: "records" }, null, { nullable: true, ...options });
}

/** A list. @param element a field (`int32()`), or the fields of a struct (`{ … }`). */
export function array<const E extends Field<unknown> | Fields, const O extends NullableOptions<readonly never[]>>(
  element: E,
  options?: O,
): Field<MaybeNull<readonly ElementOf<E>[], O>> {
  type Value = MaybeNull<readonly ElementOf<E>[], O>;
  const type: FieldType = { kind: "array", element: element instanceof Field ? element : struct(element as Fields) };
  return new Field<Value>(type, Object.freeze([]) as unknown as Value, optionsOf(options));
}

/** A struct within a struct. Unless it may be null, its fields simply follow; its default is all their defaults. */
export function struct<const F extends Fields, const O extends NullableOptions<StructOf<F>>>(
  fields: F,
  options?: O,
): Field<MaybeNull<StructOf<F>, O>> {
  const defaults = Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.default]));
  const zero = (options?.nullable ? null : Object.freeze(defaults)) as MaybeNull<StructOf<F>, O>;
  return new Field<MaybeNull<StructOf<F>, O>>({ kind: "struct", fields }, zero, optionsOf(options));
}

/** The options of a field whose value may be null: what the compiler has checked against the field's own type. */
function optionsOf<T, O>(options: NullableOptions<T> | undefined): NullableOptions<MaybeNull<T, O>> {
  return (options ?? {}) as NullableOptions<MaybeNull<T, O>>;
}
