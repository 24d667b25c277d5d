import { KafkaError } from "#ground/errors";
import {
  readInt16, readInt32, readInt64, readUint32, safeOffset, writeInt16, writeInt32, writeInt64,
} from "#ground/int64";
import { crc32c } from "#serialization";
import { ProducerStateEntry } from "#log/producer-state-entry";

const VERSION = 1;
const CRC_AT = 2;
const COUNT_AT = 6;
const ENTRIES_AT = 10;
const ENTRY_SIZE = 46;

/**
 * The bytes of a `.snapshot` file: int16 version, uint32 CRC-32C of all that follows it, int32 count, then for each
 * producer 46 bytes. Of a producer's batches only the last is kept. Producers are in the order of their ids.
 *
 * Source: Kafka's `ProducerStateManager.writeSnapshot` and `ProducerSnapshot.json`.
 */
export function encodeSnapshot(producers: Iterable<ProducerStateEntry>): Uint8Array {
  const entries = [...producers].sort((a, b) => (a.producerId < b.producerId ? -1 : 1));
  const bytes = new Uint8Array(ENTRIES_AT + entries.length * ENTRY_SIZE);
  writeInt16(bytes, 0, VERSION);
  writeInt32(bytes, COUNT_AT, entries.length);
  let at = ENTRIES_AT;
  for (const entry of entries) {
    writeInt64(bytes, at, entry.producerId);
    writeInt16(bytes, at + 8, entry.epoch);
    writeInt32(bytes, at + 10, entry.lastSequence);
    writeInt64(bytes, at + 14, entry.lastDataOffset);
    writeInt32(bytes, at + 22, entry.lastOffsetDelta);
    writeInt64(bytes, at + 26, entry.lastTimestamp);
    writeInt32(bytes, at + 34, entry.coordinatorEpoch);
    writeInt64(bytes, at + 38, entry.currentTransactionFirstOffset ?? -1);
    at += ENTRY_SIZE;
  }
  writeInt32(bytes, CRC_AT, crc32c(bytes, COUNT_AT, bytes.length));
  return bytes;
}

/**
 * Reads what {@link encodeSnapshot} wrote.
 * @param path names the file in errors
 * @throws KafkaError CORRUPT_MESSAGE when it is cut off, damaged or of another version
 */
export function decodeSnapshot(bytes: Uint8Array, path: string): ProducerStateEntry[] {
  if (bytes.length < ENTRIES_AT || readInt16(bytes, 0) !== VERSION) {
    throw new KafkaError("CORRUPT_MESSAGE", `expected a producer snapshot of version ${VERSION} in ${path}`);
  }
  const stored = readUint32(bytes, CRC_AT);
  const computed = crc32c(bytes, COUNT_AT, bytes.length);
  if (stored !== computed) {
    throw new KafkaError("CORRUPT_MESSAGE", `expected CRC ${computed} in ${path}, got ${stored}`);
  }
  const count = readInt32(bytes, COUNT_AT);
  if (bytes.length !== ENTRIES_AT + count * ENTRY_SIZE) {
    throw new KafkaError("CORRUPT_MESSAGE", `expected ${count} producers in ${path}, got ${bytes.length} bytes`);
  }
  const entries: ProducerStateEntry[] = [];
  for (let at = ENTRIES_AT; at < bytes.length; at += ENTRY_SIZE) entries.push(decodeEntry(bytes, at));
  return entries;
}

function decodeEntry(bytes: Uint8Array, at: number): ProducerStateEntry {
  const entry = new ProducerStateEntry(readInt64(bytes, at));
  const epoch = readInt16(bytes, at + 8);
  const timestamp = readInt64(bytes, at + 26);
  const lastOffset = safeOffset(readInt64(bytes, at + 14), "lastOffset");
  const firstOffset = safeOffset(readInt64(bytes, at + 38), "currentTxnFirstOffset");
  entry.setEpoch(epoch);
  if (lastOffset >= 0) {
    const lastSequence = readInt32(bytes, at + 10);
    entry.addBatch(epoch, { lastSequence, lastOffset, offsetDelta: readInt32(bytes, at + 22), timestamp });
  }
  entry.lastTimestamp = timestamp;
  entry.coordinatorEpoch = readInt32(bytes, at + 34);
  entry.currentTransactionFirstOffset = firstOffset >= 0 ? firstOffset : null;
  return entry;
}
