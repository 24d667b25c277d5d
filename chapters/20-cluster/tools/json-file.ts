/**
 * Files of JSON that name partitions, as some of Kafka's tools take them.
 *
 * @module
 */
import { nameOf, type TopicPartition } from "#ground/topic-partition";
import { duplicates } from "../duplicates.ts";
import { UsageError } from "./tool-options.ts";
import { type ToolContext } from "./tool.ts";

/** An object of JSON. */
export type Json = Readonly<Record<string, unknown>>;

/** The object in a file. @throws UsageError when it can't be read; null when it holds none */
export function jsonIn({ readFile }: ToolContext, path: string): Json | null {
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    throw new UsageError(`Unable to read file ${path}: ${(error as Error).message}`, false);
  }
  return parseJson(text);
}

/** The object that a text holds, null when it holds none. */
export function parseJson(text: string): Json | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : null;
  } catch {
    return null;
  }
}

/** The field `name`, a list of objects. @throws UsageError with `otherwise` when it isn't there */
export function listIn(object: Json, name: string, otherwise: string): readonly Json[] {
  const list = object[name];
  if (!Array.isArray(list) || list.includes(null)) throw new UsageError(otherwise, false);
  return list as readonly Json[];
}

/** A field that is a string. @throws UsageError */
export function textIn(object: Json, name: string): string {
  const value = object[name];
  if (typeof value === "string") return value;
  throw new UsageError(`No such field exists: \`${name}\``, false);
}

/** A field that is a whole number. @throws UsageError */
export function numberIn(object: Json, name: string): number {
  const value = object[name];
  if (Number.isSafeInteger(value)) return value as number;
  throw new UsageError(`No such field exists: \`${name}\``, false);
}

/** The names of those partitions that occur more than once. */
export function partitionsNamedTwice(partitions: readonly TopicPartition[]): string[] {
  return [...duplicates(partitions.map(nameOf))];
}
