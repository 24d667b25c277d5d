/**
 * When does a value say nothing? Tagged fields with their default are not sent, and a value that a version can't
 * carry may be left out without loss if it is the default.
 *
 * @module
 */

import { toInt64 } from "#ground/int64";
import { type Field } from "./field.ts";
import { unknownTagsOf } from "./unknown-tags.ts";

/** Whether `value` equals the default of `field`; in a struct, fields that are left out count as defaults. */
export function isDefault(field: Field<unknown>, value: unknown): boolean {
  const byDefault = field.default;
  if (value === null || byDefault === null) return value === byDefault;
  const { type } = field;
  switch (type.kind) {
    case "int64": return typeof value === "bigint" ? toInt64(value) === byDefault : value === byDefault;
    case "array": return Array.isArray(value) && value.length === 0;
    case "uuid":
    case "bytes":
    case "records": return value instanceof Uint8Array && sameBytes(value, byDefault as Uint8Array);
    case "struct": {
      if (typeof value !== "object") return false;
      const struct = value as Record<string, unknown>;
      if (unknownTagsOf(struct).length > 0) return false;
      return Object.entries(type.fields).every(([name, f]) => struct[name] === undefined || isDefault(f, struct[name]));
    }
    default: return value === byDefault;
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && a.every((byte, i) => byte === b[i]);
}
