import { Buffer } from "node:buffer";

/** The same bytes as a `Buffer`, which has more methods. Nothing is copied: both are views of one memory. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
