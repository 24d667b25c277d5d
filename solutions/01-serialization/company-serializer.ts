/**
 * A serializer of one's own: a {@link Company} in the shortest form that comes to mind. It shows what every such form
 * must settle: where a field ends, what nothing looks like, and how a reader notices bytes that are something else.
 *
 * ```text
 * nameLength int32 · name UTF-8 · addressLength int32 · address UTF-8        a length of −1 is null
 * ```
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { readInt32, writeInt32 } from "#ground/int64";
import { type Headers, type RecordHeader } from "#serialization/given/headers";
import { type Deserializer, SerializationError, type Serializer } from "#serialization/given/serializer";

/** A company. Null is "not known"; an empty text is known to be empty. */
export interface Company {
  readonly name: string | null;
  readonly address: string | null;
}

/** Writes {@link Company}. */
export class CompanySerializer implements Serializer<Company> {
  /**
   * Name and address, each behind its length in bytes (int32, big endian; −1 for null).
   *
   * @exercise 1.3 CompanySerializer.serialize
   * @returns exactly as many bytes as needed; null for no company
   */
  serialize(_topic: string, _headers: Headers, data: Company | null): Uint8Array | null {
    if (data === null) return null;
    return Buffer.concat([lengthPrefixed(data.name), lengthPrefixed(data.address)]);
  }
}

/** @solution */
function lengthPrefixed(text: string | null): Uint8Array {
  const length = text === null ? -1 : Buffer.byteLength(text);
  const bytes = Buffer.alloc(4 + Math.max(0, length));
  writeInt32(bytes, 0, length);
  if (text !== null) bytes.write(text, 4);
  return bytes;
}

/** Reads {@link Company}. */
export class CompanyDeserializer implements Deserializer<Company> {
  /**
   * The company in `data`.
   *
   * The bytes may be anything: another format, an older version, half of a record. A length below −1, or beyond the
   * bytes that are left, is an error, and so are bytes after the address.
   *
   * @exercise 1.3 CompanyDeserializer.deserialize
   * @throws SerializationError saying which field is wrong; {@link badCompany} makes it
   */
  deserialize(_topic: string, _headers: readonly RecordHeader[], data: Uint8Array | null): Company | null {
    if (data === null) return null;
    const name = readField(data, 0, "name");
    const address = readField(data, name.end, "address");
    if (address.end !== data.length) throw badCompany("address", `${data.length - address.end} bytes follow it`);
    return { name: name.text, address: address.text };
  }
}

/** @solution */
function readField(data: Uint8Array, at: number, field: keyof Company): { text: string | null; end: number } {
  const left = data.length - at - 4;
  if (left < 0) throw badCompany(field, "its length is cut off");
  const length = readInt32(data, at);
  if (length === -1) return { text: null, end: at + 4 };
  if (length < 0 || length > left) throw badCompany(field, `it claims ${length} bytes, ${left} are left`);
  const end = at + 4 + length;
  return { text: Buffer.from(data.subarray(at + 4, end)).toString("utf8"), end };
}

/** The error for bytes that are no company. */
export function badCompany(field: keyof Company, what: string): SerializationError {
  return new SerializationError(`Expected a company, but its ${field} is wrong: ${what}.`);
}
