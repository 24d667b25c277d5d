/**
 * What is asked of the replicas of one broker: appends and reads that may concern many partitions, and may wait.
 * Source: Kafka's `ReplicaManager.appendRecords`, `fetchMessages`.
 *
 * @module
 */
import { answerError, type KafkaError, refusal } from "#ground/errors";
import { type AnswerPlace, ANYWHERE } from "#ground/network/received-request";
import { type Runtime } from "#ground/runtime";
import { toKafkaError } from "#ground/to-kafka-error";
import { type InflationBudget, MAX_INFLATED_BYTES } from "#serialization";
import { DelayedProduce } from "#replication/delayed-produce";
import {
  appendError,
  type AppendPartition,
  type AppendRequest,
  type AppendResult,
  recordsOf,
} from "./append-request.ts";
import {
  DelayedDeleteRecords,
  deleteRecordsBefore,
  type DeleteRecordsRequest,
  type DeleteRecordsResult,
  type PendingDelete,
} from "./delayed-delete-records.ts";
import { DelayedFetch } from "#replication/delayed-fetch";
import { type AwaitedPartition, type FetchReading } from "../fetch-reading.ts";
import { type FetchedPartition, type FetchPartition, type FetchRequest, isolationOf } from "./fetch-request.ts";
import { isInternalTopic } from "./internal-topics.ts";
import { type AwaitedLeader, type PendingAppend } from "../pending-append.ts";
import { type FetchIsolation } from "../partition-reads.ts";
import { type Partition } from "#replication/partition";
import { Purgatory } from "#replication/purgatory";
import { StandingFetch, StandingPartition } from "./standing-fetch.ts";

/** All batches of a request may inflate to so many times its size, */
const MAX_INFLATION = 32;
/** and to as much as four large ones in any case. */
const MIN_INFLATED_BYTES = 4 * MAX_INFLATED_BYTES;
/** After so much, others have their turn. */
const INFLATED_BYTES_AT_ONCE = 16 * 1024 * 1024;

/** A produce request that is being done. */
interface Appending {
  readonly request: AppendRequest;
  readonly inflation: InflationBudget;
  readonly results: AppendResult[];
  readonly pending: PendingAppend[];
}

/** What is asked for from elsewhere in the broker. */
export interface ReplicaRequestsHost {
  /** @throws KafkaError when this broker can't answer for the partition */
  partition(topic: string, index: number): Partition;
  isAlive(brokerId: number): boolean;
}

/** Answers at once, or lets a request wait in a purgatory. */
export class ReplicaRequests {
  readonly #runtime: Runtime;
  readonly #host: ReplicaRequestsHost;
  readonly #produces: Purgatory<AwaitedLeader>;
  /** By partition, or by what stands for many. */
  readonly #fetches: Purgatory<Partition | StandingFetch>;
  readonly #deletes: Purgatory<Partition>;

  constructor(runtime: Runtime, host: ReplicaRequestsHost) {
    this.#runtime = runtime;
    this.#host = host;
    this.#produces = new Purgatory(runtime);
    this.#fetches = new Purgatory(runtime);
    this.#deletes = new Purgatory(runtime);
  }

  /**
   * Appends a producer's batches, each partition on its own: some may fail, the rest succeeds.
   * @param place where the request stands: those that follow it wait while it is done bit by bit.
   * @returns at once unless acks=all has to wait for other replicas, or compressed batches inflate to very much.
   */
  append(
    request: AppendRequest,
    place: AnswerPlace = ANYWHERE,
  ): readonly AppendResult[] | Promise<readonly AppendResult[]> {
    const bytes = request.partitions.reduce((sum, { records }) => sum + (records?.length ?? 0), 0);
    const inflation = { leftBytes: Math.max(MIN_INFLATED_BYTES, MAX_INFLATION * bytes) };
    const appending: Appending = { request, inflation, results: [], pending: [] };
    return this.#appendSome(appending) ? this.#replicated(appending) : this.#appendRest(appending, place.holdBack());
  }

  /** @returns whether all is done, as far as this broker goes */
  #appendSome(appending: Appending): boolean {
    const { request, inflation, results } = appending;
    const turnEndsAt = inflation.leftBytes - INFLATED_BYTES_AT_ONCE;
    while (results.length < request.partitions.length) {
      if (inflation.leftBytes <= turnEndsAt) return false;
      results.push(this.#append(request.partitions[results.length]!, appending));
    }
    return true;
  }

  #appendRest(appending: Appending, letOthersFollow: () => void): Promise<readonly AppendResult[]> {
    const { scheduler } = this.#runtime;
    return new Promise((resolve) => {
      const goOn = (): void => {
        if (!this.#appendSome(appending)) return scheduler.soon(goOn);
        resolve(this.#replicated(appending));
        letOthersFollow();
      };
      scheduler.soon(goOn);
    });
  }

  #replicated({ request, results, pending }: Appending): readonly AppendResult[] | Promise<readonly AppendResult[]> {
    if (pending.length === 0) return results;
    return new Promise((resolve) => {
      const delayed = new DelayedProduce(pending, () => resolve(results));
      const keys = pending.map(({ partition }) => partition);
      this.#produces.tryCompleteElseWatch(delayed, keys, request.timeoutMs);
    });
  }

  /**
   * Reads records, up to `maxBytes` over all partitions in the order in which they are asked for.
   * @param place where the answer goes: without room there, nothing is read.
   * @returns at once when there are `minBytes` or there is an error to tell; else later.
   */
  fetch(
    request: FetchRequest,
    place: AnswerPlace = ANYWHERE,
  ): readonly FetchedPartition[] | Promise<readonly FetchedPartition[]> {
    const { partitions } = request;
    if (partitions instanceof StandingFetch) partitions.fetched(request, this.#runtime.clock.nowMs());
    const reading = this.#read(request, place);
    if (request.replicaId >= 0) this.#noteFollower(request.replicaId, request.replicaEpoch, reading.results);
    if (reading.isFinal || request.maxWaitMs <= 0) {
      place.hold(reading.bytes);
      return reading.results;
    }
    return new Promise((resolve) => {
      const answer = ({ bytes, results }: FetchReading): void => {
        place.hold(bytes);
        resolve(results);
      };
      const delayed = new DelayedFetch(reading, () => this.#read(request, place), answer);
      place.onGone(this.#fetches.tryCompleteElseWatch(delayed, keysOf(request, reading), request.maxWaitMs));
    });
  }

  /**
   * Makes logs start later, each partition on its own.
   * @returns when all live replicas have done so, or the time is up; results in the order of the request
   */
  deleteRecords({ partitions, timeoutMs }: DeleteRecordsRequest): Promise<readonly DeleteRecordsResult[]> {
    const pending: PendingDelete[] = [];
    const results = partitions.map(({ topic, index, offset }): DeleteRecordsResult => {
      try {
        const partition = this.#host.partition(topic, index);
        if (isInternalTopic(topic)) throw refusal("INVALID_TOPIC_EXCEPTION");
        const logStartOffset = deleteRecordsBefore(partition, offset);
        const result: DeleteRecordsResult = { error: null, lowWatermark: -1 };
        pending.push({ partition, logStartOffset, result });
        return result;
      } catch (error) {
        const kafkaError = this.#toKafkaError(error, `DeleteRecords of ${topic}-${index}`);
        return { error: answerError(kafkaError), lowWatermark: -1 };
      }
    });
    return new Promise((resolve) => {
      const isAlive = (brokerId: number): boolean => this.#host.isAlive(brokerId);
      const delayed = new DelayedDeleteRecords(pending, isAlive, () => resolve(results));
      const keys = pending.map(({ partition }) => partition);
      this.#deletes.tryCompleteElseWatch(delayed, keys, timeoutMs);
    });
  }

  /** Something about a partition has changed: requests that wait on it are looked at again. */
  check(partition: Partition): void {
    this.#produces.check(partition);
    this.#fetches.check(partition);
    this.#deletes.check(partition);
    for (const reader of partition.watchers) {
      if (reader.fetch.happened(reader)) this.#fetches.check(reader.fetch);
    }
  }

  /** Answers everything that waits. Later requests don't wait. */
  close(): void {
    this.#produces.close();
    this.#fetches.close();
    this.#deletes.close();
  }

  #append(wanted: AppendPartition, { request, inflation, pending }: Appending): AppendResult {
    const { topic, index } = wanted;
    const { requiredAcks, origin } = request;
    let logStartOffset = -1;
    try {
      const records = recordsOf(wanted, request);
      const partition = this.#host.partition(topic, index);
      logStartOffset = partition.log.logStartOffset;
      const info = partition.appendAsLeader(records, requiredAcks, { origin, inflation });
      const result: AppendResult = {
        topic,
        index,
        error: null,
        baseOffset: info.firstOffset,
        logAppendTimeMs: info.logAppendTime,
        logStartOffset: info.logStartOffset,
      };
      const endOffset = info.lastOffset + 1;
      if (requiredAcks === -1 && partition.highWatermark < endOffset) {
        pending.push({ partition, leaderEpoch: partition.leaderEpoch, endOffset, result });
      }
      return result;
    } catch (error) {
      const kafkaError = this.#toKafkaError(error, `Append to ${topic}-${index}`);
      // As Kafka answers: where the log begins is told unless the log couldn't be asked or the batch was misshapen.
      if (WITHOUT_LOG_START.has(kafkaError.code)) logStartOffset = -1;
      return { topic, index, error: appendError(kafkaError), baseOffset: -1, logAppendTimeMs: -1, logStartOffset };
    }
  }

  /**
   * A follower that fetches from an offset has everything below it: if its epoch is the current one, and its log has
   * not parted from ours.
   */
  #noteFollower(replicaId: number, brokerEpoch: number, results: readonly FetchedPartition[]): void {
    for (const { request, found } of results) {
      if (found === null || found.divergingEpoch !== null) continue;
      const { fetchOffset, logStartOffset } = request;
      this.#partitionOf(request).followerFetched(replicaId, { fetchOffset, logStartOffset, brokerEpoch });
    }
  }

  #read(request: FetchRequest, place: AnswerPlace): FetchReading {
    const { partitions, replicaId, mayReadFollower, preferredReplica } = request;
    const isolation = isolationOf(request);
    const results: FetchedPartition[] = [];
    const awaited: AwaitedPartition[] = [];
    // A follower gets a batch at least: the cluster can't wait for clients that don't read.
    const room = replicaId >= 0 ? Math.max(1, place.room()) : place.room();
    const maxBytes = Math.min(request.maxBytes, room);
    let bytes = 0;
    let mustAnswer = !(partitions instanceof StandingFetch) && partitions.length === 0;
    if (partitions instanceof StandingFetch) partitions.look(awaited);
    for (const wanted of partitions instanceof StandingFetch ? partitions.active : partitions) {
      const asked = wanted instanceof StandingPartition ? wanted.asked : wanted;
      try {
        const partition = this.#partitionOf(asked);
        const preferredReadReplica = preferredReplica?.(partition, asked.fetchOffset) ?? -1;
        const isElsewhere = preferredReadReplica >= 0;
        const found = partition.read({
          ...asked,
          replicaId,
          isolation,
          mayReadFollower,
          maxBytes: isElsewhere ? 0 : Math.max(0, Math.min(asked.maxBytes, maxBytes - bytes)),
          minOneMessage: !isElsewhere && bytes === 0 && room > 0,
        });
        bytes += found.records.length;
        // Whoever has something, and would get more by asking again, doesn't wait for minBytes.
        mustAnswer ||= isElsewhere || found.divergingEpoch !== null || (found.hasMore && bytes > 0);
        const now = standingOf(partition, isolation);
        awaited.push(now);
        results.push({ request: asked, error: null, found, preferredReadReplica });
        if (!isElsewhere && wanted instanceof StandingPartition) wanted.fetch.wasRead(wanted, now, found);
      } catch (error) {
        const kafkaError = this.#toKafkaError(error, `Fetch from ${asked.topic}-${asked.index}`);
        results.push({ request: asked, error: answerError(kafkaError), found: null });
        mustAnswer = true;
      }
    }
    const lacksRoom = room === 0;
    const missingBytes = request.minBytes - bytes;
    const isFinal = mustAnswer || missingBytes <= 0;
    const reading = { results, isolation, awaited, bytes, lacksRoom, missingBytes, isFinal };
    if (lacksRoom) place.onRoom(() => keysOf(request, reading).forEach((key) => this.#fetches.check(key)));
    return reading;
  }

  #partitionOf({ topic, index }: FetchPartition): Partition {
    if (topic === null) throw refusal("UNKNOWN_TOPIC_ID");
    return this.#host.partition(topic, index);
  }

  #toKafkaError(error: unknown, doing: string): KafkaError {
    return toKafkaError(error, doing, this.#runtime.log);
  }
}

/** What a fetch waits on. */
function keysOf({ partitions }: FetchRequest, { awaited }: FetchReading): readonly (Partition | StandingFetch)[] {
  return partitions instanceof StandingFetch ? [partitions] : awaited.map(({ partition }) => partition);
}

function standingOf(partition: Partition, isolation: FetchIsolation): AwaitedPartition {
  const { role, leaderEpoch, bytesAppended, logEndOffset } = partition;
  const end = partition.endFor(isolation);
  return { partition, role, leaderEpoch, end, isWhole: end === logEndOffset, bytesAppended };
}

const WITHOUT_LOG_START: ReadonlySet<string> = new Set([
  "UNKNOWN_TOPIC_OR_PARTITION",
  "NOT_LEADER_OR_FOLLOWER",
  "MESSAGE_TOO_LARGE",
  "RECORD_LIST_TOO_LARGE",
  "CORRUPT_MESSAGE",
  "KAFKA_STORAGE_ERROR",
]);
