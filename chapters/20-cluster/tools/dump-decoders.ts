/**
 * How `kafka-dump-log` shows the keys and values of records: as text, or as what the records of internal topics mean.
 * Source: the `MessageParser`s of `kafka.tools.DumpLogSegments` of Kafka 4.0.
 *
 * @module
 */
import * as groups from "#ground/protocol/internal-records/consumer-group";
import * as offsets from "#ground/protocol/internal-records/consumer-offsets";
import { TransactionLogKey, TransactionLogValue } from "#ground/protocol/internal-records/transaction-log";
import { ConsumerProtocolAssignment, ConsumerProtocolSubscription } from "#ground/protocol/consumer-protocol";
import { message, type Message } from "#ground/protocol/message";
import { int16, string } from "#ground/protocol/schema";
import { decodeVersioned, versionOf } from "#ground/protocol/versioned";
import { IntegerDeserializer, LongDeserializer, readUnsignedVarint, type Record } from "#serialization";
import { messageJson } from "./message-json.ts";

/** What a record says; null: there is nothing to show. */
export interface ShownRecord {
  readonly key: string | null;
  readonly payload: string | null;
}

/** Shows a record. @throws Error when that can't be done at all */
export type RecordDecoder = (record: Record) => ShownRecord;

const DELETED = "<DELETE>";

/** The decoder of one of Kafka's classes for keys and values. @throws Error when there is none of that name */
function bytesDecoder(className: string): (bytes: Uint8Array) => string {
  switch (className.replace(/^(org\.apache\.kafka\.tools\.api|kafka\.serializer)\./, "")) {
    case "DefaultDecoder":
    case "StringDecoder": return (bytes) => Buffer.from(bytes).toString();
    case "IntegerDecoder": return (bytes) => String(new IntegerDeserializer().deserialize("", [], bytes));
    case "LongDecoder": return (bytes) => String(new LongDeserializer().deserialize("", [], bytes));
    default: throw new Error(`There is no decoder ${className}: there are StringDecoder, IntegerDecoder, LongDecoder.`);
  }
}

/** Shows keys and values as decoders of these classes do; null stands for text. */
export function plainDecoder(keyClass: string | null, valueClass: string | null): RecordDecoder {
  const [keyText, valueText] = [bytesDecoder(keyClass ?? "StringDecoder"), bytesDecoder(valueClass ?? "StringDecoder")];
  return ({ key, value }) => {
    return { key: key === null ? null : keyText(key), payload: value === null ? null : valueText(value) };
  };
}

type Pair = readonly [key: Message<unknown>, value: Message<unknown>];

/** By the type of the record. */
const OFFSETS_RECORDS: ReadonlyMap<number, Pair> = new Map<number, Pair>([
  [0, [offsets.OffsetCommitKey, offsets.OffsetCommitValue]],
  [1, [offsets.OffsetCommitKey, offsets.OffsetCommitValue]],
  [2, [offsets.GroupMetadataKey, offsets.GroupMetadataValue]],
  [3, [groups.ConsumerGroupMetadataKey, groups.ConsumerGroupMetadataValue]],
  [4, [groups.ConsumerGroupPartitionMetadataKey, groups.ConsumerGroupPartitionMetadataValue]],
  [5, [groups.ConsumerGroupMemberMetadataKey, groups.ConsumerGroupMemberMetadataValue]],
  [6, [groups.ConsumerGroupTargetAssignmentMetadataKey, groups.ConsumerGroupTargetAssignmentMetadataValue]],
  [7, [groups.ConsumerGroupTargetAssignmentMemberKey, groups.ConsumerGroupTargetAssignmentMemberValue]],
  [8, [groups.ConsumerGroupCurrentMemberAssignmentKey, groups.ConsumerGroupCurrentMemberAssignmentValue]],
  [16, [groups.ConsumerGroupRegularExpressionKey, groups.ConsumerGroupRegularExpressionValue]],
]);

/** Shows records of `__consumer_offsets`. */
export const offsetsDecoder: RecordDecoder = ({ offset, key, value }) => {
  if (key === null) {
    throw new Error(`Failed to decode message at offset ${offset} using offset topic decoder (it has no key)`);
  }
  try {
    const type = versionOf(key);
    const messages = OFFSETS_RECORDS.get(type);
    if (messages === undefined) {
      return { key: `Unknown record type ${type} at offset ${offset}, skipping.`, payload: null };
    }
    const shownKey = `{"type":"${type}","data":${versionedJson(messages[0], key)}}`;
    return { key: shownKey, payload: valueJson(messages[1], value) };
  } catch (error) {
    return { key: `Error at offset ${offset}, skipping. ${(error as Error).message}`, payload: null };
  }
};

function valueJson(of: Message<unknown>, value: Uint8Array | null): string {
  return value === null ? DELETED : `{"version":"${versionOf(value)}","data":${versionedJson(of, value)}}`;
}

function versionedJson(of: Message<unknown>, bytes: Uint8Array): string {
  return messageJson(of, versionOf(bytes), decodeVersioned(of, bytes), memberBytesJson);
}

/** What consumers tell each other through a group; of other kinds of members the bytes stay as they are. */
function memberBytesJson(fieldName: string, bytes: Uint8Array): string | null {
  const format = { subscription: ConsumerProtocolSubscription, assignment: ConsumerProtocolAssignment }[fieldName];
  if (format === undefined) return null;
  try {
    return messageJson(format, versionOf(bytes), decodeVersioned<unknown>(format, bytes));
  } catch {
    return null;
  }
}

const TRANSACTION_STATES = [
  "Empty", "Ongoing", "PrepareCommit", "PrepareAbort", "CompleteCommit", "CompleteAbort", "Dead", "PrepareEpochFence",
];

/** Shows records of `__transaction_state`. */
export const transactionsDecoder: RecordDecoder = ({ offset, key, value }) => {
  if (key === null) {
    throw new Error(`Failed to decode message at offset ${offset} using transaction log decoder (it has no key)`);
  }
  const version = versionOf(key);
  if (version !== 0) return { key: `unknown::version=${version}`, payload: null };
  const { transactionalId } = decodeVersioned(TransactionLogKey, key);
  return {
    key: `transaction_metadata::transactionalId=${transactionalId}`,
    payload: value === null ? DELETED : transactionText(value),
  };
};

function transactionText(value: Uint8Array): string {
  const of = decodeVersioned(TransactionLogValue, value);
  const partitions = (of.transactionPartitions ?? []).flatMap(({ topic, partitionIds }) => {
    return partitionIds.map((partition) => `${topic}-${partition}`);
  });
  return `producerId:${of.producerId},producerEpoch:${of.producerEpoch},`
    + `state=${TRANSACTION_STATES[of.transactionStatus] ?? of.transactionStatus},partitions=[${partitions.join(",")}],`
    + `txnLastUpdateTimestamp=${of.transactionLastUpdateTimestampMs},txnTimeoutMs=${of.transactionTimeoutMs}`;
}

const METADATA_FRAME_VERSION = 1;
const FEATURE_LEVEL = 12;
const FeatureLevelRecord = message({
  name: "FeatureLevelRecord",
  versions: [0, 0],
  flexibleFrom: 0,
  fields: { name: string(), featureLevel: int16() },
});

/** Shows records of a KRaft controller: features, as `bootstrap.checkpoint` has them. Others it only names. */
export const metadataDecoder: RecordDecoder = ({ offset, value }) => {
  if (value === null) return { key: null, payload: DELETED };
  try {
    return { key: null, payload: metadataJson(value) };
  } catch (error) {
    return { key: null, payload: `Error at ${offset}, skipping. ${(error as Error).message}` };
  }
};

function metadataJson(bytes: Uint8Array): string {
  const cursor = { bytes, at: 0 };
  const frame = readUnsignedVarint(cursor);
  if (frame !== METADATA_FRAME_VERSION) {
    throw new Error(`Could not deserialize metadata record due to unknown frame version ${frame}`
      + `(only frame version ${METADATA_FRAME_VERSION} is supported)`);
  }
  const [type, version] = [readUnsignedVarint(cursor), readUnsignedVarint(cursor)];
  if (type !== FEATURE_LEVEL) throw new Error(`A metadata record of type ${type} isn't known here`);
  const data = messageJson(FeatureLevelRecord, version, FeatureLevelRecord.decode(version, bytes.subarray(cursor.at)));
  return `{"type":"FEATURE_LEVEL_RECORD","version":${version},"data":${data}}`;
}
