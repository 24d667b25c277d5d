/**
 * The records of `__consumer_offsets` that groups of the classic protocol leave: their committed offsets, which groups
 * of the new protocol leave in the same way, and their state. A null value is a tombstone.
 *
 * Keys begin with the type of the record, values with the version of their table: see `versioned.ts`.
 *
 * @module
 */

import { message } from "../message.ts";
import { array, bytes, int32, int64, string } from "../schema.ts";

/** Types 0 and 1, which mean the same; 1 is written. */
export const OffsetCommitKey = message({
  name: "OffsetCommitKey",
  versions: [0, 1],
  flexibleFrom: null,
  fields: {
    group: string(),
    topic: string(),
    partition: int32(),
  },
});

/** A committed offset. Apache Kafka writes version 3 (1 where an expiry time is set). */
export const OffsetCommitValue = message({
  name: "OffsetCommitValue",
  versions: [0, 4],
  flexibleFrom: 4,
  fields: {
    /** The next one to read. */
    offset: int64(),
    leaderEpoch: int32({ since: 3, default: -1, ignorable: true }),
    metadata: string(),
    commitTimestamp: int64(),
    expireTimestamp: int64({ since: 1, until: 1, default: -1, ignorable: true }),
  },
});

/** Type 2. */
export const GroupMetadataKey = message({
  name: "GroupMetadataKey",
  versions: [2, 2],
  flexibleFrom: null,
  fields: { group: string() },
});

/** A group of the classic protocol, after each rebalance. Apache Kafka writes version 3. */
export const GroupMetadataValue = message({
  name: "GroupMetadataValue",
  versions: [0, 4],
  flexibleFrom: 4,
  fields: {
    protocolType: string(),
    generation: int32(),
    protocol: string({ nullable: true }),
    leader: string({ nullable: true }),
    currentStateTimestamp: int64({ since: 2, default: -1, ignorable: true }),
    members: array({
      memberId: string(),
      groupInstanceId: string({ since: 3, nullable: true, ignorable: true }),
      clientId: string(),
      clientHost: string(),
      rebalanceTimeout: int32({ since: 1, default: -1, ignorable: true }),
      sessionTimeout: int32(),
      subscription: bytes(),
      assignment: bytes(),
    }),
  },
});
