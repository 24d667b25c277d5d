/**
 * What a client knows of its cluster, and when it should ask again.
 *
 * A client is never told of a change. It asks some broker, any will do, and it asks again: when it is old
 * (`metadata.max.age.ms`), when a topic is new to it, and when an answer shows that it is wrong
 * (NOT_LEADER_OR_FOLLOWER).
 *
 * Source: `org.apache.kafka.clients.Metadata`, `ProducerMetadata`.
 *
 * @module
 */
import { type Cluster, type Node, type PartitionInfo } from "#ground/cluster";
import { type KafkaError } from "#ground/errors";
import { type MetadataResponse } from "#ground/protocol/messages/03-metadata";
import { readMetadataAnswer } from "./metadata-answer.ts";
import { type MetadataOptions, saysTheSame } from "#sender/given/assembly/metadata-parts";
import { type NamedLeaders, withNamedLeaders } from "#sender/given/named-leaders";

/** What a client knows of its cluster. */
export class Metadata {
  readonly #options: MetadataOptions;
  #cluster: Cluster;
  #topicErrors: ReadonlyMap<string, KafkaError> = new Map();
  /** Topics to ask about, and when each was last used. */
  readonly #topics = new Map<string, number>();
  #wantsAll = false;
  /** How often an update was asked for, and how many of these wishes have been fulfilled. */
  #wishes = 1;
  #fulfilled = 0;
  #lastSuccessMs = -Infinity;
  /** Nobody is asked before this time. */
  #pauseUntilMs = -Infinity;
  /** Attempts since the last one that brought something new. */
  #inVain = 0;
  /** None of the known brokers could be reached: the first addresses are asked again. */
  #isRebootstrapping = false;
  /** While they are: whether the known brokers may be asked, too. */
  #mayAskKnown = true;

  constructor(options: MetadataOptions) {
    this.#options = options;
    this.#cluster = options.bootstrap;
  }

  /** What is known at the moment. Another one, after each update. */
  get cluster(): Cluster {
    return this.#cluster;
  }

  /** The topics to ask about; null: all that there are. */
  get topics(): string[] | null {
    return this.#wantsAll ? null : [...this.#topics.keys()];
  }

  /** How many wishes for an update there were: to be handed to {@link update} with the answer to the request. */
  get wishes(): number {
    return this.#wishes;
  }

  /** Whether somebody wants an update, whatever the age of what is known. */
  get updateRequested(): boolean {
    return this.#wishes > this.#fulfilled;
  }

  /** When an update last succeeded; −Infinity when none has. */
  get lastSuccessMs(): number {
    return this.#lastSuccessMs;
  }

  /** The brokers that may be asked: those that are known; after {@link rebootstrap} the first addresses. */
  get nodesToAsk(): readonly Node[] {
    const { nodes } = this.#options.bootstrap;
    if (!this.#isRebootstrapping) return this.#cluster.nodes;
    return this.#mayAskKnown ? [...nodes, ...this.#cluster.nodes] : nodes;
  }

  /** Why the last update says nothing of a topic; null when nothing is wrong with it. */
  errorOf(topic: string): KafkaError | null {
    return this.#topicErrors.get(topic) ?? null;
  }

  /** Wants an update soon. */
  requestUpdate(): void {
    this.#wishes++;
  }

  /** From now on these topics are of interest and no others, or all that there are (null). */
  useOnly(topics: ReadonlySet<string> | null, now: number): void {
    if (topics === null && !this.#wantsAll) this.requestUpdate();
    this.#wantsAll = topics === null;
    if (topics === null) return;
    for (const topic of this.#topics.keys()) if (!topics.has(topic)) this.#topics.delete(topic);
    for (const topic of topics) this.use(topic, now);
  }

  /** Remembers that a topic is used. For one that is new an update is wanted, and no pause holds it back. */
  use(topic: string, now: number): void {
    if (!this.#topics.has(topic)) {
      this.requestUpdate();
      this.#pauseUntilMs = -Infinity;
      this.#inVain = 0;
    }
    this.#topics.set(topic, now);
  }

  /**
   * How long until somebody should be asked: 0 when it is time, never negative.
   *
   * It is time when an update was requested, or the last success is `maxAgeMs` old. But during the pause after an
   * attempt in vain nobody is asked, whatever is wanted: a cluster in trouble has no use for clients that ask it all
   * the time.
   *
   * @exercise 4.3 Metadata.timeToNextUpdateMs
   * @returns milliseconds, a duration
   */
  timeToNextUpdateMs(now: number): number {
    const wantedMs = this.updateRequested ? now : this.#lastSuccessMs + this.#options.maxAgeMs;
    return Math.max(wantedMs, this.#pauseUntilMs, now) - now;
  }

  /**
   * Takes in an answer ({@link readMetadataAnswer}). Whatever it says, it is a success: its age counts from `now`, and
   * what {@link rebootstrap} has begun is over.
   *
   * - It fulfils the wishes up to `wishes`, and none that came while the request was on its way: a topic that is new
   *   since then wasn't asked about. An incomplete answer leaves a new wish.
   * - One that says nothing new (`saysTheSame`), although an update was requested before it came, was in vain: {@link
   *   pause}. After one that brings something new the next pause will be as short as the first.
   * - Topics that were not used for `maxIdleMs` are forgotten.
   *
   * @exercise 4.3 Metadata.update
   * @param wishes - what `wishes` was when the request was sent
   */
  update(response: MetadataResponse, wishes: number, now: number): void {
    const previous = this.#cluster;
    const wasRequested = this.updateRequested;
    const { cluster, topicErrors, isIncomplete } = readMetadataAnswer(response, previous, newestPartition);
    this.#cluster = cluster;
    this.#topicErrors = topicErrors;
    this.#isRebootstrapping = false;
    this.#fulfilled = wishes;
    this.#lastSuccessMs = now;
    this.#forgetIdleTopics(now);
    if (isIncomplete) this.requestUpdate();
    if (!saysTheSame(cluster, previous)) this.#inVain = 0;
    else if (wasRequested) this.pause(now);
  }

  /** Takes in the leaders that an answer names (KIP-951). It is no update: nothing else is learned. */
  takeLeaders(answer: NamedLeaders): void {
    this.#cluster = withNamedLeaders(this.#cluster, answer);
  }

  /** An attempt was in vain: it failed, or brought nothing new. The next one waits, each time longer. */
  pause(now: number): void {
    this.#pauseUntilMs = now + this.#options.backoff.backoffMs(this.#inVain++);
  }

  /**
   * None of the known brokers can be reached: all of them may have died since, and others have come. From now on the
   * first addresses are asked, too, until somebody answers. (KIP-899, `metadata.recovery.strategy=rebootstrap`.)
   *
   * @param isRequired - a known broker said itself that the first addresses are to be asked (REBOOTSTRAP_REQUIRED,
   *   KIP-1102): then only they are
   */
  rebootstrap(isRequired: boolean = false): void {
    this.#isRebootstrapping = true;
    this.#mayAskKnown = !isRequired;
    this.requestUpdate();
  }

  #forgetIdleTopics(now: number): void {
    for (const [topic, usedMs] of this.#topics) {
      if (now - usedMs > this.#options.maxIdleMs) this.#topics.delete(topic);
    }
  }
}

/**
 * Decides between what is known of a partition and what an answer says. Brokers learn of an election one after the
 * other, so one that is asked may know less than the one that was asked before: a lower leader epoch is older news, and
 * what is known stays. With the same epoch the answer is taken: the in-sync replicas may have changed.
 *
 * If it isn't the same topic any more (it was deleted and created again, and its epochs began again), or if an epoch is
 * −1, because a broker is too old to say it, the answer is taken as well.
 *
 * @exercise 4.3 newestPartition
 */
export function newestPartition(
  known: PartitionInfo | undefined,
  answered: PartitionInfo,
  isSameTopic: boolean,
): PartitionInfo {
  if (known === undefined || !isSameTopic || answered.leaderEpoch === -1) return answered;
  return answered.leaderEpoch < known.leaderEpoch ? known : answered;
}
