/**
 * Kafka's ids of topics and directories: 16 bytes on the wire, 22 characters of base64url where people see them.
 * Source: `org.apache.kafka.common.Uuid`.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { asBuffer } from "#ground/as-buffer";
import { KafkaError } from "#ground/errors";

/** "No id": what a message carries where there is none. Compare with {@link isZeroUuid}; don't write into it. */
export const ZERO_UUID: Uint8Array = new Uint8Array(16);

/** Kafka's text form, such as `JMyoDrsaQTOOh0VXGXAP7Q`: base64url without padding. */
export function uuidToString(uuid: Uint8Array): string {
  return asBuffer(uuid).toString("base64url");
}

/** The 16 bytes of Kafka's text form. @throws KafkaError INVALID_REQUEST when `text` is not 22 such characters. */
export function uuidFromString(text: string): Uint8Array {
  const bytes = Buffer.from(text, "base64url");
  if (bytes.length !== 16 || bytes.toString("base64url") !== text) {
    throw new KafkaError("INVALID_REQUEST", `expected a uuid of 22 base64url characters, got ${JSON.stringify(text)}`);
  }
  return new Uint8Array(bytes);
}

/** Whether `uuid` stands for "no id". */
export function isZeroUuid(uuid: Uint8Array): boolean {
  return uuid.every((byte) => byte === 0);
}
