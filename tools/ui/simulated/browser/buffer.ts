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
