/**
 * The records of `__consumer_offsets` that groups of the classic protocol write. Source: Kafka's
 * `GroupCoordinatorRecordHelpers`, `GroupCoordinatorRecordSerde`.
 *
 * @module
 */
import { type Int64 } from "#ground/int64";
import {
  GroupMetadataKey,
  GroupMetadataValue,
  OffsetCommitKey,
  OffsetCommitValue,
} from "#ground/protocol/internal-records/consumer-offsets";
import { type ValueOf } from "#ground/protocol/message";
import { decodeVersioned, decodeVersionedOrNewer, encodeVersioned, versionOf } from "#ground/protocol/versioned";
import { type CoordinatorRecordSerde, type EncodedRecord } from "./assembly/coordinator-shard.ts";

/** A committed offset. */
export interface OffsetAndMetadata {
  /** The next one to read. */
  readonly offset: Int64;
  /** Of the last record that was read; -1 when that isn't known. */
  readonly leaderEpoch: number;
  readonly metadata: string;
  /** Wall time in milliseconds. */
  readonly commitTimestampMs: Int64;
  /** When it may be forgotten, by wall time; null: as the broker's config says. */
  readonly expireTimestampMs: Int64 | null;
}

/** A group as of its last sync. */
export type GroupMetadata = ValueOf<typeof GroupMetadataValue>;

/** An offset has been committed; null: it is gone. */
export interface OffsetCommitRecord {
  readonly kind: "offset-commit";
  readonly groupId: string;
  readonly topic: string;
  readonly partition: number;
  readonly value: OffsetAndMetadata | null;
}

/** A group has a new generation with an assignment, or no members; null: it is gone. */
export interface GroupMetadataRecord {
  readonly kind: "group-metadata";
  readonly groupId: string;
  readonly value: GroupMetadata | null;
}

/** What a group writes. */
export type GroupRecord = OffsetCommitRecord | GroupMetadataRecord;

/** Old ones have type 0, and mean the same. */
const OFFSET_COMMIT_TYPE = 1;
const GROUP_METADATA_TYPE = 2;
/** The newest version of a value that brokers of the last years can read. */
const VALUE_VERSION = 3;
/** The last one that has an expiry time. */
const EXPIRING_VALUE_VERSION = 1;

/** To bytes and back. What groups of the new protocol (KIP-848) have written is left out. */
export const GROUP_RECORD_SERDE: CoordinatorRecordSerde<GroupRecord> = { encode, decode };

function encode(record: GroupRecord): EncodedRecord {
  const { groupId: group } = record;
  if (record.kind === "group-metadata") {
    const value = record.value === null ? null : encodeVersioned(GroupMetadataValue, VALUE_VERSION, record.value);
    return { key: encodeVersioned(GroupMetadataKey, GROUP_METADATA_TYPE, { group }), value };
  }
  const { topic, partition } = record;
  const key = encodeVersioned(OffsetCommitKey, OFFSET_COMMIT_TYPE, { group, topic, partition });
  return { key, value: record.value === null ? null : encodeOffset(record.value) };
}

function encodeOffset({ offset, leaderEpoch, metadata, commitTimestampMs, expireTimestampMs }: OffsetAndMetadata) {
  const value = { offset, leaderEpoch, metadata, commitTimestamp: commitTimestampMs };
  if (expireTimestampMs === null) return encodeVersioned(OffsetCommitValue, VALUE_VERSION, value);
  const expiring = { ...value, expireTimestamp: expireTimestampMs };
  return encodeVersioned(OffsetCommitValue, EXPIRING_VALUE_VERSION, expiring);
}

function decode({ key, value }: EncodedRecord): GroupRecord | null {
  const type = versionOf(key);
  if (type === GROUP_METADATA_TYPE) {
    const { group: groupId } = decodeVersioned(GroupMetadataKey, key);
    return { kind: "group-metadata", groupId, value: value === null ? null : decodeGroup(value) };
  }
  if (type > OFFSET_COMMIT_TYPE) return null;
  const { group: groupId, topic, partition } = decodeVersioned(OffsetCommitKey, key);
  return { kind: "offset-commit", groupId, topic, partition, value: value === null ? null : decodeOffset(value) };
}

function decodeOffset(bytes: Uint8Array): OffsetAndMetadata {
  const value = decodeVersionedOrNewer(OffsetCommitValue, bytes);
  const { offset, leaderEpoch, metadata, commitTimestamp, expireTimestamp } = value;
  const expireTimestampMs = expireTimestamp === -1 ? null : expireTimestamp;
  return { offset, leaderEpoch, metadata, commitTimestampMs: commitTimestamp, expireTimestampMs };
}

/** The bytes are copied: they lie in a buffer of many megabytes that is read at a time. */
function decodeGroup(bytes: Uint8Array): GroupMetadata {
  return decodeVersionedOrNewer(GroupMetadataValue, bytes.slice());
}
