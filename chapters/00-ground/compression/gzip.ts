/**
 * gzip, by node:zlib, which counts what comes out and stops at the limit.
 *
 * @module
 */
import { type Inflate, gunzipSync, gzipSync, inflateRawSync } from "node:zlib";

const HEADER_BYTES = 10;
const TRAILER_BYTES = 8;

/** A gzip stream at level 6, which is Kafka's default. */
export function gzip(bytes: Uint8Array): Uint8Array {
  return gzipSync(bytes);
}

/** Inflates a gzip stream. What follows its end is ignored, as Java does. @throws Error of node:zlib */
export function gunzip(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const options = { maxOutputLength: Math.max(1, maxBytes) };
  try {
    return gunzipSync(bytes, options);
  } catch (error) {
    // node:zlib takes what follows for a second stream. Then the first one's end has to be found.
    if ((error as Error).message !== "incorrect header check" || hasOptionalFields(bytes)) throw error;
    return gunzipSync(bytes.subarray(0, streamLength(bytes, maxBytes)), options);
  }
}

/** True unless this is a stream with the plain header that Kafka's clients write. */
function hasOptionalFields(bytes: Uint8Array): boolean {
  return bytes[0] !== 0x1f || bytes[1] !== 0x8b || bytes[3] !== 0;
}

function streamLength(bytes: Uint8Array, maxBytes: number): number {
  const options = { maxOutputLength: Math.max(1, maxBytes), info: true };
  // With `info` the result has the engine, which knows how many bytes it took; the types don't know that.
  const { engine } = inflateRawSync(bytes.subarray(HEADER_BYTES), options) as unknown as { engine: Inflate };
  return HEADER_BYTES + engine.bytesWritten + TRAILER_BYTES;
}
