/**
 * All replicas of one broker: what to do with a request that may concern many partitions (Kafka's
 * `ReplicaManager`). The handlers of the wire protocol call nothing below this.
 *
 * @module
 */
import { type BrokerConfig } from "#ground/config/broker-config";
import { effectiveTopicConfig } from "#ground/config/topic-config";
import { KafkaError, mayPass } from "#ground/errors";
import { type AnswerPlace } from "#ground/network/received-request";
import { type Runtime } from "#ground/runtime";
import { runGradually } from "#ground/gradually";
import { toKafkaError } from "#ground/to-kafka-error";
import { type TopicPartition } from "#ground/topic-partition";
import { logConfigFrom, type LogManager } from "#log";
import { type AppendPartition, type AppendRequest, type AppendResult, recordsOf } from "./append-request.ts";
import { type AwaitedPartition, DelayedFetch, type FetchReading } from "./delayed-fetch.ts";
import { DelayedProduce, type PendingAppend } from "./delayed-produce.ts";
import { type FetchedPartition, type FetchRequest } from "./fetch-request.ts";
import { HighWatermarkCheckpoint } from "./high-watermark-checkpoint.ts";
import { metadataDelta, type PartitionChange } from "./metadata-delta.ts";
import { MetadataImage, type PartitionRegistration, type TopicImage } from "./metadata-image.ts";
import { OfflinePartitions } from "./offline-partitions.ts";
import { type AlterIsr, Partition, type PartitionHost } from "./partition.ts";
import { Purgatory } from "./purgatory.ts";

/** What a replica manager is made of. */
export interface ReplicaManagerOptions {
  readonly brokerId: number;
  readonly config: BrokerConfig;
  /** Open, with all logs recovered. The replica manager doesn't close it. */
  readonly logs: LogManager;
  readonly alterIsr: AlterIsr;
}

/**
 * Owns the partitions that this broker has a replica of. They come and go with the metadata images that the
 * controller pushes; requests that can't be answered yet wait in a purgatory.
 */
export class ReplicaManager implements PartitionHost {
  readonly brokerId: number;
  readonly alterIsr: AlterIsr;
  readonly #runtime: Runtime;
  readonly #config: BrokerConfig;
  readonly #logs: LogManager;
  readonly #checkpoint: HighWatermarkCheckpoint;
  readonly #produces: Purgatory<Partition>;
  readonly #fetches: Purgatory<Partition>;
  /** By topic, then by index; undefined where another broker has the replicas. */
  readonly #partitions = new Map<string, (Partition | undefined)[]>();
  readonly #offline: OfflinePartitions;
  #image = MetadataImage.empty("");
  /** Settles when all images that were pushed so far have been taken over. */
  #applied: Promise<void> = Promise.resolve();

  constructor(runtime: Runtime, options: ReplicaManagerOptions) {
    this.#runtime = runtime;
    this.brokerId = options.brokerId;
    this.alterIsr = options.alterIsr;
    this.#config = options.config;
    this.#logs = options.logs;
    this.#checkpoint = new HighWatermarkCheckpoint(runtime.disk, runtime.log);
    this.#produces = new Purgatory(runtime);
    this.#fetches = new Purgatory(runtime);
    this.#offline = new OfflinePartitions(runtime, () => this.#reopen());
  }

  /** The cluster as this broker knows it. */
  get image(): MetadataImage {
    return this.#image;
  }

  /**
   * Takes over what the controller pushed: opens, deletes and reconfigures partitions. One image after the other, in
   * short turns, as there may be thousands. An old image is ignored.
   */
  applyImage(image: MetadataImage): Promise<void> {
    const applied = this.#applied.then(() => this.#applyImage(image));
    this.#applied = applied.catch(() => {});
    return applied;
  }

  /**
   * The partition, to ask it something.
   * @throws KafkaError UNKNOWN_TOPIC_OR_PARTITION; NOT_LEADER_OR_FOLLOWER when only other brokers have it, or this
   *   one is about to open it; KAFKA_STORAGE_ERROR when its log can't be used.
   */
  partition(topic: string, index: number): Partition {
    const partition = this.#partitions.get(topic)?.[index];
    if (partition !== undefined) return partition;
    const registration = this.#image.partition(topic, index);
    if (registration === undefined) {
      throw new KafkaError("UNKNOWN_TOPIC_OR_PARTITION", `There is no partition ${index} of topic ${topic}`);
    }
    const error = this.#offline.errorOf(topic, index);
    if (error !== undefined) {
      throw new KafkaError("KAFKA_STORAGE_ERROR", `The log of ${topic}-${index} can't be used: ${error.message}`);
    }
    throw new KafkaError("NOT_LEADER_OR_FOLLOWER", `Broker ${this.brokerId} doesn't have ${topic}-${index} open`);
  }

  /** Whether the partition waits to be opened, because there was no room for it, or no descriptor. */
  isWaitingToOpen(topic: string, index: number): boolean {
    return this.#offline.isWaiting(topic, index);
  }

  /** All partitions of this broker. */
  *partitions(): Iterable<Partition> {
    for (const ofTopic of this.#partitions.values()) {
      for (const partition of ofTopic) if (partition !== undefined) yield partition;
    }
  }

  /**
   * Appends a producer's batches, each partition on its own: some may fail, the rest succeeds.
   * @returns at once unless acks=all has to wait for other replicas.
   */
  append(request: AppendRequest): readonly AppendResult[] | Promise<readonly AppendResult[]> {
    const pending: PendingAppend[] = [];
    const results = request.partitions.map((wanted) => this.#append(wanted, request, pending));
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
    place: AnswerPlace = UNLIMITED,
  ): readonly FetchedPartition[] | Promise<readonly FetchedPartition[]> {
    const reading = this.#read(request, place);
    if (request.replicaId >= 0) this.#noteFollower(request.replicaId, reading.results);
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
      const keys = reading.awaited.map(({ partition }) => partition);
      place.onGone(this.#fetches.tryCompleteElseWatch(delayed, keys, request.maxWaitMs));
    });
  }

  /** For {@link Partition}: something has changed, so requests that wait on it are looked at again. */
  progressed(partition: Partition): void {
    this.#produces.check(partition);
    this.#fetches.check(partition);
  }

  /** Log dirs have failed: their partitions answer KAFKA_STORAGE_ERROR from now on. */
  giveUp(partitions: readonly TopicPartition[]): void {
    for (const { topic, partition: index } of partitions) {
      const partition = this.#partitions.get(topic)?.[index];
      if (partition === undefined) continue;
      delete this.#partitions.get(topic)![index];
      this.#offline.add(topic, index, new KafkaError("KAFKA_STORAGE_ERROR", "its log dir has failed"));
      partition.stop();
    }
  }

  /** Writes all high watermarks down. */
  checkpointHighWatermarks(): void {
    this.#checkpoint.write(this.partitions());
  }

  /** Answers everything that waits. Later requests don't wait. */
  close(): void {
    this.#offline.close();
    this.#produces.close();
    this.#fetches.close();
  }

  async #applyImage(image: MetadataImage): Promise<void> {
    if (!image.isNewerThan(this.#image)) return;
    const changes = this.#changes(this.#image, image);
    this.#image = image;
    await runGradually(this.#runtime, changes);
    this.#offline.tryLater();
  }

  /** Tries those partitions again that couldn't be opened. Images that come meanwhile wait. */
  #reopen(): void {
    this.#applied = this.#applied
      .then(() => runGradually(this.#runtime, this.#openWaiting()))
      .catch((error: unknown) => void this.#toKafkaError(error, "Open partitions"));
  }

  *#openWaiting(): Generator<void, void> {
    for (const name of this.#offline.waiting()) {
      const topic = this.#image.topics.get(name.topic);
      const registration = topic?.partitions[name.partition];
      if (topic === undefined || registration === undefined) continue;
      yield* this.#logs.reload(name);
      if (this.#offline.isClosed) return;
      this.#openPartition(topic, name.partition, registration, false);
    }
    this.#offline.tryLater();
  }

  *#changes(before: MetadataImage, after: MetadataImage): Generator<void, void> {
    const isFirst = before.controllerEpoch < 0;
    const delta = metadataDelta(before, after);
    if (isFirst) yield* this.#setStraysAside();
    for (const topic of delta.deletedTopics) yield* this.#deleteTopic(topic);
    for (const change of delta.changedPartitions) {
      this.#applyChange(change, isFirst);
      yield;
    }
    for (const topic of delta.changedConfigs) this.#configure(topic);
  }

  #append(wanted: AppendPartition, request: AppendRequest, pending: PendingAppend[]): AppendResult {
    const { topic, index } = wanted;
    const { requiredAcks } = request;
    let logStartOffset = -1;
    try {
      const records = recordsOf(wanted, request);
      const partition = this.partition(topic, index);
      logStartOffset = partition.log.logStartOffset;
      const info = partition.appendAsLeader(records, requiredAcks);
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
      const known = WITHOUT_LOG_START.has(kafkaError.code) ? -1 : logStartOffset;
      return { topic, index, error: kafkaError, baseOffset: -1, logAppendTimeMs: -1, logStartOffset: known };
    }
  }

  /**
   * A follower that fetches from an offset has everything below it: if its epoch is the current one, and its log has
   * not parted from ours.
   */
  #noteFollower(replicaId: number, results: readonly FetchedPartition[]): void {
    for (const { request, found } of results) {
      if (found === null || found.divergingEpoch !== null) continue;
      const { topic, index, fetchOffset } = request;
      if (!this.#image.partition(topic, index)?.replicas.includes(replicaId)) continue;
      const partition = this.#partitions.get(topic)?.[index];
      if (partition?.isLeader) partition.followerFetched(replicaId, fetchOffset);
    }
  }

  #read(request: FetchRequest, place: AnswerPlace): FetchReading {
    const isolation = request.replicaId >= 0 ? "log_end" : request.isolation;
    const results: FetchedPartition[] = [];
    const awaited: AwaitedPartition[] = [];
    const room = place.room();
    const maxBytes = Math.min(request.maxBytes, room);
    let bytes = 0;
    let mustAnswer = request.mustAnswer || request.partitions.length === 0;
    for (const wanted of request.partitions) {
      try {
        const partition = this.partition(wanted.topic, wanted.index);
        const found = partition.read({
          ...wanted,
          isolation,
          maxBytes: Math.max(0, Math.min(wanted.maxBytes, maxBytes - bytes)),
          minOneMessage: bytes === 0 && room > 0,
        });
        bytes += found.records.length;
        // Whoever has something, and would get more by asking again, doesn't wait for minBytes.
        mustAnswer ||= found.divergingEpoch !== null || (found.hasMore && bytes > 0);
        const { leaderEpoch, bytesAppended } = partition;
        const end = partition.endFor(isolation);
        awaited.push({ partition, leaderEpoch, end, isWhole: end === partition.log.logEndOffset, bytesAppended });
        results.push({ request: wanted, error: null, found });
      } catch (error) {
        const kafkaError = this.#toKafkaError(error, `Fetch from ${wanted.topic}-${wanted.index}`);
        results.push({ request: wanted, error: kafkaError, found: null });
        mustAnswer = true;
      }
    }
    const lacksRoom = room === 0;
    if (lacksRoom) place.onRoom(() => awaited.forEach(({ partition }) => this.#fetches.check(partition)));
    const missingBytes = request.minBytes - bytes;
    const isFinal = mustAnswer || missingBytes <= 0;
    return { results, isolation, awaited, bytes, lacksRoom, missingBytes, isFinal };
  }

  /**
   * Logs that were deleted, or moved to another broker, while this one was down; or whose topics the cluster has
   * forgotten by accident. So they are kept, as Kafka 4 does.
   */
  *#setStraysAside(): Generator<void, void> {
    const found = this.#logs.all.map(({ topicPartition, topicId }) => ({ topicPartition, topicId }));
    // Whose a folder is that can't be loaded, only its name says.
    for (const topicPartition of this.#logs.unloadable) found.push({ topicPartition, topicId: null });
    for (const { topicPartition, topicId } of found) {
      const { topic, partition: index } = topicPartition;
      const known = topicId === null ? this.#image.topics.get(topic) : this.#image.topicById(topicId);
      const isOurs = known?.name === topic && known.partitions[index]?.replicas.includes(this.brokerId);
      if (isOurs) continue;
      try {
        const kept = this.#logs.setAside(topicPartition);
        this.#runtime.log.warn(`${topic}-${index} does not belong to this broker any more: it is kept as ${kept}`);
      } catch (error) {
        this.#toKafkaError(error, `Set aside ${topic}-${index}`);
      }
      yield;
    }
  }

  #applyChange({ topic, index, registration }: PartitionChange, isFirst: boolean): void {
    const existing = this.#partitions.get(topic.name)?.[index];
    if (!registration.replicas.includes(this.brokerId)) {
      this.#deletePartition(topic.name, index);
    } else if (existing !== undefined) {
      existing.become(registration);
    } else {
      this.#openPartition(topic, index, registration, !isFirst);
    }
  }

  #openPartition(topic: TopicImage, index: number, registration: PartitionRegistration, isNew: boolean): void {
    const name = { topic: topic.name, partition: index };
    try {
      const config = effectiveTopicConfig(this.#config, topic.configs);
      const log = this.#logs.getOrCreate(name, { topicId: topic.topicId, config: logConfigFrom(config), isNew });
      const partition = new Partition(this, topic.name, index, log, registration, this.#checkpoint.read(log));
      partition.configure(config);
      const ofTopic = this.#partitions.get(topic.name) ?? [];
      ofTopic[index] = partition;
      this.#partitions.set(topic.name, ofTopic);
      this.#offline.delete(topic.name, index);
    } catch (error) {
      // The others live on; requests for this one are told KAFKA_STORAGE_ERROR.
      const kafkaError = mayPass(error) ? error : this.#toKafkaError(error, `Open ${topic.name}-${index}`);
      this.#offline.add(topic.name, index, kafkaError);
    }
  }

  #configure(topic: TopicImage): void {
    const config = effectiveTopicConfig(this.#config, topic.configs);
    for (const partition of this.#partitions.get(topic.name) ?? []) partition?.configure(config);
  }

  *#deleteTopic(topic: TopicImage): Generator<void, void> {
    for (const index of topic.partitions.keys()) {
      this.#deletePartition(topic.name, index);
      yield;
    }
    this.#partitions.delete(topic.name);
  }

  #deletePartition(topic: string, index: number): void {
    const partition = this.#partitions.get(topic)?.[index];
    delete this.#partitions.get(topic)?.[index];
    this.#offline.delete(topic, index);
    partition?.stop();
    try {
      this.#logs.delete({ topic, partition: index });
    } catch (error) {
      // Its disk has failed. The topic is gone all the same, and so must be its other partitions.
      this.#toKafkaError(error, `Delete ${topic}-${index}`);
    }
  }

  #toKafkaError(error: unknown, doing: string): KafkaError {
    return toKafkaError(error, doing, this.#runtime.log);
  }
}

/** For who asks from within. */
const UNLIMITED: AnswerPlace = { onGone: () => {}, room: () => Infinity, onRoom: () => {}, hold: () => {} };

const WITHOUT_LOG_START: ReadonlySet<string> = new Set([
  "UNKNOWN_TOPIC_OR_PARTITION",
  "NOT_LEADER_OR_FOLLOWER",
  "MESSAGE_TOO_LARGE",
  "RECORD_LIST_TOO_LARGE",
  "CORRUPT_MESSAGE",
  "KAFKA_STORAGE_ERROR",
]);
