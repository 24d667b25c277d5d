/**
 * Keys of the group coordinator and the transaction coordinator, and of the internal topics that hold their state.
 *
 * Source: `GroupCoordinatorConfig`, `TransactionLogConfig`, `TransactionStateManagerConfig` of Kafka 4.0.
 *
 * @module
 */
import { type ConfigKeys } from "../config-def.ts";
import { INT_MAX } from "../config-value.ts";

const NO_SHARE_GROUPS = "there are no share groups.";
const DAY_MS = 24 * 60 * 60 * 1000;

/** Groups, committed offsets, transactions, producer ids. */
export const COORDINATOR_KEYS = {
  "group.min.session.timeout.ms": {
    type: "int",
    default: 6000,
    doc: "The shortest session time-out that a member of a group may ask for.",
  },
  "group.max.session.timeout.ms": {
    type: "int",
    default: 1_800_000,
    doc: "The longest session time-out that a member of a group may ask for.",
  },
  "group.initial.rebalance.delay.ms": {
    type: "int",
    default: 3000,
    doc: "How long a new group waits for more members before its first rebalance.",
  },
  "group.max.size": { type: "int", default: INT_MAX, min: 1, doc: "Members that a group may have." },
  "group.coordinator.append.linger.ms": {
    type: "int",
    default: 5,
    min: 0,
    unused: "records are written at once.",
    doc: "How long the coordinator collects records before it writes them.",
  },
  "offset.metadata.max.bytes": {
    type: "int",
    default: 4096,
    doc: "The largest metadata that a client may commit with an offset.",
  },
  "offsets.topic.num.partitions": {
    type: "int",
    default: 50,
    min: 1,
    doc: "Partitions of `__consumer_offsets`. Never change it once the topic is there.",
  },
  "offsets.topic.replication.factor": {
    type: "short",
    default: 3,
    min: 1,
    doc: "Replicas of `__consumer_offsets`. The topic is created only when so many brokers are there.",
  },
  "offsets.topic.segment.bytes": {
    type: "int",
    default: 104_857_600,
    min: 1,
    doc: "The segment size of `__consumer_offsets`; small, so that it is compacted and loaded fast.",
  },
  "offsets.topic.compression.codec": {
    type: "int",
    default: 0,
    min: 0,
    max: 4,
    doc: "The compression of `__consumer_offsets`: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd.",
  },
  "offsets.load.buffer.size": {
    type: "int",
    default: 5_242_880,
    min: 1,
    doc: "Bytes read at a time when a coordinator loads its state.",
  },
  "offsets.retention.minutes": {
    type: "int",
    default: 10_080,
    min: 1,
    doc: "How long the offsets of an empty group are kept.",
  },
  "offsets.retention.check.interval.ms": {
    type: "long",
    default: 600_000,
    min: 1,
    doc: "How often the coordinator looks for offsets that are too old.",
  },
  "offsets.commit.timeout.ms": {
    type: "int",
    default: 5000,
    min: 1,
    doc: "How long a commit waits for the replicas of `__consumer_offsets`.",
  },
  "transaction.state.log.num.partitions": {
    type: "int",
    default: 50,
    min: 1,
    pending: true,
    doc: "Partitions of `__transaction_state`. Never change it once the topic is there.",
  },
  "transaction.state.log.replication.factor": {
    type: "short",
    default: 3,
    min: 1,
    pending: true,
    doc: "Replicas of `__transaction_state`. The topic is created only when so many brokers are there.",
  },
  "transaction.state.log.min.isr": {
    type: "int",
    default: 2,
    min: 1,
    pending: true,
    doc: "`min.insync.replicas` of `__transaction_state`.",
  },
  "transaction.state.log.segment.bytes": {
    type: "int",
    default: 104_857_600,
    min: 1,
    pending: true,
    doc: "The segment size of `__transaction_state`.",
  },
  "transaction.state.log.load.buffer.size": {
    type: "int",
    default: 5_242_880,
    min: 1,
    pending: true,
    doc: "Bytes read at a time when a transaction coordinator loads its state.",
  },
  "transaction.max.timeout.ms": {
    type: "int",
    default: 900_000,
    min: 1,
    doc: "The longest transaction time-out that a producer may ask for.",
  },
  "transactional.id.expiration.ms": {
    type: "int",
    default: 7 * DAY_MS,
    min: 1,
    pending: true,
    doc: "A transactional id that isn't used for this long is forgotten.",
  },
  "transaction.abort.timed.out.transaction.cleanup.interval.ms": {
    type: "int",
    default: 10_000,
    min: 1,
    pending: true,
    doc: "How often the coordinator looks for transactions that took too long.",
  },
  "transaction.remove.expired.transaction.cleanup.interval.ms": {
    type: "int",
    default: 3_600_000,
    min: 1,
    pending: true,
    doc: "How often the coordinator looks for transactional ids that nobody uses.",
  },
  "transaction.partition.verification.enable": {
    type: "boolean",
    default: true,
    pending: true,
    doc: "Check with the coordinator that a partition belongs to the transaction before records are written to it.",
  },
  "producer.id.expiration.ms": {
    type: "int",
    default: DAY_MS,
    min: 1,
    doc: "A producer id that hasn't written to a partition for this long is forgotten there.",
  },
  "producer.id.expiration.check.interval.ms": {
    type: "int",
    default: 600_000,
    min: 1,
    doc: "How often the broker looks for such producer ids.",
  },
  "share.coordinator.state.topic.replication.factor": {
    type: "short",
    default: 3,
    min: 1,
    unused: NO_SHARE_GROUPS,
    doc: "Replicas of `__share_group_state`.",
  },
  "share.coordinator.state.topic.min.isr": {
    type: "short",
    default: 2,
    min: 1,
    unused: NO_SHARE_GROUPS,
    doc: "How many replicas of `__share_group_state` must be in sync.",
  },
} as const satisfies ConfigKeys;
