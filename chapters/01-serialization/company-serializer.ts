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
import { NotImplementedError } from "#ground/errors";
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
    throw new NotImplementedError("1.3 CompanySerializer.serialize");
  }
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
    throw new NotImplementedError("1.3 CompanyDeserializer.deserialize");
  }
}

/** The error for bytes that are no company. */
export function badCompany(field: keyof Company, what: string): SerializationError {
  return new SerializationError(`Expected a company, but its ${field} is wrong: ${what}.`);
}
