/**
 * How an error learns where it happened. The code that meets a bad value knows the byte, but not the field; the
 * structs and arrays around it know the names. So the value's reader or writer throws a {@link FieldError}, each
 * level that it passes on its way up adds itself in front of the path, and the message turns it into a KafkaError.
 * A frame that is in order pays nothing for this.
 *
 * @module
 */

import { KafkaError, type KafkaErrorName } from "#ground/errors";

/** A value that can't be read or written. Never leaves this folder: see {@link withPlace}. */
export class FieldError extends Error {
  /** Where it is, from the outermost struct that has been passed: `partitionData[0].index`. */
  path = "";
  /** The byte at which the value begins; undefined when encoding. */
  readonly at: number | undefined;
  readonly code: KafkaErrorName;

  constructor(problem: string, at?: number, code: KafkaErrorName = "INVALID_REQUEST") {
    super(problem);
    this.at = at;
    this.code = code;
  }
}

/** Adds the name of the field in which `error` happened. @returns what to throw. */
export function inField(error: unknown, name: string): unknown {
  if (error instanceof FieldError) {
    error.path = error.path === "" || error.path.startsWith("[") ? name + error.path : `${name}.${error.path}`;
  }
  return error;
}

/** Adds the index of the array element in which `error` happened. @returns what to throw. */
export function inElement(error: unknown, index: number): unknown {
  if (error instanceof FieldError) {
    error.path = error.path === "" ? `[${index}]` : `[${index}].${error.path}`;
  }
  return error;
}

/**
 * The error for the outside: a KafkaError that says where.
 * @param what - names the message and its version: `Produce request v9`
 */
export function withPlace(error: unknown, what: string): unknown {
  if (!(error instanceof FieldError)) return error;
  const place = [error.path, error.at === undefined ? "" : `at byte ${error.at}`].filter(Boolean).join(" ");
  return new KafkaError(error.code, `${what}: ${place === "" ? "" : `${place}: `}${error.message}`);
}

/** `1 byte`, `2 bytes`: for an error's text. */
export function byteCount(count: number): string {
  return count === 1 ? "1 byte" : `${count} bytes`;
}

/** A value of any type in a few characters, for an error's text. */
export function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === "bigint") return `${value}n`;
  if (Array.isArray(value)) return "an array";
  if (typeof value === "function") return "a function";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
