/**
 * Messages as Kafka's tools show them: the JSON of Kafka's own converters, with numbers as numbers and bytes in base64.
 * What a version lacks is absent, and so are tagged fields with their default.
 * Source: the `…JsonConverter` classes that Kafka's message generator makes.
 *
 * @module
 */
import { isDefault } from "#ground/protocol/defaults";
import { type Field, type Fields } from "#ground/protocol/field";
import { type Message } from "#ground/protocol/message";
import { uuidToString } from "#ground/protocol/uuid";

/** Shows the bytes of a field in another way; null: as base64. */
export type ShowBytes = (fieldName: string, bytes: Uint8Array) => string | null;

/** The JSON of a decoded message. It is text, since an int64 may be larger than a JavaScript number. */
export function messageJson(
  message: Message<unknown>, version: number, value: unknown, showBytes: ShowBytes = () => null,
): string {
  const structJson = (fields: Fields, struct: Record<string, unknown>): string => {
    const shown = Object.entries(fields).filter(([name, field]) => {
      return field.isIn(version) && (field.tag === null || !isDefault(field, struct[name]));
    });
    return `{${shown.map(([name, field]) => `"${name}":${fieldJson(name, field, struct[name])}`).join(",")}}`;
  };
  const fieldJson = (name: string, { type }: Field<unknown>, of: unknown): string => {
    if (of === null) return "null";
    switch (type.kind) {
      case "int64": return String(of);
      case "uuid": return `"${uuidToString(of as Uint8Array)}"`;
      case "bytes":
      case "records": {
        const bytes = of as Uint8Array;
        return showBytes(name, bytes) ?? `"${Buffer.from(bytes).toString("base64")}"`;
      }
      case "array": return `[${(of as unknown[]).map((each) => fieldJson(name, type.element, each)).join(",")}]`;
      case "struct": return structJson(type.fields, of as Record<string, unknown>);
      default: return JSON.stringify(of);
    }
  };
  return structJson(message.fields, value as Record<string, unknown>);
}
