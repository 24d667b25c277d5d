/**
 * The entries of a journal as bytes:
 *
 *     int32 length of the payload | uint32 CRC-32 of the payload | payload
 *
 * An entry that was written when all before it had been flushed has the bits of its checksum inverted. It is a
 * *witness*: what lies before it was on the device, so if that can't be read now, it has been damaged since. Entries
 * that are no witnesses can stand behind a hole, when the power was lost before their flush.
 *
 * @module
 */
// allowed: it does not wait. The CRC-32 of zip; Kafka's batches have another one, CRC-32C, which chapter 01 builds.
import { crc32 } from "node:zlib";

const HEADER_BYTES = 8;

/** The parts of an entry. @param isWitness - all that stands before it is flushed */
export function encodeEntry(payload: Uint8Array, isWitness = false): [header: Uint8Array, payload: Uint8Array] {
  const header = new Uint8Array(HEADER_BYTES);
  const view = new DataView(header.buffer);
  view.setInt32(0, payload.length);
  view.setUint32(4, checksum(payload, isWitness));
  return [header, payload];
}

/** The payloads at the start of `bytes`, up to the first entry that is incomplete or damaged, at `validBytes`. */
export function decodeEntries(bytes: Uint8Array): { payloads: Uint8Array[]; validBytes: number } {
  const view = viewOf(bytes);
  const payloads: Uint8Array[] = [];
  let at = 0;
  for (let payload; (payload = payloadAt(bytes, view, at)) !== null; at += HEADER_BYTES + payload.length) {
    if (!isIntact(payload, view, at, false) && !isIntact(payload, view, at, true)) break;
    payloads.push(payload);
  }
  return { payloads, validBytes: at };
}

/** Where the first witness behind `from` begins, at any byte: a damaged length hides where entries begin. */
export function findWitness(bytes: Uint8Array, from: number): number | null {
  const view = viewOf(bytes);
  for (let at = from + 1; at + HEADER_BYTES < bytes.length; at += 1) {
    const payload = payloadAt(bytes, view, at);
    if (payload !== null && isIntact(payload, view, at, true)) return at;
  }
  return null;
}

/** The bytes that the header at `at` claims, or null if they aren't there. */
function payloadAt(bytes: Uint8Array, view: DataView, at: number): Uint8Array | null {
  if (at + HEADER_BYTES > bytes.length) return null;
  const length = view.getInt32(at);
  const end = at + HEADER_BYTES + length;
  // No entry is empty: eight zero bytes, as a torn write leaves them, would otherwise pass for one.
  return length < 1 || end > bytes.length ? null : bytes.subarray(at + HEADER_BYTES, end);
}

function isIntact(payload: Uint8Array, view: DataView, at: number, isWitness: boolean): boolean {
  return checksum(payload, isWitness) === view.getUint32(at + 4);
}

function checksum(payload: Uint8Array, isWitness: boolean): number {
  const crc = crc32(payload);
  return isWitness ? ~crc >>> 0 : crc;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
