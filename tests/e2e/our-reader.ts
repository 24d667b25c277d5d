/**
 * Reading with our own connection and our own codec: sees what the broker stored, byte for byte.
 *
 * @module
 */
import { type BrokerConnection } from "#ground/network/broker-connection";
import { Fetch } from "#ground/protocol/messages/01-fetch";
import { type CompressionType } from "#ground/compression/compression";
import { batches } from "#serialization";
import { type SampleRecord, textOrNull } from "./sample-records.ts";

/** A partition, read from its start to its end. */
export interface StoredPartition {
  readonly records: SampleRecord[];
  /** The codecs of its batches, each once. */
  readonly codecs: Set<CompressionType>;
  readonly batchCount: number;
}

/** Reads partition 0 of a topic. @throws when offsets have holes, or a checksum doesn't match. */
export async function readPartition(client: BrokerConnection, topic: string): Promise<StoredPartition> {
  const stored = { records: [] as SampleRecord[], codecs: new Set<CompressionType>(), batchCount: 0 };
  for (let offset = 0; ; ) {
    const partitions = [{ partition: 0, fetchOffset: offset, partitionMaxBytes: 4 << 20 }];
    const topics = [{ topic, partitions }];
    const { responses } = await client.send(Fetch, { maxWaitMs: 0, minBytes: 1, topics }, { version: 12 });
    const { errorCode, records, highWatermark } = responses[0]!.partitions[0]!;
    if (errorCode !== 0) throw new Error(`fetch of ${topic} at ${offset}: error ${errorCode}`);
    for (const batch of batches(records!)) {
      batch.ensureValid();
      stored.batchCount += 1;
      stored.codecs.add(batch.compression);
      for (const record of batch.records()) {
        if (Number(record.offset) !== offset) throw new Error(`expected offset ${offset}, got ${record.offset}`);
        offset += 1;
        stored.records.push({
          key: textOrNull(record.key),
          value: textOrNull(record.value),
          headers: record.headers.map(({ key, value }) => [key, textOrNull(value) ?? "null"]),
          timestampMs: Number(record.timestamp),
        });
      }
    }
    if (offset >= Number(highWatermark)) return stored;
  }
}
