/**
 * Fetch sessions (KIP-227): the broker remembers what a reader asks for, so that a fetch names only what has changed,
 * and its answer only partitions with news. Source: Kafka's `FetchSession`, `FetchSessionCache`, `FetchManager`.
 *
 * @module
 */
import { refusal } from "#ground/errors";
import { type Input } from "#ground/protocol/message";
import { type FetchRequest, type FetchResponse } from "#ground/protocol/messages/01-fetch";
import { uuidToString } from "#ground/protocol/uuid";
import { type Runtime } from "#ground/runtime";

type AskedTopic = FetchRequest["topics"][number];
type AskedPartition = AskedTopic["partitions"][number];
type TopicAnswer = Input<FetchResponse["responses"][number]>;
type PartitionAnswer = Input<FetchResponse["responses"][number]["partitions"][number]>;

/** One fetch, whole again, and what becomes of its answer. */
export interface FetchContext {
  /** Everything that is asked for. */
  readonly topics: readonly AskedTopic[];
  /** The answer to the reader. @param answers in the order of `topics`, for each of them */
  finish(answers: readonly TopicAnswer[]): Pick<Input<FetchResponse>, "errorCode" | "sessionId" | "responses">;
}

/** A request that begins a session has this epoch; one that wants none, or ends its own, has -1. Both say all. */
const INITIAL_EPOCH = 0;
const FINAL_EPOCH = -1;
const LAST_EPOCH = 0x7fff_ffff;
const NO_SESSION = 0;
const FIRST_VERSION_WITH_TOPIC_IDS = 13;
/** A session that was not used for so long makes room for any other one. */
const STALE_MS = 120_000;
/** In all sessions together: what strangers ask for mustn't fill the memory. */
const MAX_PARTITIONS = 200_000;

interface SessionPartition {
  readonly topicKey: string;
  readonly topic: AskedTopic;
  asked: AskedPartition;
  /** What the reader was told last; -1 when it doesn't know. */
  highWatermark: number;
  logStartOffset: number;
}

interface Session {
  readonly id: number;
  /** A follower's: it makes room for no consumer. */
  readonly isFollower: boolean;
  readonly usesTopicIds: boolean;
  /** Those that had records come last: all get their turn when not all fit into one answer. */
  readonly partitions: Map<string, SessionPartition>;
  readonly createdMs: number;
  usedMs: number;
  /** That the next request is to have. */
  epoch: number;
}

/** The sessions of one broker. */
export class FetchSessions {
  readonly #runtime: Pick<Runtime, "clock" | "random">;
  readonly #slots: number;
  /** By id; the one that was used last comes last. */
  readonly #sessions = new Map<number, Session>();
  #partitionCount = 0;

  /** @param slots `max.incremental.fetch.session.cache.slots` */
  constructor(runtime: Pick<Runtime, "clock" | "random">, slots: number) {
    this.#runtime = runtime;
    this.#slots = slots;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /**
   * What a request asks for, together with what its session remembers.
   * @throws KafkaError FETCH_SESSION_ID_NOT_FOUND, INVALID_FETCH_SESSION_EPOCH, FETCH_SESSION_TOPIC_ID_ERROR
   */
  contextOf(request: FetchRequest, version: number): FetchContext {
    const { sessionId, sessionEpoch, topics } = request;
    if (sessionEpoch === INITIAL_EPOCH || sessionEpoch === FINAL_EPOCH) {
      this.#remove(sessionId);
      return sessionEpoch === FINAL_EPOCH ? withoutSession(topics) : this.#full(request, version);
    }
    const session = this.#sessions.get(sessionId);
    if (session === undefined) throw refusal("FETCH_SESSION_ID_NOT_FOUND");
    if (session.epoch !== sessionEpoch) throw refusal("INVALID_FETCH_SESSION_EPOCH");
    if (session.usesTopicIds !== version >= FIRST_VERSION_WITH_TOPIC_IDS) throw refusal("FETCH_SESSION_TOPIC_ID_ERROR");
    this.#update(session, request);
    if (this.#partitionCount > MAX_PARTITIONS) {
      this.#remove(sessionId);
      throw refusal("FETCH_SESSION_ID_NOT_FOUND");
    }
    if (session.partitions.size === 0) {
      this.#remove(sessionId);
      return withoutSession(topics);
    }
    this.#sessions.delete(sessionId);
    this.#sessions.set(sessionId, session);
    session.usedMs = this.#runtime.clock.nowMs();
    session.epoch = sessionEpoch === LAST_EPOCH ? 1 : sessionEpoch + 1;
    return { topics: byTopic(session), finish: (answers) => incremental(session, answers) };
  }

  #full(request: FetchRequest, version: number): FetchContext {
    return {
      topics: request.topics,
      finish: (answers) => {
        const session = this.#begin(request, version);
        const partitions = [...(session?.partitions.values() ?? [])];
        let at = 0;
        for (const { partitions: ofTopic = [] } of session === null ? [] : answers) {
          for (const answer of ofTopic) tell(partitions[at++]!, answer);
        }
        return { sessionId: session?.id ?? NO_SESSION, responses: answers };
      },
    };
  }

  /** @returns null when there is no room, or a partition is asked for twice: the reader goes on with full requests */
  #begin(request: FetchRequest, version: number): Session | null {
    const count = request.topics.reduce((sum, { partitions }) => sum + partitions.length, 0);
    const isFollower = Math.max(request.replicaId, request.replicaState.replicaId) >= 0;
    if (count === 0 || !this.#makeRoom(isFollower, count)) return null;
    const nowMs = this.#runtime.clock.nowMs();
    const session: Session = {
      id: this.#newId(),
      isFollower,
      usesTopicIds: version >= FIRST_VERSION_WITH_TOPIC_IDS,
      partitions: new Map(),
      createdMs: nowMs,
      usedMs: nowMs,
      epoch: INITIAL_EPOCH + 1,
    };
    this.#sessions.set(session.id, session);
    this.#update(session, request);
    if (session.partitions.size === count) return session;
    this.#remove(session.id);
    return null;
  }

  /** As in Kafka: what is stale goes first; else what is smaller and not new, and a consumer's before a follower's. */
  #makeRoom(isFollower: boolean, count: number): boolean {
    if (count + this.#partitionCount > MAX_PARTITIONS) return false;
    if (this.#sessions.size < this.#slots) return true;
    const nowMs = this.#runtime.clock.nowMs();
    const [oldest] = this.#sessions.values();
    if (oldest === undefined) return false;
    let victim: Session | null = nowMs - oldest.usedMs > STALE_MS ? oldest : null;
    for (const session of victim === null ? this.#sessions.values() : []) {
      const isOld = nowMs - session.createdMs > STALE_MS;
      const isLess = session.isFollower === isFollower ? isOld && session.partitions.size < count : isFollower;
      if (isLess && (victim === null || isBefore(session, victim))) victim = session;
    }
    if (victim === null) return false;
    this.#remove(victim.id);
    return true;
  }

  #update({ partitions }: Session, { topics, forgottenTopicsData }: FetchRequest): void {
    const before = partitions.size;
    for (const topic of topics) {
      const topicKey = keyOf(topic);
      for (const asked of topic.partitions) {
        const key = `${topicKey}-${asked.partition}`;
        const known = partitions.get(key);
        if (known === undefined) {
          const shared = { ...topic, partitions: [] };
          partitions.set(key, { topicKey, topic: shared, asked, highWatermark: -1, logStartOffset: -1 });
        } else {
          // In another epoch the reader may have dropped what it was told.
          if (known.asked.currentLeaderEpoch !== asked.currentLeaderEpoch) known.highWatermark = -1;
          known.asked = asked;
        }
      }
    }
    for (const forgotten of forgottenTopicsData) {
      for (const index of forgotten.partitions) partitions.delete(`${keyOf(forgotten)}-${index}`);
    }
    this.#partitionCount += partitions.size - before;
  }

  #remove(sessionId: number): void {
    this.#partitionCount -= this.#sessions.get(sessionId)?.partitions.size ?? 0;
    this.#sessions.delete(sessionId);
  }

  #newId(): number {
    for (;;) {
      const id = 1 + this.#runtime.random.int(0x7fff_fffe);
      if (!this.#sessions.has(id)) return id;
    }
  }
}

function withoutSession(topics: readonly AskedTopic[]): FetchContext {
  return { topics, finish: (answers) => ({ sessionId: NO_SESSION, responses: answers }) };
}

function isBefore(one: Session, other: Session): boolean {
  if (one.isFollower !== other.isFollower) return other.isFollower;
  return one.partitions.size < other.partitions.size;
}

function keyOf({ topic, topicId }: { readonly topic: string; readonly topicId: Uint8Array }): string {
  // Before v13 there are no ids, from then on no names.
  return topic === "" ? uuidToString(topicId) : topic;
}

/** The whole request. Partitions of one topic that follow on each other share an entry. */
function byTopic({ partitions }: Session): AskedTopic[] {
  const topics: { key: string; topic: AskedTopic; asked: AskedPartition[] }[] = [];
  for (const { topicKey, topic, asked } of partitions.values()) {
    const last = topics.at(-1);
    if (last?.key === topicKey) last.asked.push(asked);
    else topics.push({ key: topicKey, topic, asked: [asked] });
  }
  return topics.map(({ topic, asked }) => ({ ...topic, partitions: asked }));
}

/** Only what is news. */
function incremental(session: Session, answers: readonly TopicAnswer[]): ReturnType<FetchContext["finish"]> {
  const { partitions } = session;
  const responses = answers.map((topic) => {
    const key = keyOf({ topic: topic.topic ?? "", topicId: topic.topicId ?? new Uint8Array(16) });
    const news = (topic.partitions ?? []).filter((answer) => {
      const place = `${key}-${answer.partitionIndex}`;
      const partition = partitions.get(place);
      if (partition === undefined || !tell(partition, answer)) return false;
      if (hasRecords(answer)) {
        partitions.delete(place);
        partitions.set(place, partition);
      }
      return true;
    });
    return { ...topic, partitions: news };
  });
  return { sessionId: session.id, responses: responses.filter((topic) => topic.partitions.length > 0) };
}

/** Notes what the reader is told. @returns whether it is news */
function tell(partition: SessionPartition, answer: PartitionAnswer): boolean {
  const [highWatermark, logStartOffset] = [Number(answer.highWatermark), Number(answer.logStartOffset ?? -1)];
  const isFailed = (answer.errorCode ?? 0) !== 0 || answer.divergingEpoch !== undefined;
  const hasMoved = partition.highWatermark !== highWatermark || partition.logStartOffset !== logStartOffset;
  // After an error the reader is told anew where it stands.
  partition.highWatermark = isFailed ? -1 : highWatermark;
  partition.logStartOffset = logStartOffset;
  return isFailed || hasMoved || hasRecords(answer);
}

function hasRecords({ records }: PartitionAnswer): boolean {
  return records !== undefined && records !== null && records.length > 0;
}
