/**
 * Transactions as bytes, for the journal: JSON, with node data in base64. A few hundred bytes that a person can
 * read; there are only a handful a second.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { type Transaction } from "./tree.ts";

/** A transaction and its number. */
export interface NumberedTransaction {
  readonly zxid: number;
  readonly transaction: Transaction;
}

/** The bytes of a transaction, as the journal keeps them. */
export function encodeTransaction(numbered: NumberedTransaction): Uint8Array {
  return encodeJson(numbered);
}

/** The transaction that {@link encodeTransaction} wrote. */
export function decodeTransaction(bytes: Uint8Array): NumberedTransaction {
  return decodeJson(bytes) as NumberedTransaction;
}

/** JSON in UTF-8 in which a Uint8Array is written as `{"base64":"…"}`. */
export function encodeJson(value: unknown): Uint8Array {
  // A Buffer has a toJSON of its own, which runs first: only the object that holds it still has the bytes.
  function replace(this: Readonly<Record<string, unknown>>, key: string, part: unknown): unknown {
    const original = this[key];
    return original instanceof Uint8Array ? { base64: Buffer.from(original).toString("base64") } : part;
  }
  return Buffer.from(JSON.stringify(value, replace));
}

/** The value that {@link encodeJson} wrote. */
export function decodeJson(bytes: Uint8Array): unknown {
  return JSON.parse(Buffer.from(bytes).toString("utf8"), (_, part: unknown) => {
    const isBytes = typeof part === "object" && part !== null && "base64" in part;
    return isBytes ? new Uint8Array(Buffer.from(String(part.base64), "base64")) : part;
  }) as unknown;
}
