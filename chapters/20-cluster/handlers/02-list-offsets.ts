/**
 * ListOffsets: the offset at a time, at the start or at the end of a partition.
 *
 * Behaviour / Version notes
 * - Timestamps below 0 mean: -1 the end (for read_committed, the last stable offset), -2 the start, -3 (v7) the
 *   record with the largest timestamp, -4 (v8) the start of what is on the local disk, -5 (v9) the last record in
 *   tiered storage. We have no tiered storage: -4 is the start, -5 finds nothing. Others, or too early, are
 *   UNSUPPORTED_VERSION, whether or not there is such a topic.
 * - By time: the first record with that timestamp or a later one; offset -1 when there is none.
 * - v0, which kafka-python 1 speaks, takes a list of offsets: it gets the one that is found.
 * - A partition that is asked for twice, also under two entries of its topic, is INVALID_REQUEST in both places.
 *
 * @module
 */
import { type KafkaError, refusal } from "#ground/errors";
import { type Input } from "#ground/protocol/message";
import {
  ListOffsets,
  type ListOffsetsRequest,
  type ListOffsetsResponse,
} from "#ground/protocol/messages/02-list-offsets";
import { toKafkaError } from "#ground/to-kafka-error";
import { type TimestampAndOffset } from "#log";
import {
  earliestOffset,
  type FetchIsolation,
  latestOffset,
  NO_OFFSET,
  offsetForTimestamp,
  offsetOfMaxTimestamp,
  type Partition,
} from "#replication";
import { duplicates } from "../duplicates.ts";
import { type ApiHandler, handler, type RequestContext } from "../handler.ts";

const LATEST = -1;
const EARLIEST = -2;
const MAX_TIMESTAMP = -3;
const EARLIEST_LOCAL = -4;
const LATEST_TIERED = -5;
/** The first version in which each may be asked for. */
const KNOWN_SINCE: ReadonlyMap<number, number> = new Map([
  [LATEST, 0],
  [EARLIEST, 0],
  [MAX_TIMESTAMP, 7],
  [EARLIEST_LOCAL, 8],
  [LATEST_TIERED, 9],
]);
const READ_COMMITTED = 1;
/** A replica id: no replica, and a consumer neither. It sees all, at followers too. */
const DEBUGGER = -2;
const CONSUMER = -1;

export const listOffsets: ApiHandler = handler({
  api: ListOffsets,
  versions: [0, 10],
  handle(request, context) {
    const { replicaId } = request;
    const forConsumers = request.isolationLevel === READ_COMMITTED ? "txn_committed" : "high_watermark";
    const reader = { replicaId, isolation: replicaId === CONSUMER ? forConsumers : "log_end" } as const;
    const twice = duplicates(
      request.topics.flatMap(({ name, partitions }) => partitions.map((asked) => placeOf(name, asked))),
    );
    return {
      topics: request.topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map((asked) =>
          twice.has(placeOf(name, asked))
            ? failed(asked, refusal("INVALID_REQUEST"))
            : answer(name, asked, reader, context),
        ),
      })),
    };
  },
});

type Asked = ListOffsetsRequest["topics"][number]["partitions"][number];
type Answer = Input<ListOffsetsResponse["topics"][number]["partitions"][number]>;

function placeOf(topic: string, { partitionIndex }: Asked): string {
  return `${partitionIndex} ${topic}`;
}

interface Reader {
  readonly replicaId: number;
  readonly isolation: FetchIsolation;
}

function answer(topic: string, asked: Asked, reader: Reader, { version, broker }: RequestContext): Answer {
  const { replicaId, isolation } = reader;
  const { partitionIndex, currentLeaderEpoch } = asked;
  try {
    requireSupported(Number(asked.timestamp), version);
    const partition = broker.replicas.partition(topic, partitionIndex);
    if (replicaId === DEBUGGER) partition.requireEpoch(currentLeaderEpoch);
    else partition.requireLeader(currentLeaderEpoch);
    const found = find(partition, Number(asked.timestamp), isolation);
    return { partitionIndex, ...found, oldStyleOffsets: found.offset < 0 ? [] : [found.offset] };
  } catch (error) {
    return failed(asked, toKafkaError(error, `ListOffsets of ${topic}-${partitionIndex}`, broker.log));
  }
}

function requireSupported(timestamp: number, version: number): void {
  if (timestamp < 0 && version < (KNOWN_SINCE.get(timestamp) ?? Infinity)) {
    throw refusal("UNSUPPORTED_VERSION", `ListOffsets v${version} has no timestamp ${timestamp}`);
  }
}

function find(partition: Partition, timestamp: number, isolation: FetchIsolation): TimestampAndOffset {
  switch (timestamp) {
    case LATEST:
      return latestOffset(partition, isolation);
    case EARLIEST:
    case EARLIEST_LOCAL:
      return earliestOffset(partition);
    case MAX_TIMESTAMP:
      return offsetOfMaxTimestamp(partition, isolation);
    case LATEST_TIERED:
      return NO_OFFSET;
    default:
      return offsetForTimestamp(partition, timestamp, isolation);
  }
}

function failed({ partitionIndex }: Asked, error: KafkaError): Answer {
  return { partitionIndex, errorCode: error.errorCode };
}
