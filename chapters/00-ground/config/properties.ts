/**
 * Java's `.properties` format, in which `server.properties` and `meta.properties` are written, and
 * `--override key=value` from the command line.
 *
 * Source: `java.util.Properties`, methods `load` and `store`.
 *
 * @module
 */
import { KafkaError } from "#ground/errors";
import { type Property } from "./config-def.ts";

/** A property as it stands in a file: all text. */
export interface TextProperty extends Property {
  readonly value: string;
  readonly origin: string;
}

/**
 * The properties of a `.properties` text, in its order; of a key that is set twice, both.
 *
 * @param source - the file's name, for {@link Property.origin} and for errors.
 * @throws KafkaError INVALID_CONFIG for a `\u` without four hex digits.
 */
export function readProperties(text: string, source: string): TextProperty[] {
  return logicalLines(text).map(({ content, lineNumber }) => {
    const origin = `${source} line ${lineNumber}`;
    const keyEnd = endOfKey(content);
    const separator = /^[ \t\f]*[=:]?[ \t\f]*/.exec(content.slice(keyEnd))![0];
    return {
      key: unescape(content.slice(0, keyEnd), origin),
      value: unescape(content.slice(keyEnd + separator.length), origin),
      origin,
    };
  });
}

/** As {@link readProperties}, as one object: of a key that is set twice, the last value counts. */
export function parseProperties(text: string, source: string): Record<string, string> {
  return Object.fromEntries(readProperties(text, source).map(({ key, value }) => [key, value]));
}

/** The property of a `--override key=value`. @throws KafkaError INVALID_CONFIG without a key or a `=`. */
export function parseOverride(argument: string): TextProperty {
  const at = argument.indexOf("=");
  if (at < 1) {
    throw new KafkaError("INVALID_CONFIG", `--override: expected key=value, got ${JSON.stringify(argument)}`);
  }
  return { key: argument.slice(0, at).trim(), value: argument.slice(at + 1).trim(), origin: "--override" };
}

/** Writes properties so that {@link parseProperties} (and Java) reads the same. One `#` line a comment. */
export function formatProperties(values: Readonly<Record<string, string>>, comments: readonly string[] = []): string {
  const lines = Object.entries(values).map(([key, value]) => `${escape(key, / /g)}=${escape(value, /^ /)}`);
  return [...comments.map((comment) => `#${comment}`), ...lines].map((line) => `${line}\n`).join("");
}

interface LogicalLine {
  readonly content: string;
  /** The number of its first line, from 1. */
  readonly lineNumber: number;
}

/** Drops comments and blank lines, and joins each line that ends in a lone backslash with the next one. */
function logicalLines(text: string): LogicalLine[] {
  const natural = text.split(/\r\n|\r|\n/);
  const logical: LogicalLine[] = [];
  for (let i = 0; i < natural.length; i += 1) {
    const lineNumber = i + 1;
    let content = withoutIndent(natural[i]!);
    if (content === "" || content.startsWith("#") || content.startsWith("!")) continue;
    while (continues(content)) {
      i += 1;
      content = content.slice(0, -1) + withoutIndent(natural[i] ?? "");
    }
    if (content !== "") logical.push({ content, lineNumber });
  }
  return logical;
}

function withoutIndent(line: string): string {
  return line.replace(/^[ \t\f]+/, "");
}

/** An odd number of backslashes at the end: the last one isn't escaped by another. */
function continues(line: string): boolean {
  return /\\*$/.exec(line)![0].length % 2 === 1;
}

/** The position of the first `=`, `:` or blank that no backslash escapes. */
function endOfKey(line: string): number {
  for (let at = 0; at < line.length; at += 1) {
    if (line[at] === "\\") at += 1;
    else if ("=: \t\f".includes(line[at]!)) return at;
  }
  return line.length;
}

const CONTROLS: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r", f: "\f" };

function unescape(text: string, origin: string): string {
  return text.replace(/\\(?:u(.{0,4})|(.?))/gs, (_, hex: string | undefined, char: string) => {
    if (hex === undefined) return CONTROLS[char] ?? char;
    if (/^[0-9a-f]{4}$/i.test(hex)) return String.fromCharCode(Number.parseInt(hex, 16));
    throw new KafkaError("INVALID_CONFIG", `\\u: expected four hex digits, got ${JSON.stringify(hex)} (${origin})`);
  });
}

function escape(text: string, blanks: RegExp): string {
  return text
    .replace(/[\\=:#!]/g, "\\$&")
    .replace(/[\t\n\r\f]/g, (char) => `\\${Object.keys(CONTROLS).find((name) => CONTROLS[name] === char)!}`)
    .replace(/[^ -~]/g, (char) => `\\u${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`)
    .replace(blanks, "\\ ");
}
