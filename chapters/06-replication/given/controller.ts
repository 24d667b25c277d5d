/**
 * The controller: the one broker that decides. It keeps the cluster's state in the coordination service, is the only
 * one that writes it, and tells the brokers what came of it. Source: Kafka 3's `KafkaController`; the images are
 * Kafka 4's. (*Different*: Kafka 4 keeps the state in a log of its own, KRaft.)
 *
 * @module
 */
import { CoordinationError, type CoordinationSession, type Operation } from "#ground/coordination/coordination";
import {
  BROKER_IDS_PATH,
  CONTROLLER_EPOCH_PATH,
  CONTROLLER_PATH,
  PRODUCER_ID_BLOCK_PATH,
} from "#ground/coordination/layout";
import * as data from "#ground/coordination/node-data";
import { type BrokerConfig } from "#ground/config/broker-config";
import { effectiveTopicConfig } from "#ground/config/topic-config";
import { KafkaError, type KafkaErrorName } from "#ground/errors";
import { randomUuid, type Runtime } from "#ground/runtime";
import * as state from "./cluster-state.ts";
import {
  type ChangedPartition,
  type TopicsChange,
  unchanged,
  withoutTopic,
  withPartitions,
  withTopic,
} from "./image-changes.ts";
import { electLeader } from "./leader-election.ts";
import { MetadataImage, type PartitionRegistration, type TopicImage } from "./metadata-image.ts";
import * as plan from "./topic-plan.ts";

/** What a controller is made of. */
export interface ControllerOptions {
  readonly brokerId: number;
  readonly config: BrokerConfig;
  readonly clusterId: string;
  readonly session: CoordinationSession;
  /** Pushes an image to the brokers. Resolves when this broker has taken it over. */
  readonly push: (image: MetadataImage) => Promise<void>;
}

/** What came of one topic of {@link Controller.createTopics}. */
export type CreatedTopic = { readonly name: string } & (
  | { readonly topic: TopicImage; readonly error: null }
  | { readonly topic: null; readonly error: KafkaError }
);

/** A leader's wish for another ISR. */
export interface AlterPartitionRequest {
  readonly brokerId: number;
  readonly topicId: Uint8Array;
  readonly index: number;
  readonly leaderEpoch: number;
  /** Of the registration that the leader knows. */
  readonly partitionEpoch: number;
  readonly isr: readonly number[];
}

/** Elections written in one transaction. */
const ELECTIONS_AT_ONCE = 500;

/**
 * Every broker has one; the one that makes the node `/controller` is active, the others wait for that node to go
 * and refuse with NOT_CONTROLLER. The active one does one change after the other. Each write checks the controller
 * epoch in the same transaction, so that one who has been replaced without knowing it can change nothing.
 */
export class Controller {
  readonly #runtime: Runtime;
  readonly #options: ControllerOptions;
  readonly #session: CoordinationSession;
  #image: MetadataImage;
  /** Version of `/controller_epoch` when this controller was elected; null when it isn't active. */
  #epochVersion: number | null = null;
  /** The last of the changes that wait for each other. */
  #lastChange: Promise<unknown> = Promise.resolve();
  #pushedVersion = -1;
  #isClosed = false;

  constructor(runtime: Runtime, options: ControllerOptions) {
    this.#runtime = runtime;
    this.#options = options;
    this.#session = options.session;
    this.#image = MetadataImage.empty(options.clusterId);
  }

  /** Whether this one decides. */
  get isActive(): boolean {
    return this.#epochVersion !== null;
  }

  /** Tries to become the active controller. Resolves when it is, or another one is known to be. */
  start(): Promise<void> {
    return this.#inTurn(() => this.#elect());
  }

  /** Stops deciding. The session, and with it `/controller`, is the caller's to close. */
  close(): void {
    this.#isClosed = true;
    this.#epochVersion = null;
  }

  /** Makes topics, each on its own. With `validateOnly` only says what would come of it. */
  createTopics(
    wanted: readonly plan.NewTopic[],
    { validateOnly }: { readonly validateOnly: boolean },
  ): Promise<CreatedTopic[]> {
    return this.#inTurn(async () => {
      const results: CreatedTopic[] = [];
      for (const newTopic of wanted) {
        const { name } = newTopic;
        try {
          this.#requireActive();
          const id = randomUuid(this.#runtime.random);
          const topic = plan.planTopic(newTopic, id, this.#image, this.#options.config);
          if (!validateOnly) await this.#write((epoch) => state.createTopicSteps(topic, epoch), withTopic(topic));
          results.push({ name, topic, error: null });
        } catch (error) {
          results.push({ name, topic: null, error: asKafkaError(error) });
        }
      }
      await this.#push();
      return results;
    });
  }

  /** Deletes topics, each on its own. @returns an error or null for each. */
  deleteTopics(topics: readonly TopicImage[]): Promise<(KafkaError | null)[]> {
    return this.#inTurn(() =>
      this.#eachTopic(topics, async ({ name, topicId }) => {
        const topic = this.#image.topicById(topicId);
        if (topic === undefined) throw new KafkaError("UNKNOWN_TOPIC_OR_PARTITION", `Topic '${name}' is gone already`);
        await this.#write(() => state.deleteTopicSteps(topic), withoutTopic(name));
      }),
    );
  }

  /** Gives topics more partitions, each on its own. @returns an error or null for each. */
  createPartitions(
    grown: readonly plan.GrownTopic[],
    { validateOnly }: { readonly validateOnly: boolean },
  ): Promise<(KafkaError | null)[]> {
    return this.#inTurn(() =>
      this.#eachTopic(grown, async (wanted) => {
        const old = this.#image.topics.get(wanted.name);
        if (old === undefined) throw new KafkaError("UNKNOWN_TOPIC_OR_PARTITION");
        const topic = plan.planMorePartitions(old, wanted, this.#image);
        const steps = (epoch: number): Operation[] => state.addPartitionsSteps(topic, old.partitions.length, epoch);
        if (!validateOnly) await this.#write(steps, withTopic(topic));
      }),
    );
  }

  /**
   * Writes down another ISR, as a partition's leader asks.
   * @throws KafkaError UNKNOWN_TOPIC_ID, UNKNOWN_TOPIC_OR_PARTITION; FENCED_LEADER_EPOCH for an older leader;
   *   INVALID_UPDATE_VERSION when the leader didn't know the last change; INELIGIBLE_REPLICA for a dead broker;
   *   INVALID_REQUEST.
   */
  alterPartition(request: AlterPartitionRequest): Promise<PartitionRegistration> {
    return this.#inTurn(async () => {
      this.#requireActive();
      const topic = this.#image.topicById(request.topicId);
      if (topic === undefined) throw new KafkaError("UNKNOWN_TOPIC_ID");
      const changed = this.#planIsr(topic, request);
      await this.#write((epoch) => [state.setPartitionStep(changed, epoch)], withPartitions([changed]));
      await this.#push();
      return changed.registration;
    });
  }

  /**
   * Producer ids that nobody had before, for broker `brokerId` to give out.
   * @throws KafkaError NOT_CONTROLLER; REQUEST_TIMED_OUT when the coordination service doesn't answer.
   */
  allocateProducerIds(brokerId: number): Promise<data.ProducerIdBlock> {
    const allocated = this.#inTurn(async () => {
      this.#requireActive();
      const path = PRODUCER_ID_BLOCK_PATH;
      const node = await this.#session.get(path);
      const first = node === null ? 0 : data.decodeProducerIdBlock(node.data).last + 1;
      const block = { brokerId, first, last: first + data.PRODUCER_ID_BLOCK_SIZE - 1 };
      const step: Operation =
        node === null
          ? { type: "create", path, data: data.encodeProducerIdBlock(block) }
          : { type: "set", path, data: data.encodeProducerIdBlock(block), expectedVersion: node.version };
      await this.#write(() => [step], unchanged);
      return block;
    });
    return allocated.catch((error: unknown) => {
      throw asKafkaError(error);
    });
  }

  /** Runs `change` when all that came before it are done; of two changes neither sees the other half done. */
  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#lastChange.then(change);
    this.#lastChange = result.catch(() => {});
    return result;
  }

  async #elect(): Promise<void> {
    if (this.#isClosed) return;
    const { brokerId } = this.#options;
    const epochNode = await this.#session.get(CONTROLLER_EPOCH_PATH);
    const epoch = epochNode === null ? 1 : data.decodeControllerEpoch(epochNode.data) + 1;
    const epochData = data.encodeControllerEpoch(epoch);
    const controllerData = data.encodeController({ brokerId, timestampMs: this.#runtime.clock.wallMs() });
    try {
      await this.#session.multi([
        { type: "create", path: CONTROLLER_PATH, data: controllerData, ephemeral: true },
        epochNode === null
          ? { type: "create", path: CONTROLLER_EPOCH_PATH, data: epochData }
          : { type: "set", path: CONTROLLER_EPOCH_PATH, data: epochData, expectedVersion: epochNode.version },
      ]);
    } catch (error) {
      if (!(error instanceof CoordinationError && isLostRace(error))) throw error;
      return this.#awaitVacancy();
    }
    this.#epochVersion = epochNode === null ? 0 : epochNode.version + 1;
    this.#pushedVersion = -1;
    await this.#takeOver(epoch);
  }

  /** Another one is controller: waits until it goes, then tries again. */
  async #awaitVacancy(): Promise<void> {
    const tryAgain = (): void => this.#runtime.scheduler.spawn("controller election", () => this.start());
    await this.#session.watch(CONTROLLER_PATH, "data", tryAgain);
    if (!(await this.#session.exists(CONTROLLER_PATH))) await this.#elect();
  }

  /** Reads what the last controller left, and puts it right. */
  async #takeOver(controllerEpoch: number): Promise<void> {
    const { clusterId, brokerId: controllerId } = this.#options;
    this.#runtime.log.info(`Broker ${controllerId} is the controller, in epoch ${controllerEpoch}`);
    const topics = await state.readTopics(this.#session);
    const brokers = new Map();
    this.#image = new MetadataImage({ clusterId, controllerId, controllerEpoch, version: 0, topics, brokers });
    await this.#brokersChanged();
  }

  /** Brokers came or went: elects leaders where that matters. */
  async #brokersChanged(): Promise<void> {
    if (!this.isActive) return;
    const readAgain = (): void =>
      this.#runtime.scheduler.spawn("controller: brokers changed", () => this.#inTurn(() => this.#brokersChanged()));
    await this.#session.watch(BROKER_IDS_PATH, "children", readAgain);
    this.#image = this.#image.next({ brokers: await state.readBrokers(this.#session) });
    const elections = this.#neededElections();
    for (let at = 0; at < elections.length; at += ELECTIONS_AT_ONCE) {
      const some = elections.slice(at, at + ELECTIONS_AT_ONCE);
      const steps = (epoch: number): Operation[] =>
        some.map((changed) => state.setPartitionStep(changed, epoch));
      await this.#write(steps, withPartitions(some));
    }
    await this.#push();
  }

  #neededElections(): ChangedPartition[] {
    const elections: ChangedPartition[] = [];
    for (const topic of this.#image.topics.values()) {
      const config = effectiveTopicConfig(this.#options.config, topic.configs);
      const allowUnclean = config["unclean.leader.election.enable"];
      for (const [index, partition] of topic.partitions.entries()) {
        const registration = electLeader(partition, this.#image.brokers, allowUnclean);
        if (registration !== null) elections.push({ topic: topic.name, index, registration });
      }
    }
    return elections;
  }

  /** The version of the controller epoch. @throws KafkaError NOT_CONTROLLER: an inactive one knows nothing of use. */
  #requireActive(): number {
    if (this.#epochVersion === null) throw new KafkaError("NOT_CONTROLLER");
    return this.#epochVersion;
  }

  /**
   * Writes steps to the coordination service, if this is still the controller, and takes over what they mean.
   * @param stepsFor makes the steps; gets the controller epoch that they carry.
   * @throws KafkaError NOT_CONTROLLER; REQUEST_TIMED_OUT when the service didn't say whether it wrote them.
   */
  async #write(stepsFor: (controllerEpoch: number) => readonly Operation[], change: TopicsChange): Promise<void> {
    const expectedVersion = this.#requireActive();
    const isStillController: Operation = { type: "check", path: CONTROLLER_EPOCH_PATH, expectedVersion };
    try {
      await this.#session.multi([isStillController, ...stepsFor(this.#image.controllerEpoch)]);
    } catch (error) {
      if (!(error instanceof CoordinationError)) throw error;
      throw await this.#writeFailed(error);
    }
    this.#image = this.#image.next({ topics: change(this.#image.topics) });
  }

  async #writeFailed(error: CoordinationError): Promise<KafkaError> {
    const { log } = this.#runtime;
    log.warn(`The controller could not write: ${error.message}`);
    const isReplaced = error.code === "SESSION_EXPIRED" || (error.code === "BAD_VERSION" && error.step === 0);
    if (isReplaced) {
      this.#epochVersion = null;
      return new KafkaError("NOT_CONTROLLER", undefined, { cause: error });
    }
    // Whatever is written down counts, whether or not it is what this controller thought.
    const topics = await state.readTopics(this.#session);
    this.#image = this.#image.next({ topics });
    return new KafkaError("REQUEST_TIMED_OUT", `The controller could not write: ${error.message}`, { cause: error });
  }

  /** Tells the brokers, once for all the changes since the last time. */
  async #push(): Promise<void> {
    if (!this.isActive || this.#image.version === this.#pushedVersion) return;
    this.#pushedVersion = this.#image.version;
    await this.#options.push(this.#image);
  }

  async #eachTopic<T>(topics: readonly T[], change: (topic: T) => Promise<void>): Promise<(KafkaError | null)[]> {
    const errors: (KafkaError | null)[] = [];
    for (const topic of topics) {
      try {
        this.#requireActive();
        await change(topic);
        errors.push(null);
      } catch (error) {
        errors.push(asKafkaError(error));
      }
    }
    await this.#push();
    return errors;
  }

  #planIsr({ name, partitions }: TopicImage, request: AlterPartitionRequest): ChangedPartition {
    const { brokerId, index, leaderEpoch, partitionEpoch, isr } = request;
    const old = partitions[index];
    const refuse = (code: KafkaErrorName, why: string): never => {
      throw new KafkaError(code, `ISR [${isr.join(", ")}] of ${name}-${index} refused: ${why}`);
    };
    if (old === undefined) return refuse("UNKNOWN_TOPIC_OR_PARTITION", "there is no such partition");
    if (leaderEpoch < old.leaderEpoch) refuse("FENCED_LEADER_EPOCH", `its leader epoch is ${old.leaderEpoch} now`);
    if (leaderEpoch > old.leaderEpoch) refuse("NOT_CONTROLLER", `leader epoch ${leaderEpoch} is unknown here`);
    if (brokerId !== old.leader) refuse("INVALID_REQUEST", `broker ${brokerId} doesn't lead it`);
    if (partitionEpoch !== old.partitionEpoch) refuse("INVALID_UPDATE_VERSION", `it has changed since`);
    if (!isr.includes(brokerId)) refuse("INVALID_REQUEST", "the leader must be in it");
    if (isr.some((id) => !old.replicas.includes(id))) refuse("INVALID_REQUEST", "only replicas can be in sync");
    if (isr.some((id) => !this.#image.brokers.has(id))) refuse("INELIGIBLE_REPLICA", "a broker in it is not alive");
    return { topic: name, index, registration: { ...old, isr, partitionEpoch: partitionEpoch + 1 } };
  }
}

/** Another broker was faster to become controller. */
function isLostRace({ code }: CoordinationError): boolean {
  return code === "NODE_EXISTS" || code === "BAD_VERSION";
}

/** What a client is told. A coordination service that doesn't answer may do so later. */
function asKafkaError(error: unknown): KafkaError {
  if (error instanceof KafkaError) return error;
  if (error instanceof CoordinationError) return new KafkaError("REQUEST_TIMED_OUT", error.message, { cause: error });
  throw error;
}
