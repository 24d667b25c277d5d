/**
 * A broker, assembled: listeners in front, the logs behind, and the cluster's state between them. It runs on any
 * runtime: on a real machine, or as one of several in a simulation. Source: Kafka's `KafkaServer`, `BrokerServer`.
 *
 * @module
 */
import { type ParsedBrokerConfig } from "#ground/config/broker-config";
import { LONG_MAX } from "#ground/config/config-value";
import { type EndPoint } from "#ground/config/listeners";
import { effectiveTopicConfig } from "#ground/config/topic-config";
import { type Coordination, type CoordinationSession } from "#ground/coordination/coordination";
import { uuidToString } from "#ground/protocol/uuid";
import { randomUuid, type Runtime } from "#ground/runtime";
import { type TopicPartition } from "#ground/topic-partition";
import { logConfigFrom, LogManager } from "#log";
import { PeriodicTasks } from "#ground/periodic-tasks";
import { Controller, prepareCluster, readTopicSettings, registerBroker, ReplicaManager } from "#replication";
import { AutoTopics } from "./auto-topics.ts";
import { HANDLERS } from "./handlers/index.ts";
import { Listeners } from "./listeners.ts";
import { ProducerIds } from "./producer-ids.ts";
import { RequestDispatcher } from "./request-dispatcher.ts";

/** What a broker is made of. */
export interface BrokerOptions {
  readonly config: ParsedBrokerConfig;
  /** Where the cluster's state is kept. */
  readonly coordination: Coordination;
  /** The broker can't go on: its session has expired, or all its disks have failed. Its owner should stop it. */
  readonly onFatal?: (error: Error) => void;
}

/**
 * One broker. {@link Broker.start} resolves when it serves; {@link Broker.stop} gives everything back: files, locks,
 * ports, timers. A broker is started once.
 */
export class Broker {
  readonly #runtime: Runtime;
  readonly #options: BrokerOptions;
  readonly #tasks: PeriodicTasks;
  /** What there is to undo, the oldest first. */
  readonly #undo: (() => void | Promise<void>)[] = [];
  #logs: LogManager | null = null;
  #replicas: ReplicaManager | null = null;
  #endPoints: readonly EndPoint[] = [];
  #stopping: Promise<void> | null = null;

  constructor(runtime: Runtime, options: BrokerOptions) {
    this.#runtime = runtime;
    this.#options = options;
    this.#tasks = new PeriodicTasks(runtime);
  }

  get brokerId(): number {
    return this.#options.config.config["broker.id"];
  }

  /** Where clients find it, by listener; once it has started, with real ports for those given as 0. */
  get endPoints(): readonly EndPoint[] {
    return this.#endPoints;
  }

  /**
   * Starts everything, in the order in which the parts need each other, and resolves when clients are served.
   * @throws KafkaError when something is in the way: a port, a lock, another broker with this id, somebody else's
   *   data. Then nothing stays open.
   */
  async start(): Promise<void> {
    try {
      await this.#start();
    } catch (error) {
      // What fails there, too, is in the log.
      await this.stop().catch(() => {});
      throw error;
    }
  }

  /**
   * Ends in order: waiting requests are answered and logs flushed, so that the next start has nothing to recover.
   * Rejects with the first error, after everything has been tried.
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #start(): Promise<void> {
    const runtime = this.#runtime;
    const { brokerId } = this;
    const session = await this.#connect();
    const clusterId = await prepareCluster(session, uuidToString(randomUuid(runtime.random)));
    const logs = await this.#openLogs(session, clusterId);
    const listeners = await this.#bind();
    const { replicas, controller } = this.#makeReplicasAndController(session, clusterId, logs);
    const { "broker.rack": rack } = this.#options.config.config;
    await registerBroker(session, { brokerId, endPoints: this.#endPoints, rack, timestampMs: runtime.clock.wallMs() });
    // This pushes the first image, which opens the partitions.
    await controller.start();
    this.#serve(listeners, replicas, controller);
  }

  async #connect(): Promise<CoordinationSession> {
    const { coordination, config } = this.#options;
    const session = await coordination.connect(config.config["zookeeper.session.timeout.ms"]);
    this.#undo.push(() => session.close());
    session.onExpired(() => this.#fatal(new Error("The broker's session with the coordination service has expired.")));
    return session;
  }

  async #openLogs(session: CoordinationSession, clusterId: string): Promise<LogManager> {
    const { config } = this.#options.config;
    const topics = await readTopicSettings(session);
    const logs = await LogManager.start({
      runtime: this.#runtime,
      logDirs: config["log.dirs"],
      owner: { clusterId, nodeId: this.brokerId },
      configFor: (topic) => logConfigFrom(effectiveTopicConfig(config, topics.get(topic)?.configs ?? {})),
      topicIdFor: (topic) => topics.get(topic)?.topicId,
      onDirFailure: (_, partitions) => this.#giveUp(partitions),
      retentionCheckMs: config["log.retention.check.interval.ms"],
      flushCheckMs: orNever(config["log.flush.scheduler.interval.ms"]),
      recoveryPointCheckpointMs: config["log.flush.offset.checkpoint.interval.ms"],
      logStartOffsetCheckpointMs: config["log.flush.start.offset.checkpoint.interval.ms"],
      producerIdExpirationMs: config["producer.id.expiration.ms"],
      producerIdExpirationCheckMs: config["producer.id.expiration.check.interval.ms"],
    });
    this.#undo.push(() => logs.shutdown());
    this.#logs = logs;
    return logs;
  }

  /** A log dir has failed. The broker goes on without it, as long as it has another one. */
  #giveUp(partitions: readonly TopicPartition[]): void {
    this.#replicas?.giveUp(partitions);
    const isLast = this.#logs?.offlineDirs.length === this.#options.config.config["log.dirs"].length;
    if (isLast) this.#fatal(new Error("All log dirs have failed."));
  }

  async #bind(): Promise<Listeners> {
    const listeners = new Listeners(this.#runtime, this.#options.config.config);
    this.#undo.push(() => listeners.close());
    this.#endPoints = await listeners.bind();
    return listeners;
  }

  #makeReplicasAndController(
    session: CoordinationSession,
    clusterId: string,
    logs: LogManager,
  ): { replicas: ReplicaManager; controller: Controller } {
    const { brokerId } = this;
    const { config } = this.#options.config;
    const controller: Controller = new Controller(this.#runtime, {
      brokerId,
      config,
      clusterId,
      session,
      push: (image) => replicas.applyImage(image),
    });
    const replicas: ReplicaManager = new ReplicaManager(this.#runtime, {
      brokerId,
      config,
      logs,
      alterIsr: async ({ topic, index, leaderEpoch, partitionEpoch }, isr) => {
        const { topicId } = replicas.image.topics.get(topic)!;
        await controller.alterPartition({ brokerId, topicId, index, leaderEpoch, partitionEpoch, isr });
      },
    });
    this.#replicas = replicas;
    const everyMs = config["replica.high.watermark.checkpoint.interval.ms"];
    this.#tasks.start("high watermark checkpoint", everyMs, everyMs, () => replicas.checkpointHighWatermarks());
    this.#undo.push(() => this.#tasks.stop());
    this.#undo.push(() => replicas.checkpointHighWatermarks());
    this.#undo.push(() => controller.close());
    return { replicas, controller };
  }

  #serve(listeners: Listeners, replicas: ReplicaManager, controller: Controller): void {
    const { log } = this.#runtime;
    const dispatcher = new RequestDispatcher({
      config: this.#options.config.config,
      parsedConfig: this.#options.config,
      log,
      replicas,
      controller,
      producerIds: new ProducerIds(() => controller.allocateProducerIds(this.brokerId)),
      autoTopics: new AutoTopics(controller, log),
      handlers: HANDLERS,
    });
    listeners.serve((request, listener) => dispatcher.dispatch(request, listener));
    // Undone first, so that closing the listeners doesn't wait for long polls.
    this.#undo.push(() => replicas.close());
  }

  #fatal(error: Error): void {
    this.#runtime.log.error(error.message);
    this.#options.onFatal?.(error);
  }

  /** A step that fails doesn't keep the others from being done: logs must be closed, and locks let go. */
  async #stop(): Promise<void> {
    const errors: unknown[] = [];
    while (this.#undo.length > 0) {
      try {
        await this.#undo.pop()!();
      } catch (error) {
        this.#runtime.log.error(`The broker did not stop in order: ${String(error)}`);
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}

/** Kafka's "never" is its largest long. */
function orNever(ms: number): number {
  return ms >= LONG_MAX ? Infinity : ms;
}
