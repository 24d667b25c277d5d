/**
 * The controller: the one broker that decides. It keeps the cluster's state in the coordination service, is the only
 * one that writes it, and tells the brokers what came of it. Source: Kafka 3's `KafkaController`; the images are
 * Kafka 4's. (*Different*: Kafka 4 keeps the state in a log of its own, KRaft.)
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { type CoordinationSession, type Operation } from "#ground/coordination/coordination";
import { BROKER_IDS_PATH, PRODUCER_ID_BLOCK_PATH } from "#ground/coordination/layout";
import * as data from "#ground/coordination/node-data";
import { type BrokerConfig } from "#ground/config/broker-config";
import { effectiveTopicConfig } from "#ground/config/topic-config";
import { KafkaError, refusal } from "#ground/errors";
import { randomUuid, type Runtime } from "#ground/runtime";
import { type TopicPartition } from "#ground/topic-partition";
import { ControllerElection } from "#replication/controller-election";
import { planIsr } from "#replication/isr-plan";
import { electLeader, electorateOf } from "#replication/leader-election";
import { type AlterPartitionItem, type AlterPartitionResult } from "./alter-partition-manager.ts";
import { asKafkaError, refusedOr } from "./as-kafka-error.ts";
import * as state from "./cluster-state.ts";
import { ClusterStore, type PublishImage } from "./cluster-store.ts";
import { type ConfigChange, planConfig } from "./config-plan.ts";
import { type ChangedPartition, unchanged, withBrokerConfig, withoutTopic, withTopic } from "./image-changes.ts";
import { type BrokerRegistration, type ImageStamp, MetadataImage, type TopicImage } from "../metadata-image.ts";
import { completeReassignment, planReassignment, type WantedReassignment } from "./reassignment.ts";
import {
  type ElectionType, imbalancedPartitions, requestElection, type RequestedElection,
} from "./requested-election.ts";
import * as plan from "./topic-plan.ts";
import { type TopicChange } from "./unfinished-topics.ts";

/** What a controller is made of. */
export interface ControllerOptions {
  readonly brokerId: number;
  readonly config: BrokerConfig;
  readonly clusterId: string;
  readonly session: CoordinationSession;
  readonly publish: PublishImage;
}

/** What came of one topic of {@link Controller.createTopics}. */
export type CreatedTopic = { readonly name: string } & (
  | { readonly topic: TopicImage; readonly error: null }
  | { readonly topic: null; readonly error: KafkaError }
);

/**
 * Every broker has one; the one that {@link ControllerElection} makes active decides, the others refuse with
 * NOT_CONTROLLER. The active one does one change after the other: it works out what changes, writes it down, and only
 * then takes it over into the image that the brokers fetch. Who can't read or write decides nothing.
 */
export class Controller {
  readonly #runtime: Runtime;
  readonly #options: ControllerOptions;
  readonly #session: CoordinationSession;
  readonly #election: ControllerElection;
  readonly #store: ClusterStore;
  /** Brokers that are alive, but not in the life in which they joined an ISR; until that is written down. */
  readonly #restarted = new Set<number>();
  /** The last of the changes that wait for each other. */
  #lastChange: Promise<unknown> = Promise.resolve();

  constructor(runtime: Runtime, options: ControllerOptions) {
    const { brokerId, session, clusterId, publish } = options;
    this.#runtime = runtime;
    this.#options = options;
    this.#session = session;
    const onElected = (epoch: number): Promise<void> => this.#takeOver(epoch);
    this.#election = new ControllerElection(runtime, { brokerId, session, onElected });
    this.#store = new ClusterStore(runtime, session, this.#election, MetadataImage.empty(clusterId), publish);
  }

  /** Whether this one decides. */
  get isActive(): boolean {
    return this.#store.isActive;
  }

  /** Tries to become the active controller. Resolves when it is, or another one is known to be. */
  start(): Promise<void> {
    return this.#election.run();
  }

  /** Stops deciding. The session, and with it `/controller`, is the caller's to close. */
  close(): void {
    this.#election.close();
    this.#store.wakeParked();
  }

  /**
   * The image, once there is a newer one than the broker has that asks.
   * @param known what it has: the stamp of its image.
   * @returns null when there is none within `maxWaitMs`.
   * @throws KafkaError NOT_CONTROLLER
   */
  nextImage(known: ImageStamp, maxWaitMs: number): Promise<MetadataImage | null> {
    return this.#store.next(known, maxWaitMs);
  }

  /** Makes topics, each on its own. With `validateOnly` only says what would come of it. */
  createTopics(
    wanted: readonly plan.NewTopic[],
    { validateOnly }: { readonly validateOnly: boolean },
  ): Promise<CreatedTopic[]> {
    return this.#inTurn(async () => {
      const made: TopicImage[] = [];
      const planOne = (newTopic: plan.NewTopic, image: MetadataImage): TopicChange => {
        const topic = plan.planTopic(newTopic, randomUuid(this.#runtime.random), image, this.#options.config);
        made.push(topic);
        const steps = state.createTopicSteps(topic, image.controllerEpoch);
        return { name: topic.name, kept: 0, steps, change: withTopic(topic) };
      };
      const errors = await this.#changeTopics(wanted, planOne, validateOnly);
      const topics = new Map(made.map((topic) => [topic.name, topic]));
      return errors.map((error, i) => {
        const { name } = wanted[i]!;
        const topic = topics.get(name);
        // It may have been written down, and only the answer lost: who is told to try again would find it there.
        const isMade = error === null || (topic && this.#store.image.topicById(topic.topicId)) !== undefined;
        return isMade ? { name, topic: topic!, error: null } : { name, topic: null, error };
      });
    });
  }

  /** Deletes topics, each on its own. @returns an error or null for each. */
  deleteTopics(topics: readonly TopicImage[]): Promise<(KafkaError | null)[]> {
    const planOne = ({ name, topicId }: TopicImage, image: MetadataImage): TopicChange => {
      const topic = image.topics.get(name);
      if (topic === undefined || Buffer.compare(topic.topicId, topicId) !== 0) {
        throw refusal("UNKNOWN_TOPIC_OR_PARTITION", `Topic '${name}' is gone already`);
      }
      return { name, kept: 0, steps: state.deleteTopicSteps(topic), change: withoutTopic(name) };
    };
    return this.#inTurn(() => this.#changeTopics(topics, planOne));
  }

  /** Gives topics more partitions, each on its own. @returns an error or null for each. */
  createPartitions(
    grown: readonly plan.GrownTopic[],
    { validateOnly }: { readonly validateOnly: boolean },
  ): Promise<(KafkaError | null)[]> {
    const planOne = (wanted: plan.GrownTopic, image: MetadataImage): TopicChange => {
      const old = image.topics.get(wanted.name);
      if (old === undefined) throw refusal("UNKNOWN_TOPIC_OR_PARTITION");
      const topic = plan.planMorePartitions(old, wanted, image);
      const kept = old.partitions.length;
      const steps = state.addPartitionsSteps(topic, kept, image.controllerEpoch);
      return { name: old.name, kept, steps, change: withTopic(topic) };
    };
    return this.#inTurn(() => this.#changeTopics(grown, planOne, validateOnly));
  }

  /** Changes settings of topics and brokers, each resource on its own. @returns an error or null for each. */
  alterConfigs(
    changes: readonly ConfigChange[],
    { validateOnly }: { readonly validateOnly: boolean },
  ): Promise<(KafkaError | null)[]> {
    return this.#inTurn(() =>
      this.#each(changes, async (change) => {
        const { image } = this.#store;
        const planned = planConfig(change, image, this.#options.config);
        if (validateOnly) return;
        if (planned.type === "topic") {
          await this.#store.write(() => [state.setTopicConfigStep(planned.topic)], withTopic(planned.topic));
        } else {
          const { name, overrides } = planned;
          const step = state.setBrokerConfigStep(name, overrides, image.brokerConfigs.has(name));
          await this.#store.write(() => [step], withBrokerConfig(name, overrides));
        }
      }),
    );
  }

  /**
   * Writes down other ISRs, as their leader asks: those that are refused apart from the others.
   * @param brokerEpoch of the leader: an earlier life of it is refused.
   * @throws KafkaError NOT_CONTROLLER; STALE_BROKER_EPOCH; REQUEST_TIMED_OUT
   */
  alterPartitions(
    brokerId: number,
    brokerEpoch: number,
    items: readonly AlterPartitionItem[],
  ): Promise<readonly AlterPartitionResult[]> {
    return this.#inTurn(async () => {
      this.#store.requireActive();
      this.#requireBroker(brokerId, brokerEpoch);
      const planned = items.map(({ topicId, index, leaderEpoch, proposal: { isr, partitionEpoch } }) => {
        const request = { brokerId, topicId, index, leaderEpoch, partitionEpoch, isr };
        return refusedOr(() => {
          const { image } = this.#store;
          const change = planIsr(image, request);
          if (isr.some((id) => image.isOffline(id, topicId, index))) throw refusal("INELIGIBLE_REPLICA");
          const electorate = electorateOf(image, this.#restarted, topicId, index);
          return { ...change, registration: completeReassignment(change.registration, electorate) };
        });
      });
      await this.#store.writePartitions(planned.filter((one): one is ChangedPartition => !(one instanceof KafkaError)));
      await this.#store.publish();
      return planned.map((one) => (one instanceof KafkaError ? one : one.registration));
    });
  }

  /**
   * A broker is about to stop: others lead what it leads, and it leaves every ISR.
   * @throws KafkaError NOT_CONTROLLER; STALE_BROKER_EPOCH; REQUEST_TIMED_OUT
   */
  controlledShutdown(brokerId: number, brokerEpoch: number): Promise<void> {
    return this.#brokerSays(brokerId, brokerEpoch, { inControlledShutdown: true });
  }

  /**
   * A broker says which of its replicas it can't use: others lead these, and they leave the ISR.
   * @param offlineReplicas all of them, as `replicaName` names them
   * @throws KafkaError NOT_CONTROLLER; STALE_BROKER_EPOCH; REQUEST_TIMED_OUT
   */
  setOfflineReplicas(brokerId: number, brokerEpoch: number, offlineReplicas: ReadonlySet<string>): Promise<void> {
    return this.#brokerSays(brokerId, brokerEpoch, { offlineReplicas });
  }

  /**
   * Elects leaders of some partitions, or of all.
   * @returns an error for each that gets no other leader; ELECTION_NOT_NEEDED where it has the right one
   */
  electLeaders(type: ElectionType, wanted: readonly TopicPartition[] | null): Promise<readonly RequestedElection[]> {
    return this.#inTurn(async () => {
      this.#store.requireActive();
      const { image } = this.#store;
      const results = (wanted ?? allPartitions(image)).map((one) => requestElection(type, one, image, this.#restarted));
      await this.#store.writePartitions(results.flatMap(({ change }) => change ?? []));
      await this.#store.publish();
      return results;
    });
  }

  /** Moves partitions to other brokers, or calls that off, each on its own. @returns an error or null for each. */
  alterReassignments(wanted: readonly WantedReassignment[]): Promise<(KafkaError | null)[]> {
    return this.#inTurn(async () => {
      this.#store.requireActive();
      const { image } = this.#store;
      const planned = wanted.map((one) => refusedOr(() => planReassignment(one, image, this.#restarted)));
      await this.#store.writePartitions(planned.flatMap((one) => (one instanceof KafkaError ? [] : (one ?? []))));
      await this.#store.publish();
      return planned.map((one) => (one instanceof KafkaError ? one : null));
    });
  }

  /**
   * Gives brokers back what they should lead, where others lead too much of that. To be called every
   * `leader.imbalance.check.interval.seconds`; does nothing where it isn't the active controller.
   */
  async rebalanceLeaders(): Promise<void> {
    if (!this.isActive) return;
    const percentage = this.#options.config["leader.imbalance.per.broker.percentage"];
    const imbalanced = imbalancedPartitions(this.#store.image, percentage);
    if (imbalanced.length > 0) await this.electLeaders("preferred", imbalanced);
  }

  /**
   * Producer ids that nobody had before, for broker `brokerId` to give out.
   * @throws KafkaError NOT_CONTROLLER; REQUEST_TIMED_OUT when the coordination service doesn't answer.
   */
  allocateProducerIds(brokerId: number): Promise<data.ProducerIdBlock> {
    const allocated = this.#inTurn(async () => {
      this.#store.requireActive();
      const path = PRODUCER_ID_BLOCK_PATH;
      const node = await this.#session.get(path);
      const first = node === null ? 0 : data.decodeProducerIdBlock(node.data).last + 1;
      const block = { brokerId, first, last: first + data.PRODUCER_ID_BLOCK_SIZE - 1 };
      const step: Operation =
        node === null
          ? { type: "create", path, data: data.encodeProducerIdBlock(block) }
          : { type: "set", path, data: data.encodeProducerIdBlock(block), expectedVersion: node.version };
      await this.#store.write(() => [step], unchanged);
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

  /** Reads what the last controller left, and puts it right. Nothing else is decided before. */
  #takeOver(controllerEpoch: number): Promise<void> {
    const { brokerId } = this.#options;
    this.#runtime.log.info(`Broker ${brokerId} is the controller, in epoch ${controllerEpoch}`);
    return this.#inTurn(async () => {
      await this.#store.insist(async () => {
        await this.#store.open(brokerId, controllerEpoch);
        await this.#brokersChanged();
      });
      await this.#store.ready();
    }).catch((error: unknown) => {
      // Replaced meanwhile: the election goes on.
      if (!(error instanceof KafkaError && error.code === "NOT_CONTROLLER")) throw error;
    });
  }

  /** Brokers came or went: elects leaders where that matters. */
  async #brokersChanged(): Promise<void> {
    const readAgain = (): void => this.#runtime.scheduler.spawn("controller: brokers changed", () => this.#onBrokers());
    await this.#session.watch(BROKER_IDS_PATH, "children", readAgain);
    const { image, knownBrokers } = this.#store;
    const brokers = await state.readBrokers(this.#session, image.brokers);
    for (const { brokerId, brokerEpoch } of brokers.values()) {
      const known = knownBrokers.get(brokerId);
      if (known !== undefined && known !== brokerEpoch) this.#restarted.add(brokerId);
    }
    this.#store.setBrokers(brokers);
    await this.#electWhereNeeded();
    await this.#store.noteBrokers();
  }

  #onBrokers(): Promise<void> {
    return this.#inTurn(async () => {
      if (!this.isActive) return;
      await this.#store.insist(() => this.#brokersChanged());
      await this.#store.publish();
    });
  }

  async #electWhereNeeded(): Promise<void> {
    const changes: ChangedPartition[] = [];
    const { image } = this.#store;
    for (const topic of image.topics.values()) {
      const config = effectiveTopicConfig(this.#options.config, topic.configs);
      for (const [index, partition] of topic.partitions.entries()) {
        const electorate = electorateOf(image, this.#restarted, topic.topicId, index);
        const registration = electLeader(partition, electorate, config["unclean.leader.election.enable"]);
        if (registration !== null) changes.push({ topic: topic.name, index, registration });
      }
    }
    await this.#store.writePartitions(changes);
    this.#restarted.clear();
  }

  #brokerSays(brokerId: number, brokerEpoch: number, news: Partial<BrokerRegistration>): Promise<void> {
    return this.#inTurn(async () => {
      this.#store.requireActive();
      const broker = this.#requireBroker(brokerId, brokerEpoch);
      this.#store.setBrokers(new Map(this.#store.image.brokers).set(brokerId, { ...broker, ...news }));
      await this.#electWhereNeeded();
      await this.#store.publish();
    });
  }

  #requireBroker(brokerId: number, brokerEpoch: number): BrokerRegistration {
    const broker = this.#store.image.brokers.get(brokerId);
    if (broker?.brokerEpoch === brokerEpoch) return broker;
    const now = broker === undefined ? "it is not registered" : `it is registered with ${broker.brokerEpoch}`;
    throw refusal("STALE_BROKER_EPOCH", `Broker ${brokerId} asks with epoch ${brokerEpoch}, ${now}`);
  }

  /** Plans each change after the ones before it, and writes them down together. @returns an error or null for each */
  async #changeTopics<T>(
    things: readonly T[],
    planOne: (thing: T, image: MetadataImage) => TopicChange,
    validateOnly = false,
  ): Promise<(KafkaError | null)[]> {
    let draft = this.#store.image;
    const planned = things.map((thing) => refusedOr(() => {
      this.#store.requireActive();
      const planned = planOne(thing, draft);
      draft = draft.next(planned.change(draft));
      return planned;
    }));
    const changes = planned.filter((one): one is TopicChange => !(one instanceof KafkaError));
    const errors = validateOnly ? changes.map(() => null) : await this.#store.writeTopics(changes);
    await this.#store.publish();
    return planned.map((one) => (one instanceof KafkaError ? one : errors.shift()!));
  }

  async #each<T>(things: readonly T[], change: (thing: T) => Promise<void>): Promise<(KafkaError | null)[]> {
    const errors: (KafkaError | null)[] = [];
    for (const thing of things) {
      try {
        this.#store.requireActive();
        await change(thing);
        errors.push(null);
      } catch (error) {
        errors.push(asKafkaError(error));
      }
    }
    await this.#store.publish();
    return errors;
  }
}

function allPartitions({ topics }: MetadataImage): TopicPartition[] {
  return [...topics.values()].flatMap(({ name, partitions }) =>
    partitions.map((_, partition) => ({ topic: name, partition })),
  );
}
