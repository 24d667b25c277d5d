/**
 * What becomes of a line of a table: a {@link Field}, and its TypeScript type. `schema.ts` has the language.
 *
 * @module
 */

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
  /** Whether encoding may drop a value that the version can't carry. Responses always may: see `api.ts`. */
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
