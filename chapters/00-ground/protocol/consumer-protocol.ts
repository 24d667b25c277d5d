/**
 * What consumers of the classic protocol tell each other. The coordinator passes it on and doesn't look into it: a
 * member's subscription travels in the metadata of JoinGroup, an assignment in SyncGroup.
 * Source: `ConsumerProtocol`, KIP-429 (owned partitions), KIP-792 (generation), KIP-881 (rack).
 *
 * @module
 */

import { message, type Input, type ValueOf } from "./message.ts";
import { array, bytes, int32, string } from "./schema.ts";
import { decodeVersionedOrNewer, encodeVersioned } from "./versioned.ts";

const TOPIC_PARTITIONS = {
  topic: string(),
  partitions: array(int32()),
};

/** What a member wants to read, and what it holds. */
export const ConsumerProtocolSubscription = message({
  name: "ConsumerProtocolSubscription",
  versions: [0, 3],
  flexibleFrom: null,
  fields: {
    topics: array(string()),
    /** The assignor's own. */
    userData: bytes({ nullable: true }),
    /** For cooperative rebalancing: what the member goes on reading until it is told otherwise. */
    ownedPartitions: array(TOPIC_PARTITIONS, { since: 1, ignorable: true }),
    /** In which generation it came to hold them: tells an old claim from a new one. */
    generationId: int32({ since: 2, default: -1, ignorable: true }),
    rackId: string({ since: 3, nullable: true, ignorable: true }),
  },
});

/** What the leader of a group gives to one member. */
export const ConsumerProtocolAssignment = message({
  name: "ConsumerProtocolAssignment",
  versions: [0, 3],
  flexibleFrom: null,
  fields: {
    assignedPartitions: array(TOPIC_PARTITIONS),
    userData: bytes({ nullable: true }),
  },
});

/** A decoded subscription. */
export type ConsumerSubscription = ValueOf<typeof ConsumerProtocolSubscription>;

/** A decoded assignment. */
export type ConsumerAssignment = ValueOf<typeof ConsumerProtocolAssignment>;

/** The metadata of a member in JoinGroup, in the newest version: readers of all versions understand it. */
export function encodeSubscription(subscription: Input<ConsumerSubscription>): Uint8Array {
  return encodeVersioned(ConsumerProtocolSubscription, ConsumerProtocolSubscription.maxVersion, subscription);
}

/** Reads the metadata of a member, of any version, also one that is newer than ours. @throws KafkaError */
export function decodeSubscription(metadata: Uint8Array): ConsumerSubscription {
  return decodeVersionedOrNewer(ConsumerProtocolSubscription, metadata);
}

/** The assignment of a member in SyncGroup. */
export function encodeAssignment(assignment: Input<ConsumerAssignment>): Uint8Array {
  return encodeVersioned(ConsumerProtocolAssignment, ConsumerProtocolAssignment.maxVersion, assignment);
}

/** Reads an assignment, of any version. @throws KafkaError */
export function decodeAssignment(assignment: Uint8Array): ConsumerAssignment {
  return decodeVersionedOrNewer(ConsumerProtocolAssignment, assignment);
}
