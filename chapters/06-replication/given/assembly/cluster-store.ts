/**
 * Where the controller's decisions go: the image of the cluster, as it is written down in the coordination service, and
 * who waits to see it. (One day a metadata log could stand in its place, as in Kafka 4.)
 *
 * @module
 */
import { CoordinationError, type CoordinationSession, type Operation } from "#ground/coordination/coordination";
import { KafkaError } from "#ground/errors";
import { pause } from "#ground/pause";
import { type Runtime } from "#ground/runtime";
import { type ControllerElection } from "#replication/controller-election";
import { asKafkaError } from "./as-kafka-error.ts";
import * as state from "./cluster-state.ts";
import { type ChangedPartition, type ImageChange, unchanged, withPartitions } from "./image-changes.ts";
import { type BrokerRegistration, type ImageStamp, MetadataImage } from "../metadata-image.ts";
import { clearUnfinished, togetherOrAlone, type TopicChange, transactionsOf } from "./unfinished-topics.ts";

/** Hands an image to this very broker. Resolves when it has taken it over. The others fetch it. */
export type PublishImage = (image: MetadataImage) => Promise<void>;

/** Changes of partitions written in one transaction: some 150 bytes each, and ZooKeeper takes a megabyte. */
const CHANGES_AT_ONCE = 500;
/** Partitions of all topics that are written down anew with those changes: some 20 bytes each. */
const MOVED_AT_ONCE = 20_000;
/** The pause before the service is asked again, when it didn't answer. */
const RETRY_MS = 100;

/** Only the active controller writes. */
export class ClusterStore {
  readonly #runtime: Runtime;
  readonly #session: CoordinationSession;
  readonly #election: ControllerElection;
  readonly #publishImage: PublishImage;
  #image: MetadataImage;
  #published: MetadataImage;
  #knownBrokers: ReadonlyMap<number, number> = new Map();
  /** Whether the image is what is written down: not before it has been read. */
  #isReady = false;
  /** Brokers that wait for an image. */
  readonly #parked = new Set<() => void>();

  constructor(
    runtime: Runtime,
    session: CoordinationSession,
    election: ControllerElection,
    empty: MetadataImage,
    publish: PublishImage,
  ) {
    this.#runtime = runtime;
    this.#session = session;
    this.#election = election;
    this.#publishImage = publish;
    this.#image = empty;
    this.#published = empty;
  }

  /** The cluster, with all that has been written so far. */
  get image(): MetadataImage {
    return this.#image;
  }

  /** Whether this broker decides, and knows what about. */
  get isActive(): boolean {
    return this.#election.isActive && this.#isReady;
  }

  /** Starts from what is written down, for a newly elected controller. {@link ready} ends it. */
  async open(controllerId: number, controllerEpoch: number): Promise<void> {
    this.#isReady = false;
    const { clusterId } = this.#image;
    const written = await this.#readWritten();
    this.#knownBrokers = await state.readKnownBrokers(this.#session);
    this.#image = new MetadataImage({
      clusterId, controllerId, controllerEpoch, version: 0, brokers: new Map(), ...written,
    });
  }

  /** The image is complete: from now on it may be asked for. */
  ready(): Promise<void> {
    this.#isReady = true;
    return this.publish();
  }

  /** The epochs of the brokers that lived when leaders were last elected, by this controller or the one before. */
  get knownBrokers(): ReadonlyMap<number, number> {
    return this.#knownBrokers;
  }

  /** Writes down that leaders have been elected with the brokers that live now. */
  async noteBrokers(): Promise<void> {
    const brokers = [...this.#image.brokers.values()];
    const epochs = new Map(brokers.map(({ brokerId, brokerEpoch }) => [brokerId, brokerEpoch]));
    const known = this.#knownBrokers;
    if (known.size === epochs.size && [...epochs].every(([id, epoch]) => known.get(id) === epoch)) return;
    const step = await state.knownBrokersStep(this.#session, epochs);
    await this.write(() => [step], unchanged);
    this.#knownBrokers = epochs;
  }

  /** Takes over which brokers there are: these are not written by the controller, but by themselves. */
  setBrokers(brokers: ReadonlyMap<number, BrokerRegistration>): void {
    this.#image = this.#image.next({ brokers });
  }

  /**
   * Writes steps to the coordination service, if this is still the controller, and takes over what they mean.
   * @param stepsFor makes the steps; gets the controller epoch that they carry.
   * @throws KafkaError NOT_CONTROLLER; POLICY_VIOLATION for more than the service takes at once; REQUEST_TIMED_OUT when
   *   it didn't say whether it wrote them. Then the image is what was read after that.
   */
  async write(stepsFor: (controllerEpoch: number) => readonly Operation[], change: ImageChange): Promise<void> {
    try {
      await this.#election.write(stepsFor(this.#image.controllerEpoch));
    } catch (error) {
      const reason = error instanceof KafkaError ? error.cause : undefined;
      if (reason instanceof CoordinationError && reason.code === "BAD_ARGUMENTS") {
        // It was refused whole, and would be again: ZooKeeper has its jute.maxbuffer, ours a limit like it.
        throw new KafkaError("POLICY_VIOLATION", `More than can be written down at once: ${reason.message}`);
      }
      // Whatever is written down counts, whether or not it is what this controller thought.
      if (this.#election.isActive) {
        this.#image = this.#image.next(await this.insist(() => this.#readWritten()));
      }
      throw error;
    }
    this.#image = this.#image.next(change(this.#image));
  }

  /**
   * Writes changes of topics: as many in one transaction as it takes, for each costs a flush of the service's disk; and
   * of one topic as many transactions as it takes.
   * @returns an error or null for each, as {@link write} throws it. Those that were written together fail together
   */
  async writeTopics(changes: readonly TopicChange[]): Promise<(KafkaError | null)[]> {
    const errors: (KafkaError | null)[] = [];
    for (const some of togetherOrAlone(changes)) {
      const write = some.length === 1 ? this.#writeTopic(some[0]!) : this.write(() => stepsOf(some), changeOf(some));
      const error = await write.then(() => null, asKafkaError);
      errors.push(...some.map(() => error));
    }
    return errors;
  }

  async #writeTopic(topic: TopicChange): Promise<void> {
    const transactions = transactionsOf(topic);
    const last = transactions.at(-1)!;
    try {
      for (const steps of transactions) await this.write(() => steps, steps === last ? topic.change : unchanged);
    } catch (error) {
      if (transactions.length > 1 && this.#election.isActive) {
        this.#image = this.#image.next(await this.insist(() => this.#readWritten()));
      }
      throw error;
    }
  }

  /** Writes changed partitions: as many transactions as it takes. */
  async writePartitions(changes: readonly ChangedPartition[]): Promise<void> {
    for (let at = 0; at < changes.length; ) {
      const { some, moved } = this.#nextChanges(changes, at);
      at += some.length;
      const change = withPartitions(some);
      const after = moved.size === 0 ? undefined : change(this.#image).topics;
      const steps = (epoch: number): Operation[] => [
        ...some.map((changed) => state.setPartitionStep(changed, epoch)),
        ...Array.from(moved, (name) => state.setReplicasStep(after!.get(name)!)),
      ];
      await this.write(steps, change);
    }
  }

  /** So many changes from `at` on as one transaction takes, and the topics whose replicas are among them. */
  #nextChanges(changes: readonly ChangedPartition[], at: number): { some: ChangedPartition[]; moved: Set<string> } {
    const some: ChangedPartition[] = [];
    const moved = new Set<string>();
    let count = 0;
    for (const changed of changes.slice(at, at + CHANGES_AT_ONCE)) {
      const { topic } = changed;
      if (!moved.has(topic) && this.#isMoved(changed)) {
        count += this.#image.topics.get(topic)!.partitions.length;
        if (count > MOVED_AT_ONCE && some.length > 0) break;
        moved.add(topic);
      }
      some.push(changed);
    }
    return { some, moved };
  }

  /** What is written down, once it is whole. */
  async #readWritten(): ReturnType<typeof state.readWritten> {
    await clearUnfinished(this.#session, (steps) => this.#election.write(steps));
    return state.readWritten(this.#session);
  }

  /** Whether a change is also one of the replicas: these stand with the topic, not with the partition. */
  #isMoved({ topic, index, registration }: ChangedPartition): boolean {
    const old = this.#image.partition(topic, index)!;
    const { replicas, addingReplicas, removingReplicas } = registration;
    return old.replicas !== replicas || old.addingReplicas !== addingReplicas
      || old.removingReplicas !== removingReplicas;
  }

  /** Tells the brokers, once for all the changes since the last time. */
  async publish(): Promise<void> {
    if (!this.isActive || !this.#image.isNewerThan(this.#published)) return;
    this.#published = this.#image;
    this.wakeParked();
    await this.#publishImage(this.#image);
  }

  /** See `Controller.nextImage`. */
  async next(known: ImageStamp, maxWaitMs: number): Promise<MetadataImage | null> {
    this.requireActive();
    if (!this.#published.isNewerThan(known) && maxWaitMs > 0) await this.#park(maxWaitMs);
    this.requireActive();
    return this.#published.isNewerThan(known) ? this.#published : null;
  }

  /** @throws KafkaError NOT_CONTROLLER: an inactive one knows nothing of use */
  requireActive(): void {
    if (!this.isActive) throw new KafkaError("NOT_CONTROLLER");
  }

  /** Does something again and again, until the service answers or somebody else decides. */
  async insist<T>(change: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await change();
      } catch (error) {
        if (!this.#election.isActive || !isUnanswered(error)) throw error;
        this.#runtime.log.warn(`The controller waits for the coordination service: ${error.message}`);
        await pause(this.#runtime, RETRY_MS);
      }
    }
  }

  /** Nobody waits any more: all that did are told what there is. */
  wakeParked(): void {
    for (const end of [...this.#parked]) end();
  }

  #park(maxWaitMs: number): Promise<void> {
    const { clock, scheduler } = this.#runtime;
    return new Promise((resolve) => {
      const end = (): void => {
        timer.cancel();
        this.#parked.delete(end);
        resolve();
      };
      const timer = scheduler.at(clock.nowMs() + maxWaitMs, end);
      this.#parked.add(end);
    });
  }
}

function stepsOf(changes: readonly TopicChange[]): Operation[] {
  return changes.flatMap(({ steps }) => steps);
}

function changeOf(changes: readonly TopicChange[]): ImageChange {
  return (image) => changes.reduce((next, { change }) => next.next(change(next)), image);
}

/** The service doesn't answer, for now. */
function isUnanswered(error: unknown): error is Error {
  if (error instanceof CoordinationError) return error.code === "CONNECTION_LOSS";
  return error instanceof KafkaError && error.code === "REQUEST_TIMED_OUT";
}
