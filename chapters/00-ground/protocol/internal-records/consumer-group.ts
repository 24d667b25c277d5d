/**
 * The records of `__consumer_offsets` that groups of the new protocol leave (KIP-848): a group is all of them
 * together, replayed in order. Keys begin with the type of the record: see `versioned.ts`.
 *
 * @module
 */

import { message } from "../message.ts";
import { array, bytes, int32, int64, int8, string, struct, uuid } from "../schema.ts";

const TOPIC_PARTITIONS = {
  topicId: uuid(),
  partitions: array(int32()),
};

/** Type 3. */
export const ConsumerGroupMetadataKey = message({
  name: "ConsumerGroupMetadataKey",
  versions: [3, 3],
  flexibleFrom: null,
  fields: { groupId: string() },
});

/** The epoch of a group: one more whenever members, subscriptions or topics change. */
export const ConsumerGroupMetadataValue = message({
  name: "ConsumerGroupMetadataValue",
  versions: [0, 0],
  flexibleFrom: 0,
  fields: { epoch: int32() },
});

/** Type 4. */
export const ConsumerGroupPartitionMetadataKey = message({
  name: "ConsumerGroupPartitionMetadataKey",
  versions: [4, 4],
  flexibleFrom: null,
  fields: { groupId: string() },
});

/** The topics that a group reads, as the coordinator last saw them. */
export const ConsumerGroupPartitionMetadataValue = message({
  name: "ConsumerGroupPartitionMetadataValue",
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    topics: array({
      topicId: uuid(),
      topicName: string(),
      numPartitions: int32(),
      partitionMetadata: array({
        partition: int32(),
        racks: array(string()),
      }),
    }),
  },
});

/** Type 5. */
export const ConsumerGroupMemberMetadataKey = message({
  name: "ConsumerGroupMemberMetadataKey",
  versions: [5, 5],
  flexibleFrom: null,
  fields: { groupId: string(), memberId: string() },
});

/** A member and what it wants to read. */
export const ConsumerGroupMemberMetadataValue = message({
  name: "ConsumerGroupMemberMetadataValue",
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    instanceId: string({ nullable: true }),
    rackId: string({ nullable: true }),
    clientId: string(),
    clientHost: string(),
    subscribedTopicNames: array(string()),
    subscribedTopicRegex: string({ nullable: true }),
    rebalanceTimeoutMs: int32({ default: -1 }),
    serverAssignor: string({ nullable: true }),
    /** Of a member that speaks the classic protocol, while a group moves from that to the new one. Others say null. */
    classicMemberMetadata: struct({
      sessionTimeoutMs: int32(),
      supportedProtocols: array({
        name: string(),
        metadata: bytes(),
      }),
    }, { nullableSince: 0, tag: 0 }),
  },
});

/** Type 6. */
export const ConsumerGroupTargetAssignmentMetadataKey = message({
  name: "ConsumerGroupTargetAssignmentMetadataKey",
  versions: [6, 6],
  flexibleFrom: null,
  fields: { groupId: string() },
});

/** The epoch of a group for which an assignment has been computed. */
export const ConsumerGroupTargetAssignmentMetadataValue = message({
  name: "ConsumerGroupTargetAssignmentMetadataValue",
  versions: [0, 0],
  flexibleFrom: 0,
  fields: { assignmentEpoch: int32() },
});

/** Type 7. */
export const ConsumerGroupTargetAssignmentMemberKey = message({
  name: "ConsumerGroupTargetAssignmentMemberKey",
  versions: [7, 7],
  flexibleFrom: null,
  fields: { groupId: string(), memberId: string() },
});

/** What a member shall read once the others have let go of it. */
export const ConsumerGroupTargetAssignmentMemberValue = message({
  name: "ConsumerGroupTargetAssignmentMemberValue",
  versions: [0, 0],
  flexibleFrom: 0,
  fields: { topicPartitions: array(TOPIC_PARTITIONS) },
});

/** Type 8. */
export const ConsumerGroupCurrentMemberAssignmentKey = message({
  name: "ConsumerGroupCurrentMemberAssignmentKey",
  versions: [8, 8],
  flexibleFrom: null,
  fields: { groupId: string(), memberId: string() },
});

/** What a member reads now, on its way to the target. */
export const ConsumerGroupCurrentMemberAssignmentValue = message({
  name: "ConsumerGroupCurrentMemberAssignmentValue",
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    memberEpoch: int32(),
    previousMemberEpoch: int32(),
    state: int8(),
    assignedPartitions: array(TOPIC_PARTITIONS),
    partitionsPendingRevocation: array(TOPIC_PARTITIONS),
  },
});

/** Type 16. */
export const ConsumerGroupRegularExpressionKey = message({
  name: "ConsumerGroupRegularExpressionKey",
  versions: [16, 16],
  flexibleFrom: null,
  fields: { groupId: string(), regularExpression: string() },
});

/** The topics that a subscription by regular expression has been found to mean. */
export const ConsumerGroupRegularExpressionValue = message({
  name: "ConsumerGroupRegularExpressionValue",
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    topics: array(string()),
    /** Of the cluster's metadata. */
    version: int64(),
    timestamp: int64(),
  },
});
