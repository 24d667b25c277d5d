/**
 * What members ask of a group, and what it answers: free of versions and wire types.
 *
 * @module
 */
import { type KafkaErrorName } from "#ground/errors";
import { type Int64 } from "#ground/int64";

/** The member id of one that has none yet. */
export const UNKNOWN_MEMBER_ID = "";

/** One way to assign partitions that a member understands, and what it tells the one who assigns. */
export interface MemberProtocol {
  /** `range`, `cooperative-sticky`, … */
  readonly name: string;
  /** For consumers a `ConsumerProtocolSubscription`. The group doesn't look into it. */
  readonly metadata: Uint8Array;
}

/** Who asks: as it says itself. */
export interface MemberIdentity {
  readonly memberId: string;
  /** Of a static member (KIP-345): it stays the same when the member is started again. Null of others. */
  readonly groupInstanceId: string | null;
}

/** A member wants to be in the next generation. */
export interface JoinRequest extends MemberIdentity {
  /** `consumer`, `connect`, … */
  readonly protocolType: string;
  /** The preferred one first. */
  readonly protocols: readonly MemberProtocol[];
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly clientId: string;
  /** As Kafka writes it: `/127.0.0.1`. */
  readonly clientHost: string;
  /** Whether a new member is first told its id, and joins with the next request (KIP-394). */
  readonly requiresKnownMemberId: boolean;
  /** Whether a leader that comes back understands that it needn't assign anew (KIP-814). */
  readonly supportsSkippingAssignment: boolean;
}

/** A member as its leader sees it. */
export interface JoinedMember extends MemberIdentity {
  readonly metadata: Uint8Array;
}

/** What a member hears when all have joined. */
export interface JoinAnswer {
  /** MEMBER_ID_REQUIRED: it is to join with this id. */
  readonly error: KafkaErrorName | null;
  readonly memberId: string;
  readonly generationId: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  /** The member id of the one that assigns. */
  readonly leader: string;
  /** The leader came back, and nothing has changed: what it assigned still holds. */
  readonly skipAssignment: boolean;
  /** All of them; only for the leader. */
  readonly members: readonly JoinedMember[];
}

/** A member wants its assignment; the leader brings those of all. */
export interface SyncRequest extends MemberIdentity {
  readonly generationId: number;
  /** Null where the client doesn't say. */
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Uint8Array }[];
}

/** A member's assignment. */
export interface SyncAnswer {
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly assignment: Uint8Array;
}

/** A member is alive. */
export interface HeartbeatRequest extends MemberIdentity {
  readonly generationId: number;
}

/** What became of each member that was to leave. */
export type LeaveAnswer = readonly (MemberIdentity & { readonly error: KafkaErrorName | null })[];

/** An offset to be written down. */
export interface OffsetToCommit {
  readonly topic: string;
  readonly partition: number;
  /** The next one to read. */
  readonly offset: Int64;
  /** Of the last record that was read; -1 when that isn't known. */
  readonly leaderEpoch: number;
  /** A note of the client's own. */
  readonly metadata: string;
}

/** A member, or somebody who is in no group, writes down how far it is. */
export interface CommitRequest extends MemberIdentity {
  /** -1 for those who are in no group. */
  readonly generationId: number;
  /** How long the offsets are to be kept, in ms; null: as the broker keeps them. */
  readonly retentionMs: number | null;
  readonly offsets: readonly OffsetToCommit[];
}

/** What became of each offset, in the order of the request. */
export type CommitAnswer = readonly (KafkaErrorName | null)[];
