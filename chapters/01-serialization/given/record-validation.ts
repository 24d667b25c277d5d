/**
 * What a broker does with a produced batch before it appends it: it checks everything, then writes into the header what
 * only a broker knows. It inflates compressed records to check them, but never compresses again: what is stored is
 * what came, with a few bytes of the header changed in place.
 *
 * Source: `org.apache.kafka.storage.internals.log.LogValidator`, `UnifiedLog.append`, `ProduceRequest.validateRecords`.
 *
 * @module
 */
import { KafkaError, refusal, rethrowStub } from "#ground/errors";
import { type Int64, readInt32, writeInt16, writeInt32, writeInt64 } from "#ground/int64";
import { type Checksum } from "#ground/runtime";
import { crc32c } from "#serialization/crc32c";
import {
  addInt64,
  batches,
  MAX_INFLATED_BYTES,
  type RecordBatch,
  type TimestampType,
} from "#serialization/record-batch";
import * as layout from "./record-batch-layout.ts";
import { type RecordCursor } from "#serialization/record-cursor";

/** How a batch is judged: rules of the topic, and who sends it. */
export interface RecordRules {
  /** `client` (the default): a producer. `coordinator`: the broker itself, which may write control batches. */
  readonly origin?: "client" | "coordinator";
  /** `max.message.bytes`: the most that a batch may take, as it is stored. */
  readonly maxMessageBytes: number;
  /** `message.timestamp.type` of the topic. */
  readonly timestampType: TimestampType;
  /** `cleanup.policy` contains `compact`: then every record must have a key. */
  readonly compactedTopic: boolean;
  /** Wall time in milliseconds, against which timestamps are held. */
  readonly nowMs: number;
  /** `message.timestamp.before.max.ms`; without limit if not given. */
  readonly timestampBeforeMaxMs?: Int64;
  /** `message.timestamp.after.max.ms`; without limit if not given. */
  readonly timestampAfterMaxMs?: Int64;
  /** What a compressed batch may inflate to, beside {@link MAX_INFLATED_BYTES}; without limit if not given. */
  readonly inflation?: InflationBudget | undefined;
  /** A quicker checksum for large batches than chapter 1's own. */
  readonly crc32c?: Checksum | undefined;
}

/** What the compressed batches of a request may inflate to, all together. Goes down with each. */
export interface InflationBudget {
  leftBytes: number;
}

/** A batch that may be appended. */
export interface ValidatedBatch {
  /** The batch, in the caller's bytes. An incomplete batch after it is not part of it, and is not to be stored. */
  readonly batch: RecordBatch;
  /** The largest timestamp of its records; −1 if none has one. */
  readonly maxTimestamp: Int64;
}

/** One record that the topic's rules refuse. Produce answers carry these (`recordErrors`). */
export interface RecordError {
  /** Index of the record in its batch. */
  readonly batchIndex: number;
  readonly message: string;
}

/** A batch refused because of single records: INVALID_RECORD, or INVALID_TIMESTAMP if nothing else is wrong. */
export class RecordValidationError extends KafkaError {
  readonly recordErrors: readonly RecordError[];

  constructor(code: "INVALID_RECORD" | "INVALID_TIMESTAMP", recordErrors: readonly RecordError[]) {
    const { length } = recordErrors;
    const first = recordErrors.slice(0, 3).map(({ batchIndex, message }) => `record ${batchIndex}: ${message}`);
    super(code, `${length} ${length === 1 ? "record" : "records"} refused. ${first.join(" ")}`);
    this.recordErrors = recordErrors;
  }
}

/** Refused records that are remembered. A batch may hold a million; a client needs to see a few. */
const MAX_RECORD_ERRORS = 100;

/** Java adds the overhead to the length in 32 bits. Above this it overflows, and Kafka answers an unknown error. */
const MAX_BATCH_LENGTH = 2 ** 31 - 1 - layout.LOG_OVERHEAD;

/**
 * Whether `records` begin with a transactional batch. A produce request with such a batch must name its transactional
 * id, else the whole request is refused with TRANSACTIONAL_ID_AUTHORIZATION_FAILED, before anything is checked.
 *
 * Source: `RequestUtils.hasTransactionalRecords`.
 *
 * @throws KafkaError CORRUPT_MESSAGE when the length or the magic of the batch can't be one
 */
export function hasTransactionalRecords(records: Uint8Array): boolean {
  for (const batch of batches(records)) return batch.magic === layout.MAGIC_V2 && batch.isTransactional;
  return false;
}

/**
 * Checks the records of one partition of a produce request: exactly one batch, whole, of format 2, with a right
 * checksum, sound in itself, and allowed by the topic. Changes nothing.
 *
 * The codes are those that Apache Kafka 4.0 answers with, also where they could be better: damage that it meets as an
 * unforeseen exception is UNKNOWN_SERVER_ERROR.
 *
 * @throws KafkaError CORRUPT_MESSAGE: wrong length, magic or checksum · INVALID_RECORD: breaks a rule of the format ·
 *   MESSAGE_TOO_LARGE · UNKNOWN_SERVER_ERROR: can't be decompressed
 * @throws RecordValidationError for records that the topic's rules refuse
 */
export function validateProducedRecords(records: Uint8Array, rules: RecordRules): ValidatedBatch {
  const batch = onlyBatch(records);
  const fromClient = (rules.origin ?? "client") === "client";
  if (fromClient && batch.baseOffset !== 0) throw invalid(`base offset 0, got ${batch.baseOffset}`);
  if (batch.sizeInBytes > rules.maxMessageBytes) {
    const limit = `at most ${rules.maxMessageBytes} bytes (max.message.bytes)`;
    throw refusal("MESSAGE_TOO_LARGE", `Expected a batch of ${limit}, got ${batch.sizeInBytes}.`);
  }
  ensureUndamaged(batch, rules.crc32c);
  if (fromClient) checkClientHeader(batch);
  return { batch, maxTimestamp: checkRecords(batch, rules) };
}

/** For smaller batches the call of native code costs more than it saves. */
const MIN_NATIVE_BYTES = 4096;

/**
 * As `RecordBatch.ensureValid`, which is asked whenever `quicker` doesn't find that all is well.
 * @throws KafkaError CORRUPT_MESSAGE
 */
export function ensureUndamaged(batch: RecordBatch, quicker: Checksum | undefined): void {
  const { bytes, position, sizeInBytes } = batch;
  const end = position + sizeInBytes;
  const isLarge = sizeInBytes >= MIN_NATIVE_BYTES && end <= bytes.length && batch.magic === layout.MAGIC_V2;
  if (isLarge && quicker?.(bytes.subarray(position + layout.ATTRIBUTES_AT, end)) === batch.crc) return;
  batch.ensureValid();
}

/** The one batch that a producer may send for a partition. */
function onlyBatch(records: Uint8Array): RecordBatch {
  if (records.length >= layout.LOG_OVERHEAD && readInt32(records, layout.BATCH_LENGTH_AT) > MAX_BATCH_LENGTH) {
    throw refusal("UNKNOWN_SERVER_ERROR", "The batch's length is larger than any buffer.");
  }
  let only: RecordBatch | null = null;
  for (const batch of batches(records)) {
    if (only !== null) throw invalid("one batch, got more");
    if (batch.magic !== layout.MAGIC_V2) throw invalid(`a batch of magic 2, got magic ${batch.magic}`);
    only = batch;
  }
  if (only === null) throw invalid(`a whole batch, got ${records.length} bytes that hold none`);
  return only;
}

function checkClientHeader(batch: RecordBatch): void {
  const { count, lastOffsetDelta } = batch;
  if (count <= 0) throw invalid(`a record count above 0, got ${count}`);
  if (lastOffsetDelta !== count - 1) throw invalid(`a last offset delta of ${count - 1}, got ${lastOffsetDelta}`);
  if (batch.isControl) throw invalid("no control batch from a client, got one");
  if (batch.producerId !== layout.NO_PRODUCER_ID && batch.baseSequence < 0) {
    throw invalid(`a base sequence with producer id ${batch.producerId}, got ${batch.baseSequence}`);
  }
}

/** Reads all records, skipping over keys and values. @returns the largest timestamp */
function checkRecords(batch: RecordBatch, rules: RecordRules): Int64 {
  const cursor = openRecords(batch, rules.inflation ?? { leftBytes: Infinity });
  const { baseTimestamp } = batch;
  const stampedByBroker = batch.timestampType === "LogAppendTime";
  const brokersTimestamp = batch.maxTimestamp;
  let maxTimestamp: Int64 = layout.NO_TIMESTAMP;
  const errors: RecordError[] = [];
  let code: "INVALID_RECORD" | "INVALID_TIMESTAMP" = "INVALID_TIMESTAMP";
  for (let index = 0; next(cursor); index++) {
    const timestamp = stampedByBroker ? brokersTimestamp : addInt64(baseTimestamp, cursor.timestampDelta);
    if (timestamp > maxTimestamp) maxTimestamp = timestamp;
    const keyMissing = rules.compactedTopic && cursor.keyLength < 0;
    if (!keyMissing && timestampIsAllowed(timestamp, stampedByBroker, rules)) continue;
    if (keyMissing) code = "INVALID_RECORD";
    if (errors.length < MAX_RECORD_ERRORS) {
      const message = keyMissing ? "a compacted topic needs a key." : `its timestamp ${timestamp} is not allowed.`;
      errors.push({ batchIndex: index, message });
    }
  }
  if (errors.length > 0) throw new RecordValidationError(code, errors);
  return maxTimestamp;
}

function openRecords(batch: RecordBatch, inflation: InflationBudget): RecordCursor {
  const isCompressed = (batch.attributes & layout.COMPRESSION_MASK) !== 0;
  if (isCompressed && inflation.leftBytes <= 0) {
    throw refusal("MESSAGE_TOO_LARGE", "The batches of the request before this one have inflated to all it may.");
  }
  const maxBytes = Math.min(MAX_INFLATED_BYTES, inflation.leftBytes);
  // How far a batch came that fails, nobody knows: it counts as if to the end.
  let inflatedBytes = maxBytes;
  try {
    const cursor = batch.cursor(maxBytes);
    inflatedBytes = cursor.bytes.length;
    return cursor;
  } catch (error) {
    rethrowStub(error);
    if (error instanceof KafkaError && error.code === "CORRUPT_MESSAGE") throw unforeseen(error);
    throw error;
  } finally {
    if (isCompressed) inflation.leftBytes -= inflatedBytes;
  }
}

/** {@link RecordCursor.next}, with Kafka's error codes. */
function next(cursor: RecordCursor): boolean {
  const recordAt = cursor.at;
  try {
    return cursor.next();
  } catch (error) {
    rethrowStub(error);
    if (lengthIsTooLong(cursor.bytes, recordAt)) throw unforeseen(error);
    throw refusal("INVALID_RECORD", (error as Error).message);
  }
}

/** Kafka's own reader meets this one kind of damage where nothing catches it. */
function lengthIsTooLong(bytes: Uint8Array, at: number): boolean {
  return at + 5 <= bytes.length && bytes.subarray(at, at + 5).every((byte) => byte >= 0x80);
}

/** As LogValidator.validateTimestamp: a topic with LogAppendTime takes any time, but the flag only from itself. */
function timestampIsAllowed(timestamp: Int64, stampedByBroker: boolean, rules: RecordRules): boolean {
  if (rules.timestampType === "LogAppendTime" || timestamp === layout.NO_TIMESTAMP) return !stampedByBroker;
  const { timestampBeforeMaxMs = Infinity, timestampAfterMaxMs = Infinity, nowMs } = rules;
  const ageMs = typeof timestamp === "number" ? nowMs - timestamp : BigInt(nowMs) - timestamp;
  return ageMs <= timestampBeforeMaxMs && -ageMs <= timestampAfterMaxMs;
}

/**
 * Writes into a validated batch, in place, what the broker decides: base offset and leader epoch, and, if they are not
 * right yet, timestamp type and largest timestamp. Only for the latter two the checksum is taken again; the first two
 * lie outside of it, for this very reason.
 *
 * @param firstOffset - the log end offset, which the first record gets
 * @param leaderEpoch - the epoch in which this broker leads the partition; whatever the client wrote is overwritten
 * @param options - the topic's timestamp type; `nowMs`, wall time, is the time of the append for LogAppendTime
 * @returns the offset of the last record (inclusive), and the batch's largest timestamp
 */
export function assignOffsets(
  { batch, maxTimestamp: maxRecordTimestamp }: ValidatedBatch,
  firstOffset: number,
  leaderEpoch: number,
  options: { readonly timestampType: TimestampType; readonly nowMs: number },
): { lastOffset: number; maxTimestamp: Int64 } {
  const { bytes, position } = batch;
  const { timestampType } = options;
  writeInt64(bytes, position + layout.BASE_OFFSET_AT, firstOffset);
  writeInt32(bytes, position + layout.PARTITION_LEADER_EPOCH_AT, leaderEpoch);
  const maxTimestamp = timestampType === "LogAppendTime" ? options.nowMs : maxRecordTimestamp;
  if (batch.timestampType !== timestampType || batch.maxTimestamp !== maxTimestamp) {
    const kept = batch.attributes & KEPT_ATTRIBUTES;
    const flag = timestampType === "LogAppendTime" ? layout.LOG_APPEND_TIME_FLAG : 0;
    writeInt16(bytes, position + layout.ATTRIBUTES_AT, kept | flag);
    writeInt64(bytes, position + layout.MAX_TIMESTAMP_AT, maxTimestamp);
    const crc = crc32c(bytes, position + layout.ATTRIBUTES_AT, position + batch.sizeInBytes);
    writeInt32(bytes, position + layout.CRC_AT, crc);
  }
  return { lastOffset: firstOffset + batch.lastOffsetDelta, maxTimestamp };
}

/** All attributes that mean something, but for the timestamp type. */
const KEPT_ATTRIBUTES =
  layout.COMPRESSION_MASK | layout.TRANSACTIONAL_FLAG | layout.CONTROL_FLAG | layout.DELETE_HORIZON_FLAG;

function invalid(expected: string): KafkaError {
  return refusal("INVALID_RECORD", `Expected ${expected}.`);
}

function unforeseen(cause: unknown): KafkaError {
  return refusal("UNKNOWN_SERVER_ERROR", (cause as Error).message);
}
