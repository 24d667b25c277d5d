/**
 * `node:buffer` in a browser.
 *
 * @module
 */
import { Buffer } from "buffer/index.js";

export { Buffer };

const UTF8 = new TextDecoder("utf-8", { fatal: true });

// The package doesn't know base64url, in which ids are written.
type Writes = (encoding?: string, start?: number, end?: number) => string;
const known = Buffer.prototype.toString as Writes;
Buffer.prototype.toString = function toString(this: Buffer, encoding?: string, start?: number, end?: number): string {
  if (encoding !== "base64url") return known.call(this, encoding, start, end);
  return known.call(this, "base64", start, end).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
} as typeof Buffer.prototype.toString;

const from = Buffer.from as (...args: unknown[]) => Buffer;
Buffer.from = ((value: unknown, encoding?: unknown, length?: unknown) => {
  return from(value, encoding === "base64url" ? "base64" : encoding, length);
}) as typeof Buffer.from;

// Node compares with any bytes, the package with its own alone.
function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
}
const { equals } = Buffer.prototype;
Buffer.prototype.equals = function equalsBytes(this: Buffer, other: Uint8Array): boolean {
  return equals.call(this, asBuffer(other));
};

// The package has a NaN of its own.
function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
Buffer.prototype.writeFloatBE = function writeFloatBE(this: Buffer, value: number, offset: number = 0): number {
  view(this).setFloat32(offset, value);
  return offset + 4;
};
Buffer.prototype.writeDoubleBE = function writeDoubleBE(this: Buffer, value: number, offset: number = 0): number {
  view(this).setFloat64(offset, value);
  return offset + 8;
};

// Some take it from where Node has it, too.
(globalThis as { Buffer?: unknown }).Buffer = Buffer;

/** Whether bytes are UTF-8 without a fault. */
export function isUtf8(bytes: Uint8Array): boolean {
  try {
    UTF8.decode(bytes);
    return true;
  } catch {
    return false;
  }
}
