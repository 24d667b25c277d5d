/**
 * A broker, assembled: listeners in front, the logs behind, and the cluster's state between them. It runs on any
 * runtime: on a real machine, or as one of several in a simulation. Source: Kafka's `KafkaServer`, `BrokerServer`.
 *
 * @module
 */
import { type ParsedBrokerConfig } from "#ground/config/broker-config";
import { LONG_MAX } from "#ground/config/config-value";
import { DynamicBrokerConfig } from "#ground/config/dynamic-broker-config";
import { type EndPoint } from "#ground/config/listeners";
import { errorForCode, KafkaError } from "#ground/errors";
import { effectiveTopicConfig } from "#ground/config/topic-config";
import { type Coordination, type CoordinationSession } from "#ground/coordination/coordination";
import { uuidToString } from "#ground/protocol/uuid";
import { randomUuid, type Runtime } from "#ground/runtime";
import { type TopicPartition } from "#ground/topic-partition";
import { LogCleaner } from "#compaction";
import { logConfigFrom, LogManager } from "#log";
import { PeriodicTasks } from "#ground/periodic-tasks";
import { GroupCoordinator } from "#groups";
import { type Controller, prepareCluster, readBrokerConfigs, readTopicSettings, ReplicaManager } from "#replication";
import { AutoTopics } from "./auto-topics.ts";
import { type BrokerState, brokerState, FOR_A_PICTURE, type Looked, type LookLimits } from "./broker-state.ts";
import { endPointOf } from "./brokers-for.ts";
import { FetchSessions } from "./fetch-sessions.ts";
import { HANDLERS } from "./handlers/index.ts";
import { ImageFetcher } from "./image-fetcher.ts";
import { ControlledShutdown } from "./inter-broker/apis.ts";
import { BrokerLink } from "./inter-broker/broker-link.ts";
import { ControllerChannel, type ControllerChannelOptions } from "./inter-broker/controller-channel.ts";
import { allocateProducerIds, sendAlterPartition, sendOfflineReplicas } from "./inter-broker/controller-requests.ts";
import { RemoteLeader } from "./inter-broker/remote-leader.ts";
import { Listeners } from "./listeners.ts";
import { logDirContents } from "./log-dirs.ts";
import { Membership } from "./membership.ts";
import { ProducerIds } from "./producer-ids.ts";
import { RequestDispatcher } from "./request-dispatcher.ts";

/** A controller that doesn't answer a broker for so long is looked for elsewhere. */
const SLOWEST_CONTROLLER_MS = 5_000;

/** What a broker is made of. */
export interface BrokerOptions {
  readonly config: ParsedBrokerConfig;
  /** Where the cluster's state is kept. */
  readonly coordination: Coordination;
  /** The broker can't go on: all its disks have failed. Its owner should stop it. */
  readonly onFatal?: (error: Error) => void;
}

/**
 * One broker. {@link Broker.start} resolves when it serves; {@link Broker.stop} gives everything back: files, locks,
 * ports, timers. A broker is started once.
 */
export class Broker {
  readonly #runtime: Runtime;
  readonly #options: BrokerOptions;
  readonly #configuration: DynamicBrokerConfig;
  readonly #tasks: PeriodicTasks;
  /** What there is to undo, the oldest first. */
  readonly #undo: (() => void | Promise<void>)[] = [];
  #logs: LogManager | null = null;
  #replicas: ReplicaManager | null = null;
  #looked: Looked | null = null;
  #endPoints: readonly EndPoint[] = [];
  #stopping: Promise<void> | null = null;

  constructor(runtime: Runtime, options: BrokerOptions) {
    this.#runtime = runtime;
    this.#options = options;
    this.#configuration = new DynamicBrokerConfig(options.config);
    this.#tasks = new PeriodicTasks(runtime);
  }

  get brokerId(): number {
    return this.#configuration.config["broker.id"];
  }

  /** Where clients find it, by listener; once it has started, with real ports for those given as 0. */
  get endPoints(): readonly EndPoint[] {
    return this.#endPoints;
  }

  /** Its replicas, for who looks on; null before they are there. */
  get replicas(): ReplicaManager | null {
    return this.#replicas;
  }

  /** What it knows at this moment, for who looks on; null while it doesn't serve. */
  state(most: LookLimits = FOR_A_PICTURE): BrokerState | null {
    return this.#looked === null ? null : brokerState(this.#looked, most);
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
    const { config } = this.#configuration;
    const membership = new Membership(runtime, {
      config,
      coordination: this.#options.coordination,
      publish: async (image) => {
        await replicas.applyImage(image);
        images.look();
      },
      onExpired: () => replicas.fence(),
    });
    this.#undo.push(() => membership.close());
    const session = await membership.connect();
    const clusterId = await prepareCluster(session, uuidToString(randomUuid(runtime.random)));
    const logs = await this.#openLogs(session, clusterId);
    const listeners = await this.#bind();
    const local = (): Controller | null => membership.controller;
    const toController: ControllerChannelOptions = {
      brokerId,
      local,
      locate: () => membership.locateController(),
      answerLocally: (api, value) => dispatcher.answerLocally(api, value),
      requestTimeoutMs: Math.min(config["controller.socket.timeout.ms"], SLOWEST_CONTROLLER_MS),
    };
    const channel = new ControllerChannel(runtime, toController);
    this.#undo.push(() => channel.close());
    // Of its own: answers come in the order of the requests, and one for an image waits until there is a newer one.
    const imageChannel = new ControllerChannel(runtime, toController);
    this.#undo.push(() => imageChannel.close());
    // And what clients ask for, which takes as long as it takes: the broker's own requests don't wait behind it.
    const forwarding = new ControllerChannel(runtime, {
      ...toController, requestTimeoutMs: config["controller.socket.timeout.ms"],
    });
    this.#undo.push(() => forwarding.close());
    const replicas = this.#makeReplicas(logs, channel, membership);
    const groups = this.#makeGroups(replicas);
    const dispatcher: RequestDispatcher = this.#makeDispatcher(
      replicas, groups, { channel, forwarding }, membership,
    );
    const images: ImageFetcher = new ImageFetcher(runtime, {
      brokerId, replicas, channel: imageChannel, local, onController: (id) => forwarding.controllerIs(id),
    });
    this.#undo.push(() => images.close());
    await membership.join(clusterId, this.#endPoints);
    if (config["auto.leader.rebalance.enable"]) this.#rebalance(local);
    images.start();
    // From here on it knows what it leads, and the others know of it.
    await images.until(({ brokers }) => brokers.get(brokerId)?.brokerEpoch === membership.brokerEpoch);
    this.#looked = {
      brokerId,
      replicas,
      groups,
      get brokerEpoch(): number {
        return membership.brokerEpoch;
      },
    };
    listeners.serve((request, listener) => dispatcher.dispatch(request, listener));
    // Undone first, so that closing the listeners doesn't wait for long polls.
    this.#undo.push(() => replicas.close());
    this.#undo.push(() => groups.runtime.close());
    this.#undo.push(() => this.#leave(replicas, channel, membership));
  }

  async #openLogs(session: CoordinationSession, clusterId: string): Promise<LogManager> {
    const { config } = this.#configuration;
    this.#configuration.update(await readBrokerConfigs(session));
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
    if (config["log.cleaner.enable"]) this.#startCleaner(logs);
    return logs;
  }

  #startCleaner(logs: LogManager): void {
    const { config } = this.#configuration;
    const cleaner = new LogCleaner(this.#runtime, {
      logs: () => logs.all,
      checkpoint: () => logs.checkpointCleanOffsets(),
      backoffMs: config["log.cleaner.backoff.ms"],
      dedupeBufferBytes: config["log.cleaner.dedupe.buffer.size"],
      loadFactor: config["log.cleaner.io.buffer.load.factor"],
    });
    this.#undo.push(() => cleaner.close());
    cleaner.start();
  }

  /** A log dir has failed. The broker goes on without it, as long as it has another one. */
  #giveUp(partitions: readonly TopicPartition[]): void {
    this.#replicas?.giveUp(partitions);
    const isLast = this.#logs?.offlineDirs.length === this.#configuration.config["log.dirs"].length;
    if (isLast) this.#fatal(new Error("All log dirs have failed."));
  }

  async #bind(): Promise<Listeners> {
    const listeners = new Listeners(this.#runtime, this.#configuration.config);
    this.#undo.push(() => listeners.close());
    this.#endPoints = await listeners.bind();
    return listeners;
  }

  #makeReplicas(logs: LogManager, channel: ControllerChannel, membership: Membership): ReplicaManager {
    const { brokerId } = this;
    const { config } = this.#configuration;
    const brokerEpoch = (): number => membership.brokerEpoch;
    const linkTo = (leader: number): BrokerLink =>
      new BrokerLink(this.#runtime, {
        locate: () => endPointOf(replicas.image, leader, config["inter.broker.listener.name"]),
        clientId: `broker-${brokerId}-fetcher-0`,
        connectTimeoutMs: config["replica.socket.timeout.ms"],
        requestTimeoutMs: config["replica.socket.timeout.ms"],
      });
    const replicas: ReplicaManager = new ReplicaManager(this.#runtime, {
      brokerId,
      config,
      logs,
      sendAlterPartition: (items) => sendAlterPartition(channel, { brokerId, brokerEpoch: brokerEpoch() }, items),
      sendOfflineReplicas: (names) => sendOfflineReplicas(channel, { brokerId, brokerEpoch: brokerEpoch() }, names),
      connectLeader: (leader) => new RemoteLeader(leader, linkTo(leader), { brokerId, brokerEpoch }, config),
      reconfigure: (overrides) => this.#configuration.update(overrides),
    });
    this.#replicas = replicas;
    const everyMs = config["replica.high.watermark.checkpoint.interval.ms"];
    this.#tasks.start("high watermark checkpoint", everyMs, everyMs, () =>
      replicas.checkpointHighWatermarksGradually(),
    );
    const lookMs = config["replica.lag.time.max.ms"] / 2;
    this.#tasks.start("slow followers", lookMs, lookMs, () => replicas.shrinkIsrs());
    this.#undo.push(() => this.#tasks.stop());
    this.#undo.push(() => replicas.checkpointHighWatermarks());
    return replicas;
  }

  /** The controller gives brokers back what they should lead. */
  #rebalance(controller: () => Controller | null): void {
    const everyMs = 1_000 * this.#options.config.config["leader.imbalance.check.interval.seconds"];
    this.#tasks.start("leader rebalance", everyMs, everyMs, () => controller()?.rebalanceLeaders());
  }

  #makeGroups(replicas: ReplicaManager): GroupCoordinator {
    const { config } = this.#configuration;
    const groups = new GroupCoordinator(this.#runtime, { config, image: () => replicas.image });
    replicas.addListener(groups.runtime);
    return groups;
  }

  #makeDispatcher(
    replicas: ReplicaManager,
    groups: GroupCoordinator,
    { channel, forwarding }: Record<"channel" | "forwarding", ControllerChannel>,
    membership: Membership,
  ): RequestDispatcher {
    const { log, clock } = this.#runtime;
    const { brokerId } = this;
    const configuration = this.#configuration;
    const { config } = configuration;
    return new RequestDispatcher({
      config,
      get parsedConfig(): ParsedBrokerConfig {
        return configuration.parsed;
      },
      log,
      clock,
      replicas,
      get controller(): Controller {
        if (membership.controller === null) throw new KafkaError("NOT_CONTROLLER", "Not part of the cluster now.");
        return membership.controller;
      },
      forwarding,
      producerIds: new ProducerIds(() => allocateProducerIds(channel, brokerId, membership.brokerEpoch)),
      fetchSessions: new FetchSessions(
        this.#runtime,
        config["max.incremental.fetch.session.cache.slots"],
        (topicId) => replicas.image.topicById(topicId)?.name,
      ),
      autoTopics: new AutoTopics(forwarding, config, log),
      logDirs: () => logDirContents(config["log.dirs"], this.#logs!),
      groups,
      handlers: HANDLERS,
    });
  }

  /** Gives up in order what it leads, before it stops: nobody has to wait until its session is over. */
  async #leave(replicas: ReplicaManager, channel: ControllerChannel, { brokerEpoch }: Membership): Promise<void> {
    const { config } = this.#configuration;
    const isAlone = replicas.image.brokers.size <= 1;
    if (isAlone || !config["controlled.shutdown.enable"]) return;
    for (let attempt = 0; attempt <= config["controlled.shutdown.max.retries"]; attempt++) {
      try {
        const answer = await channel.send(ControlledShutdown, 0, { brokerId: this.brokerId, brokerEpoch });
        const error = errorForCode(answer.errorCode);
        if (error !== null) throw error;
        return;
      } catch (error) {
        this.#runtime.log.warn(`The broker could not give up its partitions in order: ${String(error)}`);
        await channel.pause();
      }
    }
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
