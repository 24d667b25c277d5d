/**
 * Reads the JSON in a node, field by field: what is missing or of the wrong type is an error that names the field.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { KafkaError } from "#ground/errors";

type Json = Readonly<Record<string, unknown>>;

/** The JSON object in a node. */
export class JsonNode {
  readonly #what: string;
  readonly #fields: Json;

  /**
   * @param what - what the node describes, for errors.
   * @throws KafkaError UNKNOWN_SERVER_ERROR when it holds no JSON object
   */
  constructor(what: string, data: Uint8Array) {
    this.#what = what;
    this.#fields = parseObject(data) ?? this.#refuse("a JSON object", Buffer.from(data).toString("utf8"));
  }

  int(name: string): number {
    const value = this.#fields[name];
    return Number.isSafeInteger(value) ? (value as number) : this.#refuseField(name, "a whole number");
  }

  /** A number that is written as text, as Kafka does with 64-bit ones. */
  longText(name: string): number {
    const value = Number(this.text(name));
    return Number.isSafeInteger(value) ? value : this.#refuseField(name, "the text of a whole number");
  }

  text(name: string): string {
    const value = this.#fields[name];
    return typeof value === "string" ? value : this.#refuseField(name, "a string");
  }

  ints(name: string): number[] {
    const value = this.#fields[name];
    return isInts(value) ? value : this.#refuseField(name, "a list of whole numbers");
  }

  texts(name: string): string[] {
    const value = this.#fields[name];
    const isTexts = Array.isArray(value) && value.every((each) => typeof each === "string");
    return isTexts ? value : this.#refuseField(name, "a list of strings");
  }

  /** An object whose values are all strings. */
  textsByName(name: string): Record<string, string> {
    const value = this.#object(name);
    const isTexts = Object.values(value).every((each) => typeof each === "string");
    return isTexts ? (value as Record<string, string>) : this.#refuseField(name, "an object of strings");
  }

  /** An object whose values are all lists of whole numbers. */
  intsByName(name: string): Record<string, number[]> {
    const value = this.#object(name);
    const isLists = Object.values(value).every(isInts);
    return isLists ? (value as Record<string, number[]>) : this.#refuseField(name, "an object of lists");
  }

  /** What `read` reads, or null when the field is missing or null. */
  optional<Result>(name: string, read: (name: string) => Result): Result | null {
    return this.#fields[name] == null ? null : read.call(this, name);
  }

  #object(name: string): Json {
    const value = this.#fields[name];
    return isObject(value) ? value : this.#refuseField(name, "an object");
  }

  #refuseField(name: string, expected: string): never {
    return this.#refuse(`${name} to be ${expected}`, JSON.stringify(this.#fields[name]) ?? "nothing");
  }

  #refuse(expected: string, got: string): never {
    throw new KafkaError("UNKNOWN_SERVER_ERROR", `${this.#what}: expected ${expected}, got ${got.slice(0, 200)}`);
  }
}

function parseObject(data: Uint8Array): Json | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(data).toString("utf8"));
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isInts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((each) => Number.isSafeInteger(each));
}
