import { KafkaError } from "#ground/errors";
import { readInt16, readInt32 } from "#ground/int64";
import { type RecordBatch } from "#serialization";

const ABORT = 0;
const COMMIT = 1;

/** The end of a transaction, as the transaction coordinator writes it into every partition that took part. */
export interface TransactionMarker {
  readonly isAbort: boolean;
  /** The coordinator's own epoch, so that one that has been deposed can't end anything. */
  readonly coordinatorEpoch: number;
}

/**
 * Reads the one record of a control batch: key int16 version, int16 type; value int16 version, int32 coordinator epoch.
 * Null when the record was compacted away, or is no end of a transaction (a leader change, for one).
 *
 * Source: Kafka's `EndTransactionMarker`, `ControlRecordType`.
 *
 * @throws KafkaError CORRUPT_MESSAGE when the value is too short
 */
export function readMarker(batch: RecordBatch): TransactionMarker | null {
  for (const { key, value } of batch.records()) {
    const type = key !== null && key.length >= 4 ? readInt16(key, 2) : -1;
    if (type !== ABORT && type !== COMMIT) return null;
    if (value === null || value.length < 6) {
      throw new KafkaError("CORRUPT_MESSAGE", `expected the coordinator's epoch in the marker at ${batch.baseOffset}`);
    }
    return { isAbort: type === ABORT, coordinatorEpoch: readInt32(value, 2) };
  }
  return null;
}
