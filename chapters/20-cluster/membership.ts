/**
 * A broker's place in the cluster: its session with the coordination service, its registration, its controller. When
 * the session is over, it joins again, in the same process. Source: Kafka's `KafkaServer.startup`, `ZooKeeperClient`'s
 * reinitialization.
 *
 * @module
 */
import { type BrokerConfig } from "#ground/config/broker-config";
import { type EndPoint } from "#ground/config/listeners";
import { CoordinationError, type Coordination, type CoordinationSession } from "#ground/coordination/coordination";
import { pause } from "#ground/pause";
import { type Runtime } from "#ground/runtime";
import { Controller, type MetadataImage, readController, registerBroker } from "#replication";

/** What a membership is made of. */
export interface MembershipOptions {
  readonly config: BrokerConfig;
  readonly coordination: Coordination;
  /** Takes over an image that this broker's own controller has made. */
  readonly publish: (image: MetadataImage) => Promise<void>;
  /** The session is over: others lead by now, or soon. */
  readonly onExpired: () => void;
}

/** The pause before the coordination service is asked again. */
const RETRY_MS = 200;
/** A ZooKeeper gives a session two ticks at the least, and ends it at the end of one. Its tick is 2 seconds. */
const ROUNDED_UP_MS = 5_000;

/** {@link connect}, then {@link join}; from then on it keeps itself up. */
export class Membership {
  readonly #runtime: Runtime;
  readonly #options: MembershipOptions;
  #session: CoordinationSession | null = null;
  #controller: Controller | null = null;
  #brokerEpoch = -1;
  #closed = false;

  constructor(runtime: Runtime, options: MembershipOptions) {
    this.#runtime = runtime;
    this.#options = options;
  }

  /** This broker's own, active or not; null while it isn't part of the cluster. */
  get controller(): Controller | null {
    return this.#controller;
  }

  /** Of the present registration; -1 before the first. */
  get brokerEpoch(): number {
    return this.#brokerEpoch;
  }

  /** Opens the session. @throws CoordinationError CONNECTION_LOSS */
  async connect(): Promise<CoordinationSession> {
    const { coordination, config } = this.#options;
    this.#session = await coordination.connect(config["zookeeper.session.timeout.ms"]);
    return this.#session;
  }

  /** Registers the broker and takes part in the election of the controller. */
  async join(clusterId: string, endPoints: readonly EndPoint[]): Promise<void> {
    const { config, publish } = this.#options;
    const session = this.#session!;
    const brokerId = config["broker.id"];
    const timestampMs = this.#runtime.clock.wallMs();
    const announcement = { brokerId, endPoints, rack: config["broker.rack"], timestampMs };
    // The earlier life of this broker had the same time-out, and was heard of a moment ago, perhaps.
    const patienceMs = config["zookeeper.session.timeout.ms"] + ROUNDED_UP_MS;
    this.#brokerEpoch = await registerBroker(this.#runtime, session, announcement, patienceMs);
    const controller = new Controller(this.#runtime, { brokerId, config, clusterId, session, publish });
    this.#controller = controller;
    session.onExpired(() => {
      this.#runtime.log.warn("The session with the coordination service is over: the broker joins the cluster again");
      controller.close();
      this.#controller = null;
      this.#options.onExpired();
      this.#runtime.scheduler.spawn("joining the cluster", () => this.#joinAgain(clusterId, endPoints));
    });
    try {
      await controller.start();
    } catch (error) {
      // A session that is over by now: who listens above joins again, and nobody else.
      const isExpired = error instanceof CoordinationError && error.code === "SESSION_EXPIRED";
      if (this.#closed || !isExpired) throw error;
    }
  }

  /** Where the controller is, for other brokers. */
  async locateController(): Promise<{ brokerId: number; endPoint: EndPoint } | undefined> {
    const found = this.#session === null ? undefined : await readController(this.#session);
    const endPoint = found?.endPoints.find(({ name }) => name === this.#options.config["inter.broker.listener.name"]);
    return found === undefined || endPoint === undefined ? undefined : { brokerId: found.brokerId, endPoint };
  }

  /** Leaves the cluster. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#controller?.close();
    await this.#session?.close();
  }

  async #joinAgain(clusterId: string, endPoints: readonly EndPoint[]): Promise<void> {
    while (!this.#closed) {
      let session: CoordinationSession | null = null;
      try {
        session = await this.connect();
        // Whoever has left meanwhile doesn't come back.
        return this.#closed ? await session.close() : await this.join(clusterId, endPoints);
      } catch (error) {
        if (!(error instanceof CoordinationError)) throw error;
        // What it has registered would be taken for another broker's, for as long as it lives.
        session?.close().catch(() => {});
        this.#controller?.close();
        this.#controller = null;
        this.#runtime.log.warn(`The broker can't join the cluster yet: ${error.message}`);
        await pause(this.#runtime, RETRY_MS);
      }
    }
  }
}
