/**
 * Where the fields of a record batch lie (magic 2, the only format since Kafka 0.11), counted from its first byte.
 * All numbers are big endian. A batch is what a producer sends, what a broker writes to its log unchanged and what a
 * consumer gets: one layout in memory, on the network and on disk.
 *
 * ```text
 *  0 baseOffset int64            23 lastOffsetDelta int32      53 baseSequence int32
 *  8 batchLength int32           27 baseTimestamp int64        57 recordCount int32
 * 12 partitionLeaderEpoch int32  35 maxTimestamp int64         61 records …
 * 16 magic int8                  43 producerId int64
 * 17 crc uint32 ───┐             51 producerEpoch int16
 * 21 attributes ◄──┴─ from here to the end of the batch the CRC-32C is taken
 * ```
 *
 * Source: `org.apache.kafka.common.record.DefaultRecordBatch`, KIP-98.
 *
 * @module
 */

/** int64: the offset of the first record. The broker writes it; outside the CRC so that it can. */
export const BASE_OFFSET_AT = 0;
/** int32: bytes of the batch after this field, so the batch's size less {@link LOG_OVERHEAD}. */
export const BATCH_LENGTH_AT = 8;
/** int32: the leader's epoch when the batch was appended. Written by the broker, too; outside the CRC. */
export const PARTITION_LEADER_EPOCH_AT = 12;
/** int8: the version of the format, 2. Older formats have their magic at the same place. */
export const MAGIC_AT = 16;
/** uint32: CRC-32C of everything from {@link ATTRIBUTES_AT} to the end of the batch. */
export const CRC_AT = 17;
/** int16: codec (bits 0–2), timestamp type (3), transactional (4), control (5), delete horizon (6). */
export const ATTRIBUTES_AT = 21;
/** int32: offset of the last record less the base offset. Stays when compaction removes that record. */
export const LAST_OFFSET_DELTA_AT = 23;
/** int64: what the records' timestamp deltas are counted from: the first record's timestamp, or the delete horizon. */
export const BASE_TIMESTAMP_AT = 27;
/** int64: the largest timestamp of the batch, or the time of the append. */
export const MAX_TIMESTAMP_AT = 35;
/** int64: who sent it, −1 for a producer without idempotence. */
export const PRODUCER_ID_AT = 43;
/** int16: which incarnation of that producer; −1 for none. */
export const PRODUCER_EPOCH_AT = 51;
/** int32: the producer's number for the first record; −1 for none. */
export const BASE_SEQUENCE_AT = 53;
/** int32: how many records follow. */
export const RECORD_COUNT_AT = 57;
/** Bytes of a batch's header; the records, or the compressed block of them, begin here. */
export const RECORD_BATCH_OVERHEAD = 61;

/** Bytes that `batchLength` doesn't count: the base offset and itself. Common to all formats. */
export const LOG_OVERHEAD = 12;
/** The only format that is written. */
export const MAGIC_V2 = 2;
/** Bytes needed before one can tell what a batch is: up to and with its magic. */
export const HEADER_SIZE_UP_TO_MAGIC = 17;
/** The smallest `batchLength` of any format: an empty message of magic 0. */
export const MIN_BATCH_LENGTH = 14;

/** Attributes: the codec's number, 0 to 4. */
export const COMPRESSION_MASK = 0x07;
/** Attributes: set for LogAppendTime, clear for CreateTime. */
export const LOG_APPEND_TIME_FLAG = 0x08;
/** Attributes: the batch belongs to a transaction. */
export const TRANSACTIONAL_FLAG = 0x10;
/** Attributes: the records are markers for the log itself (commit, abort, …), never shown to a consumer's user. */
export const CONTROL_FLAG = 0x20;
/** Attributes: `baseTimestamp` holds the time after which the log cleaner may drop tombstones and markers. */
export const DELETE_HORIZON_FLAG = 0x40;

/** "None" for a record's timestamp. */
export const NO_TIMESTAMP = -1;
/** "None" for a batch's producer id. */
export const NO_PRODUCER_ID = -1;
/** "None" for a batch's producer epoch. */
export const NO_PRODUCER_EPOCH = -1;
/** "None" for a batch's base sequence. */
export const NO_SEQUENCE = -1;
/** "None" for a batch's leader epoch. */
export const NO_PARTITION_LEADER_EPOCH = -1;
