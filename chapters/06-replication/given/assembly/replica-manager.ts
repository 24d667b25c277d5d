/**
 * All replicas of one broker (Kafka's `ReplicaManager`). The handlers of the wire protocol call nothing below this.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { type BrokerConfig } from "#ground/config/broker-config";
import { type BrokerOverrides } from "#ground/config/dynamic-broker-config";
import { effectiveTopicConfig } from "#ground/config/topic-config";
import { type KafkaError, mayPass, refusal } from "#ground/errors";
import { type AnswerPlace } from "#ground/network/received-request";
import { type Runtime } from "#ground/runtime";
import { runGradually, runWhile } from "#ground/gradually";
import { toKafkaError } from "#ground/to-kafka-error";
import { type TopicPartition } from "#ground/topic-partition";
import { logConfigFrom, type LogManager } from "#log";
import { type IsrProposal } from "#replication/leader-state";
import { type AppendRequest, type AppendResult } from "./append-request.ts";
import { type AlteredPartition, AlterPartitionManager, type SendAlterPartition } from "./alter-partition-manager.ts";
import { type DeleteRecordsRequest, type DeleteRecordsResult } from "./delayed-delete-records.ts";
import { type FetchedPartition, type FetchRequest } from "./fetch-request.ts";
import { HighWatermarkCheckpoint } from "./high-watermark-checkpoint.ts";
import { metadataDelta, type MetadataDelta, newReplicas, type PartitionChange } from "./metadata-delta.ts";
import { MetadataImage, type PartitionRegistration, type TopicImage } from "../metadata-image.ts";
import { OfflinePartitions } from "./offline-partitions.ts";
import { OfflineReport, type SendOfflineReplicas } from "./offline-report.ts";
import { Partition } from "#replication/partition";
import { type PartitionHost } from "../partition-host.ts";
import { type PartitionListener } from "../partition-listener.ts";
import { type ConnectLeader, ReplicaFetcherManager } from "./replica-fetcher-manager.ts";
import { ReplicaRequests } from "./replica-requests.ts";
import { setAside, strayLogs } from "./stray-logs.ts";

/** What a replica manager is made of. */
export interface ReplicaManagerOptions {
  readonly brokerId: number;
  readonly config: BrokerConfig;
  /** Open, with all logs recovered. The replica manager doesn't close it. */
  readonly logs: LogManager;
  /** Asks the controller for other ISRs. */
  readonly sendAlterPartition: SendAlterPartition;
  /** Tells the controller which replicas can't be used. Missing: nobody is told. */
  readonly sendOfflineReplicas?: SendOfflineReplicas;
  /** The way to other brokers, to fetch from them. */
  readonly connectLeader: ConnectLeader;
  /** Takes over what is set for brokers while they run, in `config`. @returns whether that changed anything */
  readonly reconfigure?: (overrides: BrokerOverrides) => boolean;
}

/**
 * Owns the partitions that this broker has a replica of. They come and go with the metadata images that the
 * controller pushes. {@link ReplicaRequests} answers what is asked of them.
 */
export class ReplicaManager implements PartitionHost {
  readonly brokerId: number;
  readonly #runtime: Runtime;
  readonly #config: BrokerConfig;
  readonly #logs: LogManager;
  readonly #checkpoint: HighWatermarkCheckpoint;
  readonly #requests: ReplicaRequests;
  readonly #fetchers: ReplicaFetcherManager;
  readonly #alterPartitions: AlterPartitionManager;
  readonly #reconfigure: (overrides: BrokerOverrides) => boolean;
  readonly #listeners: PartitionListener[] = [];
  /** By topic, then by index; undefined where another broker has the replicas. */
  readonly #partitions = new Map<string, (Partition | undefined)[]>();
  readonly #offline: OfflinePartitions;
  readonly #offlineReport: OfflineReport;
  #image = MetadataImage.empty("");
  /** Settles when all images that were pushed so far have been taken over. */
  #applied: Promise<void> = Promise.resolve();

  constructor(runtime: Runtime, options: ReplicaManagerOptions) {
    this.#runtime = runtime;
    this.brokerId = options.brokerId;
    this.#config = options.config;
    this.#logs = options.logs;
    this.#reconfigure = options.reconfigure ?? (() => false);
    this.#checkpoint = new HighWatermarkCheckpoint(runtime.disk, runtime.log);
    this.#requests = new ReplicaRequests(runtime, {
      partition: (topic, index) => this.partition(topic, index),
      isAlive: (brokerId) => this.#image.brokers.has(brokerId),
    });
    const backoffMs = options.config["replica.fetch.backoff.ms"];
    this.#fetchers = new ReplicaFetcherManager(runtime, options.connectLeader, { backoffMs });
    this.#alterPartitions = new AlterPartitionManager(runtime, options.sendAlterPartition);
    this.#offline = new OfflinePartitions(runtime, () => this.#reopen());
    this.#offlineReport = new OfflineReport(
      runtime,
      options.sendOfflineReplicas ?? (() => Promise.resolve()),
      () => this.#offline.replicas(this.#image),
      () => this.#image.brokers.get(this.brokerId)?.offlineReplicas ?? new Set(),
    );
  }

  /** The cluster as this broker knows it. */
  get image(): MetadataImage {
    return this.#image;
  }

  /**
   * Takes over what the controller pushed: opens, deletes and reconfigures partitions. One image after the other, in
   * short turns, as there may be thousands. An old image is ignored, and one that no controller vouches for.
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
    if (partition !== undefined && this.#isOfImage(partition)) return partition;
    const registration = this.#image.partition(topic, index);
    if (registration === undefined) {
      throw refusal("UNKNOWN_TOPIC_OR_PARTITION", `There is no partition ${index} of topic ${topic}`);
    }
    const error = this.#offline.errorOf(topic, index);
    if (error !== undefined) {
      throw refusal("KAFKA_STORAGE_ERROR", `The log of ${topic}-${index} can't be used: ${error.message}`);
    }
    throw refusal("NOT_LEADER_OR_FOLLOWER", `Broker ${this.brokerId} doesn't have ${topic}-${index} open`);
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

  /** See {@link ReplicaRequests.append}. */
  append(request: AppendRequest, place?: AnswerPlace): readonly AppendResult[] | Promise<readonly AppendResult[]> {
    return this.#requests.append(request, place);
  }

  /** See {@link ReplicaRequests.fetch}. */
  fetch(
    request: FetchRequest,
    place?: AnswerPlace,
  ): readonly FetchedPartition[] | Promise<readonly FetchedPartition[]> {
    return this.#requests.fetch(request, place);
  }

  /** See {@link ReplicaRequests.deleteRecords}. */
  deleteRecords(request: DeleteRecordsRequest): Promise<readonly DeleteRecordsResult[]> {
    return this.#requests.deleteRecords(request);
  }

  /** Tells `listener` from now on what becomes of this broker's partitions. */
  addListener(listener: PartitionListener): void {
    this.#listeners.push(listener);
  }

  /** For {@link Partition}: something has changed, so requests that wait on it are looked at again. */
  progressed(partition: Partition): void {
    this.#requests.check(partition);
  }

  /** For {@link Partition}. */
  highWatermarkMoved(partition: Partition): void {
    for (const listener of this.#listeners) listener.highWatermarkMoved?.(partition);
  }

  /** For {@link Partition}: `replica.lag.time.max.ms`. */
  get maxLagMs(): number {
    return this.#config["replica.lag.time.max.ms"];
  }

  /** For {@link Partition}: the monotonic clock. */
  nowMs(): number {
    return this.#runtime.clock.nowMs();
  }

  /** For {@link Partition}: whether a broker may be in sync. */
  isEligible(brokerId: number, brokerEpoch: number): boolean {
    const broker = this.#image.brokers.get(brokerId);
    if (broker === undefined || broker.inControlledShutdown) return false;
    return brokerEpoch < 0 || brokerEpoch === broker.brokerEpoch;
  }

  /** For {@link Partition}: asks the controller for another ISR. */
  alterIsr(partition: Partition, proposal: IsrProposal): Promise<AlteredPartition> {
    return this.#alterPartitions.submit(partition, proposal);
  }

  /** For {@link Partition}: other work goes on meanwhile. Then the partition is fetched at once, if it was waiting. */
  finishTruncation(partition: Partition, rest: Generator<void, boolean>): void {
    const { name, log } = partition;
    runWhile(this.#runtime, () => !log.isClosed, rest).then(
      () => this.#fetchers.follow(partition),
      (error: unknown) => void this.#toKafkaError(error, `Truncate ${name}`),
    );
  }

  /** Takes slow followers out of the ISRs. To be called every half of `replica.lag.time.max.ms`. */
  shrinkIsrs(): void {
    for (const partition of this.partitions()) partition.maybeShrinkIsr();
  }

  /**
   * The session with the coordination service is over: others lead by now, or soon. Stops leading until an image says
   * otherwise.
   */
  fence(): void {
    for (const partition of this.partitions()) {
      if (!partition.isLeader) continue;
      partition.fence();
      this.#roleChanged(partition);
    }
  }

  /** Log dirs have failed: their partitions answer KAFKA_STORAGE_ERROR from now on. */
  giveUp(partitions: readonly TopicPartition[]): void {
    for (const { topic, partition: index } of partitions) {
      const partition = this.#partitions.get(topic)?.[index];
      if (partition === undefined) continue;
      delete this.#partitions.get(topic)![index];
      this.#offline.add(topic, index, refusal("KAFKA_STORAGE_ERROR", "its log dir has failed"));
      this.#stop(partition);
    }
    this.#offlineReport.look();
  }

  /** Writes all high watermarks down at once. */
  checkpointHighWatermarks(): void {
    this.#checkpoint.write(this.partitions());
  }

  /** Writes all high watermarks down; nobody has to wait for the device. */
  checkpointHighWatermarksGradually(): Promise<void> {
    return this.#checkpoint.writeGradually(this.partitions());
  }

  /** Answers everything that waits. Later requests don't wait. */
  close(): void {
    this.#offline.close();
    this.#offlineReport.close();
    this.#fetchers.close();
    this.#requests.close();
  }

  async #applyImage(image: MetadataImage): Promise<void> {
    if (image.controllerEpoch < 0 || !image.isNewerThan(this.#image)) return;
    const isFirst = this.#image.controllerEpoch < 0;
    const delta = metadataDelta(this.#image, image);
    this.#image = image;
    const isThere = (topic: string, index: number): boolean => this.#partitions.get(topic)?.[index] !== undefined;
    if (!isFirst) await this.#logs.prepare(newReplicas(delta, this.brokerId, isThere));
    if (this.#offline.isClosed) return;
    await runGradually(this.#runtime, this.#changes(delta, image, isFirst));
    this.#offline.tryLater();
    this.#offlineReport.look();
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
    this.#offlineReport.look();
  }

  *#changes(delta: MetadataDelta, after: MetadataImage, isFirst: boolean): Generator<void, void> {
    const configured = this.#reconfigure(after.brokerConfigs) ? after.topics.values() : delta.changedConfigs;
    const strays = isFirst ? strayLogs(this.#logs, after, this.brokerId) : [];
    for (const stray of strays) {
      setAside(this.#logs, stray, this.#runtime.log);
      yield;
    }
    for (const topic of delta.deletedTopics) yield* this.#deleteTopic(topic);
    for (const change of delta.changedPartitions) {
      this.#applyChange(change, isFirst);
      yield;
    }
    for (const topic of configured) {
      this.#configure(topic);
      yield;
    }
  }

  #applyChange({ topic, index, registration }: PartitionChange, isFirst: boolean): void {
    const existing = this.#partitions.get(topic.name)?.[index];
    if (!registration.replicas.includes(this.brokerId)) {
      this.#deletePartition(topic.name, index);
    } else if (existing !== undefined) {
      const before = existing.leaderEpoch;
      existing.become(registration);
      if (existing.leaderEpoch !== before) this.#roleChanged(existing);
    } else {
      // What is offline may be in a log dir that couldn't be opened.
      const isNew = !isFirst && this.#offline.errorOf(topic.name, index) === undefined;
      this.#openPartition(topic, index, registration, isNew);
    }
  }

  #openPartition(topic: TopicImage, index: number, registration: PartitionRegistration, isNew: boolean): void {
    const name = { topic: topic.name, partition: index };
    // Who is in sync has committed records of the topic: until others have them, the folder may be all that is left.
    if (!registration.isr.includes(this.brokerId) && this.#logs.isAnothers(name)) {
      setAside(this.#logs, name, this.#runtime.log);
    }
    try {
      const config = effectiveTopicConfig(this.#config, topic.configs);
      const log = this.#logs.getOrCreate(name, { topicId: topic.topicId, config: logConfigFrom(config), isNew });
      const partition = new Partition(this, topic.topicId, log, registration, this.#checkpoint.read(log));
      partition.configure(config);
      log.onLogStartMoved = () => this.#logStartMoved(partition);
      const ofTopic = this.#partitions.get(topic.name) ?? [];
      ofTopic[index] = partition;
      this.#partitions.set(topic.name, ofTopic);
      this.#offline.delete(topic.name, index);
      this.#roleChanged(partition);
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
    if (partition !== undefined) this.#stop(partition);
    try {
      this.#logs.delete({ topic, partition: index });
    } catch (error) {
      // Its disk has failed. The topic is gone all the same, and so must be its other partitions.
      this.#toKafkaError(error, `Delete ${topic}-${index}`);
    }
  }

  /** A topic that was deleted and made again has other partitions: those of before take and give nothing. */
  #isOfImage({ topic, topicId }: Partition): boolean {
    const current = this.#image.topics.get(topic)?.topicId;
    return current !== undefined && Buffer.compare(current, topicId) === 0;
  }

  /** Neither the leader nor its followers look for it. */
  #logStartMoved(partition: Partition): void {
    this.#requests.check(partition);
    this.#fetchers.moved(partition);
  }

  #roleChanged(partition: Partition): void {
    this.#fetchers.follow(partition);
    for (const listener of this.#listeners) {
      if (partition.isLeader) listener.becameLeader?.(partition);
      else listener.becameFollower?.(partition);
    }
  }

  #stop(partition: Partition): void {
    partition.stop();
    this.#fetchers.follow(partition);
    for (const listener of this.#listeners) listener.stopped?.(partition);
  }

  #toKafkaError(error: unknown, doing: string): KafkaError {
    return toKafkaError(error, doing, this.#runtime.log);
  }
}
