/**
 * Values of configuration keys: from what a user wrote to a typed value, and back to the text that
 * DescribeConfigs shows.
 *
 * @module
 */
import { type ConfigKey } from "./config-def.ts";

/**
 * The types that a value can have, Kafka's own. Durations and sizes are plain numbers; the key says the unit
 * (`…ms`, `…bytes`). A `class` is the name of a component, its class, or a ready instance.
 */
export type ConfigType = "boolean" | "string" | "short" | "int" | "long" | "double" | "list" | "class" | "password";

/**
 * Java's `Long.MAX_VALUE`, which Kafka's defaults use for "never" and "no limit". As a JavaScript number it is
 * 2^63, one more; longs beyond 2^53 are rounded like this. No limit needs them to the last digit.
 */
export const LONG_MAX: number = 2 ** 63;

/** Kafka's `Integer.MAX_VALUE`: the largest int. */
export const INT_MAX: number = 2 ** 31 - 1;

/** A secret. It shows itself as `[hidden]` in every text, log line and JSON; only `value` tells. */
export class Password {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  get value(): string {
    return this.#value;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }
}

const HIDDEN = "[hidden]";
const BITS = { short: 16, int: 32, long: 64 } as const;

/** The typed value of `raw`, which is a string from a file or a value from a program; undefined if it doesn't fit. */
export function convert(key: ConfigKey, raw: unknown): unknown {
  const value = convertType(key.type, typeof raw === "string" ? raw.trim() : raw);
  if (value === undefined) return undefined;
  const { min = -Infinity, max = Infinity, oneOf, rule } = key;
  const inRange = typeof value !== "number" || (min <= value && value <= max);
  const texts = (Array.isArray(value) ? value : [value]) as readonly string[];
  const allowed = oneOf === undefined || texts.every((text) => oneOf.includes(text));
  return inRange && allowed && (rule === undefined || rule.holds(value as never)) ? value : undefined;
}

function convertType(type: ConfigType, raw: unknown): unknown {
  switch (type) {
    case "boolean":
      return toBoolean(raw);
    case "string":
      return typeof raw === "string" ? raw : undefined;
    case "short":
    case "int":
    case "long":
      return toInteger(raw, BITS[type]);
    case "double":
      return toDouble(raw);
    case "list":
      return toList(raw);
    case "class":
      return ["function", "object", "string"].includes(typeof raw) ? raw || undefined : undefined;
    case "password":
      return raw instanceof Password ? raw : typeof raw === "string" ? new Password(raw) : undefined;
  }
}

function toBoolean(raw: unknown): boolean | undefined {
  const text = String(raw).toLowerCase();
  return text === "true" ? true : text === "false" ? false : undefined;
}

function toInteger(raw: unknown, bits: number): number | undefined {
  if (raw === LONG_MAX && bits === 64) return LONG_MAX;
  const isWhole = typeof raw === "string" ? /^[+-]?\d{1,30}$/.test(raw) : Number.isInteger(raw);
  if (!isWhole) return undefined;
  const exact = BigInt(raw as string | number);
  return BigInt.asIntN(bits, exact) === exact ? Number(exact) : undefined;
}

function toDouble(raw: unknown): number | undefined {
  const value = typeof raw === "string" && raw !== "" ? Number(raw) : raw;
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** What stands between commas, without what is empty. */
export function elements(text: string): string[] {
  return text.split(",").map((element) => element.trim()).filter((element) => element !== "");
}

function toList(raw: unknown): readonly string[] | undefined {
  if (raw === "") return [];
  if (typeof raw === "string") return raw.split(",").map((element) => element.trim());
  return Array.isArray(raw) && raw.every((element) => typeof element === "string") ? raw : undefined;
}

/** Completes the sentence "expected …": `an int of at least 1`, `one of CreateTime, LogAppendTime`. */
export function expectation(key: ConfigKey): string {
  if (key.rule !== undefined) return key.rule.expects;
  if (key.type === "boolean") return "true or false";
  if (key.type === "list") return key.oneOf ? `a list of ${key.oneOf.join(", ")}` : "a comma-separated list";
  if (key.type === "class") return "the name of a component, its class or an instance";
  if (key.oneOf !== undefined) return `one of ${key.oneOf.join(", ")}`;
  return `${key.type === "int" ? "an" : "a"} ${key.type}${rangeOf(key)}`;
}

function rangeOf({ min, max }: ConfigKey): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  if (min !== undefined) return ` of at least ${min}`;
  return max === undefined ? "" : ` of at most ${max}`;
}

/** A given value, for an error message: quoted, cut short, and never a secret. */
export function showRaw(key: ConfigKey, raw: unknown): string {
  if (key.type === "password") return HIDDEN;
  if (typeof raw === "string") return JSON.stringify(raw.length > 80 ? `${raw.slice(0, 80)}…` : raw);
  return typeof raw === "object" && raw !== null ? "an object" : String(raw);
}

/** The text of a typed value, as Kafka's DescribeConfigs shows it. Null for null and for secrets. */
export function formatValue(type: ConfigType, value: unknown): string | null {
  if (value === null || value === undefined || type === "password") return null;
  if (type === "double") return formatDouble(value as number);
  if (type === "long") return formatLong(value as number);
  if (Array.isArray(value)) return value.join(",");
  if (typeof value === "function") return value.name;
  return typeof value === "object" ? value.constructor.name : String(value);
}

function formatLong(value: number): string {
  return (value === LONG_MAX ? 2n ** 63n - 1n : BigInt(value)).toString();
}

/** As Java writes doubles: always with a fraction, and with an `E` from 10^7 on. */
function formatDouble(value: number): string {
  const size = Math.abs(value);
  const plain = size === 0 || (size >= 1e-3 && size < 1e7);
  const [mantissa, exponent] = (plain ? String(value) : value.toExponential()).split("e") as [string, string?];
  const withFraction = mantissa.includes(".") ? mantissa : `${mantissa}.0`;
  return exponent === undefined ? withFraction : `${withFraction}E${Number(exponent)}`;
}
