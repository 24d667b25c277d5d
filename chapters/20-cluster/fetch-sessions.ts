/**
 * Fetch sessions (KIP-227): the broker remembers what a reader asks for, so that a fetch names only what has changed,
 * and its answer only partitions with news. Source: Kafka's `FetchSession`, `FetchSessionCache`, `FetchManager`.
 *
 * @module
 */
import { refusal } from "#ground/errors";
import { type FetchRequest } from "#ground/protocol/messages/01-fetch";
import { uuidToString } from "#ground/protocol/uuid";
import { type Runtime } from "#ground/runtime";
import { type FetchedPartition, type FetchPartition, StandingFetch, type StandingPartition } from "#replication";

type AskedTopic = FetchRequest["topics"][number];
type AskedPartition = AskedTopic["partitions"][number];

/** What is asked of a partition, and how the reader names its topic: only by name, or (since v13) only by id. */
export interface AskedOfTopic extends FetchPartition {
  readonly asTopic: Pick<AskedTopic, "topic" | "topicId">;
}

/** One fetch, whole again, and what becomes of its answer. */
export interface FetchContext {
  /** Everything that is asked for, or all of a session that may have news: {@link AskedOfTopic}. */
  readonly partitions: readonly AskedOfTopic[] | StandingFetch;
  /** Which results the reader is told, and of which session. */
  finish(results: readonly FetchedPartition[]): FinishedFetch;
}

/** What a reader is told. */
export interface FinishedFetch {
  readonly sessionId: number;
  readonly results: readonly FetchedPartition[];
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

interface Session {
  readonly id: number;
  /** A follower's: it makes room for no consumer. */
  readonly isFollower: boolean;
  readonly usesTopicIds: boolean;
  readonly standing: StandingFetch;
  readonly partitions: Map<string, StandingPartition>;
  readonly createdMs: number;
  usedMs: number;
  /** That the next request is to have. */
  epoch: number;
}

/** The sessions of one broker. */
export class FetchSessions {
  readonly #runtime: Pick<Runtime, "clock" | "random">;
  readonly #slots: number;
  readonly #nameOf: (topicId: Uint8Array) => string | undefined;
  /** By id; the one that was used last comes last. */
  readonly #sessions = new Map<number, Session>();
  #partitionCount = 0;

  /**
   * @param slots `max.incremental.fetch.session.cache.slots`
   * @param nameOf the topic that has an id at the moment
   */
  constructor(
    runtime: Pick<Runtime, "clock" | "random">,
    slots: number,
    nameOf: (topicId: Uint8Array) => string | undefined,
  ) {
    this.#runtime = runtime;
    this.#slots = slots;
    this.#nameOf = nameOf;
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
      return sessionEpoch === FINAL_EPOCH ? this.#withoutSession(topics) : this.#full(request, version);
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
      return this.#withoutSession(topics);
    }
    this.#sessions.delete(sessionId);
    this.#sessions.set(sessionId, session);
    session.usedMs = this.#runtime.clock.nowMs();
    session.epoch = sessionEpoch === LAST_EPOCH ? 1 : sessionEpoch + 1;
    this.#nameTopics(session);
    return { partitions: session.standing, finish: (results) => incremental(session, results) };
  }

  #full(request: FetchRequest, version: number): FetchContext {
    return {
      partitions: this.#asked(request.topics),
      finish: (results) => {
        const session = this.#begin(request, version);
        if (session === null) return { sessionId: NO_SESSION, results };
        for (const result of results) tell(partitionOf(session, result), result);
        return { sessionId: session.id, results };
      },
    };
  }

  #withoutSession(topics: readonly AskedTopic[]): FetchContext {
    return { partitions: this.#asked(topics), finish: (results) => ({ sessionId: NO_SESSION, results }) };
  }

  #asked(topics: readonly AskedTopic[]): AskedOfTopic[] {
    return topics.flatMap((topic) => topic.partitions.map((asked) => this.#askedOf(topic, asked)));
  }

  #askedOf({ topic, topicId }: AskedTopic, asked: AskedPartition): AskedOfTopic {
    return {
      asTopic: { topic, topicId },
      topic: topic === "" ? (this.#nameOf(topicId) ?? null) : topic,
      index: asked.partition,
      // Beyond 2^53 a number is not exact, but out of any log's range all the same.
      fetchOffset: Number(asked.fetchOffset),
      currentLeaderEpoch: asked.currentLeaderEpoch,
      lastFetchedEpoch: asked.lastFetchedEpoch,
      logStartOffset: Number(asked.logStartOffset),
      maxBytes: asked.partitionMaxBytes,
    };
  }

  /** A topic that was deleted has no name any more, also if there is another one of its name. */
  #nameTopics({ standing, usesTopicIds }: Session): void {
    if (!usesTopicIds) return;
    for (const one of standing.active) {
      const asked = one.asked as AskedOfTopic;
      const topic = this.#nameOf(asked.asTopic.topicId) ?? null;
      if (topic !== asked.topic) one.asked = { ...asked, topic };
    }
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
      standing: new StandingFetch(),
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

  #update({ partitions, standing }: Session, { topics, forgottenTopicsData }: FetchRequest): void {
    const before = partitions.size;
    for (const topic of topics) {
      const topicKey = keyOf(topic);
      for (const partition of topic.partitions) {
        const key = `${topicKey}-${partition.partition}`;
        const asked = this.#askedOf(topic, partition);
        const known = partitions.get(key);
        if (known === undefined) {
          partitions.set(key, standing.add(asked));
        } else {
          standing.wake(known);
          // In another epoch the reader may have dropped what it was told.
          if (known.asked.currentLeaderEpoch !== asked.currentLeaderEpoch) known.highWatermark = -1;
          known.asked = asked;
        }
      }
    }
    for (const forgotten of forgottenTopicsData) {
      for (const index of forgotten.partitions) {
        const key = `${keyOf(forgotten)}-${index}`;
        const known = partitions.get(key);
        if (known !== undefined) standing.remove(known);
        partitions.delete(key);
      }
    }
    this.#partitionCount += partitions.size - before;
  }

  #remove(sessionId: number): void {
    const session = this.#sessions.get(sessionId);
    if (session === undefined) return;
    this.#partitionCount -= session.partitions.size;
    this.#sessions.delete(sessionId);
    for (const one of session.partitions.values()) session.standing.remove(one);
  }

  #newId(): number {
    for (;;) {
      const id = 1 + this.#runtime.random.int(0x7fff_fffe);
      if (!this.#sessions.has(id)) return id;
    }
  }
}

function isBefore(one: Session, other: Session): boolean {
  if (one.isFollower !== other.isFollower) return other.isFollower;
  return one.partitions.size < other.partitions.size;
}

function keyOf({ topic, topicId }: { readonly topic: string; readonly topicId: Uint8Array }): string {
  // Before v13 there are no ids, from then on no names.
  return topic === "" ? uuidToString(topicId) : topic;
}

/** Only what is news. */
function incremental(session: Session, results: readonly FetchedPartition[]): FinishedFetch {
  const news = results.filter((result) => {
    const one = partitionOf(session, result);
    if (one !== undefined && (result.found?.records.length ?? 0) > 0) session.standing.putLast(one);
    return tell(one, result);
  });
  return { sessionId: session.id, results: news };
}

/** Notes what the reader is told. @returns whether it is news */
function tell(one: StandingPartition | undefined, result: FetchedPartition): boolean {
  if (one === undefined) return false;
  const { highWatermark, logStartOffset, records, divergingEpoch } = result.found ?? NOTHING;
  const isElsewhere = result.error === null && result.preferredReadReplica >= 0;
  const isFailed = result.error !== null || divergingEpoch !== null || isElsewhere;
  const hasMoved = one.highWatermark !== highWatermark || one.logStartOffset !== logStartOffset;
  // After an error, or when it goes elsewhere, the reader is told anew where it stands.
  one.highWatermark = isFailed ? -1 : highWatermark;
  one.logStartOffset = logStartOffset;
  return isFailed || hasMoved || records.length > 0;
}

const NOTHING = { highWatermark: -1, logStartOffset: -1, records: new Uint8Array(0), divergingEpoch: null };

function partitionOf({ partitions }: Session, { request }: FetchedPartition): StandingPartition | undefined {
  return partitions.get(`${keyOf((request as AskedOfTopic).asTopic)}-${request.index}`);
}
