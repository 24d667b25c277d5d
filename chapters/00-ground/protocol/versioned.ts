/**
 * Messages that carry their version with them: an int16 in front. Record keys and values of the internal topics are
 * of this kind, and what consumers tell each other through JoinGroup and SyncGroup.
 *
 * @module
 */

import { KafkaError } from "#ground/errors";
import { readInt16 } from "#ground/int64";
import { byteCount } from "./field-error.ts";
import { type Input, type Message } from "./message.ts";
import { WireReader } from "./wire-reader.ts";
import { WireWriter } from "./wire-writer.ts";

const VERSION_BYTES = 2;

/** Encodes `value` with its version in front, in one piece. @throws KafkaError as {@link Message.encode}. */
export function encodeVersioned<T>(message: Message<T>, version: number, value: Input<T>): Uint8Array {
  const writer = new WireWriter();
  writer.int16(version);
  message.write(version, writer, value);
  return writer.finishInOne();
}

/** The version that `bytes` begin with; in keys of internal topics it is the type of the record. */
export function versionOf(bytes: Uint8Array): number {
  if (bytes.byteLength >= VERSION_BYTES) return readInt16(bytes, 0);
  throw new KafkaError("INVALID_REQUEST", `expected a version of 2 bytes, got ${byteCount(bytes.byteLength)}`);
}

/**
 * Decodes what {@link encodeVersioned} wrote. Byte fields are views of `bytes`.
 * @throws KafkaError INVALID_REQUEST; UNSUPPORTED_VERSION when the table doesn't have the version.
 */
export function decodeVersioned<T>(message: Message<T>, bytes: Uint8Array): T {
  return message.read(versionOf(bytes), new WireReader(bytes, VERSION_BYTES));
}

/**
 * As {@link decodeVersioned}, but a version newer than the table is read as the table's newest, and what follows is
 * not looked at: for formats whose versions only ever add fields at the end.
 */
export function decodeVersionedOrNewer<T>(message: Message<T>, bytes: Uint8Array): T {
  const version = Math.min(versionOf(bytes), message.maxVersion);
  return message.read(version, new WireReader(bytes, VERSION_BYTES), false);
}
