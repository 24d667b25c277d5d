/**
 * The encodings of text that every Java has, by their Java names, and with Java's habits: what can't be encoded becomes
 * a question mark, what can't be decoded becomes U+FFFD.
 *
 * Source: `java.nio.charset.StandardCharsets`.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { asBuffer } from "#ground/as-buffer";
import { KafkaError } from "#ground/errors";

/** A way to write text as bytes. */
export interface Charset {
  readonly encode: (text: string) => Uint8Array;
  readonly decode: (bytes: Uint8Array) => string;
}

/** UTF-8, the default of all strings in Kafka. */
export const UTF_8: Charset = {
  encode: (text) => Buffer.from(withoutLoneSurrogates(text, "?")),
  decode: (bytes) => asBuffer(bytes).toString("utf8"),
};

const UTF_16BE: Charset = {
  encode: (text) => Buffer.from(withoutLoneSurrogates(text, "\ufffd"), "utf16le").swap16(),
  decode: (bytes) => Buffer.from(wholeUnits(bytes)).swap16().toString("utf16le") + halfUnit(bytes),
};

const UTF_16LE: Charset = {
  encode: (text) => Buffer.from(withoutLoneSurrogates(text, "\ufffd"), "utf16le"),
  decode: (bytes) => asBuffer(wholeUnits(bytes)).toString("utf16le") + halfUnit(bytes),
};

/** Big endian behind a mark that says so; reads both orders. No text, no mark. */
const UTF_16: Charset = {
  encode: (text) => (text === "" ? Buffer.alloc(0) : UTF_16BE.encode(`\ufeff${text}`)),
  decode: (bytes) => {
    if (bytes[0] === 0xff && bytes[1] === 0xfe) return UTF_16LE.decode(bytes.subarray(2));
    const marked = bytes[0] === 0xfe && bytes[1] === 0xff;
    return UTF_16BE.decode(marked ? bytes.subarray(2) : bytes);
  },
};

const ISO_8859_1: Charset = {
  encode: (text) => Buffer.from(text.replace(/[^\0-\xff]/gu, "?"), "latin1"),
  decode: (bytes) => asBuffer(bytes).toString("latin1"),
};

const US_ASCII: Charset = {
  encode: (text) => Buffer.from(text.replace(/[^\0-\x7f]/gu, "?"), "latin1"),
  decode: (bytes) => asBuffer(bytes).toString("latin1").replace(/[^\0-\x7f]/g, "\ufffd"),
};

const CHARSETS: ReadonlyMap<string, Charset> = new Map([
  ["UTF-8", UTF_8],
  ["UTF-16", UTF_16],
  ["UTF-16BE", UTF_16BE],
  ["UTF-16LE", UTF_16LE],
  ["ISO-8859-1", ISO_8859_1],
  ["US-ASCII", US_ASCII],
]);

/**
 * The encoding of a Java name, in upper or lower case; `UTF8` will do for `UTF-8`.
 * @throws KafkaError INVALID_CONFIG when there is none
 */
export function charsetNamed(name: string): Charset {
  const charset = CHARSETS.get(name.toUpperCase().replace(/^UTF(?=\d)/, "UTF-"));
  if (charset !== undefined) return charset;
  throw new KafkaError("INVALID_CONFIG", `Expected an encoding (${[...CHARSETS.keys()].join(", ")}), got "${name}".`);
}

/** Half of a pair alone, which JavaScript's strings can hold, is no character. */
function withoutLoneSurrogates(text: string, instead: string): string {
  return text.replace(/\p{Surrogate}/gu, instead);
}

function wholeUnits(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, bytes.length - (bytes.length % 2));
}

function halfUnit(bytes: Uint8Array): string {
  return bytes.length % 2 === 0 ? "" : "\ufffd";
}
