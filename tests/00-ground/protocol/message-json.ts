/**
 * Messages as the golden files show them: Kafka's own JSON converters, with int64 as text and bytes as hex. What a
 * version lacks is absent, and so are tagged fields with their default.
 */
import { Buffer } from "node:buffer";
import { isDefault } from "#ground/protocol/defaults";
import { type Message } from "#ground/protocol/message";
import { type Field, type Fields } from "#ground/protocol/field";
import { uuidFromString, uuidToString } from "#ground/protocol/uuid";

/** A decoded message as the golden files show it. */
export function toJson(message: Message<unknown>, version: number, value: unknown): unknown {
  return structToJson(message.fields, version, value as Record<string, unknown>);
}

/** What the golden files show, as a value to encode. */
export function fromJson(message: Message<unknown>, json: unknown): unknown {
  return structFromJson(message.fields, json as Record<string, unknown>);
}

function structToJson(fields: Fields, version: number, value: Record<string, unknown>): unknown {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([name, field]) => field.isIn(version) && (field.tag === null || !isDefault(field, value[name])))
      .map(([name, field]) => [name, fieldToJson(field, version, value[name])]),
  );
}

function fieldToJson({ type }: Field<unknown>, version: number, value: unknown): unknown {
  if (value === null) return null;
  switch (type.kind) {
    case "int64": return String(value);
    case "uuid": return uuidToString(value as Uint8Array);
    case "bytes":
    case "records": return Buffer.from(value as Uint8Array).toString("hex");
    case "array": return (value as unknown[]).map((element) => fieldToJson(type.element, version, element));
    case "struct": return structToJson(type.fields, version, value as Record<string, unknown>);
    default: return value;
  }
}

function structFromJson(fields: Fields, json: Record<string, unknown>): unknown {
  return Object.fromEntries(
    Object.entries(json).map(([name, value]) => {
      const field = fields[name];
      if (field === undefined) throw new Error(`the table has no field ${name}`);
      return [name, fieldFromJson(field, value)];
    }),
  );
}

function fieldFromJson({ type }: Field<unknown>, json: unknown): unknown {
  if (json === null) return null;
  switch (type.kind) {
    case "int64": return BigInt(json as string);
    case "uuid": return uuidFromString(json as string);
    case "bytes":
    case "records": return new Uint8Array(Buffer.from(json as string, "hex"));
    case "array": return (json as unknown[]).map((element) => fieldFromJson(type.element, element));
    case "struct": return structFromJson(type.fields, json as Record<string, unknown>);
    default: return json;
  }
}
