/**
 * Puts together the encoder of a table for one version: the counterpart of `decoder.ts`, step for step.
 *
 * @module
 */

import { describe, FieldError, inElement, inField } from "./field-error.ts";
import { isDefault } from "./defaults.ts";
import { type Field, type Fields } from "./field.ts";
import { unknownTagsOf } from "./unknown-tags.ts";
import { type WireWriter } from "./wire-writer.ts";

/** Writes one value. @throws FieldError when it is not of the field's type. */
export type Encode = (into: WireWriter, value: unknown) => void;

/** What an encoder has to know about the message, besides the table. */
export interface EncoderTarget {
  readonly version: number;
  readonly flexible: boolean;
  /** Whether values that the version can't carry are dropped (responses) or refused (requests). */
  readonly dropsUnsupported: boolean;
}

/** The encoder of a struct with these fields. */
export function structEncoder(fields: Fields, target: EncoderTarget): Encode {
  const names = Object.keys(fields);
  const steps = Object.values(fields).map((field) => stepFor(field, target));
  const writeTags = target.flexible ? tagsEncoder(fields, target) : null;
  return (into, value) => {
    if (typeof value !== "object" || value === null) {
      throw new FieldError(`expected an object, got ${describe(value)}`);
    }
    const struct = value as Record<string, unknown>;
    let i = 0;
    try {
      for (; i < steps.length; i++) steps[i]!(into, struct[names[i]!]);
    } catch (error) {
      throw inField(error, names[i]!);
    }
    if (writeTags !== null) writeTags(into, struct);
  };
}

/** What to do with a field between the others: write it, leave it for the tags at the end, or see that none is lost. */
function stepFor(field: Field<unknown>, target: EncoderTarget): Encode {
  const { version, dropsUnsupported } = target;
  if (field.isIn(version)) {
    if (field.tag !== null) return nothing;
    const encode = fieldEncoder(field, target);
    const whenLeftOut = field.default;
    return (into, value) => encode(into, value === undefined ? whenLeftOut : value);
  }
  if (field.ignorable || dropsUnsupported) return nothing;
  return (_into, value) => {
    if (value === undefined || isDefault(field, value)) return;
    const needed = version < field.since ? `from version ${field.since} on` : `up to version ${field.until}`;
    throw new FieldError(`${describe(value)} can only be said ${needed}`, undefined, "UNSUPPORTED_VERSION");
  };
}

function nothing(): void {}

function fieldEncoder(field: Field<unknown>, target: EncoderTarget): Encode {
  const { type } = field;
  const nullable = target.version >= field.nullableSince;
  const compact = target.flexible && field.compact;
  switch (type.kind) {
    case "bool": return (into, value) => into.bool(value as boolean);
    case "int8": return (into, value) => into.int8(value as number);
    case "int16": return (into, value) => into.int16(value as number);
    case "uint16": return (into, value) => into.uint16(value as number);
    case "int32": return (into, value) => into.int32(value as number);
    case "int64": return (into, value) => into.int64(value as number);
    case "uuid": return writeUuid;
    case "string": return stringEncoder(compact, nullable);
    case "bytes":
    case "records": return bytesEncoder(compact, nullable);
    case "array": return arrayEncoder(type.element, target, nullable);
    case "struct": {
      const encode = structEncoder(type.fields, target);
      return nullable ? nullableStructEncoder(encode, field.tag === null ? -1 : 0) : encode;
    }
  }
}

function writeUuid(into: WireWriter, value: unknown): void {
  if (!(value instanceof Uint8Array) || value.byteLength !== 16) {
    throw new FieldError(`expected a uuid of 16 bytes, got ${describe(value)}`);
  }
  into.bytes(value);
}

function stringEncoder(compact: boolean, nullable: boolean): Encode {
  return (into, value) => {
    if (value !== null) into.string(value as string, compact);
    else if (!nullable) throw nullRefused();
    else if (compact) into.unsignedVarint(0);
    else into.int16(-1);
  };
}

function bytesEncoder(compact: boolean, nullable: boolean): Encode {
  return (into, value) => {
    if (value instanceof Uint8Array) {
      into.length(value.byteLength, compact);
      into.bytes(value);
    } else {
      if (value !== null) throw new FieldError(`expected bytes, got ${describe(value)}`);
      if (!nullable) throw nullRefused();
      into.length(-1, compact);
    }
  };
}

function arrayEncoder(element: Field<unknown>, target: EncoderTarget, nullable: boolean): Encode {
  const encode = fieldEncoder(element, target);
  const compact = target.flexible;
  return (into, value) => {
    if (value === null && nullable) return into.length(-1, compact);
    if (!Array.isArray(value)) throw value === null ? nullRefused() : notAnArray(value);
    into.length(value.length, compact);
    let i = 0;
    try {
      for (; i < value.length; i++) encode(into, value[i]);
    } catch (error) {
      throw inElement(error, i);
    }
  };
}

/** @param noStruct what says null: −1; in a tagged field 0 */
function nullableStructEncoder(encode: Encode, noStruct: -1 | 0): Encode {
  return (into, value) => {
    into.int8(value === null ? noStruct : 1);
    if (value !== null) encode(into, value);
  };
}

/** The tagged fields at the end of a struct: those that differ from their default, and the unknown ones kept. */
function tagsEncoder(fields: Fields, target: EncoderTarget): Encode {
  const tagged = Object.entries(fields)
    .filter(([, field]) => field.tag !== null && field.isIn(target.version))
    .map(([name, field]) => ({ name, field, tag: field.tag!, encode: fieldEncoder(field, target) }));
  return (into, value) => {
    const struct = value as Record<string, unknown>;
    const entries: { tag: number; name: string; encode: Encode; value: unknown }[] = [];
    for (const { name, field, tag, encode } of tagged) {
      const set = struct[name];
      if (set !== undefined && !isDefault(field, set)) entries.push({ tag, name, encode, value: set });
    }
    for (const { tag, data } of unknownTagsOf(struct)) {
      entries.push({ tag, name: `tag ${tag}`, encode: writeAsIs, value: data });
    }
    entries.sort((a, b) => a.tag - b.tag);
    into.unsignedVarint(entries.length);
    for (const entry of entries) writeTagged(into, entry);
  };
}

function writeTagged(into: WireWriter, entry: { tag: number; name: string; encode: Encode; value: unknown }): void {
  into.unsignedVarint(entry.tag);
  const section = into.beginSection();
  try {
    entry.encode(into, entry.value);
  } catch (error) {
    throw inField(error, entry.name);
  }
  into.endSection(section);
}

function writeAsIs(into: WireWriter, value: unknown): void {
  into.bytes(value as Uint8Array);
}

function nullRefused(): FieldError {
  return new FieldError("null is not allowed here in this version");
}

function notAnArray(value: unknown): FieldError {
  return new FieldError(`expected an array, got ${describe(value)}`);
}
