/**
 * Commits and committed positions, over the wire.
 *
 * Source: `OffsetCommitRequestHandler`, `OffsetFetchRequestHandler` of Kafka's `ConsumerCoordinator`.
 *
 * @module
 */
import { errorForCode, KafkaError } from "#ground/errors";
import { groupBy } from "#ground/group-by";
import { OffsetCommit, type OffsetCommitResponse } from "#ground/protocol/messages/08-offset-commit";
import { OffsetFetch, type OffsetFetchResponse } from "#ground/protocol/messages/09-offset-fetch";
import { type TopicPartition } from "#ground/topic-partition";
import { type ExponentialBackoff } from "#sender";
import { type OffsetAndMetadata } from "./consumer-interceptors.ts";
import { type CoordinatorLink } from "./coordinator-link.ts";
import { groupByTopic } from "./group-by-topic.ts";

/** From here on one request can ask for several groups. */
const FIRST_VERSION_WITH_GROUPS = 8;
/** So long a commit waits for the coordinator to be found, before it is counted as failed, and tried again. */
const LONGEST_WAIT_MS = 500;

const NOT_A_MEMBER =
  "Nothing can be committed: the consumer is not a member of the group any more, and others have its partitions.";

/** As what one commits. */
export interface CommitIdentity {
  readonly memberId: string;
  readonly generation: number;
  readonly groupInstanceId: string | null;
}

interface WaitingCommit {
  readonly offsets: readonly OffsetAndMetadata[];
  readonly onDone: (error: KafkaError | null, now: number) => void;
  readonly sinceMs: number;
}

interface WaitingFetch {
  readonly partitions: readonly TopicPartition[];
  readonly deadlineMs: number;
  readonly resolve: (offsets: OffsetAndMetadata[]) => void;
  readonly reject: (error: KafkaError) => void;
  retryAtMs: number;
}

/** What one consumer asks its coordinator about offsets. */
export class OffsetRequests {
  readonly #link: CoordinatorLink;
  readonly #backoff: ExponentialBackoff;
  readonly #identity: () => CommitIdentity | null;
  /** Told of errors that say something of the membership. */
  readonly #onError: (error: KafkaError) => void;
  readonly #nowMs: () => number;
  #commits: WaitingCommit[] = [];
  #fetches: WaitingFetch[] = [];

  /** @param identity - null when the consumer was a member, and isn't any more: then nothing can be committed */
  constructor(
    link: CoordinatorLink,
    backoff: ExponentialBackoff,
    identity: () => CommitIdentity | null,
    onError: (error: KafkaError) => void,
    nowMs: () => number,
  ) {
    this.#link = link;
    this.#backoff = backoff;
    this.#identity = identity;
    this.#onError = onError;
    this.#nowMs = nowMs;
  }

  /** Commits, as soon as the coordinator can be reached; in the order of the calls. */
  commit(offsets: readonly OffsetAndMetadata[], onDone: (error: KafkaError | null, now: number) => void): void {
    this.#commits.push({ offsets, onDone, sinceMs: this.#nowMs() });
  }

  /** Those that there are of these partitions. @throws KafkaError REQUEST_TIMED_OUT, or what isn't retriable */
  fetchCommitted(partitions: readonly TopicPartition[], deadlineMs: number): Promise<OffsetAndMetadata[]> {
    return new Promise((resolve, reject) => {
      this.#fetches.push({ partitions, deadlineMs, resolve, reject, retryAtMs: -Infinity });
    });
  }

  /** Sends what can be sent. @returns after how many milliseconds to call again, if nothing happens before */
  runOnce(now: number): number {
    this.#expireFetches(now);
    if (this.#commits.length === 0 && this.#fetches.length === 0) return Infinity;
    if (!this.#link.isReady(now)) return this.#failCommits(now);
    for (const commit of this.#commits.splice(0)) this.#sendCommit(commit, now);
    const due = this.#fetches.filter(({ retryAtMs }) => retryAtMs <= now);
    this.#fetches = this.#fetches.filter((one) => !due.includes(one));
    for (const fetch of due) this.#sendFetch(fetch);
    return Math.min(...this.#fetches.map(({ retryAtMs }) => retryAtMs - now), Infinity);
  }

  #failCommits(now: number): number {
    const late = this.#commits.filter(({ sinceMs }) => now - sinceMs >= LONGEST_WAIT_MS);
    this.#commits = this.#commits.filter((one) => !late.includes(one));
    const error = new KafkaError("COORDINATOR_NOT_AVAILABLE", `The coordinator of ${this.#link.groupId} is not known.`);
    for (const { onDone } of late) onDone(error, now);
    return Math.min(LONGEST_WAIT_MS, ...this.#fetches.map(({ deadlineMs }) => deadlineMs - now));
  }

  #expireFetches(now: number): void {
    const late = this.#fetches.filter(({ deadlineMs }) => deadlineMs <= now);
    if (late.length === 0) return;
    this.#fetches = this.#fetches.filter((one) => !late.includes(one));
    const message = `The committed positions of group ${this.#link.groupId} are not known in time.`;
    for (const { reject } of late) reject(new KafkaError("REQUEST_TIMED_OUT", message));
  }

  #sendCommit({ offsets, onDone }: WaitingCommit, now: number): void {
    const identity = this.#identity();
    if (identity === null) {
      onDone(new KafkaError("UNKNOWN_MEMBER_ID", NOT_A_MEMBER), now);
      return;
    }
    const { memberId, generation, groupInstanceId } = identity;
    const request = {
      groupId: this.#link.groupId,
      generationIdOrMemberEpoch: generation,
      memberId,
      groupInstanceId,
      topics: Array.from(groupBy(offsets, ({ topic }) => topic), ([name, ofTopic]) => ({
        name,
        partitions: ofTopic.map(({ partition, offset, leaderEpoch = -1, metadata = "" }) => {
          const committed = { committedOffset: offset, committedLeaderEpoch: leaderEpoch, committedMetadata: metadata };
          return { partitionIndex: partition, ...committed };
        }),
      })),
    };
    this.#link.send(OffsetCommit, request, {
      onResponse: (response, now) => onDone(this.#commitError(response), now),
      onFailure: onDone,
    });
  }

  #commitError({ topics }: OffsetCommitResponse): KafkaError | null {
    for (const { name, partitions } of topics) {
      for (const { partitionIndex, errorCode } of partitions) {
        const error = errorForCode(errorCode);
        if (error === null) continue;
        this.#link.noteError(error);
        this.#onError(error);
        const what = `The position of ${name}-${partitionIndex} could not be committed: ${error.message}`;
        return new KafkaError(error.code, what);
      }
    }
    return null;
  }

  #sendFetch(fetch: WaitingFetch): void {
    const { groupId } = this.#link;
    const topics = groupByTopic(fetch.partitions).map(({ topic, partitions }) => {
      return { name: topic, partitionIndexes: partitions };
    });
    const hasGroups = this.#link.versionFor(OffsetFetch) >= FIRST_VERSION_WITH_GROUPS;
    const request = hasGroups ? { groups: [{ groupId, topics }] } : { groupId, topics };
    this.#link.send(OffsetFetch, request, {
      onResponse: (response, now) => this.#onFetched(fetch, response, now),
      onFailure: (error, now) => this.#onFetchFailed(fetch, error, now),
    });
  }

  #onFetched(fetch: WaitingFetch, response: OffsetFetchResponse, now: number): void {
    const { errorCode, topics } = response.groups[0] ?? response;
    const all = topics.flatMap(({ name, partitions }) => partitions.map((part) => ({ topic: name, ...part })));
    const codes = [errorCode, ...all.map((part) => part.errorCode)];
    const error = errorForCode(codes.find((code) => code !== 0) ?? 0);
    if (error !== null) {
      this.#onFetchFailed(fetch, error, now);
      return;
    }
    const offsets = all
      .map(({ topic, partitionIndex, committedOffset, committedLeaderEpoch, metadata }) => ({
        topic,
        partition: partitionIndex,
        offset: Number(committedOffset),
        leaderEpoch: committedLeaderEpoch,
        metadata: metadata ?? "",
      }))
      .filter(({ offset }) => offset >= 0);
    fetch.resolve(offsets);
  }

  #onFetchFailed(fetch: WaitingFetch, error: KafkaError, now: number): void {
    this.#link.noteError(error);
    if (!error.retriable) {
      fetch.reject(error);
      return;
    }
    fetch.retryAtMs = now + this.#backoff.backoffMs(0);
    this.#fetches.push(fetch);
  }

  /** Nobody asks any more. */
  failAll(error: KafkaError): void {
    for (const { reject } of this.#fetches.splice(0)) reject(error);
    this.#commits = [];
  }
}
