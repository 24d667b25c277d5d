/**
 * Puts together the decoder of a table for one version: a function made of smaller ones, a step for each field that
 * this version has. All questions of version, encoding and null are settled here, once, and not for each frame.
 *
 * @module
 */

import { FieldError, inElement, inField } from "./field-error.ts";
import { type Field, type Fields } from "./field.ts";
import { UNKNOWN_TAGS, type UnknownTag } from "./unknown-tags.ts";
import { STRUCT_WEIGHT, type WireReader } from "./wire-reader.ts";

/** Reads one value and moves on. @throws FieldError */
export type Decode = (from: WireReader) => unknown;

/** A struct's value while it is being filled. */
type Draft = Record<string | typeof UNKNOWN_TAGS, unknown>;

/** The decoder of a struct with these fields in `version`. */
export function structDecoder(fields: Fields, version: number, flexible: boolean): Decode {
  const names = Object.keys(fields);
  const steps = Object.values(fields).map((field) => stepFor(field, version, flexible));
  const readTags = flexible ? tagsDecoder(fields, version) : null;
  return (from) => {
    const value = {} as Draft;
    let i = 0;
    try {
      for (; i < steps.length; i++) value[names[i]!] = steps[i]!(from);
    } catch (error) {
      throw inField(error, names[i]!);
    }
    if (readTags !== null) readTags(from, value);
    return value;
  };
}

/** A field that the version lacks, or that may come later as a tagged one, starts with its default. */
function stepFor(field: Field<unknown>, version: number, flexible: boolean): Decode {
  if (field.isIn(version) && field.tag === null) return fieldDecoder(field, version, flexible);
  const value = field.default;
  return () => value;
}

function fieldDecoder(field: Field<unknown>, version: number, flexible: boolean): Decode {
  const { type } = field;
  const nullable = version >= field.nullableSince;
  const compact = flexible && field.compact;
  switch (type.kind) {
    case "bool": return (from) => from.bool();
    case "int8": return (from) => from.int8();
    case "int16": return (from) => from.int16();
    case "uint16": return (from) => from.uint16();
    case "int32": return (from) => from.int32();
    case "int64": return (from) => from.int64();
    case "uuid": return (from) => from.bytes(16);
    case "string": return stringDecoder(compact, nullable);
    case "bytes":
    case "records": return bytesDecoder(compact, nullable);
    case "array": return arrayDecoder(type.element, version, flexible, nullable);
    case "struct": {
      const decode = structDecoder(type.fields, version, flexible);
      return nullable ? nullableStructDecoder(decode, field.tag === null ? -1 : 0) : decode;
    }
  }
}

function stringDecoder(compact: boolean, nullable: boolean): Decode {
  return (from) => {
    const at = from.at;
    const length = compact ? from.compactLength() : from.shortLength();
    return length < 0 ? nullValue(nullable, at) : from.string(length);
  };
}

function bytesDecoder(compact: boolean, nullable: boolean): Decode {
  return (from) => {
    const at = from.at;
    const length = compact ? from.compactLength() : from.intLength();
    return length < 0 ? nullValue(nullable, at) : from.bytes(length);
  };
}

function arrayDecoder(element: Field<unknown>, version: number, flexible: boolean, nullable: boolean): Decode {
  const decode = fieldDecoder(element, version, flexible);
  const elementBytes = Math.max(1, minBytesOf(element, version, flexible));
  const weight = element.type.kind === "struct" ? STRUCT_WEIGHT : 1;
  return (from) => {
    const at = from.at;
    const count = flexible ? from.compactLength() : from.intLength();
    if (count < 0) return nullValue(nullable, at);
    from.expectElements(count, elementBytes, weight, at);
    const values: unknown[] = [];
    try {
      for (let i = 0; i < count; i++) values.push(decode(from));
    } catch (error) {
      throw inElement(error, values.length);
    }
    return values;
  };
}

/** @param noStruct what says null: −1; in a tagged field 0 */
function nullableStructDecoder(decode: Decode, noStruct: -1 | 0): Decode {
  return (from) => {
    const mark = from.int8();
    if (mark === 1) return decode(from);
    if (mark === noStruct) return null;
    const expected = `expected 1 before a struct or ${noStruct === 0 ? "0" : "−1"} for null`;
    throw new FieldError(`${expected}, got ${mark}`, from.at - 1);
  };
}

function nullValue(nullable: boolean, at: number): null {
  if (!nullable) throw new FieldError("null is not allowed here in this version", at);
  return null;
}

/** The tagged fields at the end of a struct: the known ones are put in their place, the others skipped or kept. */
function tagsDecoder(fields: Fields, version: number): (from: WireReader, value: Draft) => void {
  const known = new Map<number, { name: string; decode: Decode }>();
  for (const [name, field] of Object.entries(fields)) {
    if (field.tag === null || !field.isIn(version)) continue;
    known.set(field.tag, { name, decode: fieldDecoder(field, version, true) });
  }
  return (from, value) => {
    const count = from.unsignedVarint();
    let previous = -1;
    for (let i = 0; i < count; i++) {
      const at = from.at;
      const tag = from.unsignedVarint();
      if (tag <= previous) throw new FieldError(`expected a tag above ${previous}, got ${tag}`, at);
      previous = tag;
      const length = from.unsignedVarint();
      const field = known.get(tag);
      if (field !== undefined) value[field.name] = readTagged(from, length, field.name, field.decode);
      else if (from.keepUnknownTags) keepTag(value, { tag, data: from.bytes(length) });
      else from.skip(length);
    }
  };
}

function readTagged(from: WireReader, length: number, name: string, decode: Decode): unknown {
  try {
    const outerEnd = from.beginSection(length);
    const value = decode(from);
    from.endSection(outerEnd);
    return value;
  } catch (error) {
    throw inField(error, name);
  }
}

function keepTag(value: Draft, unknownTag: UnknownTag): void {
  const kept = (value[UNKNOWN_TAGS] ??= []) as UnknownTag[];
  kept.push(unknownTag);
}

/** The fewest bytes that a value of `field` takes. */
function minBytesOf(field: Field<unknown>, version: number, flexible: boolean): number {
  const { type } = field;
  const compact = flexible && field.compact;
  switch (type.kind) {
    case "bool":
    case "int8": return 1;
    case "int16":
    case "uint16": return 2;
    case "int32": return 4;
    case "int64": return 8;
    case "uuid": return 16;
    case "string": return compact ? 1 : 2;
    case "bytes":
    case "records":
    case "array": return compact ? 1 : 4;
    case "struct": {
      if (version >= field.nullableSince) return 1;
      const present = Object.values(type.fields).filter((f) => f.isIn(version) && f.tag === null);
      return present.reduce((sum, f) => sum + minBytesOf(f, version, flexible), flexible ? 1 : 0);
    }
  }
}
